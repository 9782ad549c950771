"""The names that a template may use, and their values in one mail."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from tenantcrm import clock, languages


class Fields(dict[str, object]):
    """A group of names. Written as a whole it is nothing: a contact must not be printed raw."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""


class MailContext(Struct, frozen=True, kw_only=True):
    """What one mail is rendered with.

    Attributes:
        attributes: the contact's own; ``name`` and ``email`` among them are out of sight.
        language: of the footer, where the contact's attribute ``language`` says none that we speak.
        now: of ``{{ 'now' | date: … }}``, in the zone that it is to be shown in.
    """

    email: str
    name: str | None
    attributes: Mapping[str, object]
    tenant_name: str
    postal_address: str
    campaign_name: str
    unsubscribe_url: str
    language: str = languages.DEFAULT
    now: datetime = field(default_factory=clock.now)

    def names(self) -> dict[str, object]:
        """The names for Liquid. What has no value prints as nothing, or as its ``default``."""
        return {
            "contact": Fields({**self.attributes, "name": self.name, "email": self.email}),
            "tenant": Fields(name=self.tenant_name, postal_address=self.postal_address),
            "campaign": Fields(name=self.campaign_name),
            "unsubscribe_url": self.unsubscribe_url,
            "system_footer": self._footer(),
            "now": self.now,
            "today": self.now,
        }

    def _footer(self) -> Fields:
        spoken = languages.choose(self.attributes.get("language"), self.language)
        return Fields(
            reason=spoken.mail["reason"].format(tenant=self.tenant_name),
            unsubscribe=spoken.mail["unsubscribe"],
            language=spoken.code,
            direction=spoken.direction,
        )
