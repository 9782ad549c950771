"""Campaigns as files, brought to a running installation by the commands that a person has."""

import io
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import httpx
import pytest

from tenantcrm.campaigns.files import read_folder
from tenantcrm.cli import main
from tenantcrm.publishing.applying import apply_plan
from tenantcrm.publishing.client import Api
from tenantcrm.publishing.plans import make_plan
from tests.fixtures.sandbox import Running, running, wait_for
from tests.sandbox.support import open_folder

WELCOME = """name: Welcome
contact_filter: language = en
preferred_send_time: '10:00'
timezone: Europe/London
messages:
- template: hello.html
  send_day: 0
  subject: Hello
- template: tips.md
  send_day: 4
  subject: 'Tips: three of them'
  preheader: In a minute
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with open_folder() as folder, running(folder / "home", "--no-demo") as sandbox:
        yield sandbox


class Shell:
    """The commands, as a shell runs them, with the key of a tenant of its own."""

    def __init__(self, sandbox: Running, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.client: httpx.Client
        _, self.client = sandbox.tenant_with_key()
        key = self.client.headers["authorization"].removeprefix("Bearer ")
        self.folder, self.patch, self.url = folder, patch, sandbox.url
        patch.chdir(folder)
        patch.setenv("TENANTCRM_API_URL", sandbox.url)
        patch.setenv("TENANTCRM_API_KEY", key)

    def __call__(self, *arguments: str, status: int = 0, **env: str) -> str:
        told = io.StringIO()
        code: object = 0
        with self.patch.context() as patch, redirect_stdout(told), redirect_stderr(told):
            patch.setattr(sys, "argv", ["tenantcrm", "campaigns", *arguments])
            for name, value in env.items():
                patch.setenv(name, value)
            try:
                main()
            except SystemExit as end:
                code = end.code
        assert (code or 0) == status, told.getvalue()
        return told.getvalue()

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def files(self, below: str) -> dict[str, str]:
        own = self.folder / below
        return {str(f.relative_to(own)): f.read_text() for f in own.rglob("*") if f.is_file()}


@pytest.fixture
def shell(sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell(sandbox, tmp_path, monkeypatch)
    shell.write("mine/welcome/campaign.yaml", WELCOME)
    shell.write("mine/welcome/hello.html", "<p>Hello {{ contact.name | default: 'you' }}</p>\n")
    shell.write("mine/welcome/tips.md", "One, two, **three**.\n")
    return shell


def test_export_edit_plan_apply_export(shell: Shell):
    """What was exported, edited and applied is what is exported again, to the byte."""
    shell("apply", "mine", "--yes")
    shell("export", "out")
    assert shell.files("out") == shell.files("mine")
    campaign = shell.client.get("/v1/campaigns").json()["data"][0]
    assert shell.client.post(f"/v1/campaigns/{campaign['id']}/activate").status_code == 200
    assert "0 to change, 1 as they are" in shell("plan", "out")
    edited = WELCOME.replace("send_day: 4", "send_day: 5").replace(
        "messages:", "skip_weekdays:\n- sunday\nlate_limit_hours: 6\nmessages:"
    )
    shell.write("out/welcome/campaign.yaml", edited)
    shell.write("out/welcome/tips.md", "One, two, **four**.\n")
    told = shell("plan", "out", status=2)
    for words in (
        "~ welcome (active)", "send_day: 4 → 5", "skip_weekdays: none → sunday",
        "late_limit_hours: 12 → 6", "-One, two, **three**.", "+One, two, **four**.",
    ):  # fmt: skip
        assert words in told, told
    shell("apply", "out", "--yes")
    shell("export", "again")
    assert shell.files("again") == shell.files("out")
    assert "0 to change" in shell("plan", "again")
    now = shell.client.get(f"/v1/campaigns/{campaign['id']}").json()
    assert now["active"], "an applied campaign keeps its state"


def test_starters_are_applied_as_they_are(shell: Shell):
    """Both sequences that come with the product can be written, applied, and are drafts."""
    for name in ("trial-onboarding", "win-back"):
        assert name in shell("starters")
        shell("starters", name, "new")
    shell("apply", "new", "--yes")
    rows = shell.client.get("/v1/campaigns").json()["data"]
    assert {(row["key"], row["state"]) for row in rows} == {
        ("trial-onboarding", "draft"), ("win-back", "draft"),
    }  # fmt: skip
    assert "2 as they are" in shell("plan", "new")


def test_an_edit_that_passes_people_must_say_what_for(shell: Shell):
    """As in the dashboard, nothing is changed before it is said what happens to those people."""
    filtered = WELCOME.replace("preferred", "day_zero: immediately\npreferred")
    shell.write("mine/welcome/campaign.yaml", filtered)
    shell("apply", "mine", "--yes")
    shell.client.put(
        "/v1/contacts/by-email/ada@example.com", json={"attributes": {"language": "en"}}
    )
    campaign = shell.client.get("/v1/campaigns").json()["data"][0]["id"]
    shell.client.post(f"/v1/campaigns/{campaign}/activate")
    _wait_for_people(shell.client, campaign)
    new = "- template: new.md\n  send_day: 0\n  subject: New\n- template: hello.html\n  send_day: 1"
    later = filtered.replace("- template: hello.html\n  send_day: 0", new)
    shell.write("mine/welcome/campaign.yaml", later)
    shell.write("mine/welcome/new.md", "New.\n")
    told = shell("plan", "mine", status=2)
    assert "1 person is in it" in told
    assert "new: its time passes for 1 by this" in told
    told = shell("apply", "mine", "--yes", status=1)
    assert "say --past-messages send or" in told
    assert "Nothing was changed" in told
    assert "Another" not in shell("plan", "mine", status=2)
    shell("apply", "mine", "--yes", "--past-messages", "skip")
    assert "1 as they are" in shell("plan", "mine")


def test_people_come_after_the_comparison(shell: Shell):
    """Whoever is passed only by the time of the save is asked for then: no default decides."""
    filtered = WELCOME.replace("preferred", "day_zero: immediately\npreferred")
    shell.write("mine/welcome/campaign.yaml", filtered)
    shell("apply", "mine", "--yes")
    campaign = shell.client.get("/v1/campaigns").json()["data"][0]["id"]
    shell.client.post(f"/v1/campaigns/{campaign}/activate")
    new = "- template: new.md\n  send_day: 0\n  subject: New\n- template: hello.html\n  send_day: 1"
    later = filtered.replace("- template: hello.html\n  send_day: 0", new)
    shell.write("mine/welcome/campaign.yaml", later)
    shell.write("mine/welcome/new.md", "New.\n")
    key = shell.client.headers["authorization"].removeprefix("Bearer ")
    with Api(shell.url, key) as api:
        plan = make_plan(api, read_folder(shell.folder / "mine"))
        assert [step.passes for step in plan.steps] == [0]
        shell.client.put(
            "/v1/contacts/by-email/ada@example.com", json={"attributes": {"language": "en"}}
        )
        _wait_for_people(shell.client, campaign)
        (applied,) = apply_plan(api, plan, past_messages=None, done=lambda _: None)
    assert "say --past-messages send or" in applied.error
    assert "1 to change" in shell("plan", "mine", status=2)


def test_two_applies_at_once(shell: Shell):
    """Of two applies at the same time one is done and the other refused, or finds nothing to do;
    nothing is overwritten and nothing is made twice."""
    shell("apply", "mine", "--yes")
    folders = []
    for number in (1, 2):
        own = f"by{number}"
        shell("export", own)
        text = (shell.folder / own / "welcome/campaign.yaml").read_text()
        shell.write(f"{own}/welcome/campaign.yaml", text.replace("Hello", f"Hello {number}"))
        shell.write(f"{own}/second/campaign.yaml", WELCOME.replace("Welcome", f"Second {number}"))
        for name in ("hello.html", "tips.md"):
            shell.write(f"{own}/second/{name}", "Text\n")
        folders.append(own)

    def apply(own: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tenantcrm.cli", "campaigns", "apply", own, "--yes"],
            check=False, capture_output=True, text=True, timeout=180,
        )  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(apply, folders))
    assert {one.returncode for one in done} <= {0, 1}
    assert any(one.returncode == 0 for one in done)
    for one in done:
        if one.returncode == 1:
            words = one.stdout + one.stderr
            assert "Another campaign has this key" in words or "Saved by somebody else" in words
    rows = shell.client.get("/v1/campaigns").json()["data"]
    assert sorted(row["key"] for row in rows) == ["second", "welcome"]


def test_spaces_at_the_ends_are_no_change(shell: Shell):
    """What is stored without them is not told as a change for ever; a control character, which no
    file would give back, is refused where it stands."""
    shell.write("mine/welcome/campaign.yaml", WELCOME.replace("subject: Hello", "subject: 'Hi '"))
    shell("apply", "mine", "--yes")
    assert "0 to change, 1 as they are" in shell("plan", "mine")
    odd = WELCOME.replace("subject: Hello", 'subject: "Hi\\Nyou"')
    shell.write("mine/welcome/campaign.yaml", odd)
    told = shell("apply", "mine", "--yes", status=1)
    assert "welcome/campaign.yaml:8" in told
    assert "without control characters" in told


class Losing(httpx.HTTPTransport):
    """Loses the first answer to a PUT, after it was carried out."""

    lost = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.method == "PUT" and not self.lost:
            self.lost = True
            answer.read()
            raise httpx.ReadError("The line is dead", request=request)
        return answer


def test_an_answer_that_is_lost(shell: Shell):
    """The save is sent again, has been done, and is no conflict with itself."""
    shell("apply", "mine", "--yes")
    shell.write("mine/welcome/campaign.yaml", WELCOME.replace("Hello", "Hi"))
    key = shell.client.headers["authorization"].removeprefix("Bearer ")
    transport = Losing()
    with Api(shell.url, key, transport=transport, sleep=lambda _: None) as api:
        plan = make_plan(api, read_folder(shell.folder / "mine"))
        applied = apply_plan(api, plan, past_messages=None, done=lambda _: None)
    assert transport.lost
    assert [one.error for one in applied] == [""]
    row = shell.client.get("/v1/campaigns").json()["data"][0]
    assert (row["version"], row["messages"][0]["subject"]) == (2, "Hi")


def test_a_stale_apply_is_told_what_was_saved(shell: Shell):
    """Local edits that are in the way of an export stay; a wrong key or address says so."""
    shell("apply", "mine", "--yes")
    shell.write("mine/welcome/tips.md", "Mine.\n")
    told = shell("export", "mine", status=1)
    assert "welcome/tips.md: It is there with another text" in told
    assert (shell.folder / "mine/welcome/tips.md").read_text() == "Mine.\n"
    shell("export", "mine", "--overwrite", "--only", "welcome")
    assert "three" in (shell.folder / "mine/welcome/tips.md").read_text()
    assert "no campaign nothing" in shell("export", "x", "--only", "nothing", status=1)
    for env, words in (
        ({"TENANTCRM_API_KEY": "tcrm_live_wrong"}, "TENANTCRM_API_KEY"),
        ({"TENANTCRM_API_KEY": ""}, "TENANTCRM_API_KEY is not set"),
        ({"TENANTCRM_API_URL": "http://127.0.0.1:1"}, "does not answer"),
        ({"TENANTCRM_API_URL": "somewhere"}, "no address"),
    ):
        told = shell("plan", "mine", status=1, **env)
        assert words in told
        assert "Traceback" not in told


def _wait_for_people(client: httpx.Client, campaign: str) -> None:
    wait_for(
        lambda: client.get(f"/v1/campaigns/{campaign}/contacts").json()["data"], 20, "the enrolment"
    )
