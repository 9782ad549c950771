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
    "late_limit_hours": "A mail that is later than this is skipped.",
    "track_opens": "Adds an image to new mails that tells when it was loaded. Off by default.",
    "track_clicks": "Leads the links of new mails through this service. Off by default.",
    "send_day": "Days after enrolment, on the local calendar.",
    "html_template": "Liquid: `{{ contact.name }}`, `{{ contact.plan }}`, `{{ unsubscribe_url }}`.",
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
