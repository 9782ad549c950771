"""``tenantcrm campaigns``: campaigns as files, compared and brought to an installation."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tenantcrm.publishing.client import Api

URL = click.option(
    "--url",
    envvar="TENANTCRM_API_URL",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The installation; TENANTCRM_API_URL in the environment.",
)
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
CHANGES = 2
"""Exit code of a plan that would change something."""


@click.group(no_args_is_help=False)
def campaigns() -> None:
    """Campaigns as files: export, plan and apply them, with the API key TENANTCRM_API_KEY."""


@campaigns.command("export")
@FOLDER
@URL
@click.option("--overwrite", is_flag=True, help="Also files that are there with another text.")
@click.option("--only", metavar="KEY", multiple=True, help="This campaign alone; may be repeated.")
def export_campaigns(folder: Path, url: str, overwrite: bool, only: tuple[str, ...]) -> None:
    """Write the campaigns of an installation into FOLDER, a folder for each."""
    from tenantcrm.campaigns.files import files_of, write_files  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.plans import whole_of  # noqa: PLC0415 # see ``cli``

    with _api(url) as api:
        rows = [row for row in api.campaigns() if not only or row["key"] in only]
        missing = set(only) - {row["key"] for row in rows}
        if missing:
            raise click.ClickException(f"There is no campaign {', '.join(sorted(missing))}")
        files: dict[str, str] = {}
        with _progress(len(rows), "Reading") as done:
            for row in rows:
                stored = api.campaign(row["id"])
                files |= files_of(stored["key"], whole_of(stored))
                done()
    changed = write_files(folder, files, overwrite=overwrite)
    named = "1 campaign" if len(rows) == 1 else f"{len(rows)} campaigns"
    written = "1 file" if len(changed) == 1 else f"{len(changed)} files"
    click.echo(f"{named}, {written} written to {folder}")


@campaigns.command()
@FOLDER
@URL
def plan(folder: Path, url: str) -> None:
    """Say what apply would change; nothing is changed.

    Exits 0 when all is as the files say, 2 when something would change, 1 on an error.
    """
    from tenantcrm.campaigns.files import read_folder  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.plans import make_plan  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.words import plan_lines  # noqa: PLC0415 # see ``cli``

    files = read_folder(folder)
    with _api(url) as api, _progress(len(files), "Comparing") as done:
        found = make_plan(api, files, seen=done)
    _show(plan_lines(found))
    if any(step.passes or step.estimated for step in found.steps):
        click.echo("apply asks what to do for those who are past: --past-messages send or skip.")
    if found.doing:
        sys.exit(CHANGES)


@campaigns.command()
@FOLDER
@URL
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--past-messages",
    type=click.Choice(["send", "skip"]),
    help="What happens to people whom an edit passes: they get the mail now, or never.",
)
def apply(folder: Path, url: str, yes: bool, past_messages: str | None) -> None:
    """Make the installation's campaigns what the files say.

    New campaigns are drafts; active ones stay active. What no file speaks of is left alone.
    """
    from tenantcrm.campaigns.files import read_folder  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.applying import apply_plan  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.plans import make_plan  # noqa: PLC0415 # see ``cli``
    from tenantcrm.publishing.words import outcome_lines, plan_lines  # noqa: PLC0415 # see ``cli``

    files = read_folder(folder)
    with _api(url) as api:
        with _progress(len(files), "Comparing") as done:
            found = make_plan(api, files, seen=done)
        _show(plan_lines(found))
        if not found.doing:
            return
        passed = [step.file.key for step in found.steps if step.passes]
        if passed and past_messages is None:
            words = f"In {', '.join(passed)} mails pass people by this: say --past-messages send or"
            raise click.ClickException(f"{words} --past-messages skip. Nothing was changed.")
        if not yes:
            click.confirm("Apply?", abort=True, err=True)
        applied = apply_plan(
            api, found, past_messages=past_messages, done=lambda one: _show(outcome_lines(one))
        )
    if any(one.error for one in applied):
        sys.exit(1)


@campaigns.command()
@click.argument("name", required=False)
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--overwrite", is_flag=True, help="Also files that are there with another text.")
def starters(name: str | None, folder: Path | None, overwrite: bool) -> None:
    """List sequences to start from, or write the one of NAME into FOLDER."""
    from tenantcrm.campaigns.files import write_files  # noqa: PLC0415 # see ``cli``
    from tenantcrm.campaigns.starters import ABOUT, starter_files  # noqa: PLC0415 # see ``cli``

    if name is None:
        for key, (title, description, needs) in ABOUT.items():
            click.echo(f"{key}\n    {title}. {description}\n    Needs: {needs}")
        return
    if name not in ABOUT:
        raise click.ClickException(f"There is no {name}; expected one of {', '.join(ABOUT)}")
    if folder is None:
        raise click.ClickException(f"Say where to: tenantcrm campaigns starters {name} FOLDER")
    write_files(folder, starter_files(name), overwrite=overwrite)
    click.echo(f"{folder / name} is written. Edit it, then: tenantcrm campaigns plan {folder}")


def _api(url: str) -> "Api":
    from tenantcrm.publishing.client import Api  # noqa: PLC0415 # see ``cli``

    key = os.environ.get("TENANTCRM_API_KEY", "").strip()
    if not key:
        words = "TENANTCRM_API_KEY is not set; expected an API key with the scopes"
        raise click.ClickException(f"{words} campaigns:read and campaigns:write")
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"{url!r} is no address; expected https://…")
    return Api(url, key)


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, and what moves it; nothing is shown where standard error is none."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda: bar.update(1)


def _show(lines: Iterable[tuple[str, str]]) -> None:
    for text, colour in lines:
        click.echo(click.style(text, fg=colour) if colour else text)
