"""What proves that a message is from a topic of ours, and everything that does not."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from tenantcrm.delivery.events.certificates import origins
from tenantcrm.delivery.events.errors import CertificateAwayError, RefusedNoticeError
from tenantcrm.delivery.events.sns import Topics
from tests.delivery.events.sns import PEM, TOPIC, Sns, certificate

OTHER = PEM.replace("0123", "4567")


@pytest.fixture
async def topics(sns: Sns) -> AsyncIterator[Topics]:
    async with httpx.AsyncClient() as http:
        yield Topics([TOPIC], endpoint=sns.url, http=http)


async def reason(topics: Topics, body: object) -> str:
    """Why a message is refused."""
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    with pytest.raises(RefusedNoticeError) as caught:
        await topics.read(raw)
    return caught.value.reason


async def test_signed(topics: Topics, sns: Sns):
    """A signed message of the topic is read, with and without subject; one fetch is enough."""
    for more in ({}, {"Subject": "Amazon SES Email Event Notification"}):
        envelope = await topics.read(json.dumps(sns.envelope("grüß dich\n", **more)))
        assert (envelope.Message, envelope.is_notice) == ("grüß dich\n", True)
    assert sns.fetched == [PEM]


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Timestamp", "Subject", "TopicArn", "Type", "Signature"]
)
async def test_changed(topics: Topics, sns: Sns, field: str):
    """Whatever is changed after it was signed breaks the proof."""
    envelope = sns.envelope("one", Subject="two")
    changed = {"Timestamp": "2026-11-22T00:00:00.000Z", "Type": "SubscriptionConfirmation"}
    envelope[field] = changed.get(field, envelope[field][::-1])
    assert await reason(topics, envelope) in {"signature", "topic"}


async def test_added_subject(topics: Topics, sns: Sns):
    """A subject that was not signed breaks the proof."""
    assert await reason(topics, {**sns.envelope("x"), "Subject": "y"}) == "signature"


async def test_another_key(topics: Topics, sns: Sns):
    """A signature of a key that the certificate does not name proves nothing."""
    assert await reason(topics, sns.envelope("x", signer="stranger")) == "signature"


@pytest.mark.parametrize("version", ["1", "3", "", "2.0"])
async def test_version(topics: Topics, sns: Sns, version: str):
    """Version 2 alone: SHA-1 is refused although it verifies."""
    assert await reason(topics, sns.envelope("x", SignatureVersion=version)) == "signature_version"
    assert sns.fetched == []


async def test_foreign_topic(topics: Topics, sns: Sns):
    """A topic that is not listed is refused before anything is fetched or verified."""
    foreign = TOPIC.replace("000000000000", "999999999999")
    assert await reason(topics, sns.envelope("x", TopicArn=foreign)) == "topic"
    confirm = sns.envelope(
        "x", TopicArn=foreign, Type="SubscriptionConfirmation", Token="t",
        SubscribeURL=f"{sns.url}/?Action=ConfirmSubscription",
    )  # fmt: skip
    assert await reason(topics, confirm) == "topic"
    assert sns.fetched == []


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.us-east-1.amazonaws.com.evil.example{pem}",
        "https://evil.example{pem}",
        "https://sns.eu-west-1.amazonaws.com{pem}",
        "http://sns.us-east-1.amazonaws.com{pem}",
        "https://sns.us-east-1.amazonaws.com:8443{pem}",
        "https://sns.us-east-1.amazonaws.com@evil.example{pem}",
        "https://evil.example#@sns.us-east-1.amazonaws.com{pem}",
        "https://sns.us-east-1.amazonaws.com{pem}?x=1",
        "https://sns.us-east-1.amazonaws.com{pem}#x",
        "https://sns.us-east-1.amazonaws.com/a/..{pem}",
        "https://sns.us-east-1.amazonaws.com/anything.pem",
        "{own}/SimpleNotificationService-../secret.pem",
        "{own}/latest/meta-data/",
        "http://169.254.169.254{pem}",
        "http://localhost{pem}",
        "file://{pem}",
        "https://[{pem}",
        "",
    ],
)
async def test_foreign_certificate(topics: Topics, sns: Sns, url: str):
    """A certificate may be in one place alone; nothing is fetched from any other."""
    place = url.format(pem=PEM, own=sns.url)
    assert await reason(topics, sns.envelope("x", SigningCertURL=place)) == "certificate_address"
    assert sns.fetched == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (web.Response(status=302, headers={"Location": PEM}), "certificate_not_there"),
        (web.Response(status=404), "certificate_not_there"),
        (web.Response(body=b"no certificate"), "certificate_unreadable"),
        (web.Response(body=b"\x00\xff" * 100), "certificate_unreadable"),
        (web.Response(body=b"-----BEGIN CERTIFICATE-----\n" * 2000), "certificate_too_large"),
    ],
)
async def test_bad_certificate(topics: Topics, sns: Sns, answer: web.Response, why: str):
    """A redirect, an answer without end, and what is no certificate prove nothing."""
    sns.pages[OTHER] = answer
    assert await reason(topics, sns.envelope("x", SigningCertURL=sns.url + OTHER)) == why
    assert sns.fetched == [OTHER]


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
async def test_expired(topics: Topics, sns: Sns, days: tuple[int, int]):
    """A certificate that is not valid now proves nothing."""
    sns.pages[OTHER] = web.Response(body=certificate(begins=days[0], ends=days[1]))
    url = sns.url + OTHER
    assert await reason(topics, sns.envelope("x", SigningCertURL=url)) == "certificate_expired"


async def test_certificate_away(topics: Topics, sns: Sns):
    """While the certificate cannot be had nothing is said of the message: it is to come again."""
    sns.pages[OTHER] = web.Response(status=503)
    with pytest.raises(CertificateAwayError):
        await topics.read(json.dumps(sns.envelope("x", SigningCertURL=sns.url + OTHER)))


async def test_fetches_are_few(topics: Topics, sns: Sns):
    """Ever new addresses of certificates do not make the process fetch without end."""
    for n in range(30):
        envelope = sns.envelope("x", SigningCertURL=f"{sns.url}/SimpleNotificationService-{n}.pem")
        with pytest.raises((RefusedNoticeError, CertificateAwayError)):
            await topics.read(json.dumps(envelope))
    assert len(sns.fetched) == 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b"null",
        b'{"Type": 1}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
async def test_unreadable(topics: Topics, body: bytes):
    """What is no message is refused, however it is broken."""
    assert await reason(topics, body) == "unreadable"


async def test_huge(topics: Topics, sns: Sns):
    """What is larger than SNS ever sends is not looked at."""
    assert await reason(topics, sns.envelope("x" * 300_000)) == "too_large"


@pytest.mark.parametrize("signature", ["", "!", "é", base64.b64encode(b"x").decode()])
async def test_no_signature(topics: Topics, sns: Sns, signature: str):
    """A signature that is none proves nothing."""
    assert await reason(topics, {**sns.envelope("x"), "Signature": signature}) == "signature"


async def test_old(topics: Topics, sns: Sns):
    """A message that was signed before the inbox forgets is refused; so is one without time."""
    then = (datetime.now(UTC) - timedelta(days=61)).isoformat()
    assert await reason(topics, sns.envelope("x", Timestamp=then)) == "too_old"
    assert await reason(topics, sns.envelope("x", Timestamp="yesterday")) == "timestamp"


async def test_confirms(topics: Topics, sns: Sns):
    """A subscription of our topic is confirmed where the topic's SNS is, and nowhere else."""
    ours = f"{sns.url}/?Action=ConfirmSubscription&Token=t"
    for url, visited in ((ours, True), ("http://169.254.169.254/?Action=x", False)):
        told = sns.envelope("x", Type="SubscriptionConfirmation", Token="t", SubscribeURL=url)
        envelope = await topics.read(json.dumps(told))
        if visited:
            await topics.confirm(envelope)
            continue
        with pytest.raises(RefusedNoticeError) as caught:
            await topics.confirm(envelope)
        assert caught.value.reason == "confirmation_address"
    assert sns.fetched == [PEM, "/?Action=ConfirmSubscription&Token=t"]


def test_places():
    """AWS's own hosts by region and partition, and the stand-in's when there is one."""
    arn = "arn:aws-cn:sns:cn-north-1:1:t"
    assert origins(arn, None) == {"https://sns.cn-north-1.amazonaws.com.cn"}
    found = origins(TOPIC, "http://127.0.0.1:9000/ses")
    assert found == {"https://sns.us-east-1.amazonaws.com", "http://127.0.0.1:9000"}
