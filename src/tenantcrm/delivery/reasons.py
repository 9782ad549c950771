"""Why a mail stands where it stands, in one sentence for a person. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime

from tenantcrm.campaigns.calendar import Shift
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.campaigns.words import shift_words
from tenantcrm.delivery.allowances import Parked
from tenantcrm.delivery.schemas import DeliveryRow
from tenantcrm.delivery.smtp import words as smtp
from tenantcrm.delivery.states import State
from tenantcrm.delivery.turns import Turn
from tenantcrm.delivery.unknown import SILENT

SKIPPED = {
    "late": "Not sent: it would have been later than its campaign allows.",
    "unsubscribed": "Not sent: the contact had unsubscribed.",
    "bounced": "Not sent: mail to this contact bounces.",
    "complained": "Not sent: the contact had reported mail as spam.",
    "suppressed": "Not sent: the address is suppressed, after a bounce or a complaint.",
    "erased": "Not sent: the contact was erased.",
    "exited": "Not sent: the contact had left the campaign.",
    "left": "Not sent: the recipient had asked to leave the campaign.",
    "recipient_pause": "Not sent: the recipient had asked for a pause, and it counts from a date.",
    "campaign_deleted": "Not sent: the campaign was deleted.",
    "edited": "Not sent: its time had passed when the campaign was changed; that was the choice.",
    "message_removed": "Not sent: the message was removed from its campaign.",
}
RETRIED = {
    "TooManyRequestsException": "SES asked for a slower pace",
    "ThrottlingException": "SES asked for a slower pace",
    "LimitExceededException": "the day's sending quota is used up",
    "AccountSuspendedException": "SES has suspended the account",
    "SendingPausedException": "SES has paused sending for the account",
    "MailFromDomainNotVerifiedException": "SES has not verified the sender's MAIL FROM domain",
    "no_sender": "neither its campaign nor the settings name an address to send from",
    "sender_unverified": "SES no longer takes mail from its sender's domain; see Settings, Sending "
    "domains",
    "unreachable": "SES could not be reached",
    "not_configured": "this installation is not set up to reach SES",
}
ALLOWANCES = {
    Parked.ACCOUNT_QUOTA: "the day's sending quota of this service is used up",
    Parked.DAILY_CAP: "the account's mails of 24 hours are used up",
    Parked.WARM_UP: "the account is new, and its mails of today are used up",
}
PLAIN = {
    State.CLAIMED: "A worker has it in hand; it leaves within seconds.",
    State.SENDING: "SES is being asked at this moment.",
    State.SENT: "SES accepted it on {at}.",
    State.COMPLAINED: "The recipient reported it as spam: the address is not mailed any more.",
}
UNSURE = "SES was asked once and gave no answer, so it may or may not have been sent."
UNKNOWN = f"{UNSURE} It is not sent again by itself: nobody gets it twice."
LISTENING = (
    f"{UNSURE} SES has told of later mails since {{since}}, and not of this one; should it go on "
    "like that for an hour, this one was not taken, and can be sent again."
)
NOT_TAKEN = (
    "SES was asked once and gave no answer. It has told of later mails for an hour since {since}, "
    "and never of this one: it did not take it. It is not sent again by itself; you can send it "
    "again."
)
BOUNCES = {
    "NoEmail": "the address could not be told from what the recipient's server answered",
    "MailboxFull": "the mailbox is full",
    "MessageTooLarge": "the mail is too large for the recipient's server",
    "ContentRejected": "the recipient's server does not take what is in it",
    "AttachmentRejected": "the recipient's server does not take what is attached",
    "Suppressed": "SES knows that the address has bounced before",
    "OnAccountSuppressionList": "the address is on the account's suppression list at SES",
}
"""SES's kinds of bounce (Amazon SES Developer Guide, "Bounce types")."""


