"""The command: what is said of wrong usage, in one line and with the right exit status."""

import sys

import pytest

from tenantcrm import cli


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[object, str]:
    """Exit status, and what stands on standard error."""
    monkeypatch.setattr(sys, "argv", ["tenantcrm", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    shown = capsys.readouterr()
    assert shown.out == ""
    return end.value.code, shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing command"),
        (("tenants",), "Missing command"),
        (("keys",), "Missing command"),
        (("operators",), "Missing command"),
        (("nothing",), "No such command 'nothing'"),
        (("tenants", "create", "Acme"), "Missing option '--owner'"),
        (("keys", "create", "--tenant", "x", "--name", "n", "--scope", "all"), "'all' is not one"),
        (("up", "--port", "99999"), "99999 is not in the range"),
        (("up", "--day-lasts", "0"), "is not in the range"),
    ],
)
def test_wrong_usage(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
):
    """Wrong usage is one line on standard error and exit status 2."""
    status, error = said(monkeypatch, capsys, *arguments)
    assert status == 2
    assert words in error
    assert error.startswith("tenantcrm: ")
    assert error.count("\n") == 1


def test_nothing_runs_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
):
    """A folder without an instance is one line and exit status 1."""
    status, error = said(monkeypatch, capsys, "tenants", "list", "--home", str(tmp_path))
    assert status == 1
    assert "nothing runs in" in error
    assert error.count("\n") == 1
