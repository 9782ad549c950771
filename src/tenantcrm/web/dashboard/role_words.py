"""The roles in words: what each is for."""

from tenantcrm.tenants.models import Role

WORDS: dict[str, tuple[str, str]] = {
    Role.OWNER: ("Owner", "Everything, and who else is an owner."),
    Role.ADMIN: ("Admin", "Everything but the owners: settings, domains, keys, the team, audit."),
    Role.EDITOR: ("Editor", "Contacts and campaigns: write, import, activate, send."),
    Role.VIEWER: ("Viewer", "Looks at everything, and changes nothing."),
}
"""By the role: its name, and what it may do, in a line."""
CHOICES = [(str(role), title, text) for role, (title, text) in WORDS.items()]
"""For a group of choices."""
