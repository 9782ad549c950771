"""What a mail costs: compiling a message, rendering it, building its MIME; printed, not asserted.

The baseline of each figure is measured in the same run: python-liquid alone on the same HTML, and
`email.message.EmailMessage` on the same parts.
"""

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from liquid import Environment

from tenantcrm.campaigns.rendering import MailContext, RenderedMail, compile_message
from tenantcrm.campaigns.rendering.plaintext import from_html
from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.mime import MailFrame
from tenantcrm.delivery.ports import write_mail

PARAGRAPH = (
    '<p style="margin:0 0 16px">Lorem ipsum dolor sit amet, consectetur adipiscing elit, '
    "sed do eiusmod tempor.</p>\n"
)
NAMES = [f"field_{number}" for number in range(10)]
HTML = (
    "<html><head><title>News</title></head><body>"
    + PARAGRAPH * 37
    + "".join(
        f"<p>{{{{ contact.{name} | default: 'none' }}}}</p>\n" + PARAGRAPH * 5 for name in NAMES
    )
    + "<ul>{% for tag in contact.tags %}<li>{{ tag }}</li>{% endfor %}</ul>"
    '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> {{ tenant.postal_address }}</p>'
    "</body></html>"
)
CONTEXT = MailContext(
    email="ada@example.com",
    name="Ada Lovelace",
    attributes={name: f"value of {name}" for name in NAMES} | {"tags": list("abcde")},
    tenant_name="Vinr",
    postal_address="1 Main Street, London",
    campaign_name="Welcome",
    unsubscribe_url="https://mail.example.com/u/" + "x" * 130,
    now=datetime(2026, 1, 1, tzinfo=UTC),
)


def best(work: Callable[[], object], seconds: float = 1.0) -> float:
    """Milliseconds of processor for one call: the best of ten rounds, since machines are shared."""
    started = time.process_time()
    work()
    calls = max(1, int(seconds / 10 / max(time.process_time() - started, 1e-6)))
    rounds = []
    for _ in range(10):
        started = time.process_time()
        for _ in range(calls):
            work()
        rounds.append((time.process_time() - started) / calls)
    return min(rounds) * 1000


SENDER, READER = Mailbox("Vinr", "hi@example.com"), Mailbox("Ada Lovelace", "ada@example.com")


def framed(frame: MailFrame, mail: RenderedMail) -> bytes:
    """The mail as our frame writes it."""
    return write_mail(
        frame,
        to=READER,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id="dlv_0192",
        date=CONTEXT.now,
        unsubscribe_url=CONTEXT.unsubscribe_url,
    ).raw


def standard(mail: RenderedMail) -> bytes:
    """The mail as the standard library writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{SENDER.name} <{SENDER.email}>"
    message["To"] = f"{READER.name} <{READER.email}>"
    message["Subject"] = mail.subject
    message["List-Unsubscribe"] = f"<{CONTEXT.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message.as_bytes()


def main() -> None:
    """Print the table."""
    message = compile_message(subject="Hi {{ contact.name }}", html_template=HTML)
    assert not message.converts_each
    mail = message.render(CONTEXT)
    plain = Environment(autoescape=True).from_string(HTML)
    names = CONTEXT.names()
    frame = MailFrame(sender=SENDER)
    print(f"python {platform.python_version()}, {len(HTML):,} characters of HTML, ms a call")
    figures = {
        "compile a message": best(
            lambda: compile_message(subject="Hi {{ contact.name }}", html_template=HTML)
        ),
        "render subject, HTML and text": best(lambda: message.render(CONTEXT)),
        "  of it the HTML": best(lambda: message._html.render(names)),  # noqa: SLF001 # measured apart
        "baseline: python-liquid, HTML alone": best(lambda: plain.render(names)),
        "convert HTML to text for each mail": best(lambda: from_html(mail.html)),
        "build the MIME": best(lambda: framed(frame, mail)),
        "baseline: EmailMessage": best(lambda: standard(mail)),
    }
    for figure, milliseconds in figures.items():
        print(f"{figure:40} {milliseconds:8.3f}")


if __name__ == "__main__":
    main()
