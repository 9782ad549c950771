import secrets

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.fixtures.services import free_port
from tests.sandbox.ses.endpoint import listening
from tests.sandbox.ses.running import running
from tests.sandbox.ses.told import service, subscribed, topic_of


@pytest.fixture
async def sns(ses):
    async with service(ses, "sns") as client:
        yield client


@pytest.fixture
async def topic(sns):
    """A topic of one's own."""
    return (await sns.create_topic(Name=f"t-{secrets.token_hex(4)}"))["TopicArn"]


def name_of(topic):
    return topic.rpartition(":")[2]


async def listed(sns, topic):
    found = (await sns.list_subscriptions_by_topic(TopicArn=topic))["Subscriptions"]
    return [(one["Protocol"], one["Endpoint"], one["SubscriptionArn"]) for one in found]


async def test_nothing_comes_before_the_confirmation(ses, sns, topic):
    """An endpoint gets notifications once it has visited SubscribeURL, and not before."""
    with listening() as endpoint:
        await sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        asked = endpoint.wait(lambda: endpoint.of("SubscriptionConfirmation"))[0].document
        assert await listed(sns, topic) == [("http", endpoint.url, "PendingConfirmation")]
        await sns.publish(TopicArn=topic, Message="too early")
        answer = httpx.get(asked["SubscribeURL"], trust_env=False)
        assert answer.status_code == 200
        assert "<SubscriptionArn>" in answer.text
        published = await sns.publish(TopicArn=topic, Message="in time")
        came = endpoint.wait(lambda: endpoint.of("Notification"))
    assert [one.document["Message"] for one in came] == ["in time"]
    assert came[0].document["MessageId"] == published["MessageId"]


async def test_a_wrong_token_confirms_nothing(sns, topic):
    """ConfirmSubscription takes the token of the topic alone."""
    with listening() as endpoint:
        await sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        with pytest.raises(ClientError, match="Invalid token"):
            await sns.confirm_subscription(TopicArn=topic, Token="0" * 128)
        assert (await listed(sns, topic))[0][2] == "PendingConfirmation"


async def test_a_confirmation_is_asked_for_until_it_is_given(sns, topic):
    """An endpoint that is not there yet, or does not know the path yet, is asked again."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/ses"
    await sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    with listening(port) as endpoint:
        endpoint.answer = lambda number, _: 404 if number < 2 else 200
        asked = endpoint.wait(lambda: endpoint.of("SubscriptionConfirmation")[2:])[0].document
        await sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
        assert (await listed(sns, topic))[0][2].startswith(topic)


async def test_unsubscribing_is_told(ses, sns, topic):
    """Who is unsubscribed is told so, with the way back, and gets nothing more."""
    with listening() as endpoint:
        arn = await subscribed(ses, name_of(topic), endpoint)
        await sns.unsubscribe(SubscriptionArn=arn)
        told = endpoint.wait(lambda: endpoint.of("UnsubscribeConfirmation"))[0].document
        assert "Action=ConfirmSubscription" in told["SubscribeURL"]
        assert await listed(sns, topic) == []
        await sns.publish(TopicArn=topic, Message="nobody hears")
        assert endpoint.of("Notification") == []


async def test_refusals(sns):
    """What SNS would not do is refused with its codes."""
    for call, words in (
        (sns.create_topic(Name="no good"), "InvalidParameter"),
        (sns.publish(TopicArn=topic_of("nowhere"), Message="x"), "NotFound"),
        (sns.subscribe(TopicArn=topic_of("nowhere"), Protocol="http", Endpoint="http://x"), "Not"),
        (sns.subscribe(TopicArn=topic_of("x"), Protocol="email", Endpoint="a@b"), "Invalid"),
        (sns.subscribe(TopicArn=topic_of("x"), Protocol="https", Endpoint="http://x"), "Invalid"),
        (sns.check_if_phone_number_is_opted_out(phoneNumber="+1"), "InvalidAction"),
    ):
        with pytest.raises(ClientError, match=words):
            await call


@pytest.mark.parametrize(("status", "posts"), [(503, 3), (429, 3), (404, 1), (301, 1)])
async def test_what_is_tried_again(ses, sns, topic, status, posts):
    """5xx and 429 are tried again under the same id until they are taken; others are final."""
    with listening() as endpoint:
        await subscribed(ses, name_of(topic), endpoint)
        before = len(endpoint.posted)
        endpoint.answer = lambda number, _: status if number < before + 2 else 200
        await sns.publish(TopicArn=topic, Message="x")
        came = endpoint.wait(lambda: endpoint.of("Notification")[posts - 1 :] and endpoint.posted)
        ids = [one.document["MessageId"] for one in came if one.kind == "Notification"]
        # What comes after it proves that nothing more was under way.
        await sns.publish(TopicArn=topic, Message="y")
        endpoint.wait(lambda: [one for one in endpoint.posted if one.document["Message"] == "y"])
        assert len(set(ids)) == 1
        words = [one.document["Message"] for one in endpoint.of("Notification")]
        assert words.count("x") == posts


async def test_an_endpoint_that_comes_back(ses, sns, topic):
    """What was published while nobody listened is posted once somebody does."""
    with listening() as endpoint:
        await subscribed(ses, name_of(topic), endpoint)
    for number in range(20):
        await sns.publish(TopicArn=topic, Message=f"{number}")
    with listening(int(endpoint.url.split(":")[2].split("/")[0])) as again:
        again.wait(lambda: len({one.document["Message"] for one in again.posted}) == 20)


async def test_wired_from_the_start(tmp_path):
    """A simulator that is told an endpoint or a queue at its start is ready for mails at once."""
    from tests.sandbox.ses.running import client_of, simple

    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/ses"
    with running(tmp_path, "--verified", "example.com", "--webhook", url) as ses:
        async with client_of(ses) as client:
            await client.send_email(**simple("a@example.net"), ConfigurationSetName="tenantcrm")
        with listening(port) as endpoint:
            asked = endpoint.wait(lambda: endpoint.of("SubscriptionConfirmation"))[0].document
            assert asked["TopicArn"] == topic_of("tenantcrm")
            assert endpoint.of("Notification") == []
            httpx.get(asked["SubscribeURL"], trust_env=False)
            endpoint.wait(lambda: len(endpoint.events()) == 2)
    with running(tmp_path, "--queue", "tenantcrm-events") as ses:
        async with service(ses, "sns") as sns:
            found = await listed(sns, topic_of("tenantcrm"))
    assert [one[:2] for one in found] == [
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:tenantcrm-events")
    ]
