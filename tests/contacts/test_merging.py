"""Merging in PostgreSQL does what merging is said to do, whatever comes."""

from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tenantcrm import ids
from tenantcrm.contacts import service
from tenantcrm.contacts.rules import check_contact
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.contacts.service import Hasher
from tenantcrm.database import Database
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.models import Mode

NAMES = st.sampled_from(["a", "b", "language", "seats", "z" * 64])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.one_of(
    st.integers(-(10**30) + 1, 10**30 - 1),
    st.floats(-1e29, 1e29, allow_nan=False),
    st.sampled_from([0, -0.0, 1.0, 1, 2**53 + 1]),
)
VALUES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
LINES = st.one_of(st.none(), st.sampled_from(["Ada", "Grace Hopper", "Zoë"]))
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "attributes": st.dictionaries(NAMES, VALUES, max_size=5),
        "name": LINES,
        "timezone": st.sampled_from([None, "UTC", "Asia/Kathmandu"]),
    },
)


def shown(value: object) -> tuple[bool, object]:
    """Equal for equal values of JSON: true is not 1, 1.0 is, and a number is what is written."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool), Decimal(str(value)) if number else value


def merged(state: dict, change: dict) -> dict:
    """The reference: a plain dictionary, one change after the other."""
    after = {**state, **{k: v for k, v in change.items() if k != "attributes"}}
    attributes = {**state["attributes"], **change.get("attributes", {})}
    after["attributes"] = {k: v for k, v in attributes.items() if v is not None}
    return after


def same(left: dict, right: dict) -> bool:
    flat = [{**d, **{f".{k}": shown(v) for k, v in d["attributes"].items()}} for d in (left, right)]
    for d in flat:
        del d["attributes"]
    return flat[0] == flat[1]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(CHANGES, min_size=1, max_size=6), by_id=st.booleans())
async def test_upserts_merge_like_a_dictionary(
    database: Database, tenant_id: UUID, hasher: Hasher, changes: list[dict], by_id: bool
):
    """After any upserts a contact is what the reference is, folded alike, and says what changed."""
    key = ids.new_id().hex
    state: dict = {"name": None, "timezone": None, "attributes": {}}
    found = None
    for change in changes:
        async with database.unit_of_work(tenant_id) as session:
            how = {"mode": Mode.LIVE, "hasher": hasher}
            if by_id:
                body = ContactInput(email=f"{key}@example.com", **change)
                done = await service.upsert_by_external_id(session, key, body, **how)
            else:
                body = ContactInput(**change)
                done = await service.upsert_by_email(session, f"{key}@example.com", body, **how)
        after = merged(state, change)
        assert done.created is (found is None)
        assert done.changed is (found is None or not same(state, after))
        assert (found is None) or (done.contact.updated_at > found.updated_at) is done.changed
        found, state = done.contact, after
        stored = {n: getattr(found, n) for n in ("name", "timezone", "attributes")}
        assert same(stored, state)
    async with database.unit_of_work(tenant_id) as session:
        rows = await session.execute(
            text("SELECT folded FROM contacts WHERE tenant_id = :t AND id = :i"),
            {"t": tenant_id, "i": found.id},
        )
        folded = rows.scalar_one()
    wanted = {k: v.casefold() if isinstance(v, str) else v for k, v in state["attributes"].items()}
    assert {k: shown(v) for k, v in folded.items()} == {k: shown(v) for k, v in wanted.items()}


@settings(max_examples=200, deadline=None)
@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2), st.dictionaries(st.text(), inner, max_size=2)
        ),
        max_leaves=4,
    ),
    name=st.text(max_size=70),
)
def test_rules_refuse_or_keep(value: object, name: str):
    """Any name and value is kept as it is, removes, or is refused with its place."""
    pointers = []
    try:
        change = check_contact(ContactInput(attributes={name: value}))
        assert change.removed == [name] if value is None else change.attributes == {name: value}
    except InvalidError as fault:
        pointers = [e.pointer for e in fault.errors]
    assert pointers in ([], ["/attributes/" + name.replace("~", "~0").replace("/", "~1")])
