"""Is the process alive, is it ready, and what does it measure?"""

from litestar import Response, get
from litestar.di import NamedDependency
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tenantcrm import exposition, schema
from tenantcrm.database import ControlSession
from tenantcrm.errors import NotFoundError
from tenantcrm.web.dependencies import AnyRequest, Services


@get("/healthz", media_type="text/plain")
async def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz")
async def readyz(services: NamedDependency[Services]) -> Response[dict[str, str]]:
    """Database, migrations and Redis: 200 when all are as they should be, else 503 names it."""
    found = {"database": "ok", "migrations": "ok", "redis": "ok"}
    try:
        async with services.database.control_unit_of_work() as session:
            if await _revision(session) != schema.newest():
                found["migrations"] = "run tenantcrm migrate"
    except (SQLAlchemyError, OSError):
        found["database"] = "does not answer"
        found["migrations"] = "not known"
    try:
        await services.redis.ping()
    except (RedisError, OSError):
        found["redis"] = "does not answer"
    ready = all(state == "ok" for state in found.values())
    return Response(found, status_code=200 if ready else 503)


async def _revision(session: ControlSession) -> str | None:
    rows = await session.execute(text("SELECT version_num FROM alembic_version"))
    return rows.scalar_one_or_none()


@get("/metrics", media_type=exposition.CONTENT_TYPE)
async def metrics(request: AnyRequest, services: NamedDependency[Services]) -> bytes:
    """Prometheus' text; asks for the bearer token of TENANTCRM_METRICS_TOKEN, 404 without."""
    token = services.settings.metrics_token
    given = request.headers.get("Authorization", "")
    if not token or not exposition.admits(given, token):
        raise NotFoundError
    return exposition.exposition()
