"""What contacts are refused, and why."""

from uuid import UUID

from tenantcrm import ids
from tenantcrm.errors import ConflictError


class ContactExistsError(ConflictError):
    """The address, or the external id, is another contact's; its id is told."""

    code, title = "contact_exists", "There is such a contact already"

    def __init__(self, contact_id: UUID, field: str) -> None:
        """Name the contact and which field it holds (``email`` or ``external_id``)."""
        shown = ids.show_id(ids.CONTACT, contact_id)
        what = "address" if field == "email" else "external id"
        super().__init__(f"The {what} is that of the contact {shown}", id=shown, field=field)
        self.contact_id = contact_id


class BusyContactError(ConflictError):
    """Others kept changing the contact while this change was tried."""

    code, title = "busy", "The contact is being changed; try again"
