"""The ``tenantcrm`` command. Errors are one line on standard error; never a traceback.

Every command imports what it alone needs when it runs: all of it together takes seconds to load,
and ``up`` starts several processes through here.
"""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from tenantcrm.errors import ConfigurationError, TenantCrmError
from tenantcrm.settings import Settings, load
from tenantcrm.tenants.scopes import SCOPES

T = TypeVar("T")
HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Speak to the instance that `up` runs in this folder; without it, the environment.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _settings(home: Path | None) -> Settings:
    if home is not None:
        from tenantcrm.sandbox.home import settings_environment  # noqa: PLC0415 # see the head

        # Into the environment, because the processes that web and worker start read it there.
        os.environ.update(settings_environment(home))
    return load()


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _tell(as_json: bool, facts: dict[str, object], sentence: str) -> None:
    click.echo(json.dumps(facts, default=str) if as_json else sentence)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
def up(home: Path, host: str, port: int | None, no_demo: bool, day_lasts: float | None) -> None:
    """Start everything on this machine: database, queue, SES simulator, web, worker."""
    from tenantcrm.sandbox.up import run  # noqa: PLC0415 # see the head of this module

    sys.exit(run(home, host=host, port=port, demo=not no_demo, day_lasts=day_lasts))


@cli.command()
@HOME
def web(home: Path | None) -> None:
    """Serve dashboard, API and public pages."""
    settings = _settings(home)
    from tenantcrm import serving  # noqa: PLC0415 # see the head of this module

    serving.serve(settings)


@cli.command()
@HOME
def worker(home: Path | None) -> None:
    """Scan, enrol and send."""
    settings = _settings(home)
    from tenantcrm import worker as process  # noqa: PLC0415 # see the head of this module

    process.run(settings)


@cli.command()
@HOME
def migrate(home: Path | None) -> None:
    """Bring the database to the newest schema and give the roles their rights."""
    from tenantcrm import schema  # noqa: PLC0415 # see the head of this module

    _run(schema.migrate(_settings(home), lambda line: click.echo(f"migrate: {line}")))
    click.echo("migrate: the database is up to date")


@cli.command("doctor")
@HOME
def examine(home: Path | None) -> None:
    """Check settings, database roles, migrations, Redis and SES; exit 1 on a fault."""
    from tenantcrm import doctor  # noqa: PLC0415 # see the head of this module

    faults = _run(doctor.examine(_settings(home), click.echo))
    for fault in faults:
        click.echo(f"fault: {fault}", err=True)
    sys.exit(1 if faults else 0)


@cli.group()
def tenants() -> None:
    """Make, list, suspend and resume tenants."""


@tenants.command("create")
@click.argument("name")
@click.option("--owner", required=True, metavar="EMAIL", help="Who owns it.")
@click.option("--timezone", default="UTC", show_default=True, help="An IANA zone.")
@click.option("--postal-address", default="", help="Printed in every mail; needed to send.")
@JSON
@HOME
def create_tenant(
    name: str, owner: str, timezone: str, postal_address: str, as_json: bool, home: Path | None
) -> None:
    """Make a tenant with an owner, and print the link that sets the owner's password."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    facts = _run(
        administration.create_tenant(
            _settings(home),
            name=name,
            owner=owner,
            timezone=timezone,
            postal_address=postal_address,
        )
    )
    _tell(
        as_json,
        facts,
        f"{facts['id']} made. The owner sets a password at {facts['set_password_url']}",
    )


@tenants.command("list")
@JSON
@HOME
def list_tenants(as_json: bool, home: Path | None) -> None:
    """Every tenant, one a line."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    rows = _run(administration.list_tenants(_settings(home)))
    if as_json:
        click.echo(json.dumps(rows, default=str))
        return
    for row in rows:
        reason = f"  ({row['suspended_reason']})" if row["suspended_reason"] else ""
        click.echo(f"{row['id']}  {row['state']:<9}  {row['sent']:>9} sent  {row['name']}{reason}")


@tenants.command()
@click.argument("tenant_id", metavar="ID")
@click.option("--reason", required=True, help="What the tenant will read.")
@HOME
def suspend(tenant_id: str, reason: str, home: Path | None) -> None:
    """Stop a tenant: keys answer 403, nothing is enrolled or sent, its people see the reason."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    _run(administration.suspend(_settings(home), tenant_id, reason))
    click.echo(f"{tenant_id} is suspended")


@tenants.command()
@click.argument("tenant_id", metavar="ID")
@HOME
def resume(tenant_id: str, home: Path | None) -> None:
    """Let a suspended tenant work again."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    _run(administration.resume(_settings(home), tenant_id))
    click.echo(f"{tenant_id} works again")


@cli.group()
def keys() -> None:
    """Make API keys."""


@keys.command("create")
@click.option("--tenant", "tenant_id", required=True, metavar="ID")
@click.option("--name", required=True, help="Where it is used.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Repeat; all when left out."
)
@click.option("--test", is_flag=True, help="A key whose contacts are never mailed.")
@JSON
@HOME
def create_key(
    tenant_id: str, name: str, scopes: tuple[str, ...], test: bool, as_json: bool, home: Path | None
) -> None:
    """Make a key and print it, this once."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    facts = _run(
        administration.create_key(
            _settings(home), tenant_id, name=name, scopes=list(scopes or SCOPES), test=test
        )
    )
    _tell(as_json, facts, f"{facts['key']}\n(shown this once; its id is {facts['id']})")


@cli.group()
def operators() -> None:
    """People of the operator console."""


@operators.command("create")
@click.argument("email")
@JSON
@HOME
def create_operator(email: str, as_json: bool, home: Path | None) -> None:
    """Make an operator, and print the link that sets the password."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    facts = _run(administration.create_operator(_settings(home), email))
    _tell(as_json, facts, f"Operator made. Set the password at {facts['set_password_url']}")


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
