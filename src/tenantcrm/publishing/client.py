"""The API as the commands of campaigns use it."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from tenantcrm.errors import TenantCrmError

PAGE = 100
SECONDS = 60.0
TRIES = 4
"""Of a call that was answered 429 or 503, or not at all."""
LONGEST_WAIT = 30.0


class ApiError(TenantCrmError):
    """The API refused, or did not answer. ``extra``: its problem, RFC 9457, where it gave one."""

    title = "The API refused"


class Api:
    """Campaigns of one tenant, over the API."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Speak to the installation at ``url`` with an API key."""
        self.url = url.rstrip("/")
        self.sleep = sleep
        self.http = httpx.Client(
            base_url=f"{self.url}/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=SECONDS,
            transport=transport,
        )

    def __enter__(self) -> Self:
        """Keep connections until the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        self.http.close()

    def campaigns(self) -> Iterator[dict[str, Any]]:
        """Every campaign, without the templates."""
        after = None
        while True:
            query = {"limit": PAGE} | ({"after": after} if after else {})
            page = self._call("GET", "/campaigns", params=query)
            yield from page["data"]
            after = page.get("next")
            if not after:
                return

    def campaign(self, campaign_id: str) -> dict[str, Any]:
        """One campaign, with its templates."""
        return self._call("GET", f"/campaigns/{campaign_id}")

    def create(self, body: dict[str, Any], *, once: str) -> dict[str, Any]:
        """Make a campaign; the same ``once`` makes it once, however often it is sent."""
        return self._call("POST", "/campaigns", json=body, headers={"Idempotency-Key": once})

    def replace(self, campaign_id: str, body: dict[str, Any], *, once: str) -> dict[str, Any]:
        """Make a campaign what is given; ``version`` in it refuses what was edited since.

        Sent again with the same ``once``, it is given the first answer, and is not refused for
        its own edit.
        """
        headers = {"Idempotency-Key": once}
        return self._call("PUT", f"/campaigns/{campaign_id}", json=body, headers=headers)

    def impact(self, campaign_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """What an edit would do to people; nothing is saved."""
        return self._call("POST", f"/campaigns/{campaign_id}/impact", json=body)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for left in reversed(range(TRIES)):
            try:
                answer = self.http.request(method, path, **options)
            except httpx.HTTPError as error:
                # A write is safe to repeat: it carries a key.
                if left and isinstance(error, httpx.TransportError):
                    self.sleep(1.0)
                    continue
                words = f"{self.url} does not answer: {str(error) or type(error).__name__}"
                raise ApiError(words) from None
            if left and _busy(answer):
                self.sleep(min(_seconds(answer), LONGEST_WAIT))
                continue
            return self._read(answer)
        raise AssertionError  # The last try has returned or raised.

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            words = f"{self.url} answered {answer.status_code}, not as the API of tenantcrm does"
            raise ApiError(words)
        if answer.is_success:
            return told
        words = str(told.get("detail") or told.get("title") or answer.reason_phrase)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            words = f"{words} (TENANTCRM_API_KEY)"
        problem = {name: value for name, value in told.items() if name not in {"detail", "title"}}
        raise ApiError(words, **problem)


def _busy(answer: httpx.Response) -> bool:
    """Whether it says to come again; also where what was sent before is still under way."""
    if answer.status_code == HTTPStatus.CONFLICT:
        return "idempotency_in_progress" in answer.text
    return answer.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def _seconds(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 1.0
