"""What fields mean, by their names: told once, wherever they occur."""

from typing import Final

FIELDS: Final = {
    "email": "An address in any case; equal but for case is the same contact.",
    "name": "At most 200 characters.",
    "external_id": "Your own id of the contact; one contact has it. At most 200 characters.",
    "timezone": "An IANA name, such as `Europe/London`.",
    "attributes": "Flat: strings of up to 1,000 characters, numbers, booleans, dates as strings "
    "(RFC 3339), null to remove. At most 100, named `[a-z][a-z0-9_]{0,63}`.",
    "status": "`subscribed`, `unsubscribed`, `bounced` or `complained`; only `subscribed` is "
    "mailed.",
    "filter": 'Such as `language = "en" AND seats > 9`; empty is every contact.',
    "contact_filter": "Whom it is for, in the filter language; empty is every contact.",
    "active": "True activates, false pauses.",
    "preferred_send_time": "`HH:MM`, in the campaign's zone.",
    "sender": "Null is the tenant's default sender.",
    "day_zero": "When the mail of day 0 goes: at the preferred time, or at once.",
    "late_limit_hours": "How late a mail may be; what is later is skipped, or sent all the same.",
    "late_action": "What happens to a mail that is too late.",
    "zone_mode": "Whose clock it follows: the campaign's, or each contact's that has a zone.",
    "skip_weekdays": "English names of days on which nothing is sent; never all seven.",
    "skip_dates": "Dates, such as `2026-12-25`, on which nothing is sent. At most 366.",
    "anchor": "What day 0 is: `enrollment`, or a date such as `attribute:trial_ends_at`.",
    "reentry_gap_days": "Days after which whoever matches anew comes in again; null: once only.",
    "exit_unmatched": "Whether those leave who no longer match the filter.",
    "key": "What files know it by: a to z, 0 to 9 and hyphens. Made of the name when left out.",
    "past_messages": "What an edit does for people for whom a message's time has passed by it.",
    "ask": "True refuses an edit that passes people where `past_messages` is left out.",
    "track_opens": "Adds an image to new mails that tells when it was loaded. Off by default.",
    "track_clicks": "Leads the links of new mails through this service. Off by default.",
    "send_day": "Days after day 0, on the local calendar; negative only with an anchor.",
    "html_template": "Liquid: `{{ contact.name }}`, `{{ contact.plan }}`, `{{ unsubscribe_url }}`. "
    "With the format `blocks` it is the JSON text of the blocks.",
    "subject": "Liquid, on one line.",
    "preheader": "What mail programs show behind the subject.",
    "format": "What the template is written in.",
    "version": "The version that you read: a save in between is a conflict and not lost.",
    "source": "Where the consent was given.",
    "at": "When, as RFC 3339 with a zone.",
    "next": "The cursor behind this page; null where the list ends.",
    "excluded": "How many match and cannot be mailed, by reason.",
    "eligible": "How many match and can be mailed.",
    "sample": "A few of those who can be mailed.",
    "why": "In one sentence why it stands where it stands.",
}
