"""Mails as bytes: what goes in comes back out of a parser that was not written here."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenantcrm.delivery.headers import LONGEST_NAME, Mailbox, MailFieldError, clean
from tenantcrm.delivery.mime import MailFrame
from tenantcrm.delivery.ports import write_mail

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SENDER = Mailbox("Vinr", "hi@example.com")
URL = "https://mail.example.com/u/AbC-_123"
texts = st.text(st.characters(codec="utf-8") | st.sampled_from('\r\n\0\t"\\<>@,;:=?()é漢😀\u2028'))


def build(frame: MailFrame | None = None, **changed: Any) -> bytes:
    """A mail, some of whose parts a test chooses."""
    parts: dict[str, Any] = {
        "to": Mailbox("Ada Lovelace", "ada@example.com"),
        "subject": "Welcome",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "message_id": "dlv_1",
        "date": NOW,
        "unsubscribe_url": URL,
    }
    return write_mail(frame or MailFrame(sender=SENDER), **parts | changed).raw


def parse(raw: bytes) -> EmailMessage:
    """The mail as the standard library reads it, which must find nothing to complain of."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for part in mail.walk():
        assert part.defects == []
        assert [value.defects for value in part.values()] == [()] * len(part.values())
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    """The content of the part of a kind."""
    found = mail.get_body((kind,))
    assert found is not None
    content = found.get_content()
    assert isinstance(content, str)
    return content


def raw_phrase(raw: bytes, field: str) -> str:
    """What stands before the address in a field, undecoded."""
    start = raw.index(f"{field}: ".encode()) + len(field) + 2
    return raw[start : raw.index(b"<", start)].decode().strip()


def lines(text: str) -> str:
    """Text with the line ends of mail."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def test_a_campaign_mail_has_what_bulk_senders_must_send():
    """One-click unsubscribe is byte for byte as RFC 8058 has it; list and feedback are named."""
    frame = MailFrame(
        sender=SENDER,
        reply_to=Mailbox("", "help@example.com"),
        list_id="ten_1.mail.example.com",
        feedback_id="cam_1:ten_1:drip:tenantcrm",
    )
    raw = build(frame)
    mail = parse(raw)
    assert b"\r\nList-Unsubscribe: <https://mail.example.com/u/AbC-_123>\r\n" in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert mail["List-Id"] == "<ten_1.mail.example.com>"
    assert mail["Feedback-ID"] == "cam_1:ten_1:drip:tenantcrm"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Message-ID"] == "<dlv_1@example.com>"
    assert mail["Date"].datetime == NOW
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_of_ours_has_no_list_fields():
    """A password reset is no bulk mail, and says that a machine wrote it."""
    mail = parse(build(MailFrame(sender=SENDER, automatic=True), unsubscribe_url=None))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"} & set(mail.keys())


@given(subject=texts)
@example("Grüße aus Zürich: " + "sehr " * 60)
@example("a" * 300)
@example("=?utf-8?B?SGk=?= there")
@example("Hi\r\nBcc: everyone@example.com")
@example("")
def test_subject_comes_back(subject: str):
    """Any subject comes back as one clean line, and adds no field."""
    raw = build(subject=subject)
    mail = parse(raw)
    assert mail["Subject"] == clean(subject)
    assert mail["Bcc"] is None
    assert len(mail.keys()) == len(parse(build()).keys())


@given(name=texts)
@example('Lovelace, Ada "the first" \\')
@example("Ada <x@evil.example>")
@example("=?utf-8?Q?x?=")
@example("李小龍" * 30)
@example("a\r\nBcc: everyone@example.com")
def test_names_come_back(name: str):
    """Any name of a sender or a recipient comes back clean, beside its own address alone."""
    frame = MailFrame(sender=Mailbox(name, "hi@example.com"))
    raw = build(frame, to=Mailbox(name, "ada@example.com"))
    mail = parse(raw)
    for field, address in (("From", "hi@example.com"), ("To", "ada@example.com")):
        (found,) = mail[field].addresses
        assert found.addr_spec == address
        shown = found.display_name
        if not shown.isascii():
            # The parser keeps the blanks between encoded words, which RFC 2047, 6.2 drops.
            shown = str(make_header(decode_header(raw_phrase(raw, field))))
        assert shown == clean(name)[:LONGEST_NAME].strip()
    assert mail["Bcc"] is None


@given(text=texts, html=texts)
@example("--=_\r\n.\r\nFrom x", "--\r\n\r\n")
def test_contents_come_back(text: str, html: str):
    """Any content comes back, with the line ends of mail."""
    mail = parse(build(text=text, html=html))
    assert part(mail, "plain") == lines(text)
    assert part(mail, "html") == lines(html)


@given(subject=texts, name=texts, text=texts)
@settings(max_examples=50)
def test_lines_are_short_and_seven_bit(subject: str, name: str, text: str):
    """No line is longer than a relay must take, and none holds a bare CR or LF."""
    raw = build(subject=subject, to=Mailbox(name, "ada@example.com"), text=text)
    assert raw.isascii()
    assert b"\0" not in raw
    rows = raw.split(b"\r\n")
    assert all(len(row) <= 998 and b"\r" not in row and b"\n" not in row for row in rows)


def test_half_a_character_is_sent_as_its_replacement():
    """A lone surrogate, which UTF-8 cannot carry, stops no mail."""
    mail = parse(
        build(subject="a\ud800b", text="x\udfffy", to=Mailbox("\udc00", "ada@example.com"))
    )
    assert mail["Subject"] == "a\ufffdb"
    assert part(mail, "plain") == "x?y"


def test_an_international_domain_becomes_punycode():
    """SES takes domains in Punycode alone."""
    raw = build(to=Mailbox("Ada", "ada@bücher.example"))
    assert b"<ada@xn--bcher-kva.example>" in raw


@pytest.mark.parametrize(
    "email",
    [
        "ädä@example.com",
        "ada@example.com\r\nBcc: x@example.com",
        "ada@example.com>, <x@example.com",
        "ada b@example.com",
        "ada@exa mple.com",
        "ada",
        "@example.com",
        "ada@",
        "",
        "a" * 65 + "@example.com",
        "ada@" + "ü" * 80 + ".example",
    ],
)
def test_what_is_no_address_is_refused(email: str):
    """An address that could be more than one, or none, is refused in words without it."""
    with pytest.raises(MailFieldError) as caught:
        build(to=Mailbox("Ada", email))
    assert not email or email not in caught.value.detail


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x",
        "https://a.example/>\r\nBcc: x",
        "https://a.example/ b",
        "https://a/" + "x" * 999,
    ],
)
def test_what_is_no_url_is_refused(url: str):
    """The address of the way out cannot carry another field."""
    with pytest.raises(MailFieldError):
        build(unsubscribe_url=url)


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "", "a b", "é", "x" * 300])
def test_identifiers_are_checked(value: str):
    """List, feedback and message ids are letters, digits and a few signs."""
    with pytest.raises(MailFieldError):
        MailFrame(sender=SENDER, list_id=value or " ")
    with pytest.raises(MailFieldError):
        MailFrame(sender=SENDER, feedback_id=value or " ")
    if value:
        with pytest.raises(MailFieldError):
            build(message_id=value)
