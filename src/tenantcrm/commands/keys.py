"""``tenantcrm keys``: make API keys."""

from pathlib import Path

import click

from tenantcrm.commands.options import HOME, JSON, run, settings_of, tell
from tenantcrm.tenants.scopes import SCOPES


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
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

    facts = run(
        administration.create_key(
            settings_of(home), tenant_id, name=name, scopes=list(scopes or SCOPES), test=test
        )
    )
    tell(as_json, facts, f"{facts['key']}\n(shown this once; its id is {facts['id']})")
