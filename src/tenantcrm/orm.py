"""The declarative base, the naming convention, and what a tenant-owned table has."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from advanced_alchemy.base import CommonTableAttributes, orm_registry
from sqlalchemy import (
    ARRAY,
    DateTime,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Uuid,
    any_,
    bindparam,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from tenantcrm import clock, ids

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


def any_of(those: Collection[UUID]) -> Any:
    """What equals any of these: one parameter, however many they are."""
    return any_(bindparam(None, list(those), ARRAY(Uuid()), unique=True))


def any_of_hashes(those: Collection[bytes]) -> Any:
    """The same of hashes."""
    return any_(bindparam(None, list(those), ARRAY(LargeBinary()), unique=True))


class Base(CommonTableAttributes, DeclarativeBase):
    """Every table. Times carry their zone; dictionaries are JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        **orm_registry.type_annotation_map,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        UUID: Uuid(),
    }


class TenantOwned:
    """A row of one tenant: primary key (tenant_id, id), under row-level security."""

    tenant_id: Mapped[UUID] = mapped_column(sort_order=-20)
    id: Mapped[UUID] = mapped_column(default=ids.new_id, sort_order=-19)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """The composite key, then what the table adds in ``extra_args``."""
        return (PrimaryKeyConstraint("tenant_id", "id"), *cls.extra_args())

    @classmethod
    def extra_args(cls) -> tuple[Any, ...]:
        """Foreign keys, unique keys, checks and indexes of the table."""
        return ()


class Timestamped:
    """When the row was made and last changed, on the business clock."""

    created_at: Mapped[datetime] = mapped_column(default=clock.now, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(
        default=clock.now, onupdate=clock.now, sort_order=91
    )
