"""What campaigns, messages and enrolments may be."""

from enum import IntFlag, StrEnum


class CampaignState(StrEnum):
    """``archived``: deleted for its users, kept for the ledger."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class DayZero(StrEnum):
    """When the message of day 0 goes: at the preferred time, or at once on enrolment."""

    SCHEDULED = "scheduled"
    IMMEDIATELY = "immediately"


class ZoneMode(StrEnum):
    """Whose clock a campaign follows: its own, or each contact's where the contact has a zone."""

    CAMPAIGN = "campaign"
    CONTACT = "contact"


class LateAction(StrEnum):
    """What happens to a mail that is later than the limit: skipped, or sent all the same."""

    SKIP = "skip"
    SEND = "send"


class PastPolicy(StrEnum):
    """What an edit does for people for whom a message's time has passed because of it."""

    SEND = "send"
    SKIP = "skip"


class Enroll(StrEnum):
    """Whom a campaign is for that is activated: whoever matches, or only from now on."""

    ALL = "all"
    NEW = "new"


class Format(StrEnum):
    """What a message's template is written in."""

    HTML = "html"
    MJML = "mjml"
    MARKDOWN = "markdown"
    BLOCKS = "blocks"
    """JSON; see ``rendering/blocks``."""


class EnrollmentState(StrEnum):
    """Where a contact stands in a campaign."""

    ACTIVE = "active"
    FINISHED = "finished"
    EXITED = "exited"
    EXCLUDED = "excluded"
    """Never was in it: was there already when a campaign began that is for newcomers alone, or
    came by an import that enters no campaigns (``ExitReason.IMPORTED``)."""


class Reached(IntFlag):
    """How far the mails of a contact's entry into a campaign came: marks of an enrolment."""

    SENT = 1
    """One was accepted by SES."""
    DELIVERED = 2
    """One arrived, and did not bounce afterwards."""
    CLICKED = 4
    """A person has clicked in one."""


class ExitReason(StrEnum):
    """Why a contact is out of a campaign; the other reasons are those of leaving altogether."""

    UNMATCHED = "unmatched"
    """It no longer matched the filter."""
    IMPORTED = "imported"
    """It was never let in: it came to match by an import that enters no campaigns."""
    NO_DATE = "no_date"
    """The date that the campaign counts from is gone."""
    LEFT = "left"
    """The recipient asked to leave this campaign, and stays a contact."""
