"""``POST /v1/contacts/batch``: many upserts in one call."""

from typing import Any, Final

from litestar import Controller, Response, post
from msgspec import Struct

from tenantcrm import ids
from tenantcrm.contacts.imports.errors import CollidedError
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.contacts.service.many import Result, upsert_many
from tenantcrm.errors import ConflictError, FieldError, InvalidError
from tenantcrm.web.api.body import read_part
from tenantcrm.web.api.call import Call
from tenantcrm.web.api.operations import operation
from tenantcrm.web.dependencies import services

MOST: Final = 1_000
LARGEST_BODY: Final = 10_000_000
_STATUS: Final = {"created": 201, "updated": 200, "unchanged": 200}


class BatchInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """Up to 1,000 contacts, each as the upsert by email takes it, with its ``email`` beside."""

    contacts: list[Any]


class BatchResult(Struct, frozen=True, kw_only=True):
    """What became of one: ``status`` and ``errors`` as if it had been a call of its own."""

    status: int
    result: str
    id: str | None
    errors: list[FieldError]


class BatchView(Struct, frozen=True):
    """One result for each contact, in their order."""

    data: list[BatchResult]


class ContactBatch(Controller):
    """Many contacts at once."""

    path = "/contacts"
    tags = ("Contacts",)

    @post(
        "/batch",
        status_code=200,
        request_max_body_size=LARGEST_BODY,
        **operation(
            "Upsert up to 1,000 contacts",
            text="Each by its `email`, or by its `external_id` alone where it is there already. A "
            "result for each, in order: what is wrong with one hurts no other. `result` is "
            "`created`, `updated`, `unchanged` or `refused`. For more than a few thousand, import "
            "a file.",
            scope="contacts:write",
            takes=BatchInput,
            gives={200: BatchView},
            refuses=("busy",),
            example={
                "contacts": [
                    {"email": "ada@example.com", "attributes": {"plan": "pro"}},
                    {"email": "grace@example.com", "name": "Grace Hopper"},
                ]
            },
        ),
    )
    async def batch(self, call: Call) -> Response[Any]:
        """Upsert them all; 200 with what became of each."""
        given = call.read(BatchInput).contacts
        if len(given) > MOST:
            words = f"A call takes at most {MOST:,} contacts; this has {len(given):,}"
            raise InvalidError.of("/contacts", "too_many", words)
        keyring = services(call.request).keyring
        try:
            done = await upsert_many(
                call.session,
                [_read(item) for item in given],
                mode=call.mode,
                hash_key=keyring.email_hash_key(call.tenant.salt),
            )
        except CollidedError as fault:
            raise BusyBatchError from fault
        return await call.answer(BatchView([_view(one) for one in done]))


class BusyBatchError(ConflictError):
    """Others wrote the same contacts meanwhile."""

    code, title = "busy", "The contacts are being changed; try again"


def _read(item: Any) -> ContactInput | InvalidError:
    try:
        return read_part(item, ContactInput)
    except InvalidError as fault:
        return fault


def _view(one: Result) -> BatchResult:
    if one.refusal is None:
        shown = None if one.id is None else ids.show_id(ids.CONTACT, one.id)
        return BatchResult(status=_STATUS[one.outcome], result=one.outcome, id=shown, errors=[])
    if isinstance(one.refusal, InvalidError):
        errors = one.refusal.errors
    else:
        errors = [FieldError("/external_id", one.refusal.code, one.refusal.detail)]
    return BatchResult(status=one.refusal.status, result="refused", id=None, errors=errors)
