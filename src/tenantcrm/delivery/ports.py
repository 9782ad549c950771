"""What delivery needs of whoever takes its mails: SES, or an SMTP server."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from tenantcrm.delivery.answers import Outcome
from tenantcrm.delivery.headers import Mailbox, ascii_address
from tenantcrm.delivery.mime import Letterhead, MailFrame


class Tracked(NamedTuple):
    """What is to be told of a mail's readers."""

    opens: bool = False
    clicks: bool = False


UNTRACKED = Tracked()


class Mail(Struct, frozen=True, kw_only=True):
    """A mail that is made: its parts were checked, so that writing it cannot fail any more.

    Senders that take whole mails ask for :attr:`raw`; those that take parts never pay for it.
    """

    to: str
    """The envelope's recipient, its domain in ASCII."""
    frame: MailFrame
    letterhead: Letterhead
    text: str
    html: str
    tracked: Tracked = UNTRACKED
    """For a sender that tracks by itself; what this installation tracks stands in the HTML."""
    ses_tenant: str | None = None
    """SES's name of the tenant, where SES keeps a reputation for each."""

    @property
    def sender(self) -> str:
        """The address in From, its domain in ASCII."""
        return self.frame.sender

    @property
    def raw(self) -> bytes:
        """The whole mail with CRLF line ends; written anew whenever it is asked for."""
        return self.frame.write(self.letterhead, text=self.text, html=self.html)


class Tagged(NamedTuple):
    """A mail and its tags, which come back in every event of it."""

    mail: Mail
    tags: Mapping[str, str]


class Quota(NamedTuple):
    """What an account may send: mails a day and a second, and whether at all."""

    a_day: float
    a_second: float
    sent_last_day: float
    enabled: bool
    production: bool


class BulkSender(Protocol):
    """Takes many mails of one message with one request."""

    def parcels(self, mails: Sequence[Mail]) -> list[list[int]]:
        """How to pack mails of one message: the places of those that share a request."""

    async def send(self, parcel: Sequence[Tagged]) -> list[Outcome]:
        """Ask once; what came of every mail, in their order.

        Raises:
            Exception: whatever went wrong with the request as a whole, for :meth:`MailSender.read`.
        """


class MailSender(Protocol):
    """Takes mails, one with one request, and never asks twice by itself."""

    @property
    def bulk(self) -> BulkSender | None:
        """The way for many mails of one message; None: there is none."""

    async def send(self, mail: Mail, tags: Mapping[str, str]) -> str:
        """Ask once; the id that the mail has there.

        Raises:
            Exception: whatever went wrong, for :meth:`read`.
        """

    def read(self, fault: Exception) -> Outcome:
        """What a :meth:`send` that raised has come to: certain refusals alone are ``pending``."""

    async def quota(self) -> Quota | None:
        """What the account may send; None: the sender knows no such thing."""


def write_mail(
    frame: MailFrame,
    *,
    to: Mailbox,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    date: datetime,
    unsubscribe_url: str | None = None,
    tracked: Tracked = UNTRACKED,
    ses_tenant: str | None = None,
) -> Mail:
    """Make a mail. ``message_id``: an identifier. ``unsubscribe_url``: for one-click (RFC 8058).

    Raises:
        MailFieldError: a value cannot stand in its field.
    """
    letterhead = frame.letterhead(
        to=to, subject=subject, message_id=message_id, date=date, unsubscribe_url=unsubscribe_url
    )
    return Mail(
        to=ascii_address(to.email),
        frame=frame,
        letterhead=letterhead,
        text=text,
        html=html,
        tracked=tracked,
        ses_tenant=ses_tenant,
    )
