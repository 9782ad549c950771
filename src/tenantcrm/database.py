"""Engines, the tenant's binding, and the unit of work: the only place that commits.

A :class:`TenantSession` is bound to one tenant and speaks as the role *app*: PostgreSQL's
row-level security shows and takes that tenant's rows alone. A :class:`ControlSession` speaks as
the role *control* and reaches the control tables alone; it cannot read a contact or a delivery.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.util import greenlet_spawn

from tenantcrm.driver import AfterCommit, BoundConnection, DirectSession, Rows, UniqueError
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import Settings

_TENANT, _AFTER = "tenant_id", "after_commit"
AWAY = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What a loop meets when the database goes away, and survives. SQLAlchemy wraps the driver's
errors, but not those of a connection that is just being made."""


class _BoundSession(Session):
    """A session whose every transaction starts with its tenant's binding."""


@event.listens_for(_BoundSession, "after_begin")
def _bind(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Before its first statement: that is when the driver begins the transaction.
    connection.connection.driver_connection.tenant = session.info[_TENANT]  # type: ignore[union-attr]


class _UnitOfWork(AsyncSession):
    """What both kinds of session share."""

    sync_session_class = _BoundSession

    def after_commit(self, callback: AfterCommit) -> None:
        """Run ``callback`` once this unit of work has committed; a rollback drops it."""
        self.info.setdefault(_AFTER, []).append(callback)


class TenantSession(_UnitOfWork):
    """A unit of work of one tenant, on the role *app*."""

    @property
    def tenant_id(self) -> UUID:
        """The tenant that this session is bound to."""
        tenant: UUID = self.info[_TENANT]
        return tenant

    async def fetch(self, statement: str, *values: Any) -> Rows:
        """Run a statement of the driver (``$1``, ``$2``, …); JSON is given as text.

        Raises:
            UniqueError: a unique key refused it.
        """
        connection = await self.connection()
        try:
            rows = await connection.exec_driver_sql(statement, values)
            return [dict(row) for row in rows.mappings()] if rows.returns_rows else []
        except IntegrityError as fault:
            if getattr(fault.orig, "sqlstate", None) == asyncpg.UniqueViolationError.sqlstate:
                raise UniqueError from fault
            raise

    async def copy_in(self, table: str, columns: Sequence[str], text: bytes) -> None:
        """COPY rows, in its text format, into a temporary table of this transaction."""
        raw = await (await self.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        # Not the bytes themselves: the driver would take those for the path of a file.
        await driver.copy_to_table(table, columns=columns, source=memoryview(text))


AnyTenantSession: TypeAlias = TenantSession | DirectSession


class ControlSession(_UnitOfWork):
    """A unit of work on the control plane: tenants, people, keys, lanes. Never contacts or mail."""


class Database:
    """The two pools of one process."""

    def __init__(self, settings: Settings, *, pool_size: int = 10) -> None:
        """Prepare the pools; nothing connects before it is used."""
        self._app = _engine(settings.database_url, pool_size)
        self._control = _engine(settings.control_database_url, max(2, pool_size // 2))

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: UUID) -> AsyncIterator[TenantSession]:
        """One transaction of one tenant: commits at the end, rolls back when the body raises."""
        if not isinstance(tenant_id, UUID):
            raise TypeError("a tenant is named by its UUID, never by text")
        session = TenantSession(
            self._app, info={_TENANT: tenant_id}, expire_on_commit=False, autoflush=True
        )
        async with _committing(session):
            yield session

    @asynccontextmanager
    async def direct_unit_of_work(self, tenant_id: UUID) -> AsyncIterator[DirectSession]:
        """One transaction of one tenant, on the driver itself."""
        if not isinstance(tenant_id, UUID):
            raise TypeError("a tenant is named by its UUID, never by text")
        pooled = await self._app.raw_connection()
        session = DirectSession(tenant_id, cast("BoundConnection", pooled.driver_connection))
        try:
            await session.begin()
            try:
                yield session
            except BaseException:
                await session.undo()
                raise
            await session.transaction.commit()
        finally:
            # In a greenlet: a connection that the pool has no place for is closed, which waits.
            await greenlet_spawn(pooled.close)
        for callback in session.callbacks:
            await callback()

    @asynccontextmanager
    async def control_unit_of_work(self) -> AsyncIterator[ControlSession]:
        """One transaction of the control plane."""
        session = ControlSession(self._control, info={_TENANT: None}, expire_on_commit=False)
        async with _committing(session):
            yield session

    async def check_roles(self) -> None:
        """Refuse roles that row-level security does not hold.

        Raises:
            ConfigurationError: a role is superuser, may bypass row-level security, or owns tables.
        """
        for name, engine in (("app", self._app), ("control", self._control)):
            async with engine.connect() as connection:
                fault = await unsafe_role(connection)
            if fault:
                raise ConfigurationError(f"the database role of the {name} plane {fault}")

    async def close(self) -> None:
        """Close both pools."""
        await self._app.dispose()
        await self._control.dispose()


@asynccontextmanager
async def _committing(session: _UnitOfWork) -> AsyncIterator[None]:
    async with session:
        yield
        if session.in_transaction():
            await session.commit()
    for callback in session.info.pop(_AFTER, []):
        await callback()


def _engine(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,  # They are contacts' data, and errors come into logs.
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        pool_recycle=1800,
        pool_use_lifo=True,
        json_deserializer=msgspec.json.decode,
        connect_args={
            "timeout": 10,
            "server_settings": {"application_name": "tenantcrm"},
            "connection_class": BoundConnection,
        },
    )
    event.listen(engine.sync_engine, "checkin", _unbind)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _unbind(connection: Any, _record: Any) -> None:
    # A unit of work that never spoke to the database has not used its binding up.
    if connection is not None:
        connection.driver_connection.tenant = None


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # The server has gone away, and perhaps come back: the pool connects anew, all of it.
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


_ROLE = text(
    """
    SELECT r.rolname, r.rolsuper, r.rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
                     AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns
    FROM pg_roles r WHERE r.rolname = current_user
    """
)


async def unsafe_role(connection: Any) -> str | None:
    """Why the connected role must not be used for tenants' work, or None when it may.

    ``connection`` is an ``AsyncConnection`` or an ``AsyncSession``: both execute alike.
    """
    role = (await connection.execute(_ROLE)).one()
    words = [
        (role.rolsuper, "is a superuser"),
        (role.rolbypassrls, "may bypass row-level security (BYPASSRLS)"),
        (role.owns, "owns tables"),
    ]
    faults = [word for found, word in words if found]
    if not faults:
        return None
    return f'"{role.rolname}" {" and ".join(faults)}: row-level security would not hold it'
