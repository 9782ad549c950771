"""Bulk actions in words: what each is called, and what it does to so many people."""

from tenantcrm.contacts.bulk.states import What
from tenantcrm.web.templating import number_text

ACTIONS = [
    (What.SET, "Set an attribute", "pencil"),
    (What.CLEAR, "Clear an attribute", "x"),
    (What.UNSUBSCRIBE, "Unsubscribe", "bell-off"),
    (What.ERASE, "Erase", "trash-2"),
]
"""What can be done to many, as buttons."""


def people(number: int) -> str:
    """So many contacts."""
    return f"{number_text(number)} {'contact' if number == 1 else 'contacts'}"


def heading(what: str, number: int) -> str:
    """What is about to be done."""
    return {
        What.SET: f"Set an attribute of {people(number)}",
        What.CLEAR: f"Clear an attribute of {people(number)}",
        What.UNSUBSCRIBE: f"Unsubscribe {people(number)}",
        What.ERASE: f"Erase {people(number)}",
    }[What(what)]


def consequence(what: str, number: int) -> str:
    """What it means, in words."""
    whom = people(number)
    return {
        What.SET: f"The attribute of {whom} becomes the value below, whatever it was before. "
        "Whoever then matches a running campaign may enter it, and get its mails.",
        What.CLEAR: f"The attribute of {whom} is removed, with its value. "
        "Whoever no longer matches a campaign may leave it, if that campaign says so.",
        What.UNSUBSCRIBE: f"{whom[:1].upper() + whom[1:]} leave every campaign and get no more "
        "mail, not even after a re-import. They stay in your contacts as unsubscribed; only their "
        "own consent brings them back.",
        What.ERASE: f"The address, name, attributes and history of {whom} are deleted and cannot "
        "be brought back. Whoever had unsubscribed stays suppressed, as a keyed hash. Reports keep "
        "their numbers, without the people.",
    }[What(what)]


def title(what: str, attribute: str) -> str:
    """A bulk action, for the page of its progress."""
    return {
        What.SET: f"Setting {attribute}",
        What.CLEAR: f"Clearing {attribute}",
        What.UNSUBSCRIBE: "Unsubscribing",
        What.ERASE: "Erasing",
    }[What(what)]


def outcome(what: str, changed: int) -> str:
    """What was done."""
    verb = {
        What.SET: "changed", What.CLEAR: "changed", What.UNSUBSCRIBE: "unsubscribed",
        What.ERASE: "erased",
    }[What(what)]  # fmt: skip
    return f"{people(changed)} {verb}"
