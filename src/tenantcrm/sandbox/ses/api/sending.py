"""``POST /v2/email/outbound-emails``: the one operation whose speed matters.

It speaks ASGI itself: the framework's way to a handler and back costs more than the send does.
"""

import msgspec
import structlog
from litestar.types import Receive, Scope, Send
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.api.answers import unknown
from tenantcrm.sandbox.ses.errors import BadRequestError, InternalServiceError, SesError
from tenantcrm.sandbox.ses.sending import MOST_BYTES, read_request, send_email
from tenantcrm.sandbox.ses.simulator import Simulator

PATH = "/v2/email/outbound-emails"
_MOST_BODY = MOST_BYTES * 2
"""Base64 adds a third, and a text in JSON may be escaped."""
log = structlog.get_logger()


async def outbound_emails(simulator: Simulator, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a SendEmail."""
    kind, status = b"", 200
    try:
        method = str(scope.get("method"))
        if method != "POST":
            raise unknown(method, scope["path"])  # noqa: TRY301 -- one place answers
        body = await _body(receive)
        answer = {"MessageId": await send_email(simulator, read_request(body))}
    except SesError as fault:
        kind, status, answer = fault.kind.encode(), fault.status, {"message": fault.message}
    except Exception:
        log.exception("ses.send_failed")
        failure = InternalServiceError("The SES simulator failed; its log says why.")
        kind, status, answer = failure.kind.encode(), failure.status, {"message": failure.message}
    document = msgspec.json.encode(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(document)).encode()),
        (b"x-amzn-requestid", str(uuid4()).encode()),
    ]
    if kind:
        headers.append((b"x-amzn-errortype", kind))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": document, "more_body": False})


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BadRequestError("The request ended before its body.")
        chunks.append(message["body"])
        size += len(message["body"])
        if size > _MOST_BODY:
            raise BadRequestError(f"The request is larger than {_MOST_BODY} bytes.")
        if not message["more_body"]:
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
