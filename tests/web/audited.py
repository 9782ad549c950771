"""What each route that changes something puts into the audit log, or why it puts nothing there."""

Route = tuple[str, str]
CAMPAIGN, CONTACT = "/campaigns/{campaign:str}", "/contacts/{contact:str}"
MESSAGE = f"{CAMPAIGN}/messages/{{message:str}}"
MEMBER, INVITE = "/settings/team/members/{member:str}", "/settings/team/invites/{invite:str}"
V1 = "/v1/campaigns/{campaign_id:str}"
V1_CONTACT = "/v1/contacts/{contact_id:str}"

AUDITED: dict[Route, tuple[str, str]] = {
    ("POST", "/settings"): ("settings", "changed"),
    ("POST", "/checklist"): ("settings", "changed"),
    ("POST", "/settings/domains"): ("domain", "added"),
    ("POST", "/settings/domains/{domain:str}/remove"): ("domain", "removed"),
    ("POST", "/settings/team"): ("invitation", "sent"),
    ("POST", f"{INVITE}/resend"): ("invitation", "sent again"),
    ("POST", f"{INVITE}/withdraw"): ("invitation", "withdrawn"),
    ("POST", f"{MEMBER}/role"): ("member", "changed"),
    ("POST", f"{MEMBER}/remove"): ("member", "removed"),
    ("POST", "/settings/team/leave"): ("member", "left"),
    ("POST", "/keys"): ("key", "created"),
    ("POST", "/keys/{key_id:str}/rotate"): ("key", "replaced"),
    ("POST", "/keys/{key_id:str}/revoke"): ("key", "revoked"),
    ("POST", "/contacts/new"): ("contact", "created"),
    ("POST", f"{CONTACT}/edit"): ("contact", "changed"),
    ("POST", f"{CONTACT}/unsubscribe"): ("contact", "unsubscribed"),
    ("POST", f"{CONTACT}/resubscribe"): ("contact", "resubscribed"),
    ("POST", f"{CONTACT}/delete"): ("contact", "erased"),
    ("POST", "/contacts/bulk"): ("bulk_action", "started"),
    ("POST", "/contacts/bulk/{bulk:str}/cancel"): ("bulk_action", "cancelled"),
    ("POST", "/contacts/imports/{import_id:str}/start"): ("import", "started"),
    ("POST", "/contacts/imports/{import_id:str}/cancel"): ("import", "cancelled"),
    ("POST", "/campaigns/new"): ("campaign", "created"),
    ("POST", "/campaigns/starters"): ("campaign", "created"),
    ("POST", f"{CAMPAIGN}/settings"): ("campaign", "changed"),
    ("POST", f"{CAMPAIGN}/duplicate"): ("campaign", "duplicated"),
    ("POST", f"{CAMPAIGN}/activate"): ("campaign", "activated"),
    ("POST", f"{CAMPAIGN}/activate/now"): ("campaign", "activated"),
    ("POST", f"{CAMPAIGN}/activate/undo"): ("campaign", "undone"),
    ("POST", f"{CAMPAIGN}/pause"): ("campaign", "paused"),
    ("POST", f"{CAMPAIGN}/archive"): ("campaign", "archived"),
    ("POST", f"{CAMPAIGN}/unarchive"): ("campaign", "brought back"),
    ("POST", f"{CAMPAIGN}/delete"): ("campaign", "deleted"),
    ("POST", f"{CAMPAIGN}/versions/{{version:str}}/restore"): ("campaign", "restored"),
    ("POST", f"{CAMPAIGN}/messages/new"): ("campaign", "changed"),
    ("POST", MESSAGE): ("campaign", "changed"),
    ("POST", f"{MESSAGE}/move"): ("campaign", "changed"),
    ("POST", f"{MESSAGE}/duplicate"): ("campaign", "changed"),
    ("POST", f"{MESSAGE}/delete"): ("campaign", "changed"),
    ("POST", f"{MESSAGE}/test"): ("message", "tested"),
    ("POST", "/sends/{delivery:str}/resend"): ("send", "resent"),
    ("POST", "/v1/campaigns"): ("campaign", "created"),
    ("PUT", V1): ("campaign", "changed"),
    ("PATCH", V1): ("campaign", "changed"),
    ("DELETE", V1): ("campaign", "deleted"),
    ("POST", f"{V1}/activate"): ("campaign", "activated"),
    ("POST", f"{V1}/pause"): ("campaign", "paused"),
    ("POST", f"{V1}/versions/{{version:int}}/restore"): ("campaign", "restored"),
    ("POST", f"{V1}/test-send"): ("message", "tested"),
    ("POST", f"{V1_CONTACT}/unsubscribe"): ("contact", "unsubscribed"),
    ("POST", f"{V1_CONTACT}/resubscribe"): ("contact", "resubscribed"),
    ("DELETE", V1_CONTACT): ("contact", "erased"),
    ("DELETE", "/v1/contacts/by-email/{email:path}"): ("contact", "erased"),
    ("POST", "/v1/contact-imports"): ("import", "started"),
    ("POST", "/v1/contact-imports/{import_id:str}/cancel"): ("import", "cancelled"),
}
"""The kind of thing, and what was done to it."""

_FEED = "what backends put in stands in the contact's own feed"
_ASKS = "asks, and changes nothing"
_WAITS = "a file that waits touches no contact; starting it is in the log"
_ONESELF = "about oneself, not about the business"
EXEMPT: dict[Route, str] = {
    ("POST", "/sandbox/skip"): "moves the clock of a sandbox",
    ("POST", "/settings/account"): _ONESELF,
    ("POST", "/settings/account/password"): _ONESELF,
    ("POST", "/settings/account/switch"): _ONESELF,
    ("POST", "/settings/account/verify"): _ONESELF,
    ("POST", "/settings/domains/{domain:str}/check"): "looks at DNS; its findings are the domain's",
    ("POST", "/contacts/imports/new"): _WAITS,
    ("POST", "/contacts/imports/{import_id:str}"): _WAITS,
    ("POST", f"{CAMPAIGN}/messages/draft"): _ASKS,
    ("POST", "/v1/contacts"): _FEED,
    ("POST", "/v1/contacts/batch"): _FEED,
    ("PUT", "/v1/contacts/by-email/{email:path}"): _FEED,
    ("PUT", "/v1/contacts/by-external-id/{external_id:path}"): _FEED,
    ("PATCH", V1_CONTACT): _FEED,
    ("POST", "/v1/filters/check"): _ASKS,
    ("POST", f"{V1}/preview"): _ASKS,
    ("POST", f"{V1}/simulate"): _ASKS,
    ("POST", f"{V1}/impact"): _ASKS,
}
"""Why there is no entry."""
