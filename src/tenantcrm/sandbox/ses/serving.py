"""The simulator as a process of its own."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from tenantcrm.sandbox.ses.account import Allowance
from tenantcrm.sandbox.ses.app import create_ses
from tenantcrm.sandbox.ses.simulator import Options

_SWITCH_SECONDS = 0.0005
log = structlog.get_logger()


async def _serve(host: str, port: int, options: Options) -> None:
    # The embedded server keeps everything in this one process: whoever kills it, kills it all.
    server = Server(
        create_ses(options=options),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=2048,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    log.info("ses.started", url=f"http://{host}:{port}", inbox=f"http://{host}:{port}/inbox")
    await server.serve()
    log.info("ses.stopped")


def serve(host: str, port: int, options: Options) -> None:
    """Serve until SIGINT or SIGTERM; what was asked before is answered and kept."""
    # The writing thread hands the interpreter's lock back and forth at every statement; with the
    # usual 5 ms a busy event loop would make it wait longer than it works.
    sys.setswitchinterval(_SWITCH_SECONDS)
    if sys.platform == "win32":
        asyncio.run(_serve(host, port, options))
        return
    import uvloop  # noqa: PLC0415 -- there is none on Windows

    uvloop.run(_serve(host, port, options))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), required=True)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the mail is kept and clock.json is read; without it nothing is kept.",
)
@click.option("--region", default="us-east-1", show_default=True)
@click.option(
    "--verified",
    multiple=True,
    metavar="IDENTITY",
    help="An address or a domain that may be sent from at once; may be repeated.",
)
@click.option(
    "--max-24-hour-send",
    "max_24_hour_send",
    type=float,
    default=Allowance().max_24_hour_send,
    show_default=True,
    help="Recipients in 24 hours of the sandbox's clock; -1 for no limit.",
)
@click.option(
    "--max-send-rate",
    type=click.FloatRange(min=0, min_open=True),
    default=Allowance().max_send_rate,
    show_default=True,
    help="Recipients in a real second.",
)
@click.option("--sending/--no-sending", default=True, help="Whether the account may send.")
@click.option(
    "--production/--no-production",
    default=True,
    help="Without production access, mail goes to verified identities alone.",
)
def main(
    *,
    host: str,
    port: int,
    home: Path | None,
    region: str,
    verified: tuple[str, ...],
    max_24_hour_send: float,
    max_send_rate: float,
    sending: bool,
    production: bool,
) -> None:
    """Amazon SES v2 on this machine, with an inbox."""
    allowance = Allowance(
        max_24_hour_send=max_24_hour_send,
        max_send_rate=max_send_rate,
        sending_enabled=sending,
        production_access=production,
    )
    serve(host, port, Options(home=home, region=region, allowance=allowance, verified=verified))
