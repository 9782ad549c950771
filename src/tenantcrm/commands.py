"""The commands for tenants, keys and operators, and what all commands share.

Every command imports what it alone needs when it runs: see ``cli``.
"""

import asyncio
import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from tenantcrm.settings import Settings, load
from tenantcrm.tenants.scopes import SCOPES

T = TypeVar("T")
HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Speak to the instance that `up` runs in this folder; without it, the environment.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def settings_of(home: Path | None) -> Settings:
    """The settings of the instance in ``home``, or of the environment."""
    if home is not None:
        from tenantcrm.sandbox.home import settings_environment  # noqa: PLC0415 # see the head

        # Into the environment, because the processes that web and worker start read it there.
        os.environ.update(settings_environment(home))
    return load()


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to."""
    return asyncio.run(work)


def tell(as_json: bool, facts: dict[str, object], sentence: str) -> None:
    """Print the facts as JSON, or a sentence of them."""
    click.echo(json.dumps(facts, default=str) if as_json else sentence)


@click.group(no_args_is_help=False)
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

    facts = run(
        administration.create_tenant(
            settings_of(home),
            name=name,
            owner=owner,
            timezone=timezone,
            postal_address=postal_address,
        )
    )
    tell(
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

    rows = run(administration.list_tenants(settings_of(home)))
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

    run(administration.suspend(settings_of(home), tenant_id, reason))
    click.echo(f"{tenant_id} is suspended")


@tenants.command()
@click.argument("tenant_id", metavar="ID")
@HOME
def resume(tenant_id: str, home: Path | None) -> None:
    """Let a suspended tenant work again."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    run(administration.resume(settings_of(home), tenant_id))
    click.echo(f"{tenant_id} works again")


@click.group(no_args_is_help=False)
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

    facts = run(
        administration.create_key(
            settings_of(home), tenant_id, name=name, scopes=list(scopes or SCOPES), test=test
        )
    )
    tell(as_json, facts, f"{facts['key']}\n(shown this once; its id is {facts['id']})")


@click.group(no_args_is_help=False)
def operators() -> None:
    """People of the operator console."""


@operators.command("create")
@click.argument("email")
@JSON
@HOME
def create_operator(email: str, as_json: bool, home: Path | None) -> None:
    """Make an operator, and print the link that sets the password."""
    from tenantcrm import administration  # noqa: PLC0415 # see the head of this module

    facts = run(administration.create_operator(settings_of(home), email))
    tell(as_json, facts, f"Operator made. Set the password at {facts['set_password_url']}")
