"""A simulator with a configuration set of its own, and an endpoint that its events go to."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import httpx

from tests.sandbox.ses.endpoint import PATIENCE, Endpoint
from tests.sandbox.ses.running import Running

ALL = [
    "SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "OPEN", "CLICK", "RENDERING_FAILURE",
    "DELIVERY_DELAY",
]  # fmt: skip


@asynccontextmanager
async def service(simulator: Running, name: str) -> AsyncIterator[Any]:
    """The real client of a service: ``sns`` or ``sqs``."""
    session = aioboto3.Session(
        aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1"
    )
    async with session.client(name, endpoint_url=simulator.url) as client:
        yield client


async def configured(client: Any, simulator: Running, matching: list[str] | None = None) -> str:
    """A configuration set whose events go to a topic of the same name; gives the name."""
    name = f"set-{secrets.token_hex(6)}"
    async with service(simulator, "sns") as sns:
        topic = (await sns.create_topic(Name=name))["TopicArn"]
    await client.create_configuration_set(ConfigurationSetName=name)
    await client.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="events",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": matching or ALL,
            "SnsDestination": {"TopicArn": topic},
        },
    )
    return name


def topic_of(name: str) -> str:
    return f"arn:aws:sns:us-east-1:000000000000:{name}"


async def subscribed(simulator: Running, name: str, endpoint: Endpoint) -> str:
    """Subscribe an endpoint to a topic and confirm; gives the subscription's ARN."""
    async with service(simulator, "sns") as sns:
        made = await sns.subscribe(
            TopicArn=topic_of(name),
            Protocol="http",
            Endpoint=endpoint.url,
            ReturnSubscriptionArn=True,
        )
    asked = endpoint.wait(lambda: endpoint.of("SubscriptionConfirmation"))[0].document
    assert httpx.get(asked["SubscribeURL"], trust_env=False).status_code == 200
    return made["SubscriptionArn"]


def emitted(simulator: Running, message_id: str) -> list[dict[str, Any]]:
    """What GET /_events says of one mail."""
    lines = simulator.http.get("/_events").text.splitlines()
    return [one for one in map(json.loads, lines) if one["message_id"] == message_id]


def quiet(simulator: Running) -> None:
    """Wait until everybody was told everything."""
    end = time.monotonic() + PATIENCE
    while any(simulator.http.get("/_events/state").json().values()):
        assert time.monotonic() < end, simulator.http.get("/_events/state").text
        time.sleep(0.02)
