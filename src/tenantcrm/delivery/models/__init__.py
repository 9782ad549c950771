"""Tables of delivery: the ledger, the lanes, who may send from where, and SES's events."""

from tenantcrm.delivery.models.counts import ReachNews, SendCount
from tenantcrm.delivery.models.departures import Departure
from tenantcrm.delivery.models.events import EventStream, MailEvent
from tenantcrm.delivery.models.lanes import Lane, SendingHour
from tenantcrm.delivery.models.ledger import Delivery
from tenantcrm.delivery.models.senders import DomainCheck, Sender, SenderClaim, SendingDomain

__all__ = [
    "Delivery",
    "Departure",
    "DomainCheck",
    "EventStream",
    "Lane",
    "MailEvent",
    "ReachNews",
    "SendCount",
    "Sender",
    "SenderClaim",
    "SendingDomain",
    "SendingHour",
]
