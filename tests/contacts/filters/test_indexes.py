"""That what can be looked up is written in the form which an index serves."""

from collections.abc import AsyncIterator

import asyncpg as driver
import pytest
from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import asyncpg

from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.models import Contact
from tenantcrm.contacts.repository import sizes
from tenantcrm.settings import Settings


@pytest.fixture(scope="module")
async def superuser(postgres_port: int, settings: Settings) -> AsyncIterator[driver.Connection]:
    """Sees past row-level security, and reads a whole table only where nothing else is possible."""
    database = settings.database_url.rsplit("/", 1)[1]
    connection = await driver.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{database}")
    await connection.execute("SET enable_seqscan = off")
    yield connection
    await connection.close()


async def plan(superuser: driver.Connection, text: str) -> str:
    query = select(Contact.id).where(compile_filter(parse(text)))
    compiled = query.compile(dialect=asyncpg.dialect())
    values = [compiled.params[name] for name in compiled.positiontup]
    rows = await superuser.fetch(f"EXPLAIN {compiled}", *values)
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("text", "condition"),
    [("email=ada@example.com", "email_key = "), ("external_id=u_42", "external_id = ")],
)
async def test_equality_of_keys(superuser: driver.Connection, text: str, condition: str):
    """An address and an external id are looked up, not searched for."""
    found = await plan(superuser, text)
    assert "Index Cond" in found
    assert condition in found


def test_an_alias_can_be_asked():
    """The condition is on the columns that the caller gives."""
    person = Contact.__table__.alias("person")
    text = "plan=pro AND name:x AND created_at > 2026-01-01 AND seats > 3"
    found = str(compile_filter(parse(text), person.c))
    assert "contacts." not in found
    assert "person.folded" in found


@pytest.mark.parametrize(
    ("name", "condition"),
    [("ix_contacts_sample", sizes.SAMPLED), ("ix_contacts_thinner_sample", sizes.THINNER)],
)
async def test_the_sample(superuser: driver.Connection, name: str, condition: ColumnElement[bool]):
    """The index of one contact in 64, or in 256, says word for word what the sample asks."""
    found = await superuser.fetchval(
        f"SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = '{name}'::regclass"
    )
    asked = str(condition.compile(dialect=asyncpg.dialect())).replace("contacts.", "")
    assert found.replace("(", "").replace(")", "") == asked.replace("(", "").replace(")", "")
