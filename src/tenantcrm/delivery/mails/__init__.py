"""Our own mails to people who use the dashboard: one folder a mail, subject, text and HTML."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


class SystemMail(NamedTuple):
    """A mail of ours, rendered."""

    subject: str
    html: str
    text: str


class Purpose(NamedTuple):
    """What the link of a mail is for, where it leads, and how long it works.

    ``of``: whom the link names, a ``person`` or an ``invitation``.
    """

    token: str
    path: str
    lives: timedelta
    words: str
    once: bool
    of: str = "person"


PURPOSES = {
    "verify_email": Purpose(
        "verify-email", "verify-email", timedelta(days=7), "7 days", once=False
    ),
    "reset_password": Purpose(
        "reset-password", "reset-password", timedelta(hours=1), "one hour", once=True
    ),
    "invite": Purpose(
        "invite", "invitation", timedelta(days=7), "7 days", once=True, of="invitation"
    ),
}
"""By the folder's name. ``once``: the link is bound to the password that it replaces,
or to the last time that the invitation was sent."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
)


def render(mail: str, *, link: str, tenant_name: str, **more: str) -> SystemMail:
    """Render a mail of :data:`PURPOSES`; ``more``: what its templates name besides.

    Raises:
        KeyError: there is no such mail.
    """
    context = {"link": link, "tenant_name": tenant_name, "lives": PURPOSES[mail].words, **more}

    def part(name: str) -> str:
        return _environment.get_template(f"{mail}/{name}").render(context)

    subject = " ".join(part("subject.txt").split())
    return SystemMail(subject, part("body.html"), part("body.txt"))
