"""Signed requests to SES on the client's own connections, without its machinery around them.

What a mail costs is the client's machinery: building parameters, walking its hooks and signing
take four times as long as writing the request. Here a request is JSON that is signed (AWS Signature
Version 4, "Create a signed AWS API request") and handed to the client's HTTP session, which keeps
connections, proxies, certificates, and the names of everything that can go wrong. Refusals are
parsed by botocore's own parser, so that :mod:`answers` reads the same errors as ever.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import create_parser

from tenantcrm import clock

OK = 200
_ALGORITHM = "AWS4-HMAC-SHA256"


class Wire:
    """POSTs to one service, as its client would make them."""

    def __init__(self, client: Any, credentials: Any) -> None:
        """Take what the client was made with; both come from aiobotocore, which has no types."""
        self._endpoint = str(client.meta.endpoint_url).rstrip("/")
        self._host = urlsplit(self._endpoint).netloc.rpartition("@")[2]
        self._region = str(client.meta.region_name)
        model = client.meta.service_model
        self._service = str(model.signing_name)
        self._model = model
        self._parser = create_parser(model.metadata["protocol"])
        # The client has no public name for its session; there is one for as long as it is open.
        self._http = client._endpoint.http_session  # noqa: SLF001
        self._credentials = credentials

    async def post(self, operation: str, body: bytes) -> bytes:
        """Ask once; the answer's body.

        Args:
            operation: SES's name of it, such as ``SendEmail``.
            body: its parameters as JSON.

        Raises:
            ClientError: SES refused.
            Exception: there was no answer, by botocore's names.
        """
        model = self._model.operation_model(operation)
        path = model.http["requestUri"]
        headers = await self._headers(path, body)
        request = AWSPreparedRequest(
            "POST", self._endpoint + path, HeadersDict(headers), body, stream_output=False
        )
        answer = await self._http.send(request)
        content: bytes = await answer.content
        if answer.status_code != OK:
            response = {
                "status_code": answer.status_code,
                "headers": HeadersDict(answer.headers),
                "body": content,
                "context": {"operation_name": operation},
            }
            parsed = self._parser.parse(response, model.output_shape)
            raise ClientError(parsed, operation)
        return content

    async def _headers(self, path: str, body: bytes) -> dict[str, str]:
        if self._credentials is None:
            raise NoCredentialsError
        # Temporary credentials are renewed in there before they run out.
        keys = await self._credentials.get_frozen_credentials()
        headers = {
            "Content-Type": "application/json",
            "Host": self._host,
            "X-Amz-Date": clock.real_now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
        }
        if keys.token:
            headers["X-Amz-Security-Token"] = keys.token
        scope = f"{headers['X-Amz-Date'][:8]}/{self._region}/{self._service}/aws4_request"
        headers["Authorization"] = authorization(
            keys.access_key, keys.secret_key, scope, path, headers, body
        )
        headers["User-Agent"] = "tenantcrm"
        del headers["Host"]  # The session writes it, from the URL.
        return headers


def authorization(
    access_key: str,
    secret_key: str,
    scope: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The value of Authorization for a POST whose ``headers`` are all signed (SigV4).

    Args:
        access_key: names the credentials.
        secret_key: is proved to be known.
        scope: date, region and service, such as ``20260101/us-east-1/ses/aws4_request``.
        path: without a query, of letters, digits, ``/`` and ``-``.
        headers: Host and X-Amz-Date among them.
        body: of the request.
    """
    lines = sorted((name.lower(), value) for name, value in headers.items())
    signed = ";".join(name for name, _ in lines)
    fields = "".join(f"{name}:{value}\n" for name, value in lines)
    digest = hashlib.sha256(body).hexdigest()
    asked = f"POST\n{path}\n\n{fields}\n{signed}\n{digest}"
    said = "\n".join(
        (_ALGORITHM, headers["X-Amz-Date"], scope, hashlib.sha256(asked.encode()).hexdigest())
    )
    proof = hmac.digest(_key(secret_key, scope), said.encode(), "sha256").hex()
    return (
        f"{_ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={proof}"
    )


@lru_cache(maxsize=8)
def _key(secret_key: str, scope: str) -> bytes:
    """The key of a day, region and service."""
    key = b"AWS4" + secret_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
