"""The API, ``/v1``: ``docs/api.md`` and the contract say what it answers.

How to write a controller::

    class Things(Controller):
        path = "/things"
        tags = ("Things",)

        @post("/", **operation("Make a thing", scope="things:write", takes=ThingInput,
                               gives={201: ThingView}, example={"name": "x"}))
        async def create(self, call: Call) -> Response[Any]:
            given = call.read(ThingInput)                    # strict; every fault at once
            thing = await service.create(call.session, given, now=clock.now())
            return await call.answer(ThingView.of(thing), status=201)

* ``operation(…)`` gives the handler its guard (key, suspension, scope, rate) and its place in
  OpenAPI; ``takes`` and ``gives`` are msgspec structs, ``forbid_unknown_fields`` on those taken.
* ``call: Call`` is injected: ``call.session`` (one unit of work, committed before the answer
  starts), ``call.tenant``, ``call.mode``, ``call.actor``, ``call.read(Shape)``,
  ``call.read_optional(Shape)``, ``call.parameters("limit", "after")`` (refuses unknown ones).
* Read the body before the first query, and end with ``call.answer``: it keeps the answer for an
  Idempotency-Key in the same transaction. Refuse by raising, never by returning a 4xx: what is
  returned commits.
* ``ids.read_id(ids.THING, text)`` turns an outside id into a UUID, and what is none into 404.
* Lists: ``read_limit``, ``tenantcrm.cursors``, ``PageView``. A call that takes larger bodies says
  ``request_max_body_size`` in its decorator.
* Add the controller to ``router.py``.
"""

from tenantcrm.web.api.router import api_router
from tenantcrm.web.api.services import api_lifespan

__all__ = ["api_lifespan", "api_router"]
