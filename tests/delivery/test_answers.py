"""What SES's answers mean: only a certain no puts a mail back into the queue."""

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from botocore import exceptions as botocore
from botocore.exceptions import ClientError

from tenantcrm.delivery.answers import Scope, accepted, read
from tenantcrm.delivery.states import State

KEY = ConnectionKey("127.0.0.1", 1, is_ssl=False, ssl=True, proxy=None, proxy_auth=None,
                    proxy_headers_hash=None)  # fmt: skip


def refusal(status: int, code: str, words: str = "") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": words},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "SendEmail",
    )


@pytest.mark.parametrize(
    ("status", "code", "words", "state", "scope"),
    [
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", "pending", Scope.RATE),
        (429, "TooManyRequestsException", "Daily message quota exceeded.", "pending", Scope.QUOTA),
        (400, "LimitExceededException", "", "pending", Scope.QUOTA),
        (400, "Throttling", "Daily message quota exceeded", "pending", Scope.QUOTA),
        (429, "Whatever", "", "pending", Scope.RATE),
        (400, "AccountSuspendedException", "", "pending", Scope.ACCOUNT),
        (400, "SendingPausedException", "", "pending", Scope.ACCOUNT),
        (403, "AccessDeniedException", "", "pending", Scope.ACCOUNT),
        (403, "ExpiredTokenException", "", "pending", Scope.ACCOUNT),
        (400, "MailFromDomainNotVerifiedException", "", "pending", Scope.SENDER),
        (400, "MessageRejected", "Not verified.", "failed", Scope.MAIL),
        (400, "BadRequestException", "", "failed", Scope.MAIL),
        (404, "NotFoundException", "", "failed", Scope.MAIL),
        (413, "Whatever", "", "failed", Scope.MAIL),
        (500, "InternalServiceErrorException", "", "unknown", Scope.MAIL),
        (502, "502", "<html>", "unknown", Scope.MAIL),
        (503, "ServiceUnavailable", "", "unknown", Scope.MAIL),
        (301, "Moved", "", "unknown", Scope.MAIL),
        (0, "", "", "unknown", Scope.MAIL),
    ],
)
def test_answers(status: int, code: str, words: str, state: str, scope: Scope):
    """Each answer has one meaning for the mail, and one for what is behind it."""
    outcome = read(refusal(status, code, words))
    assert (outcome.state, outcome.scope) == (State(state), scope)
    assert outcome.reason


def connector() -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(KEY, OSError(111, "refused"))


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (botocore.EndpointConnectionError(endpoint_url="x", error=connector()), "pending"),
        (botocore.ConnectTimeoutError(endpoint_url="x", error=None), "pending"),
        (botocore.SSLError(endpoint_url="x", error=connector()), "pending"),
        (botocore.NoCredentialsError(), "pending"),
        (
            botocore.EndpointConnectionError(
                endpoint_url="x", error=aiohttp.ClientOSError(104, "Connection reset by peer")
            ),
            "unknown",
        ),
        (botocore.ConnectionClosedError(endpoint_url="x", error=None), "unknown"),
        (botocore.ReadTimeoutError(endpoint_url="x", error=None), "unknown"),
        (botocore.HTTPClientError(error="x"), "unknown"),
        (TimeoutError(), "unknown"),
        (KeyError("MessageId"), "unknown"),
    ],
)
def test_no_answer(fault: Exception, state: str):
    """Without an answer a mail goes back only when no connection was ever made."""
    assert read(fault).state == State(state)


def test_yes():
    """SES's yes carries its id."""
    outcome = accepted("0100-1")
    assert (outcome.state, outcome.ses_message_id) == (State.SENT, "0100-1")


def test_long_words_are_cut():
    """The ledger keeps SES's words, within a limit."""
    assert len(read(refusal(400, "MessageRejected", "x" * 9000)).detail or "") == 500
