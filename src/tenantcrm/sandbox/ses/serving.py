"""The simulator as a process of its own."""

import asyncio
import gc
import signal
import sys
from pathlib import Path

import click
import structlog

from tenantcrm.sandbox.ses.account import Allowance
from tenantcrm.sandbox.ses.api.sending import OPERATIONS, send
from tenantcrm.sandbox.ses.app import create_ses
from tenantcrm.sandbox.ses.http.asgi import hand_on, started
from tenantcrm.sandbox.ses.http.connection import Exchange
from tenantcrm.sandbox.ses.http.server import listening
from tenantcrm.sandbox.ses.identities import Status
from tenantcrm.sandbox.ses.simulator import Options
from tenantcrm.sandbox.ses.wires import Wires

_SWITCH_SECONDS = 0.0005
_COLLECT_EVERY = 20_000
_STATUSES: dict[str, Status] = {"verified": "SUCCESS", "pending": "PENDING", "failed": "FAILED"}
log = structlog.get_logger()


async def _serve(host: str, port: int, options: Options) -> None:
    app = create_ses(options=options)

    async def answer(exchange: Exchange) -> None:
        operation = OPERATIONS.get(exchange.request.target)
        if operation is None:
            await hand_on(app, exchange)
        else:
            await send(app.state.simulator, operation, exchange)

    # What stands so far stays for good, and of what a mail makes nothing is left over: the
    # collector of cycles need not look at it all as often as it does.
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with started(app), listening(answer, host, port):
        url = f"http://{host}:{port}"
        log.info("ses.started", url=url, inbox=f"{url}/inbox")
        await ended.wait()
    log.info("ses.stopped")


def serve(host: str, port: int, options: Options) -> None:
    """Serve until SIGINT or SIGTERM; what was asked before is answered and kept."""
    # The threads of the store hand the interpreter's lock back and forth at every statement; with
    # the usual 5 ms a busy event loop would make them wait longer than they work.
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
    "--identities",
    "first_status",
    type=click.Choice(["verified", "pending", "failed"]),
    default="verified",
    show_default=True,
    help="How far the proofs of an identity are when it is made; PUT /_identities/NAME changes it.",
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
@click.option("--url", help="Where it answers for others; without it, host and port as they are.")
@click.option("--webhook", metavar="URL", help="Post the events of mails here, as SNS does.")
@click.option("--queue", metavar="NAME", help="Put the events of mails into this queue of SQS.")
@click.option(
    "--event-delay",
    type=click.FloatRange(min=0),
    default=Wires().delay,
    show_default=True,
    help="Real seconds from a mail to what happens to it.",
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
    first_status: str,
    max_24_hour_send: float,
    max_send_rate: float,
    url: str | None,
    webhook: str | None,
    queue: str | None,
    event_delay: float,
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
    options = Options(
        home=home,
        region=region,
        allowance=allowance,
        verified=verified,
        first_status=_STATUSES[first_status],
        wires=Wires(
            url=url or f"http://{host}:{port}", webhook=webhook, queue=queue, delay=event_delay
        ),
    )
    serve(host, port, options)
