"""Which of a campaign's messages each given one is. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns.fields import Faults
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.errors import NotFoundError


class Known(Struct, frozen=True):
    """What a stored message is known by."""

    key: str
    send_day: int


def match_messages(
    existing: Mapping[UUID, Known], given: Sequence[MessageInput]
) -> list[UUID | None]:
    """Which of the campaign's messages each given one is; None: a new one.

    By its id where it names one, else by its key where it has one, else by its day. A message that
    an id names is no other's by its key.

    Raises:
        InvalidError: an id is not one of this campaign's messages, or one is given twice, or two
            would have the same key.
    """
    faults = Faults()
    named: dict[int, UUID] = {}
    ided = {_by_id(message, existing) for message in given}
    keys = {known.key: one for one, known in existing.items() if one not in ided}
    used: set[str] = set()
    for place, message in enumerate(given):
        if message.key is not None:
            if message.key in used:
                faults.add(
                    f"/messages/{place}/key", "duplicate_key", "Another message has this key"
                )
            used.add(message.key)
        if message.id is not None:
            found = _by_id(message, existing)
        else:
            found = None if message.key is None else keys.get(message.key)
        if found is None:
            if message.id is not None:
                faults.add(
                    f"/messages/{place}/id", "unknown_message", "This campaign has no such message"
                )
        elif found in named.values():
            faults.add(f"/messages/{place}/id", "duplicate_message", "This message is given twice")
        else:
            named[place] = found
    faults.close()
    by_day = {
        known.send_day: message_id
        for message_id, known in existing.items()
        if message_id not in named.values()
    }
    matched = [
        named.get(place) or (by_day.pop(message.send_day, None) if message.key is None else None)
        for place, message in enumerate(given)
    ]
    kept = {
        existing[message_id].key
        for message_id, message in zip(matched, given, strict=True)
        if message_id is not None and message.key is None
    }
    for place, message in enumerate(given):
        if message.key in kept:
            faults.add(f"/messages/{place}/key", "duplicate_key", "Another message has this key")
    faults.close()
    return matched


def _by_id(message: MessageInput, existing: Mapping[UUID, Known]) -> UUID | None:
    if message.id is None:
        return None
    try:
        message_id = ids.read_id(ids.MESSAGE, message.id)
    except NotFoundError:
        return None
    return message_id if message_id in existing else None
