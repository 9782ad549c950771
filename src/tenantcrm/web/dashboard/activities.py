"""Happenings in words, for the timelines of contacts and campaigns."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenantcrm.delivery.schemas import DeliveryView, Happening
from tenantcrm.delivery.story import Step, story
from tenantcrm.web.dashboard.audit_words import actor_text

WORDS: dict[str, tuple[str, str, str]] = {
    "contact_created": ("Added", "user-plus", ""),
    "contact_updated": ("Changed", "pencil", ""),
    "contact_unsubscribed": ("Unsubscribed", "bell-off", "warn"),
    "contact_resubscribed": ("Resubscribed", "circle-check", "ok"),
    "contact_paused": ("Asked for a pause of 30 days", "pause", "warn"),
    "contact_resumed": ("Ended the pause", "play", "ok"),
    "contact_returned": ("Came back to the campaign", "refresh-cw", "ok"),
    "contact_erased": ("Erased", "trash-2", "warn"),
    "enrolled": ("Entered the campaign", "play", ""),
    "finished": ("Finished the campaign", "circle-check", "ok"),
    "exited": ("Left the campaign", "log-out", "warn"),
    "mail_sent": ("Sent", "send", "ok"),
    "mail_delivered": ("Delivered", "mail-check", "ok"),
    "mail_bounced": ("Bounced", "mail-x", "danger"),
    "mail_complained": ("Marked as spam", "octagon-alert", "danger"),
    "mail_opened": ("Opened", "mail-open", "ok"),
    "mail_clicked": ("Clicked", "mouse-pointer-click", "ok"),
    "mail_delayed": ("Delayed", "clock", "warn"),
    "mail_queued": ("Queued", "clock", ""),
    "mail_failed": ("Failed", "circle-alert", "danger"),
    "mail_skipped": ("Skipped", "fast-forward", "warn"),
    "mail_unknown": ("Unknown at SES", "circle-question-mark", "warn"),
    "mail_resent": ("Sent once more, by hand", "refresh-cw", ""),
    "mail_resolved": ("Resolved by an operator", "list-checks", ""),
    "contact_suppressed": ("Not mailed any more", "ban", "danger"),
    "campaign_created": ("Campaign created", "plus", ""),
    "campaign_edited": ("Campaign edited", "pencil", ""),
    "campaign_starting": ("Activation asked for", "clock", ""),
    "campaign_start_undone": ("Activation undone", "history", "warn"),
    "campaign_activated": ("Campaign activated", "play", "ok"),
    "campaign_archived": ("Campaign archived", "inbox", "warn"),
    "campaign_brought_back": ("Campaign brought back", "history", ""),
    "campaign_paused": ("Campaign paused", "pause", "warn"),
    "campaign_deleted": ("Campaign deleted", "trash-2", "warn"),
    "test_sent": ("Test mail sent", "flask-conical", ""),
}
"""Kind to title, icon and tone."""
REASONS = {
    "late": "it was later than the campaign allows",
    "unsubscribed": "the contact has unsubscribed",
    "suppressed": "the address is suppressed",
    "hard_bounce": "mail to the address bounces for good",
    "soft_bounces": "five mails in a row have bounced",
    "complaint": "the recipient reported a mail as spam",
    "silent": "SES did not take it",
    "resent": "sent once more",
    "no_answer": "SES gave no answer",
    "lease_over": "SES gave no answer",
    "erased": "the contact was erased",
    "contact_erased": "the contact was erased",
    "campaign_deleted": "the campaign was deleted",
    "message_removed": "the message was removed",
    "exited": "the contact has left the campaign",
    "left": "the recipient asked to leave the campaign",
    "recipient_pause": "the recipient has asked for a pause",
    "General": "the recipient's server refused it",
    "NoEmail": "the recipient's server refused it",
    "MailboxFull": "the mailbox is full",
    "MessageTooLarge": "too large for the recipient's server",
    "ContentRejected": "refused for what is in it",
    "AttachmentRejected": "refused for what is attached",
    "Suppressed": "SES has seen the address bounce before",
    "OnAccountSuppressionList": "on the account's suppression list at SES",
    "abuse": "reported as spam",
    "Reject": "SES rejected it",
    "RenderingFailure": "SES could not make it",
}

BY_HAND = {"mail_resent", "mail_resolved"}
"""What somebody did about a mail: entries of their own, which are no mails."""
ABOUT_CONTACT = {"enrolled", "finished", "exited", "contact_suppressed"}


def steps(mail: DeliveryView) -> list[dict[str, Any]]:
    """A mail's timeline, the newest first as everywhere."""
    return [_step(step) for step in reversed(story(mail))]


def _step(step: Step) -> dict[str, Any]:
    kind = f"mail_{step.kind}"
    title, icon, tone = WORDS.get(kind, (step.kind.replace("_", " ").capitalize(), "info", ""))
    if step.machine:
        title, icon, tone = f"{title} by a program", "server", ""
    return {"at": step.at, "title": title, "icon": icon, "tone": tone, "text": step.detail or ""}


def entries(
    rows: list[Happening], *, with_contact: bool = False, names: Mapping[UUID, str] | None = None
) -> list[dict[str, Any]]:
    """The timeline's entries; ``with_contact`` names the contact, in a campaign's own.

    ``names``: of people and keys, to say who did what.
    """
    found = [_entry(row, with_contact=with_contact) for row in rows]
    for row, entry in zip(rows, found, strict=True):
        if names is not None and row.actor.startswith(("user:", "key:")):
            who = f"by {actor_text(row.actor, names)}"
            entry["text"] = f"{entry['text']} · {who}" if entry["text"] else who
    return found


def _entry(row: Happening, *, with_contact: bool) -> dict[str, Any]:
    title, icon, tone = WORDS.get(row.kind, (row.kind.replace("_", " ").capitalize(), "info", ""))
    parts = [row.subject or "", "" if with_contact else row.campaign_name or ""]
    if row.reason:
        parts.append(REASONS.get(row.reason, row.reason.replace("_", " ")))
    if row.kind == "contact_suppressed" and row.detail:
        cause = str(row.detail.get("reason", ""))
        parts.append(REASONS.get(cause, cause))
    if row.detail and isinstance(row.detail.get("fields"), list):
        parts.append(", ".join(str(name).replace("_", " ") for name in row.detail["fields"]))
    about_contact = row.kind in ABOUT_CONTACT or row.kind.startswith("mail_")
    if with_contact and about_contact:
        parts.insert(0, row.email or "an erased contact")
    entry = {"at": row.at, "title": title, "icon": icon, "tone": tone}
    entry["text"] = " · ".join(part for part in parts if part)
    if with_contact and row.contact_id:
        entry["href"] = f"/contacts/{row.contact_id.hex}"
    elif not with_contact and row.kind.startswith("mail_") and row.kind not in BY_HAND:
        entry["href"] = f"/sends/{row.id.hex}"
    elif not with_contact and row.campaign_id:
        entry["href"] = f"/campaigns/{row.campaign_id.hex}"
    return entry
