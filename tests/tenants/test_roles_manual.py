"""The manual's tables of roles and scopes are the ones that pages and API ask."""

import re
from pathlib import Path

from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Role

MANUAL = (Path(__file__).parents[2] / "docs" / "team.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that begins with this heading."""
    table = MANUAL.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in table.splitlines()[2:] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_roles():
    """Each action has a row, with a yes under just the roles that may do it."""
    order = (Role.OWNER, Role.ADMIN, Role.EDITOR, Role.VIEWER)
    told = {
        (role, row[0].strip("`"))
        for row in rows("may")
        for role, cell in zip(order, row[2:], strict=True)
        if cell == "yes"
    }
    assert told == {(role, action) for role, may in rules.ACTIONS.items() for action in may}


def test_scopes():
    """Each scope has a row with its actions."""
    told = {row[0].strip("`"): tuple(re.findall(r"`([^`]+)`", row[1])) for row in rows("scope")}
    assert told == rules.SCOPE_ACTIONS
