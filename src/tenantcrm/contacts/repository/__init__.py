"""Every query of contacts, suppressions and activities. Each names the tenant."""

from tenantcrm.contacts.repository.activities import forget_words, record, record_each
from tenantcrm.contacts.repository.rows import (
    addresses_of,
    attribute_names,
    count,
    find,
    lacking,
    listed,
    matching,
    own,
    remove,
    save,
    save_each,
)
from tenantcrm.contacts.repository.suppressions import (
    SUPPRESSED,
    lift,
    not_unsubscribed,
    reach,
    sample,
    status_of_address,
    strengthen,
    suppress,
    suppress_each,
)
from tenantcrm.contacts.repository.upsert import Key, alike, insert_new, upsert

__all__ = [
    "SUPPRESSED",
    "Key",
    "addresses_of",
    "alike",
    "attribute_names",
    "count",
    "find",
    "forget_words",
    "insert_new",
    "lacking",
    "lift",
    "listed",
    "matching",
    "not_unsubscribed",
    "own",
    "reach",
    "record",
    "record_each",
    "remove",
    "sample",
    "save",
    "save_each",
    "status_of_address",
    "strengthen",
    "suppress",
    "suppress_each",
    "upsert",
]
