"""What people are told of the calendar: one place, for pages, the API and the ledger. Pure."""

from collections.abc import Iterable

from tenantcrm.campaigns.calendar import Shift
from tenantcrm.campaigns.states import EnrollmentState, ExitReason

SHIFTS = {
    Shift.SKIP_WEEKDAY: "nothing is sent on that weekday",
    Shift.SKIP_DATE: "nothing is sent on that date",
    Shift.AFTER_EARLIER: "an earlier message of the campaign goes first, on a day of its own",
    Shift.FREQUENCY_CAP: "the contact has had as many mails as the frequency cap allows",
    Shift.RECIPIENT_PAUSE: "the recipient has asked for a pause",
    Shift.DST_GAP: "clocks go forward over that time: it goes right after the gap",
    Shift.DST_FOLD: "clocks go back over that time: it goes the first time",
    Shift.AT_ONCE: "day 0 goes at once on enrolment",
    Shift.LATE_START: "its time had passed already: it goes as soon as possible",
}
EXITS = {
    "unsubscribed": "unsubscribed",
    "bounced": "mail to the contact bounces",
    "complained": "the contact reported mail as spam",
    "contact_erased": "the contact was erased",
    ExitReason.LEFT: "the recipient asked to leave it",
    "campaign_deleted": "the campaign was deleted",
    ExitReason.IMPORTED: "came by an import that enters no campaigns",
    ExitReason.NO_DATE: "the date that the campaign counts from is gone",
    ExitReason.UNMATCHED: "the contact no longer matched the filter",
}
STANDING = {
    EnrollmentState.ACTIVE: "in the campaign",
    EnrollmentState.FINISHED: "finished the campaign",
    EnrollmentState.EXITED: "left the campaign",
    EnrollmentState.EXCLUDED: "was there before the campaign began, which is for newcomers alone",
}


def shift_words(shift: str) -> str:
    """Why a mail goes at another time than its day says, as part of a sentence."""
    return SHIFTS[Shift(shift)]


def shifts_sentence(shifts: Iterable[str]) -> str:
    """The same for several, as a sentence; empty for none."""
    words = "; ".join(shift_words(shift) for shift in shifts)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def exit_words(reason: str | None) -> str:
    """Why a contact left a campaign, as part of a sentence."""
    return EXITS.get(reason or "", (reason or "left").replace("_", " "))
