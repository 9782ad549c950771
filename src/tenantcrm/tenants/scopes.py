"""What an API key may be allowed."""

SCOPES = (
    "contacts:read",
    "contacts:write",
    "campaigns:read",
    "campaigns:write",
    "reports:read",
)
"""Everything that there is."""
