"""The path of a mail: claim, preflight, request, finish. Each step is a unit of work of its own.

A worker may die between any two of them, and at any point inside one:

* after **claim**: nothing was sent. The lease runs out, and :func:`rescue` puts the mail back.
* after **preflight**: ``sending`` is committed, SES may or may not have been asked. Never again by
  itself: :func:`rescue` makes it ``unknown``.
* after **request**: as after preflight; SES has it, the ledger says ``unknown``.
* after **finish**: done.

The fence of the claim goes along; a worker that comes back after its lease moves nothing.
"""

from tenantcrm.delivery.steps.bench import Bench, Ready
from tenantcrm.delivery.steps.claim import claim, release
from tenantcrm.delivery.steps.finish import finish
from tenantcrm.delivery.steps.preflight import preflight
from tenantcrm.delivery.steps.request import request, request_parcel
from tenantcrm.delivery.steps.rescue import rescue, rescue_all, rescue_left_behind

__all__ = [
    "Bench",
    "Ready",
    "claim",
    "finish",
    "preflight",
    "release",
    "request",
    "request_parcel",
    "rescue",
    "rescue_all",
    "rescue_left_behind",
]
