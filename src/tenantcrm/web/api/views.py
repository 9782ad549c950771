"""Contacts, and what happened to them, as the API shows it."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from tenantcrm import ids
from tenantcrm.campaigns.schemas import Membership
from tenantcrm.contacts.schemas import ATTRIBUTES, ContactRow
from tenantcrm.delivery.place import why_entered
from tenantcrm.delivery.schemas import Happening
from tenantcrm.web.api.outlook_views import WhyShown


class ContactView(Struct, frozen=True, kw_only=True):
    """A contact."""

    id: str
    email: str
    name: str | None
    external_id: str | None
    attributes: Annotated[dict[str, Any], Meta(extra_json_schema=ATTRIBUTES)]
    timezone: str | None
    status: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ContactRow) -> "ContactView":
        """The outside of a row."""
        return cls(
            id=ids.show_id(ids.CONTACT, row.id),
            email=row.email,
            name=row.name,
            external_id=row.external_id,
            attributes=row.attributes,
            timezone=row.timezone,
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class HappeningView(Struct, frozen=True, kw_only=True):
    """Something that happened. ``id`` is the delivery's where ``kind`` begins with ``mail_``.

    ``actor``: the id of the key or person who did it; empty where nobody did.
    """

    at: datetime
    kind: str
    id: str | None
    contact_id: str | None
    campaign_id: str | None
    campaign_name: str | None
    message_id: str | None
    subject: str | None
    actor: str
    reason: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, row: Happening) -> "HappeningView":
        """The outside of an entry of a feed."""
        return cls(
            at=row.at,
            kind=row.kind,
            id=ids.show_id(ids.DELIVERY, row.id) if row.kind.startswith("mail_") else None,
            contact_id=_shown(ids.CONTACT, row.contact_id),
            campaign_id=_shown(ids.CAMPAIGN, row.campaign_id),
            campaign_name=row.campaign_name,
            message_id=_shown(ids.MESSAGE, row.message_id),
            subject=row.subject,
            actor=_actor(row.actor),
            reason=row.reason,
            detail=row.detail or {},
        )


class EnrollmentView(Struct, frozen=True, kw_only=True):
    """A contact's place in a campaign. ``enrolled_on`` is day 0, in the campaign's zone."""

    campaign_id: str
    campaign_name: str
    state: str
    enrolled_on: date
    enrolled_at: datetime
    exit_reason: str | None
    ended_at: datetime | None
    why: WhyShown

    @classmethod
    def of(cls, row: Membership) -> "EnrollmentView":
        """The outside of an enrolment."""
        return cls(
            campaign_id=ids.show_id(ids.CAMPAIGN, row.campaign_id),
            campaign_name=row.campaign_name,
            state=row.state,
            enrolled_on=row.enrolled_on,
            enrolled_at=row.enrolled_at,
            exit_reason=row.exit_reason,
            ended_at=row.ended_at,
            why=WhyShown.of(why_entered(row.state, row.exit_reason, row.enrolled_at, row.ended_at)),
        )


def _actor(text: str) -> str:
    """The outside of an actor, which activities keep as its kind and UUID."""
    kind, _, digits = text.partition(":")
    if kind not in _ACTORS:
        return text
    return ids.show_id(_ACTORS[kind], UUID(digits))


_ACTORS = {"key": ids.KEY, "user": ids.USER}


def _shown(prefix: str, value: UUID | None) -> str | None:
    return None if value is None else ids.show_id(prefix, value)
