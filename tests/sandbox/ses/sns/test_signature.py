import re
import secrets
import shutil
from urllib.parse import urlsplit

import pytest

from tests.sandbox.ses.endpoint import listening
from tests.sandbox.ses.sns.verification import is_right
from tests.sandbox.ses.told import service, subscribed, topic_of

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl reads the rules independently"
)


async def posted(ses, **published):
    """What an endpoint gets of a message that was published by hand."""
    name = f"signed-{secrets.token_hex(4)}"
    async with service(ses, "sns") as sns:
        await sns.create_topic(Name=name)
    with listening() as endpoint:
        await subscribed(ses, name, endpoint)
        answer = ses.http.post("/_sns/publish", json={"topic": topic_of(name), **published})
        assert answer.json()["subscriptions"] == 1
        came = endpoint.wait(lambda: endpoint.of("Notification"))[0]
        return endpoint.of("SubscriptionConfirmation")[0], came, answer.json()["message_id"]


async def test_every_message_is_signed(ses, tmp_path):
    """A confirmation and a notification verify by AWS's rules; a changed one does not."""
    words = 'Grüße, "quoted"\nand a second line'
    confirmation, notification, message_id = await posted(ses, body=words, subject="Some words")
    for one in (confirmation, notification):
        assert one.document["SignatureVersion"] == "2"
        assert is_right(one.document, tmp_path)
    assert notification.document["Message"] == words
    assert notification.document["MessageId"] == message_id
    assert not is_right({**notification.document, "Message": words + "!"}, tmp_path)
    assert not is_right(
        {**notification.document, "Timestamp": "2026-01-01T00:00:00.000Z"}, tmp_path
    )


async def test_a_message_without_subject(ses, tmp_path):
    """Where there is no subject, none is signed and none is sent."""
    _, came, _ = await posted(ses, body="x")
    assert "Subject" not in came.document
    assert is_right(came.document, tmp_path)


async def test_headers_and_links(ses):
    """The request looks like one of SNS: plain text, its own headers, links of the simulator."""
    confirmation, came, _ = await posted(ses, body="x")
    assert came.headers["content-type"] == "text/plain; charset=UTF-8"
    assert came.headers["x-amz-sns-message-type"] == "Notification"
    assert came.headers["x-amz-sns-message-id"] == came.document["MessageId"]
    assert came.headers["x-amz-sns-topic-arn"] == came.document["TopicArn"]
    assert came.headers["x-amz-sns-subscription-arn"] in came.document["UnsubscribeURL"]
    assert "x-amz-sns-subscription-arn" not in confirmation.headers
    certificate = came.document["SigningCertURL"]
    assert certificate.startswith(ses.url + "/")
    path = urlsplit(certificate).path
    assert re.fullmatch(r"/SimpleNotificationService-[0-9a-f]{32}\.pem", path)
    assert ses.http.get(path.replace("-", "-0")).status_code == 404


@pytest.mark.parametrize("forgery", [{"key": True}, {"body": True}])
async def test_wrong_on_purpose(ses, tmp_path, forgery):
    """A test may have a message signed by a stranger, or changed afterwards."""
    _, came, _ = await posted(ses, body="x", forgery=forgery)
    assert not is_right(came.document, tmp_path)


async def test_right_but_not_to_be_trusted(ses, tmp_path):
    """Or of another topic, by the old digest, or with its certificate at any place."""
    _, came, _ = await posted(ses, body="x", forgery={"topic": "arn:aws:sns:us-east-1:1:other"})
    assert came.document["TopicArn"].endswith(":other")
    assert is_right(came.document, tmp_path)
    _, came, _ = await posted(ses, body="x", forgery={"version": "1"})
    assert came.document["SignatureVersion"] == "1"
    assert is_right(came.document, tmp_path)
    _, came, _ = await posted(ses, body="x", forgery={"certificate_url": "https://evil.example/c"})
    assert came.document["SigningCertURL"] == "https://evil.example/c"


async def test_a_plan_that_is_none(ses):
    """A publication with an unknown member is refused with a sentence."""
    answer = ses.http.post("/_sns/publish", json={"topic": "x", "body": "y", "forged": 1})
    assert answer.status_code == 400
    assert "forged" in answer.json()["message"]
