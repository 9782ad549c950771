"""Configuration sets: named groups of rules that a mail may be sent under."""

import re
from typing import Literal

import msgspec
from msgspec.structs import replace

from tenantcrm.sandbox.ses.documents import Documents
from tenantcrm.sandbox.ses.errors import (
    AlreadyExistsError,
    BadRequestError,
    LimitExceededError,
    NotFoundError,
)
from tenantcrm.sandbox.ses.store import Store

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_DESTINATIONS = 10
EventType = Literal[
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
]


class EventDestination(msgspec.Struct, frozen=True, kw_only=True):
    """Where events of the mails sent under a configuration set go: an SNS topic."""

    name: str
    enabled: bool = False
    matching: tuple[EventType, ...] = ()
    """The events that go there."""
    topic_arn: str


class ConfigurationSet(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration set. ``options``: what it was made with, by the names of the API."""

    name: str
    options: dict[str, msgspec.Raw] = {}
    sending_enabled: bool = True
    destinations: tuple[EventDestination, ...] = ()

    def topics_for(self, event: EventType) -> list[str]:
        """The ARNs of the topics that an event of this type goes to."""
        return [one.topic_arn for one in self.destinations if one.enabled and event in one.matching]


class ConfigurationSets:
    """All configuration sets."""

    def __init__(self, documents: Documents[ConfigurationSet]) -> None:
        """Take what :meth:`load` has read."""
        self._documents = documents

    @classmethod
    async def load(cls, store: Store) -> "ConfigurationSets":
        """Read them from the store."""
        return cls(await Documents.load(store, "configuration_sets", ConfigurationSet))

    def get(self, name: str) -> ConfigurationSet:
        """One of them.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._documents.get(name)
        if found is None:
            raise NotFoundError(f"Configuration set <{name}> does not exist.")
        return found

    def find(self, name: str) -> ConfigurationSet | None:
        """One of them, where it is there."""
        return self._documents.get(name)

    def names(self) -> list[str]:
        """The names of all, sorted."""
        return self._documents.names()

    async def create(self, made: ConfigurationSet) -> None:
        """Keep a new one.

        Raises:
            AlreadyExistsError: the name is taken.
            BadRequestError: the name is not one.
        """
        _check_name(made.name, "configuration set")
        if made.name in self._documents:
            raise AlreadyExistsError(f"Configuration set <{made.name}> already exists.")
        await self._documents.put(made.name, made)

    async def replace(self, changed: ConfigurationSet) -> None:
        """Keep another document under the name of one that is there.

        Raises:
            NotFoundError: there is none of this name.
        """
        self.get(changed.name)
        await self._documents.put(changed.name, changed)

    async def delete(self, name: str) -> None:
        """Remove one. Identities that named it as their default keep the name, as in SES."""
        await self._documents.remove(self.get(name).name)

    async def add_destination(self, name: str, destination: EventDestination) -> None:
        """Have the events of a set go to one more place.

        Raises:
            AlreadyExistsError: the set has one of this name.
            LimitExceededError: it has as many as SES allows.
        """
        found = self.get(name)
        _check_name(destination.name, "event destination")
        if any(one.name == destination.name for one in found.destinations):
            raise AlreadyExistsError(f"Event destination <{destination.name}> already exists.")
        if len(found.destinations) >= MOST_DESTINATIONS:
            raise LimitExceededError(f"A set has {MOST_DESTINATIONS} event destinations at most.")
        await self.replace(replace(found, destinations=(*found.destinations, destination)))

    async def change_destination(self, name: str, destination: EventDestination) -> None:
        """Have a destination of a set be another."""
        found = self.get(name)
        _check_has(found, destination.name)
        changed = tuple(
            destination if one.name == destination.name else one for one in found.destinations
        )
        await self.replace(replace(found, destinations=changed))

    async def remove_destination(self, name: str, destination: str) -> None:
        """Have the events of a set go to a place no more."""
        found = self.get(name)
        _check_has(found, destination)
        left = tuple(one for one in found.destinations if one.name != destination)
        await self.replace(replace(found, destinations=left))


def _check_has(found: ConfigurationSet, destination: str) -> None:
    if all(one.name != destination for one in found.destinations):
        raise NotFoundError(f"Event destination <{destination}> does not exist.")


def _check_name(name: str, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadRequestError(
            f"Invalid {kind} name <{name}>: only letters, digits, underscore and dash, "
            "64 characters at most."
        )
