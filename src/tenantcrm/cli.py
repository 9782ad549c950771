"""The ``tenantcrm`` command. Errors are one line on standard error; never a traceback.

Every command imports what it alone needs when it runs: all of it together takes seconds to load,
and ``up`` starts several processes through here.
"""

import sys
from pathlib import Path
from typing import Literal

import click

from tenantcrm import commands
from tenantcrm.commands.options import HOME, run, settings_of
from tenantcrm.errors import ConfigurationError, TenantCrmError
from tenantcrm.loading import loading


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(package_name="tenantcrm")
def cli() -> None:
    """Drip email for the contacts of many businesses."""


@cli.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=".tenantcrm",
    show_default=True,
    help="Where the data is kept across restarts.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the dashboard; 8000, or the next free one.",
)
@click.option("--no-demo", is_flag=True, help="Make no demo tenant.")
@click.option(
    "--day-lasts",
    type=click.FloatRange(1, 86_400),
    metavar="SECONDS",
    help="Run the clock so that a day takes this many seconds.",
)
@click.option(
    "--events",
    type=click.Choice(["http", "sqs"]),
    default="http",
    show_default=True,
    help="How SES tells of mails: posted by SNS to web, or in a queue that workers fetch from.",
)
def up(
    home: Path,
    host: str,
    port: int | None,
    no_demo: bool,
    day_lasts: float | None,
    events: Literal["http", "sqs"],
) -> None:
    """Start everything on this machine: database, queue, SES simulator, web, worker."""
    with loading():
        from tenantcrm.sandbox import up as sandbox  # noqa: PLC0415 # see the head of this module

    demo = not no_demo
    sys.exit(sandbox.run(home, host=host, port=port, demo=demo, day_lasts=day_lasts, events=events))


@cli.command()
@HOME
def web(home: Path | None) -> None:
    """Serve dashboard, API and public pages."""
    settings = settings_of(home)
    with loading():
        from tenantcrm import serving  # noqa: PLC0415 # see the head of this module

    serving.serve(settings)


@cli.command()
@HOME
def worker(home: Path | None) -> None:
    """Scan, enrol and send."""
    settings = settings_of(home)
    with loading():
        from tenantcrm import worker as process  # noqa: PLC0415 # see the head of this module

    process.run(settings)


@cli.command()
@HOME
def migrate(home: Path | None) -> None:
    """Bring the database to the newest schema and give the roles their rights."""
    with loading():
        from tenantcrm import schema  # noqa: PLC0415 # see the head of this module

    run(schema.migrate(settings_of(home), lambda line: click.echo(f"migrate: {line}")))
    click.echo("migrate: the database is up to date")


@cli.command("doctor")
@HOME
def examine(home: Path | None) -> None:
    """Check settings, database roles, migrations, Redis and SES; exit 1 on a fault."""
    with loading():
        from tenantcrm import doctor  # noqa: PLC0415 # see the head of this module

    faults = run(doctor.examine(settings_of(home), click.echo))
    for fault in faults:
        click.echo(f"fault: {fault}", err=True)
    sys.exit(1 if faults else 0)


for group in commands.GROUPS:
    cli.add_command(group)


def main() -> None:
    """Run a command; an expected refusal is one line and exit status 1, wrong usage 2."""
    try:
        cli.main(standalone_mode=False)
    except click.UsageError as fault:
        context = fault.ctx.command_path if fault.ctx else "tenantcrm"
        _fail(f"{fault.format_message()} (see {context} --help)", 2)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except click.ClickException as fault:
        _fail(fault.format_message(), 1)
    except TenantCrmError as fault:
        _fail(fault.detail, 1)
    except ConfigurationError as fault:
        _fail(str(fault), 1)
    except OSError as fault:
        _fail(f"{type(fault).__name__}: {fault}", 1)


def _fail(words: str, status: int) -> None:
    for line in words.splitlines():
        click.echo(f"tenantcrm: {line}", err=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
