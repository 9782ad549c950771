"""What each route of the dashboard does, in the words of the table of roles: one line a route."""

ONESELF = "oneself"
"""What anybody does about themselves, in any role."""
READ, WRITE, LIFE = "read", "campaigns.edit", "campaigns.activate"
CONTACTS, DOMAINS, TEAM, KEYS = "contacts.edit", "domains", "team", "keys"
CAMPAIGN = "/campaigns/{campaign:str}"
MESSAGE = f"{CAMPAIGN}/messages/{{message:str}}"
CONTACT = "/contacts/{contact:str}"
BY_HAND = {"/styleguide", "/sandbox/skip"}
"""What a sandbox alone has."""
SHOWS_WHAT_IS_STORED = {"/settings", MESSAGE}
"""Pages whose form also shows what is stored to those who may not save it: without a button."""
ROUTES: dict[tuple[str, str], str] = {
    ("GET", "/"): READ,
    ("GET", "/contacts"): READ,
    ("GET", "/contacts/filter"): READ,
    ("GET", "/contacts/new"): CONTACTS,
    ("POST", "/contacts/new"): CONTACTS,
    ("GET", CONTACT): READ,
    ("GET", f"{CONTACT}/edit"): CONTACTS,
    ("POST", f"{CONTACT}/edit"): CONTACTS,
    ("POST", f"{CONTACT}/unsubscribe"): CONTACTS,
    ("POST", f"{CONTACT}/delete"): CONTACTS,
    ("GET", "/campaigns"): READ,
    ("GET", "/campaigns/count"): READ,
    ("GET", "/campaigns/new"): WRITE,
    ("POST", "/campaigns/new"): WRITE,
    ("GET", "/campaigns/starters"): WRITE,
    ("POST", "/campaigns/starters"): WRITE,
    ("GET", CAMPAIGN): READ,
    ("GET", f"{CAMPAIGN}/activate"): LIFE,
    ("POST", f"{CAMPAIGN}/activate"): LIFE,
    ("POST", f"{CAMPAIGN}/pause"): LIFE,
    ("GET", f"{CAMPAIGN}/activity"): READ,
    ("GET", f"{CAMPAIGN}/forecast"): READ,
    ("GET", f"{CAMPAIGN}/history"): READ,
    ("POST", f"{CAMPAIGN}/versions/{{version:str}}/restore"): WRITE,
    ("GET", f"{CAMPAIGN}/people"): READ,
    ("GET", f"{CAMPAIGN}/people/{{contact:str}}"): READ,
    ("GET", f"{CAMPAIGN}/settings"): WRITE,
    ("POST", f"{CAMPAIGN}/settings"): WRITE,
    ("GET", f"{CAMPAIGN}/messages/new"): WRITE,
    ("POST", f"{CAMPAIGN}/messages/new"): WRITE,
    ("GET", MESSAGE): READ,
    ("POST", MESSAGE): WRITE,
    ("GET", f"{MESSAGE}/preview"): READ,
    ("POST", f"{MESSAGE}/move"): WRITE,
    ("POST", f"{MESSAGE}/duplicate"): WRITE,
    ("POST", f"{MESSAGE}/test"): WRITE,
    ("POST", f"{MESSAGE}/delete"): WRITE,
    ("POST", f"{CAMPAIGN}/delete"): WRITE,
    ("GET", "/sends"): READ,
    ("GET", "/sends/{delivery:str}"): READ,
    ("POST", "/sends/{delivery:str}/resend"): "sends.resend",
    ("GET", "/keys"): READ,
    ("POST", "/keys"): KEYS,
    ("GET", "/keys/{key_id:str}/first-call"): READ,
    ("POST", "/keys/{key_id:str}/rotate"): KEYS,
    ("POST", "/keys/{key_id:str}/revoke"): KEYS,
    ("GET", "/settings"): READ,
    ("POST", "/settings"): "settings",
    ("GET", "/settings/account"): ONESELF,
    ("POST", "/settings/account"): ONESELF,
    ("POST", "/settings/account/verify"): ONESELF,
    ("POST", "/settings/account/password"): ONESELF,
    ("POST", "/settings/account/switch"): ONESELF,
    ("GET", "/settings/domains"): READ,
    ("POST", "/settings/domains"): DOMAINS,
    ("GET", "/settings/domains/{domain:str}"): READ,
    ("POST", "/settings/domains/{domain:str}/check"): DOMAINS,
    ("POST", "/settings/domains/{domain:str}/remove"): DOMAINS,
    ("GET", "/settings/team"): READ,
    ("POST", "/settings/team"): TEAM,
    ("POST", "/settings/team/invites/{invite:str}/resend"): TEAM,
    ("POST", "/settings/team/invites/{invite:str}/withdraw"): TEAM,
    ("POST", "/settings/team/members/{member:str}/role"): TEAM,
    ("POST", "/settings/team/members/{member:str}/remove"): TEAM,
    ("POST", "/settings/team/leave"): ONESELF,
    ("GET", "/settings/audit"): "audit",
    ("GET", "/settings/audit.csv"): "audit",
}
"""In an order in which what destroys comes after what needs it."""
