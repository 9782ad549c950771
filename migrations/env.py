"""Alembic's entry: runs on the connection that ``tenantcrm.schema.migrate`` hands over."""

from typing import Any

from alembic import context

import tenantcrm.campaigns.models
import tenantcrm.contacts.models
import tenantcrm.delivery.models
import tenantcrm.tenants.models  # noqa: F401 # the models register their tables on import
from tenantcrm.orm import Base


def _told(*, step: Any, **_rest: Any) -> None:
    tell = context.config.attributes.get("tell")
    if tell is not None:
        tell(f"{step.up_revision_id} {step.up_revision.doc}")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    on_version_apply=_told,  # type: ignore[arg-type] # called by keyword alone
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
