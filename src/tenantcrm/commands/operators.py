"""``tenantcrm operators``: people of the operator console."""

from pathlib import Path

import click

from tenantcrm.commands.options import HOME, JSON, run, settings_of, tell


@click.group(no_args_is_help=False)
def operators() -> None:
    """People of the operator console."""


@operators.command("create")
@click.argument("email")
@JSON
@HOME
def create_operator(email: str, as_json: bool, home: Path | None) -> None:
    """Make an operator, and print the link that sets the password."""
    from tenantcrm import administration  # noqa: PLC0415 # see ``cli``

    facts = run(administration.create_operator(settings_of(home), email))
    tell(as_json, facts, f"Operator made. Set the password at {facts['set_password_url']}")
