"""Who may touch which table, the migrations, and whether the database is up to them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from tenantcrm.database import AWAY, Database
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import Settings
from tenantcrm.upgrading import scripts, upgrade

ALL = "SELECT, INSERT, UPDATE, DELETE"
NEVER_DELETED = "SELECT, INSERT, UPDATE"
"""Of tenants, to the role *control*: what contacts belong to stays (decision 0040)."""
TENANT_OWNED = (
    "contacts",
    "suppressions",
    "known_attributes",
    "bulk_actions",
    "bulk_pieces",
    "activities",
    "contact_imports",
    "import_chunks",
    "import_faults",
    "campaigns",
    "messages",
    "message_versions",
    "campaign_versions",
    "campaign_zones",
    "enrollments",
    "deliveries",
    "mail_events",
    "send_counts",
    "people_counts",
    "reach_news",
    "senders",
    "sending_domains",
    "idempotent_responses",
    "audit_entries",
)
"""Tables that the role *control* cannot reach at all."""
SHARED = {
    "tenants": "SELECT, UPDATE (name, timezone, postal_address, sender_name, sender_email, "
    "cap_mails, cap_days, language, setup_hidden_at, updated_at)",
    "memberships": "SELECT, INSERT, UPDATE (role), DELETE",
    "invites": ALL,
    "api_keys": "SELECT, INSERT, UPDATE",
    "tenant_stats": "SELECT, INSERT, UPDATE",
    "import_jobs": ALL,
    "scan_schedules": "SELECT, INSERT, UPDATE",
    "lanes": "SELECT, INSERT, UPDATE",
    "bulk_jobs": "SELECT, INSERT, UPDATE, DELETE",
    "sender_claims": "SELECT, INSERT, DELETE",
    "domain_checks": "SELECT, INSERT, UPDATE",
    "sending_hours": "SELECT, INSERT, UPDATE",
    "event_streams": "SELECT, INSERT, UPDATE",
    "departures": "SELECT, INSERT, DELETE",
}
"""Control tables of which a tenant sees its own rows, with what the role *app* may do there."""
CONTROL_ONLY = ("users", "operators", "operator_actions", "installation")
"""Tables that the role *app* cannot reach at all."""
_LOCK = 7_212_019


@dataclass(frozen=True, slots=True)
class _Login:
    role: str
    password: str


def _login(url: str) -> _Login:
    parts = urlsplit(url)
    return _Login(unquote(parts.username or ""), unquote(parts.password or ""))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def migrate(settings: Settings, tell: Callable[[str], None]) -> None:
    """Bring the database to the newest schema, then give the roles exactly their rights.

    Runs as the role *owner*. Safe to run twice and at the same time: a lock in the database makes
    the second wait. ``tell`` hears one line a step.

    Raises:
        ConfigurationError: a role is missing and cannot be made here.
    """
    engine = create_async_engine(settings.owner_database_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.commit()
            await upgrade(connection, tell)
            await connection.run_sync(_secure, settings, tell)
            await connection.commit()
            await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
            await connection.commit()
    finally:
        await engine.dispose()


def _secure(connection: Connection, settings: Settings, tell: Callable[[str], None]) -> None:
    app, control = _login(settings.database_url), _login(settings.control_database_url)
    if len({app.role, control.role, _login(settings.owner_database_url).role}) < 3:  # noqa: PLR2004
        raise ConfigurationError(
            "the database roles owner, app and control must be three different ones"
        )
    for login in (app, control):
        _ensure_role(connection, login, tell)
    for statement in grants(app.role, control.role):
        connection.execute(text(statement))
    for table in SHARED:
        _open_to_control(connection, table, control.role)


def _open_to_control(connection: Connection, table: str, control: str) -> None:
    """Let the role *control* see every row of a shared table, where it does not yet.

    A policy is changed under a lock that waits for every reader and holds up every new one, and
    meets a worker's transaction in a deadlock: what is there already is left alone.
    """
    found = connection.execute(
        text(
            "SELECT permissive = 'PERMISSIVE' AND cmd = 'ALL' AND roles = ARRAY[:role]::name[] "
            "AND qual = 'true' AND with_check = 'true' FROM pg_policies "
            "WHERE schemaname = 'public' AND tablename = :table AND policyname = 'control_plane'"
        ),
        {"role": control, "table": table},
    ).scalar_one_or_none()
    if found:
        return
    connection.execute(text(f"DROP POLICY IF EXISTS control_plane ON {table}"))
    connection.execute(
        text(
            f"CREATE POLICY control_plane ON {table} TO {_quoted(control)} "
            "USING (true) WITH CHECK (true)"
        )
    )


def _ensure_role(connection: Connection, login: _Login, tell: Callable[[str], None]) -> None:
    found = connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": login.role}
    ).first()
    if found is not None:
        return
    may = connection.execute(
        text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    ).scalar_one()
    if not may:
        raise ConfigurationError(
            f'the database role "{login.role}" does not exist and the owner role may not create it'
        )
    # CREATE ROLE takes no bound parameter: PostgreSQL itself quotes the password as a literal.
    password = connection.execute(
        text("SELECT quote_literal(:password)"), {"password": login.password}
    ).scalar_one()
    connection.exec_driver_sql(
        f"CREATE ROLE {_quoted(login.role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
        f"NOBYPASSRLS PASSWORD {password}"
    )
    tell(f"role {login.role} made")


def grants(app: str, control: str) -> list[str]:
    """Every right of the two roles, from nothing: what is not listed here is not allowed."""
    a, c = _quoted(app), _quoted(control)
    shared = [
        statement
        for table, rights in SHARED.items()
        for statement in (
            f"GRANT {rights} ON {table} TO {a}",
            f"GRANT {NEVER_DELETED if table == 'tenants' else ALL} ON {table} TO {c}",
        )
    ]
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {a}, {c}",
        f"GRANT USAGE ON SCHEMA public TO {a}, {c}",
        f"GRANT SELECT ON alembic_version TO {a}, {c}",
        *(f"GRANT {ALL} ON {table} TO {a}" for table in TENANT_OWNED),
        *shared,
        *(f"GRANT {ALL} ON {table} TO {c}" for table in CONTROL_ONLY),
    ]


@cache
def newest() -> str:
    """The newest revision that this build knows: migrations are numbered, one after the other.

    Alembic is not asked: it would read every one of them, at each start of each process.
    """
    numbered = (scripts() / "versions").glob("[0-9]*_*.py")
    return max(path.name.partition("_")[0] for path in numbered)


@contextmanager
def answering() -> Iterator[None]:
    """Work that a process cannot begin without: a database that is away is one line, no traceback.

    Raises:
        ConfigurationError: the database does not answer, or not so.
    """
    try:
        yield
    except AWAY as fault:
        words = str(fault.__cause__ or fault).strip().splitlines() or [type(fault).__name__]
        raise ConfigurationError(f"the database refused: {words[0]}") from fault


async def check(database: Database) -> None:
    """Refuse a database that does not answer, is behind, or has unsafe roles.

    Raises:
        ConfigurationError: one line that says what to do.
    """
    with answering():
        await database.check_roles()
        async with database.control_unit_of_work() as session:
            rows = await session.execute(text("SELECT version_num FROM alembic_version"))
            found = rows.scalar_one_or_none()
    if found != newest():
        raise ConfigurationError(
            f"the database is at migration {found}, this build needs {newest()}: "
            "run tenantcrm migrate"
        )
