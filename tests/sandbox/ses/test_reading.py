"""Reading mail: whatever the bytes are, there is an answer."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenantcrm.sandbox.ses.inbox.html_part import html_document
from tenantcrm.sandbox.ses.inbox.reading import read_mail

NAMES = st.sampled_from(
    [
        b"From",
        b"To",
        b"Subject",
        b"Content-Type",
        b"Content-Disposition",
        b"Content-Transfer-Encoding",
        b"Content-ID",
        b"List-Unsubscribe",
    ]
)
WORDS = st.sampled_from(
    [
        b"text/html",
        b"multipart/mixed",
        b"message/rfc822",
        b"attachment",
        b"; charset=",
        b"; boundary=x",
        b"; filename*0*=",
        b"; filename=",
        b"base64",
        b"quoted-printable",
        b"=?utf-8?q?=ff?=",
        b"=?x?b?a?=",
        b"utf-16''%ff",
        b"\r\n ",
        b'"',
    ]
)
VALUES = st.lists(WORDS | st.binary(max_size=8), max_size=6).map(b"".join)
HEADERS = st.lists(st.tuples(NAMES, VALUES).map(b": ".join), max_size=6).map(b"\r\n".join)
BODIES = st.lists(st.sampled_from([b"--x\r\n", b"--x--", b"<head>"]) | HEADERS | st.binary())
MAILS = st.tuples(HEADERS, BODIES.map(b"\r\n\r\n".join)).map(b"\r\n\r\n".join) | st.binary()


@settings(max_examples=600)
@given(MAILS)
@example(b"Content-Type: ; charset=\x00\r\n\r\n\x80")
def test_nothing_stops_the_reader(raw):
    """Any bytes are read without a fault, into text that JSON and UTF-8 can hold."""
    mail = read_mail(raw)
    json.dumps(mail.headers_by_name()).encode()
    for text in (mail.html, mail.text, html_document(mail), *mail.headers_by_name().values()):
        text.encode()
    for attachment in mail.attachments:
        attachment.name.encode()
