"""Configuration sets: named groups of rules that a mail may be sent under."""

import re
import sqlite3
from collections.abc import Sequence
from typing import Literal

import msgspec

from tenantcrm.sandbox.ses.errors import AlreadyExistsError, BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.store import Store

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
    """All configuration sets: on disk, and in memory for the path of every mail."""

    def __init__(self, store: Store, known: dict[str, ConfigurationSet]) -> None:
        """Take what :meth:`load` has read."""
        self._store, self._known = store, known

    @classmethod
    async def load(cls, store: Store) -> "ConfigurationSets":
        """Read them from the store."""
        documents = await store.read(
            lambda db: db.execute("SELECT document FROM configuration_sets").fetchall()
        )
        found = [msgspec.json.decode(document, type=ConfigurationSet) for (document,) in documents]
        return cls(store, {one.name: one for one in found})

    def get(self, name: str) -> ConfigurationSet:
        """One of them.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._known.get(name)
        if found is None:
            raise NotFoundError(f"Configuration set <{name}> does not exist.")
        return found

    def find(self, name: str) -> ConfigurationSet | None:
        """One of them, where it is there."""
        return self._known.get(name)

    def names(self) -> list[str]:
        """The names of all, sorted."""
        return sorted(self._known)

    async def create(self, made: ConfigurationSet) -> None:
        """Keep a new one.

        Raises:
            AlreadyExistsError: the name is taken.
            BadRequestError: the name is not one.
        """
        if not _NAME.fullmatch(made.name):
            raise BadRequestError(
                f"Invalid configuration set name <{made.name}>: only letters, digits, underscore "
                "and dash, 64 characters at most."
            )
        if made.name in self._known:
            raise AlreadyExistsError(f"Configuration set <{made.name}> already exists.")
        # Known before the commit, so that two requests at once cannot both make it.
        self._known[made.name] = made
        try:
            await self._store.write(_insert, made)
        except BaseException:
            del self._known[made.name]
            raise

    async def replace(self, changed: ConfigurationSet) -> None:
        """Keep another document under the name of one that is there.

        Raises:
            NotFoundError: there is none of this name.
        """
        before = self.get(changed.name)
        self._known[changed.name] = changed
        try:
            await self._store.write(_update, changed)
        except BaseException:
            self._known[changed.name] = before
            raise

    async def delete(self, name: str) -> None:
        """Remove one. Identities that named it as their default keep the name, as in SES."""
        found = self.get(name)
        await self._store.write(_delete, found.name)
        self._known.pop(found.name, None)


def _insert(db: sqlite3.Connection, made: Sequence[ConfigurationSet]) -> None:
    db.executemany(
        "INSERT INTO configuration_sets (name, document) VALUES (?, ?)",
        [(one.name, msgspec.json.encode(one).decode()) for one in made],
    )


def _update(db: sqlite3.Connection, changed: Sequence[ConfigurationSet]) -> None:
    db.executemany(
        "UPDATE configuration_sets SET document = ? WHERE name = ?",
        [(msgspec.json.encode(one).decode(), one.name) for one in changed],
    )


def _delete(db: sqlite3.Connection, names: Sequence[str]) -> None:
    db.executemany("DELETE FROM configuration_sets WHERE name = ?", [(name,) for name in names])
