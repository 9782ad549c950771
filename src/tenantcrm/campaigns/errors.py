"""What campaigns are refused, and why."""

from collections.abc import Sequence

from msgspec.structs import asdict

from tenantcrm.campaigns.diffs import Change
from tenantcrm.campaigns.impact import Impact
from tenantcrm.errors import ConflictError, EditConflictError, InvalidError


class NotReadyError(InvalidError):
    """The campaign lacks something that sending needs; every missing thing is named."""

    title = "The campaign cannot be activated yet"


class NotActiveError(ConflictError):
    """Only an active campaign can be paused."""

    code, title = "not_active", "The campaign is not active"


class NotStartingError(ConflictError):
    """Only a campaign that is about to start can be kept from it."""

    code, title = "not_starting", "The campaign is not about to start"

    def __init__(self, *, active: bool) -> None:
        """Say where it stands instead."""
        super().__init__(
            "It has started by now. Pause it to stop it."
            if active
            else "It is not about to start: nothing was activated, or it was undone already."
        )
        self.active = active


class UndecidedError(ConflictError):
    """The edit passes people in the campaign, and nobody has said what happens to them; or, where
    that is asked as well, people leave by it.
    """

    code, title = "undecided", "The edit passes people who are in the campaign"

    def __init__(self, impact: Impact) -> None:
        """Keep what the edit would do."""
        super().__init__(
            f"{impact.past} mails are passed by the edit: say whether they are sent or skipped"
            if impact.past
            else f"{impact.leaving} of the people have no such date and leave the campaign"
        )
        self.impact = impact


class StaleVersionError(EditConflictError):
    """The edit was made on an older version than the one that is stored."""

    def __init__(self, stored: int, given: int, changes: Sequence[Change] = ()) -> None:
        """Name both versions, and what was saved since the one that was edited."""
        super().__init__(
            f"You edited version {given}; version {stored} has been saved since. "
            "Read the campaign again and repeat your change.",
            version=stored,
            diff=[asdict(change) for change in changes],
        )
