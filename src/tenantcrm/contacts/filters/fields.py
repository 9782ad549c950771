"""What is particular to the fields: which are instants, and whose case counts."""

from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.filters.ast import Field, Literal, Operator, Pattern, text_of
from tenantcrm.errors import InvalidError

INSTANTS = frozenset({Field.CREATED_AT, Field.UPDATED_AT})


def cased(field: Field | None, text: str) -> str:
    """The text as it is compared: folded, except an id that is the tenant's own spelling.

    ``None`` stands for an attribute.
    """
    return text if field is Field.EXTERNAL_ID else text.casefold()


def asked_email_key(how: Operator, to: Literal) -> str | None:
    """The key of the one address that is asked for; None for a part, a pattern or an order.

    Parts and patterns look at the address as it is shown, where a domain is not in Punycode.
    """
    if how is not Operator.EQUAL or isinstance(to, Pattern):
        return None
    text = text_of(to)
    try:
        return normalise(text).key
    except InvalidError:
        return text.lower()  # No contact has it.