def why(
    mail: DeliveryRow,
    *,
    now: datetime,
    turn: Turn | None = None,
    stopped: bool = False,
    suspended: bool = False,
) -> str:
    """The sentence. ``now``: business time. ``stopped``, ``suspended``: its tenant's campaigns are,
    by reputation or by the operator.
    """
    state = State(mail.state)
    if state is State.PENDING:
        return _waiting(mail, now, turn, stopped=stopped, suspended=suspended)
    by_smtp = smtp.told(mail, at=_at(mail.sent_at))
    if by_smtp is not None:
        return by_smtp
    if state is State.FAILED:
        return _failed(mail)
    if state is State.SKIPPED:
        words = (mail.reason or "").replace("_", " ")
        return SKIPPED.get(mail.reason or "", f"Not sent: {words}.")
    if state in _TOLD:
        return _TOLD[state](mail)
    return PLAIN[state].format(at=_at(mail.sent_at))


def _unknown(mail: DeliveryRow) -> str:
    if mail.silent_at is None:
        return UNKNOWN
    words = NOT_TAKEN if mail.reason == SILENT else LISTENING
    return words.format(since=_at(mail.silent_at))


def _bounced(mail: DeliveryRow) -> str:
    cause = BOUNCES.get(mail.reason or "", "the recipient's server does not take it")
    said = f" It said: {mail.detail}" if mail.detail else ""
    if mail.bounce == "soft":
        return f"It bounced for now: {cause}. Five in a row end mail to the address.{said}"
    return f"It bounced for good: {cause}. The address is not mailed any more.{said}"


def _delivered(mail: DeliveryRow) -> str:
    when = f" on {_at(mail.delivered_at)}" if mail.delivered_at else ""
    return f"Delivered{when}: the recipient's server took it."


_TOLD: dict[State, Callable[[DeliveryRow], str]] = {
    State.UNKNOWN: _unknown,
    State.BOUNCED: _bounced,
    State.DELIVERED: _delivered,
}


def _waiting(
    mail: DeliveryRow, now: datetime, turn: Turn | None, *, stopped: bool, suspended: bool
) -> str:
    if suspended or mail.reason == "suspended":
        return f"Waits: the account is suspended{_until(mail)}."
    if mail.held or mail.campaign_state == CampaignState.PAUSED:
        return f"Waits: its campaign is paused{_until(mail)}."
    if stopped or mail.reason == "reputation":
        return f"Waits: bounces or complaints have stopped the account's campaigns{_until(mail)}."
    if mail.retry_at is not None:
        cause = RETRIED.get(mail.reason or "") or smtp.cause(mail.reason) or "SES did not take it"
        return f"Waits: {cause}. It is tried again by itself{_until(mail)}."
    return _in_line(mail, now, turn)


def _in_line(mail: DeliveryRow, now: datetime, turn: Turn | None) -> str:
    if mail.reason == "resent":
        return "Waits: it is sent once more, because SES did not take it the first time."
    if mail.due_at > now and mail.reason in set(Shift):
        return f"Waits until {_at(mail.due_at)}: {shift_words(mail.reason)}."
    if mail.due_at > now:
        return f"Waits: it is due on {_at(mail.due_at)}."
    return _turn(turn) if turn else "Due now: it waits for its turn within the sending rate."


def _turn(turn: Turn) -> str:
    leaves = "it leaves later" if turn.at is None else f"it leaves at about {_at(turn.at)}"
    if turn.parked is not None:
        return f"Waits: {ALLOWANCES[turn.parked]}; {leaves}."
    if not turn.ahead:
        return f"Due now: it is next in its queue; {leaves}."
    number = f"{turn.ahead:,} mails are" if turn.ahead > 1 else "1 mail is"
    return f"Due now: {'' if turn.exact else 'about '}{number} before it; {leaves}."


def _until(mail: DeliveryRow) -> str:
    return "" if mail.late_at is None else f", until {_at(mail.late_at)} at the latest"


def _failed(mail: DeliveryRow) -> str:
    words = f": {mail.detail}" if mail.detail else ""
    if mail.reason == "Reject":
        return f"SES took it and then rejected it for what is in it{words}"
    if mail.reason == "not_sent":
        return "No answer came from SES, and an operator has found that it was not sent."
    if mail.reason == "RenderingFailure":
        return f"SES took it and could not make it from its template{words}"
    if (mail.reason or "").startswith(("template", "mjml", "invalid")):
        return f"It could not be made from its template{words}"
    return f"SES refused it for good ({mail.reason}){words}"


def _at(moment: datetime | None) -> str:
    if moment is None:
        return "an unknown date"
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M} UTC"
