"""The operations that send: the ones whose speed matters, and whose faults can be planned.

They are answered before any framework: its way to a handler and back costs more than a mail does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.api.answers import unknown
from tenantcrm.sandbox.ses.bulk import read_bulk_request, send_bulk_email
from tenantcrm.sandbox.ses.errors import InternalServiceError, SesError, TooManyRequestsError
from tenantcrm.sandbox.ses.faults import Fault
from tenantcrm.sandbox.ses.http.connection import Exchange
from tenantcrm.sandbox.ses.http.requests import Request
from tenantcrm.sandbox.ses.sending import read_request, send_email
from tenantcrm.sandbox.ses.simulator import Simulator

Operation = Callable[[Simulator, bytes], Awaitable[Mapping[str, object]]]
_JSON = (b"content-type", b"application/json")
_WORDS = "The SES simulator failed, as it was told to."
log = structlog.get_logger()


async def _single(simulator: Simulator, body: bytes) -> Mapping[str, object]:
    """SendEmail."""
    return {"MessageId": await send_email(simulator, read_request(body))}


async def _bulk(simulator: Simulator, body: bytes) -> Mapping[str, object]:
    """SendBulkEmail."""
    return {"BulkEmailEntryResults": await send_bulk_email(simulator, read_bulk_request(body))}


OPERATIONS: Mapping[bytes, Operation] = {
    b"/v2/email/outbound-emails": _single,
    b"/v2/email/outbound-bulk-emails": _bulk,
}
"""By the path that they are asked at."""


async def send(simulator: Simulator, operation: Operation, exchange: Exchange) -> None:
    """Answer a request to send, or do to it what the plan of faults has for it."""
    fault, delay = simulator.faults.draw(), simulator.faults.delay()
    kind, status = b"", 200
    document: Mapping[str, object]
    try:
        _before(fault, exchange.request)
        document = {} if fault == "reset" else await operation(simulator, exchange.request.body)
        _after(fault)
    except SesError as refusal:
        kind, status, document = refusal.kind.encode(), refusal.status, {"message": refusal.message}
        fault = None
    except Exception:
        log.exception("ses.send_failed")
        failure = InternalServiceError("The SES simulator failed; its log says why.")
        kind, status, document = failure.kind.encode(), failure.status, {"message": failure.message}
        fault = None
    if delay:
        await asyncio.sleep(delay)
    if fault in {"reset", "accept_then_reset"}:
        exchange.reset()
    elif fault == "accept_then_timeout":
        exchange.never()
    else:
        headers = [_JSON, (b"x-amzn-requestid", str(uuid4()).encode())]
        if kind:
            headers.append((b"x-amzn-errortype", kind))
        exchange.answer(status, headers, msgspec.json.encode(document))


def _before(fault: Fault | None, request: Request) -> None:
    """What happens to a request before anybody looks at it."""
    if request.method != "POST":
        raise unknown(request.method, request.target.decode("ascii"))
    if fault == "throttle":
        raise TooManyRequestsError("Maximum sending rate exceeded.")
    if fault == "server_error":
        raise InternalServiceError(_WORDS)


def _after(fault: Fault | None) -> None:
    """What happens to a request whose mails are kept."""
    if fault == "accept_then_error":
        raise InternalServiceError(_WORDS)
