"""Tracked links and images of mails. Nothing but the signed token is needed to answer.

The answer goes out first and what was seen is noted afterwards, so that nobody waits for us, or
is kept from where they wanted to go, while the database is slow or away.
"""

import base64
from typing import Any, Final, Literal

from litestar import Controller, Response, get, head
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import clock
from tenantcrm.delivery.tracking.recording import Recorder
from tenantcrm.delivery.tracking.sightings import CLICK, OPEN, Sighting
from tenantcrm.errors import NotFoundError
from tenantcrm.signing import TrackedClaim
from tenantcrm.web.dependencies import AnyRequest, Services

IMAGE: Final = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""A GIF of one transparent pixel."""
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_SHOWN = _PRIVATE | {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Pages of mail services may show the image."""
_GIF: Final = "image/gif"
_STATE = "recorder"


class Images(Controller):
    """The image that tells of an open."""

    path = "/o"

    @get("/{token:str}")
    async def load(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[bytes]:
        """The image; that it was loaded is noted."""
        claim = _known(services.keyring.read_open(token))
        noting = _noting(request, services, claim, OPEN)
        return Response(IMAGE, media_type=_GIF, headers=_SHOWN, background=noting)

    @head("/{token:str}")
    async def peek(
        self, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[None]:
        """As GET, without the image, and nothing is noted."""
        _known(services.keyring.read_open(token))
        return Response(None, headers=_SHOWN)


class Links(Controller):
    """The address that a tracked link leads through."""

    path = "/c"

    @get("/{token:str}")
    async def follow(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[None]:
        """Lead to exactly the address that was signed; that it was followed is noted."""
        claim = _known(services.keyring.read_click(token))
        return _lead(claim, _noting(request, services, claim, CLICK))

    @head("/{token:str}")
    async def peek(
        self, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[None]:
        """As GET; nothing is noted, because only programs ask so."""
        return _lead(_known(services.keyring.read_click(token)), None)


def _known(claim: TrackedClaim | None) -> TrackedClaim:
    if claim is None:
        raise NotFoundError
    return claim


def _lead(claim: TrackedClaim, noting: BackgroundTask | None) -> Response[None]:
    headers = _PRIVATE | {"Location": claim.url}
    return Response(None, status_code=302, headers=headers, background=noting)


def _noting(
    request: AnyRequest, services: Services, claim: TrackedClaim, kind: Literal["open", "click"]
) -> BackgroundTask:
    state = request.app.state
    if _STATE not in state:
        state[_STATE] = Recorder(services.database)
    recorder: Recorder = state[_STATE]
    named: dict[str, Any] = {k.lower(): v for k, v in request.headers.items()}
    sighting = Sighting(
        kind=kind,
        at=clock.now(),
        user_agent=named.get("user-agent", ""),
        purpose=" ".join(named.get(name, "") for name in ("sec-purpose", "purpose", "x-moz")),
    )
    return BackgroundTask(recorder.note, claim, sighting)
