"""What can be done with contacts. Nothing here commits.

``hasher`` gives the keyed hash of an address's key: ``Keyring.email_hash`` with the tenant's salt.
Contacts of the mode ``test`` are invisible to live work, and the other way round.
"""

from tenantcrm.contacts.repository import record
from tenantcrm.contacts.service.attributes import known_attributes, note
from tenantcrm.contacts.service.auditing import audited
from tenantcrm.contacts.service.edit import edit
from tenantcrm.contacts.service.leave import (
    delete_contacts,
    keep_from_mail,
    lift_own_word,
    lock,
    mark_suppressed,
    merge_back,
    note_erasure,
    resubscribe,
    set_pause,
    stop_mailing,
    suppress,
)
from tenantcrm.contacts.service.read import (
    addressed,
    attribute_samples,
    count,
    get,
    get_by_email,
    lacking,
    listed,
    masked,
)
from tenantcrm.contacts.service.sizes import PATIENCE, audience, in_time, samples, total
from tenantcrm.contacts.service.upsert import (
    Hasher,
    create,
    upsert_by_email,
    upsert_by_external_id,
)

__all__ = [
    "PATIENCE",
    "Hasher",
    "addressed",
    "attribute_samples",
    "audience",
    "audited",
    "count",
    "create",
    "delete_contacts",
    "edit",
    "get",
    "get_by_email",
    "in_time",
    "keep_from_mail",
    "known_attributes",
    "lacking",
    "lift_own_word",
    "listed",
    "lock",
    "mark_suppressed",
    "masked",
    "merge_back",
    "note",
    "note_erasure",
    "record",
    "resubscribe",
    "samples",
    "set_pause",
    "stop_mailing",
    "suppress",
    "total",
    "upsert_by_email",
    "upsert_by_external_id",
]
