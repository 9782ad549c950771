"""Bring campaigns from files to an installation, each as a whole or not at all."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns.files import FileFault
from tenantcrm.errors import FieldError
from tenantcrm.publishing.client import Api, ApiError
from tenantcrm.publishing.plans import Doing, Plan, Step, body_of

UNDECIDED = "Mails pass people by this: say --past-messages send or --past-messages skip"


class Applied(Struct, frozen=True, kw_only=True):
    """What came of one step. ``faults``: what was refused, where it stands in the files.

    ``since``: what somebody else has saved meanwhile, as the API tells it.
    """

    step: Step
    error: str = ""
    faults: list[FileFault] = []
    since: list[dict[str, Any]] = []


def apply_plan(
    api: Api, plan: Plan, *, past_messages: str | None, done: Callable[[Applied], None]
) -> list[Applied]:
    """Do every step; ``done`` is told each when it is done. A refused one does not stop the rest.

    A campaign keeps its state: what is active goes on, what is new is a draft.
    """
    found = []
    for step in plan.doing:
        applied = _apply(api, step, past_messages)
        found.append(applied)
        done(applied)
    return found


def _apply(api: Api, step: Step, past_messages: str | None) -> Applied:
    body, once = body_of(step.file, step.stored), ids.new_id().hex
    try:
        if step.doing is Doing.ADD or step.stored is None:
            api.create(body, once=once)
        else:
            # The count that came with the plan may be an estimate, and people go on meanwhile:
            # whether the edit passes anybody is for the save to say.
            body["ask"] = True
            if past_messages is not None:
                body["past_messages"] = past_messages
            api.replace(step.stored["id"], body, once=once)
    except ApiError as error:
        return Applied(
            step=step,
            error=UNDECIDED if error.extra.get("code") == "undecided" else error.detail,
            faults=[step.file.placed(fault) for fault in _field_errors(error)],
            since=_since(error),
        )
    return Applied(step=step)


def _field_errors(error: ApiError) -> list[FieldError]:
    told = error.extra.get("errors")
    rows = told if isinstance(told, list) else []
    return [FieldError(row["pointer"], row["code"], row["message"]) for row in rows]


def _since(error: ApiError) -> list[dict[str, Any]]:
    told = error.extra.get("diff")
    return told if isinstance(told, list) else []
