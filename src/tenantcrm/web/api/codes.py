"""Every ``code`` of a refusal, for the documentation."""

from typing import Final, NamedTuple


class Code(NamedTuple):
    """A refusal: its HTTP status, and what it means to whoever gets it."""

    status: int
    text: str


CODES: Final = {
    "invalid_key": Code(401, "No key was sent, or it is not valid, or it was revoked."),
    "missing_scope": Code(403, "The key lacks the scope that `scope` names."),
    "tenant_suspended": Code(403, "The account is suspended; `reason` says why."),
    "test_key": Code(403, "A test key never causes a mail."),
    "not_found": Code(404, "It does not exist, or is not yours: the two are never told apart."),
    "method_not_allowed": Code(405, "The path does not take this method; `Allow` says which."),
    "contact_exists": Code(
        409, "Another contact has the address or the external id: `field` says which, `id` whose."
    ),
    "edit_conflict": Code(409, "Somebody saved since the `version` that you edited."),
    "undecided": Code(
        409, "With `ask`: the edit passes people, and `past_messages` does not say what happens."
    ),
    "not_active": Code(409, "Only an active campaign can be paused."),
    "no_sender": Code(409, "Neither the campaign nor the settings name an address to send from."),
    "unverified_sender": Code(409, "SES does not send from this address yet."),
    "import_state": Code(409, "The import is past that, or too many have not ended."),
    "idempotency_in_progress": Code(409, "A request with this Idempotency-Key is under way."),
    "busy": Code(409, "Others kept changing it while this change was tried; try again."),
    "body_too_large": Code(413, "The body is larger than this call takes."),
    "not_json": Code(415, "The body is not `application/json` in UTF-8."),
    "not_csv": Code(415, "The file is sent neither as `text/csv` nor as `application/x-ndjson`."),
    "unreadable_file": Code(422, "The file is no list of contacts; `detail` says what it is."),
    "invalid": Code(
        422,
        "Understood and not acceptable: `errors` has an entry for each fault. Of a filter, "
        "`position`, `line` and `column` also say where it cannot be read.",
    ),
    "idempotency_key_reused": Code(422, "This Idempotency-Key came with another request."),
    "template_failed": Code(422, "The mail could not be made from its template."),
    "template_syntax": Code(422, "The template cannot be read."),
    "template_too_costly": Code(422, "The template does more than a mail may."),
    "template_too_large": Code(422, "The template makes a larger mail than is sent."),
    "blocks_syntax": Code(422, "The template is no JSON of blocks."),
    "mjml_syntax": Code(422, "The MJML of the template cannot be read."),
    "rate_limited": Code(429, "Too many requests; `Retry-After` says when to come back."),
    "internal_error": Code(500, "The fault is ours; tell us the `request_id`."),
    "unavailable": Code(503, "Not available just now; nothing was changed. Try again."),
}
EVERYWHERE: Final = ("invalid_key", "missing_scope", "tenant_suspended", "rate_limited")
"""What every call may answer."""
WRITES: Final = ("idempotency_in_progress", "idempotency_key_reused")
TAKES: Final = ("body_too_large", "not_json", "invalid")
