"""SNS over the wire: AWS's Query protocol, a form in and XML out; the certificate; publishing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from xml.sax.saxutils import escape

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.sns.canonical import PREFIX
from tenantcrm.sandbox.ses.sns.envelopes import Forgery
from tenantcrm.sandbox.ses.sns.errors import (
    InvalidActionError,
    InvalidParameterError,
    SnsError,
    TopicNotFoundError,
)
from tenantcrm.sandbox.ses.sns.topics import Protocol, Subscription, topic_arn
from tenantcrm.sandbox.ses.telling import Telling

AnyRequest = Request[Any, Any, Any]
Form = Mapping[str, str]
XML = "text/xml"
_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
_PENDING = "PendingConfirmation"
_PROTOCOLS: dict[str, Protocol] = {"http": "http", "https": "https", "sqs": "sqs"}


async def answer_query(telling: Telling, form: Form, base: str) -> Response[str]:
    """Answer an operation of the Query protocol."""
    action = form.get("Action", "")
    request_id = str(uuid4())
    try:
        operation = _OPERATIONS.get(action)
        if operation is None:
            raise InvalidActionError(f"The SNS simulator knows no operation {action}.")
        result = await operation(telling, form, base)
    except SnsError as fault:
        body = (
            f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type>'
            f"<Code>{fault.code}</Code><Message>{escape(fault.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(body, status_code=fault.status, media_type=XML)
    body = (
        f'<{action}Response xmlns="{_NAMESPACE}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return Response(body, media_type=XML, status_code=200)


async def _create_topic(telling: Telling, form: Form, _: str) -> str:
    arn = topic_arn(telling.simulator.region, form.get("Name", ""))
    return _element("TopicArn", await telling.topics.make(arn))


async def _delete_topic(telling: Telling, form: Form, _: str) -> str:
    await telling.topics.delete(form.get("TopicArn", ""))
    await telling.dispatcher.drop()
    return ""


async def _list_topics(telling: Telling, _: Form, __: str) -> str:
    members = (_member(_element("TopicArn", arn)) for arn in telling.topics.arns())
    return f"<Topics>{''.join(members)}</Topics>"


async def _subscribe(telling: Telling, form: Form, base: str) -> str:
    protocol = _PROTOCOLS.get(form.get("Protocol", ""))
    endpoint = form.get("Endpoint", "")
    if protocol is None:
        raise InvalidParameterError(
            "Invalid parameter: Protocol: http, https and sqs are simulated"
        )
    fits = (
        endpoint.startswith("arn:aws:sqs:")
        if protocol == "sqs"
        else endpoint.startswith(f"{protocol}://")
    )
    if not fits:
        raise InvalidParameterError("Invalid parameter: Endpoint must match the specified protocol")
    made = await telling.subscribe(form.get("TopicArn", ""), protocol, endpoint, base)
    told = made.confirmed or form.get("ReturnSubscriptionArn") == "true"
    return _element("SubscriptionArn", made.arn if told else "pending confirmation")


async def _confirm(telling: Telling, form: Form, _: str) -> str:
    confirmed = await telling.topics.confirm(form.get("TopicArn", ""), form.get("Token", ""))
    telling.dispatcher.wake()
    return _element("SubscriptionArn", confirmed.arn)


async def _unsubscribe(telling: Telling, form: Form, _: str) -> str:
    found = telling.topics.find(form.get("SubscriptionArn", ""))
    if found is None:
        raise TopicNotFoundError("Subscription does not exist")
    await telling.unsubscribe(found)
    return ""


async def _list_subscriptions(telling: Telling, form: Form, _: str) -> str:
    arn = form.get("TopicArn")
    found = telling.topics.all() if arn is None else telling.topics.of(arn)
    return f"<Subscriptions>{''.join(_listed(one) for one in found)}</Subscriptions>"


async def _publish(telling: Telling, form: Form, _: str) -> str:
    arn = form.get("TopicArn", "")
    if arn not in telling.topics.arns():
        raise TopicNotFoundError("Topic does not exist")
    if not form.get("Message"):
        raise InvalidParameterError("Invalid parameter: Empty message")
    sns_id = await telling.publisher.publish(arn, form["Message"], form.get("Subject"))
    return _element("MessageId", sns_id)


_OPERATIONS: dict[str, Callable[[Telling, Form, str], Awaitable[str]]] = {
    "CreateTopic": _create_topic,
    "DeleteTopic": _delete_topic,
    "ListTopics": _list_topics,
    "Subscribe": _subscribe,
    "ConfirmSubscription": _confirm,
    "Unsubscribe": _unsubscribe,
    "ListSubscriptions": _list_subscriptions,
    "ListSubscriptionsByTopic": _list_subscriptions,
    "Publish": _publish,
}


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _member(inner: str) -> str:
    return f"<member>{inner}</member>"


def _listed(one: Subscription) -> str:
    return _member(
        _element("SubscriptionArn", one.arn if one.confirmed else _PENDING)
        + _element("Owner", one.topic_arn.split(":")[4])
        + _element("Protocol", one.protocol)
        + _element("Endpoint", one.endpoint)
        + _element("TopicArn", one.topic_arn)
    )


class Published(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message published by a test, right or wrong on purpose."""

    topic: str
    body: str
    subject: str | None = None
    times: Annotated[int, Meta(ge=1, le=10_000)] = 1
    """How often the very same message is posted."""
    forgery: Forgery = Forgery()


class SnsAdmin(Controller):
    """What AWS has no operation for."""

    @get("/{name:str}")
    async def certificate(self, telling: Telling, name: str) -> Response[str]:
        """The certificate that notifications are verified with."""
        # The process that has the key is started by whoever asks for it, and by nobody else.
        found = await telling.courier.certificate() if name.startswith(PREFIX) else None
        if found is None or found.name != name:
            raise NotFoundException("There is no such page.")
        return Response(found.certificate, media_type="application/x-pem-file")

    @post("/_sns/publish", status_code=200)
    async def publish(self, request: AnyRequest, telling: Telling) -> dict[str, object]:
        """Publish to everybody who is subscribed; the topic is made where there is none."""
        try:
            asked = msgspec.json.decode(await request.body(), type=Published)
        except msgspec.DecodeError as fault:
            raise BadRequestError(f"1 validation error detected: {fault}") from None
        arn = await telling.topics.make(asked.topic)
        forgery = None
        if asked.forgery != Forgery():
            forgery = msgspec.json.encode(asked.forgery).decode()
        sns_id = await telling.publisher.publish(
            arn, asked.body, asked.subject, times=asked.times, forgery=forgery
        )
        return {"message_id": sns_id, "subscriptions": len(telling.topics.reached(arn))}
