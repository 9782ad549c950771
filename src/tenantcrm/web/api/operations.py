"""What the documentation says of a handler: kept beside it, in ``opt``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from tenantcrm.web.api.authentication import needs

OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    text: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One call, as OpenAPI and the reference page tell it.

    ``gives`` maps each status of success to the shape of its answer (None: no body); ``refuses``
    the codes of refusals that are this call's own, beside those that every call has.
    """

    summary: str
    text: str = ""
    scope: str | None = None
    takes: type[Struct] | None = None
    gives: Mapping[int, Any] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    example: Any = None
    optional_body: bool = False
    uploads: Mapping[str, str] = field(default_factory=dict)
    """Where the body is a file: an example of it for each type that it may have."""


def operation(
    summary: str,
    *,
    scope: str | None,
    action: str | None = None,
    text: str = "",
    takes: type[Struct] | None = None,
    gives: Mapping[int, Any],
    refuses: tuple[str, ...] = (),
    parameters: tuple[Parameter, ...] = (),
    example: Any = None,
    optional_body: bool = False,
    uploads: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The arguments of a handler's decorator: its guard, and what the documentation says of it.

    ``action``: what of the scope's actions the call does; its first, when left out.

    ``@get("/me", **operation("Who calls", scope=None, gives={200: Me}))``
    """
    told = Operation(
        summary=summary,
        text=text,
        scope=scope,
        takes=takes,
        gives=gives,
        refuses=refuses,
        parameters=parameters,
        example=example,
        optional_body=optional_body,
        uploads=uploads or {},
    )
    return {"guards": [needs(scope, action)], "opt": {OPERATION: told}}
