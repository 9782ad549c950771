"""Read what a request of the API asks for."""

from typing import TypeVar

import msgspec

from tenantcrm.sandbox.ses.api.answers import AnyRequest, body_of
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.outbound import Wire

T = TypeVar("T")


class ResourceTag(Wire):
    """A tag of the account's owner on a resource."""

    key: str
    value: str


async def asked(request: AnyRequest, kind: type[T]) -> T:
    """The document in the body.

    Raises:
        BadRequestError: it is none of this kind.
    """
    try:
        return msgspec.json.decode(await body_of(request), type=kind)
    except msgspec.DecodeError as fault:
        raise BadRequestError(f"1 validation error detected: {fault}") from None
