"""``tenantcrm tenants``: make, list, suspend and resume tenants."""

import json
from pathlib import Path

import click

from tenantcrm.commands.options import HOME, JSON, run, settings_of, tell


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
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

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
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

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
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

    run(administration.suspend(settings_of(home), tenant_id, reason))
    click.echo(f"{tenant_id} is suspended")


@tenants.command()
@click.argument("tenant_id", metavar="ID")
@HOME
def resume(tenant_id: str, home: Path | None) -> None:
    """Let a suspended tenant work again."""
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

    run(administration.resume(settings_of(home), tenant_id))
    click.echo(f"{tenant_id} works again")
