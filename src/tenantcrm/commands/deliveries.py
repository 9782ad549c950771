"""``tenantcrm deliveries``: look at mails, and resolve unknown ones."""

import json
import sys
from pathlib import Path

import click

from tenantcrm.commands.options import HOME, JSON, run, settings_of

STATES = (
    "pending", "claimed", "sending", "sent", "delivered", "bounced", "complained", "failed",
    "skipped", "unknown",
)  # fmt: skip
TENANT = click.option(
    "--tenant", metavar="ID", help="Whose; looked for among all tenants when left out."
)


@click.group(no_args_is_help=False)
def deliveries() -> None:
    """Look at mails, and resolve unknown ones."""


@deliveries.command()
@TENANT
@JSON
@HOME
def count(tenant: str | None, as_json: bool, home: Path | None) -> None:
    """How many mails stand where, of a tenant or of all."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``

    found = run(ledger_desk.counts(settings_of(home), tenant))
    if as_json:
        click.echo(json.dumps({state: found[state] for state in STATES}))
        return
    for state in STATES:
        click.echo(f"{state:<11}{found[state]:>12,}")


@deliveries.command()
@TENANT
@click.option("--repair", is_flag=True, help="Count everything anew, while mail goes on.")
@HOME
def recount(tenant: str | None, home: Path | None, *, repair: bool) -> None:
    """Compare the numbers of reports with the ledger; exit 1 where they differ."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``

    found = run(ledger_desk.recount(settings_of(home), tenant, repair=repair))
    for table, number in sorted(found.items()):
        click.echo(f"{table:<16}{number:>12,} differ")
    if repair:
        click.echo("counted anew")
    elif sum(found.values()):
        sys.exit(1)


@deliveries.command("list")
@click.option("--tenant", metavar="ID", required=True, help="Whose.")
@click.option("--state", type=click.Choice(STATES), help="Those that stand there alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@JSON
@HOME
def list_deliveries(
    tenant: str, state: str | None, limit: int, as_json: bool, home: Path | None
) -> None:
    """Mails of a tenant, the newest first, one a line."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``
    from tenantcrm.delivery.states import State  # noqa: PLC0415 # see ``cli``

    wanted = None if state is None else State(state)
    rows = run(ledger_desk.listed(settings_of(home), tenant, state=wanted, limit=limit))
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['state']:<10}  due {row['due_at']}  {row['why']}")


@deliveries.command()
@click.argument("delivery", metavar="ID")
@TENANT
@JSON
@HOME
def show(delivery: str, tenant: str | None, as_json: bool, home: Path | None) -> None:
    """One mail: where it stands and why, its attempts, and what SES has told of it."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``

    facts = run(ledger_desk.shown(settings_of(home), delivery, tenant))
    if as_json:
        click.echo(json.dumps(facts))
        return
    events = facts.pop("events")
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):<16}{value}")
    for event in events if isinstance(events, list) else ():
        machine = "  (a machine)" if event["machine"] else ""
        click.echo(f"{'event':<16}{event['at']}  {event['kind']}{machine}")


@deliveries.command()
@click.argument("delivery", metavar="ID")
@click.option(
    "--as",
    "resolution",
    type=click.Choice(["sent", "not-sent", "resend"]),
    required=True,
    help="resend: once more; should SES have taken it after all, it arrives twice.",
)
@click.option("--reason", required=True, help="How this is known; kept.")
@TENANT
@HOME
def resolve(
    delivery: str, resolution: str, reason: str, tenant: str | None, home: Path | None
) -> None:
    """Say what became of an unknown mail."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``

    run(ledger_desk.resolve(settings_of(home), delivery, resolution, reason=reason, tenant=tenant))
    click.echo(f"{delivery} is resolved: {resolution}")


@deliveries.command("retry-events")
@TENANT
@JSON
@HOME
def retry_events(tenant: str | None, as_json: bool, home: Path | None) -> None:
    """Apply what SES has told and could not be read, once it can be."""
    from tenantcrm import ledger_desk  # noqa: PLC0415 # see ``cli``

    told = run(ledger_desk.retry_events(settings_of(home), tenant))
    if as_json:
        click.echo(json.dumps({name: told[name] for name in ("applied", "faulty")}))
        return
    click.echo(f"{told['applied']} applied, {told['faulty']} faulty still")
