"""The records that a domain's DNS needs, so that SES signs and sends for it. Pure."""

from enum import StrEnum

from msgspec import Struct

OWNERSHIP_LABEL, OWNERSHIP_PREFIX = "_tenantcrm", "tenantcrm-domain="
MX_PRIORITY = 10
SPF = "v=spf1 include:amazonses.com ~all"
DKIM_ZONE = "dkim.amazonses.com"
REGIONS_WITH_A_ZONE = frozenset(
    {
        "af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5",
        "ca-west-1", "eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1",
    }
)  # fmt: skip
"""AWS General Reference, "Amazon SES endpoints and quotas", DKIM domains."""


class Part(StrEnum):
    """What a record is for."""

    OWNERSHIP = "ownership"
    DKIM = "dkim"
    MAIL_FROM = "mail_from"
    SPF = "spf"


class Record(Struct, frozen=True, kw_only=True):
    """A record as its owner has to write it. ``priority``: of MX alone."""

    part: Part
    type: str
    name: str
    value: str
    priority: int | None = None


class Setup(Struct, frozen=True, kw_only=True):
    """What is known of a domain's set-up. ``mail_from``: a domain, empty where there is none."""

    name: str
    tokens: tuple[str, ...]
    zone: str
    mail_from: str
    proof: str
    region: str


def zone_of(region: str) -> str:
    """The zone of DKIM keys where SES does not name it."""
    return f"dkim.{region}.amazonses.com" if region in REGIONS_WITH_A_ZONE else DKIM_ZONE


def wanted(setup: Setup) -> list[Record]:
    """Every record, in the order in which a person sets them.

    Source: Amazon SES developer guide, "Easy DKIM" and "Using a custom MAIL FROM domain".
    """
    records = [
        Record(
            part=Part.OWNERSHIP,
            type="TXT",
            name=f"{OWNERSHIP_LABEL}.{setup.name}",
            value=f"{OWNERSHIP_PREFIX}{setup.proof}",
        )
    ]
    records += [
        Record(
            part=Part.DKIM,
            type="CNAME",
            name=f"{token}._domainkey.{setup.name}",
            value=f"{token}.{setup.zone}",
        )
        for token in setup.tokens
    ]
    if setup.mail_from:
        records += [
            Record(
                part=Part.MAIL_FROM,
                type="MX",
                name=setup.mail_from,
                value=f"feedback-smtp.{setup.region}.amazonses.com",
                priority=MX_PRIORITY,
            ),
            Record(part=Part.SPF, type="TXT", name=setup.mail_from, value=SPF),
        ]
    return records
