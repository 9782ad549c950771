"""Which scope lets a key make which call: every call of the API, against the one table."""

import pytest

from tenantcrm.tenants import rules
from tests.isolation import routes
from tests.web.api.conftest import MakeKey, bearer

CONTACTS, CAMPAIGNS, ANY = "/v1/contacts", "/v1/campaigns", "any"
CAMPAIGN = f"{CAMPAIGNS}/{{campaign_id:str}}"
IMPORTS = "/v1/contact-imports"
IMPORT = f"{IMPORTS}/{{import_id:str}}"
CONTACT = f"{CONTACTS}/{{contact_id:str}}"
CALLS: dict[tuple[str, str], str] = {
    ("GET", "/v1/me"): ANY,
    ("GET", CONTACTS): "contacts.read",
    ("GET", CONTACT): "contacts.read",
    ("GET", f"{CONTACT}/activity"): "contacts.read",
    ("GET", f"{CONTACT}/enrollments"): "contacts.read",
    ("POST", "/v1/filters/check"): "contacts.read",
    ("POST", CONTACTS): "contacts.edit",
    ("PATCH", CONTACT): "contacts.edit",
    ("DELETE", CONTACT): "contacts.edit",
    ("PUT", f"{CONTACTS}/by-email/{{email:path}}"): "contacts.edit",
    ("DELETE", f"{CONTACTS}/by-email/{{email:path}}"): "contacts.edit",
    ("PUT", f"{CONTACTS}/by-external-id/{{external_id:path}}"): "contacts.edit",
    ("POST", f"{CONTACT}/unsubscribe"): "contacts.edit",
    ("POST", f"{CONTACT}/resubscribe"): "contacts.edit",
    ("POST", f"{CONTACTS}/batch"): "contacts.edit",
    ("POST", IMPORTS): "contacts.import",
    ("POST", f"{IMPORT}/cancel"): "contacts.import",
    ("GET", IMPORT): "contacts.read",
    ("GET", f"{IMPORT}/errors"): "contacts.read",
    ("GET", CAMPAIGNS): "campaigns.read",
    ("GET", CAMPAIGN): "campaigns.read",
    ("GET", f"{CAMPAIGN}/contacts"): "campaigns.read",
    ("GET", f"{CAMPAIGN}/contacts/{{contact_id:str}}"): "campaigns.read contacts.read",
    ("GET", f"{CAMPAIGN}/activities"): "campaigns.read",
    ("GET", f"{CAMPAIGN}/versions"): "campaigns.read",
    ("GET", f"{CAMPAIGN}/versions/{{version:int}}"): "campaigns.read",
    ("POST", f"{CAMPAIGN}/preview"): "campaigns.read",
    ("POST", f"{CAMPAIGN}/simulate"): "campaigns.read",
    ("POST", f"{CAMPAIGN}/impact"): "campaigns.read",
    ("POST", CAMPAIGNS): "campaigns.edit",
    ("PUT", CAMPAIGN): "campaigns.edit",
    ("PATCH", CAMPAIGN): "campaigns.edit",
    ("DELETE", CAMPAIGN): "campaigns.edit",
    ("POST", f"{CAMPAIGN}/test-send"): "campaigns.edit",
    ("POST", f"{CAMPAIGN}/versions/{{version:int}}/restore"): "campaigns.edit",
    ("POST", f"{CAMPAIGN}/activate"): "campaigns.activate",
    ("POST", f"{CAMPAIGN}/pause"): "campaigns.activate",
    ("GET", f"{CAMPAIGN}/report"): "reports.read",
    ("GET", f"{CAMPAIGN}/deliveries"): "campaigns.read",
    ("GET", "/v1/deliveries/{delivery_id:str}"): "campaigns.read",
}
"""What each call does, in the words of the table; some do two things."""
IDS = {
    "contact_id": f"con_{'0' * 32}", "campaign_id": f"cam_{'0' * 32}", "version": "1",
    "delivery_id": f"dlv_{'0' * 32}", "import_id": f"imp_{'0' * 32}",
    "email": "nobody@example.com", "external_id": "nobody",
}  # fmt: skip


def test_every_call_is_in_the_table():
    """A new call has a line that names what it does."""
    assert set(routes.on("api")) == CALLS.keys()
    known = set().union(*rules.SCOPE_ACTIONS.values()) | {ANY}
    assert {action for what in CALLS.values() for action in what.split()} <= known


@pytest.mark.parametrize("scope", rules.SCOPE_ACTIONS)
async def test_a_scope_lets_a_key_do_what_the_table_says(http, make_key: MakeKey, scope: str):
    """A key with one scope gets past the door of just the calls that the table gives it."""
    headers = bearer(await make_key(scope))
    for (method, path), action in CALLS.items():
        answer = await http.request(
            method, routes.filled(path, IDS), headers=headers, json={} if method != "GET" else None
        )
        code = answer.json().get("code") if answer.content else ""
        refused = answer.status_code == 403 and code == "missing_scope"
        may = {one: rules.key_may(frozenset({scope}), one) for one in action.split()}
        allowed = action == ANY or all(may.values())
        assert refused != allowed, f"{scope}: {method} {path} is {answer.status_code}"
