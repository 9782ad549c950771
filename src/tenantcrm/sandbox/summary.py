"""The few lines that say where everything is."""

from datetime import datetime

from rich.console import Console
from rich.markup import escape

from tenantcrm.sandbox.addresses import Addresses
from tenantcrm.sandbox.demo_sign_in import DemoSignIn
from tenantcrm.sandbox.home import Home

_WIDTH = 11


def show(
    console: Console,
    *,
    home: Home,
    addresses: Addresses,
    sign_in: DemoSignIn | None,
    rate: float,
    virtual: datetime,
    took: float,
) -> None:
    """Print it."""
    rows = [("Dashboard", f"[bold cyan]{addresses.url}[/bold cyan]")]
    if sign_in is not None:
        who = f"[bold]{escape(sign_in.email)}[/bold]  [bold]{escape(sign_in.password)}[/bold]"
        rows.append(("Sign in", who))
    rows.append(("Inbox", f"[cyan]{addresses.inbox}[/cyan]  every mail that is sent ends here"))
    rows.append(("API", f"[cyan]{addresses.url}/v1[/cyan]"))
    rows.append(("Data", f"{escape(str(home.root))}  [dim]with logs and ready.json[/dim]"))
    if rate != 1.0:
        moment = virtual.strftime("%A, %d %B %Y %H:%M UTC")
        rows.append(("Clock", f"a day lasts {86_400 / rate:g} s; it is {moment}"))
    console.print(f"\n  [bold]tenantcrm is ready[/bold] [dim]after {took:.1f} s[/dim]\n")
    for name, text in rows:
        console.print(f"  [dim]{name:<{_WIDTH}}[/dim]{text}")
    console.print(f"\n  [dim]{'Try it':<{_WIDTH}}[/dim]{escape(_example(addresses, sign_in))}")
    console.print("\n  [dim]Ctrl-C stops everything; the data stay.[/dim]\n")


def _example(addresses: Addresses, sign_in: DemoSignIn | None) -> str:
    key = (sign_in and sign_in.api_key) or "$TENANTCRM_KEY"
    indent = " " * (_WIDTH + 4)
    return (
        f'curl -X PUT -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\\n'
        f'{indent}-d \'{{"name": "Ada Lovelace", "attributes": {{"language": "en"}}}}\' \\\n'
        f"{indent}{addresses.url}/v1/contacts/by-email/ada@example.com"
    )
