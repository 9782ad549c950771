"""Requests that are written and signed here, against what botocore would have sent."""

from typing import Any

import aioboto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.delivery import answers
from tenantcrm.delivery.wire import Wire, authorization
from tests.fixtures.fake_ses import Behaviour, FakeSes

PATH = "/v2/email/outbound-emails"
BODY = b"""{"EmailTags":[{"Name":"d","Value":"x"},{"Name":"a","Value":"1"}],
"Destination":{"ToAddresses":["ada@example.com"]}}"""


@given(
    body=st.binary(max_size=200),
    secret=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40),
    token=st.none() | st.text(st.characters(codec="ascii", categories=["L"]), min_size=1),
)
def test_the_signature_is_botocores(body: bytes, secret: str, token: str | None):
    """For the same moment and request both signatures are equal, with a session token too."""
    theirs = AWSRequest(
        "POST",
        "https://email.eu-west-1.amazonaws.com" + PATH,
        headers={"Content-Type": "application/json"},
        data=body,
    )
    SigV4Auth(Credentials("AKID", secret, token), "ses", "eu-west-1").add_auth(theirs)
    headers = {
        "Content-Type": "application/json",
        "Host": "email.eu-west-1.amazonaws.com",
        "X-Amz-Date": theirs.headers["X-Amz-Date"],
    } | ({"X-Amz-Security-Token": token} if token else {})
    scope = f"{headers['X-Amz-Date'][:8]}/eu-west-1/ses/aws4_request"
    ours = authorization("AKID", secret, scope, PATH, headers, body)
    assert ours == theirs.headers["Authorization"]


async def faults(fake: FakeSes) -> tuple[Exception, Exception]:
    """What the client raises, and what the wire does."""
    session = aioboto3.Session()
    async with session.client("sesv2", region_name="us-east-1", endpoint_url=fake.url) as client:
        with pytest.raises(Exception) as theirs:
            await client.send_email(
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Raw": {"Data": b"x"}},
                EmailTags=[{"Name": "d", "Value": "x"}, {"Name": "a", "Value": "1"}],
            )
        wire = Wire(client, await session.get_credentials())
        with pytest.raises(Exception) as ours:
            await wire.post("SendEmail", BODY)
    return theirs.value, ours.value


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour.QUOTA,
        Behaviour.SUSPENDED,
        Behaviour.MAIL_FROM,
        Behaviour.REJECT,
        Behaviour.NOT_LET_IN,
        Behaviour.BROKEN,
        Behaviour.ACCEPT_AND_RESET,
    ],
)
async def test_faults_are_read_alike(fake: FakeSes, behaviour: Behaviour, monkeypatch: Any):
    """Whatever goes wrong means the same for a mail as when the client itself had asked."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    fake.behave = lambda _delivery: behaviour
    theirs, ours = await faults(fake)
    assert answers.read(ours) == answers.read(theirs)


async def test_the_answer(fake: FakeSes):
    """A request that is accepted gives the answer's body."""
    session = aioboto3.Session()
    async with session.client("sesv2", region_name="us-east-1", endpoint_url=fake.url) as client:
        wire = Wire(client, await session.get_credentials())
        assert await wire.post("SendEmail", BODY) == b'{"MessageId": "ses-x"}'


async def test_without_credentials(fake: FakeSes):
    """A process without credentials asks for nothing, and its mails wait."""
    session = aioboto3.Session()
    async with session.client("sesv2", region_name="us-east-1", endpoint_url=fake.url) as client:
        with pytest.raises(NoCredentialsError) as fault:
            await Wire(client, None).post("SendEmail", BODY)
    assert answers.read(fault.value).state == "pending"
    assert fake.asked == {}
