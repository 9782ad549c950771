"""What can be done with campaigns. Nothing here commits.

A scan's due mails are entered in the ledger by delivery, in the same unit of work.
"""

from tenantcrm.campaigns.service.activate import activate, pause, readiness
from tenantcrm.campaigns.service.default_sender import check_default_sender
from tenantcrm.campaigns.service.delete import delete
from tenantcrm.campaigns.service.edit import change, create, replace
from tenantcrm.campaigns.service.edit_message import (
    Direction,
    add_message,
    change_message,
    duplicate_message,
    move_message,
    remove_message,
)
from tenantcrm.campaigns.service.effects import foretell
from tenantcrm.campaigns.service.faults import message_faults
from tenantcrm.campaigns.service.forecasting import before_activation, forecast_days
from tenantcrm.campaigns.service.memberships import memberships_of
from tenantcrm.campaigns.service.next_send import first_send, next_send
from tenantcrm.campaigns.service.people import (
    audience,
    exit_contact,
    exit_contacts,
    finish_one,
    how_many,
    leave,
    participants,
    stats,
)
from tenantcrm.campaigns.service.preflight import hindrances, looked_over, readers_of
from tenantcrm.campaigns.service.preview import preview
from tenantcrm.campaigns.service.put_away import bring_back, duplicate, put_away
from tenantcrm.campaigns.service.read import check_known, fullest, get, listed, shelves
from tenantcrm.campaigns.service.restore import restore
from tenantcrm.campaigns.service.scan import contacts_changed, due, scan
from tenantcrm.campaigns.service.starting import start_from
from tenantcrm.campaigns.service.starting_soon import (
    GRACE,
    start_now,
    start_soon,
    start_waiting,
    undo_start,
)
from tenantcrm.campaigns.service.versions import Kept, get_version, history, kept

__all__ = [
    "GRACE",
    "Direction",
    "Kept",
    "activate",
    "add_message",
    "audience",
    "before_activation",
    "bring_back",
    "change",
    "change_message",
    "check_default_sender",
    "check_known",
    "contacts_changed",
    "create",
    "delete",
    "due",
    "duplicate",
    "duplicate_message",
    "exit_contact",
    "exit_contacts",
    "finish_one",
    "first_send",
    "forecast_days",
    "foretell",
    "fullest",
    "get",
    "get_version",
    "hindrances",
    "history",
    "how_many",
    "kept",
    "leave",
    "listed",
    "looked_over",
    "memberships_of",
    "message_faults",
    "move_message",
    "next_send",
    "participants",
    "pause",
    "preview",
    "put_away",
    "readers_of",
    "readiness",
    "remove_message",
    "replace",
    "restore",
    "scan",
    "shelves",
    "start_from",
    "start_now",
    "start_soon",
    "start_waiting",
    "stats",
    "undo_start",
]
