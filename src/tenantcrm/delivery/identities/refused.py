"""From where SES takes no mail any more. Pure."""

from msgspec import Struct

from tenantcrm.contacts.addresses import normalise
from tenantcrm.delivery.identities.names import at_or_above
from tenantcrm.errors import InvalidError

REASON = "sender_unverified"
"""Of mails that wait because SES would refuse their sender."""


class Refused(Struct, frozen=True):
    """Domains that have failed; verified ones below them, and addresses verified by themselves."""

    failed: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def holds(self, email: str) -> bool:
        """Whether SES would refuse mail from an address; the closest domain decides."""
        if not self.failed:
            return False
        try:
            key = normalise(email).key
        except InvalidError:
            return False
        if key in self.addresses:
            return False
        for name in at_or_above(key.rpartition("@")[2]):
            if name in self.verified:
                return False
            if name in self.failed:
                return True
        return False
