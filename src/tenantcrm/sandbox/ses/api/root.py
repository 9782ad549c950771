"""The bare address, which three services of AWS share and people open in a browser."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from tenantcrm.sandbox.ses.api.answers import refused, unknown
from tenantcrm.sandbox.ses.sns.api import answer_query
from tenantcrm.sandbox.ses.sqs.api import TARGET, answer_json
from tenantcrm.sandbox.ses.telling import Telling

AnyRequest = Request[Any, Any, Any]


@get("/", status_code=200)
async def root(request: AnyRequest, telling: Telling) -> Response[Any] | Redirect:
    """A link of SNS, such as SubscribeURL; else whoever comes here wants the inbox."""
    query = request.query_params
    if "Action" in query:
        return await answer_query(telling, dict(query), _base(request))
    return Redirect("/inbox")


@post(["/", "/{account:str}/{queue:str}"], status_code=200)
async def operation(request: AnyRequest, telling: Telling) -> Response[Any]:
    """An operation of SQS, by its header, or of SNS, by its form."""
    target = request.headers.get("x-amz-target", "")
    if target.startswith(TARGET):
        return await answer_json(telling, target, await request.body(), _base(request))
    form = await request.form()
    if "Action" in form:
        return await answer_query(telling, {key: str(form[key]) for key in form}, _base(request))
    return refused(unknown(request.method, request.url.path))


def _base(request: AnyRequest) -> str:
    return str(request.base_url).rstrip("/")
