"""Findings as the editor and the campaign's pages show them: with a link to the spot."""

from typing import Any

from tenantcrm.campaigns.preflight import Finding, Level

TONES = {Level.ERROR: "danger", Level.WARNING: "warn", Level.NOTE: "info"}
ICONS = {Level.ERROR: "circle-x", Level.WARNING: "triangle-alert", Level.NOTE: "info"}
LEVELS = {Level.ERROR: "To mend", Level.WARNING: "Worth a look", Level.NOTE: "Note"}
FIELDS = {
    "subject": "Subject",
    "preheader": "Preheader",
    "html_template": "Template",
    "send_day": "Send day",
}


def shown(finding: Finding, uids: list[int]) -> dict[str, Any]:
    """A finding for its list. ``uids``: the numbers of the blocks on the page, in their order."""
    where = FIELDS.get(finding.field, finding.field)
    target = f"f-{finding.field}"
    if finding.place.line is not None:
        where = f"Line {finding.place.line}"
    elif finding.place.block is not None:
        where = f"Block {finding.place.block}"
        if finding.place.block <= len(uids):
            target = f"b-{uids[finding.place.block - 1]}"
    return {
        "level": LEVELS[finding.level],
        "tone": TONES[finding.level],
        "icon": ICONS[finding.level],
        "code": finding.code,
        "words": finding.message,
        "where": where,
        "target": target,
        "line": finding.place.line,
    }
