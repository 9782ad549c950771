"""Compiled messages, kept while they are used."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from uuid import UUID

from tenantcrm.campaigns.rendering.message import CompiledMessage


class CompiledMessages:
    """The compiled messages used last, by message and version; safe between threads."""

    def __init__(self, capacity: int = 256) -> None:
        """Keep at most ``capacity`` of them."""
        self._capacity = capacity
        self._kept: OrderedDict[tuple[UUID, int], CompiledMessage] = OrderedDict()
        self._lock = Lock()

    def get(
        self, message_id: UUID, version: int, build: Callable[[], CompiledMessage]
    ) -> CompiledMessage:
        """The message as kept, or as built now. What ``build`` raises is raised, and not kept."""
        key = (message_id, version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        built = build()
        with self._lock:
            self._kept[key] = built
            self._kept.move_to_end(key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return built

    def __len__(self) -> int:
        return len(self._kept)
