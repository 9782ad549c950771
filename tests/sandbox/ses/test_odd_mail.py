"""Mail that is not as it should be is kept as it came and shown as well as can be."""

from email.message import EmailMessage

import pytest

from tests.sandbox.ses.running import Running, raw

HEAD = b"From: hi@example.com\r\nSubject: Odd\r\nMIME-Version: 1.0\r\n"


async def arrived(ses: Running, client, to: str, mail: bytes) -> dict[str, str]:
    """Send it, see that every page of it opens, and give what a script reads."""
    await client.send_email(**raw(mail, to))
    [found] = ses.messages(to=to)
    assert ses.http.get("/inbox", params={"to": to}).status_code == 200
    for show in ("", "html", "text", "headers", "source"):
        answer = ses.http.get(f"/inbox/{found['id']}", params={"show": show})
        assert answer.status_code == 200
    assert ses.http.get(f"/inbox/{found['id']}/html").status_code == 200
    source = ses.http.get(found["raw_url"]).content
    assert source.endswith(mail.split(b"\r\n\r\n", 1)[-1])
    return found


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        (b"utf-8", "Grüße".encode(), "Grüße"),
        (b"iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        (b"us-ascii", "Grüße".encode(), "Grüße"),
        (b"us-ascii", "Grüße".encode("cp1252"), "Gr��e"),
        (b"utf-8", "Grüße".encode("latin-1"), "Gr��e"),
        (b"klingon", "Grüße".encode(), "Grüße"),
        (b"klingon", "“Grüße”".encode("cp1252"), "“Grüße”"),
        (b"rot13", b"Hello", "Hello"),
        (b'"\x00"', b"Hello", "Hello"),
        (b"unicode_escape", b"\\ud800!", "?!"),
        (b"shift_jis", "こんにちは".encode("shift_jis"), "こんにちは"),
        (b"utf-8*en", "Grüße".encode(), "Grüße"),
    ],
)
async def test_charsets(ses, client, someone, charset, body, text):
    """A charset that is wrong, unknown or missing costs letters at worst, never the mail."""
    mail = HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + body
    found = await arrived(ses, client, someone, mail)
    assert found["text"] == text


async def test_no_charset_at_all(ses, client, someone):
    """8-bit text without a declared charset is read as UTF-8, or as Windows would."""
    assert (await arrived(ses, client, someone, HEAD + "\r\nGrüße".encode()))["text"] == "Grüße"
    other = f"o-{someone}"
    found = await arrived(ses, client, other, HEAD + b"\r\nGr\xfc\xdfe")
    assert found["text"] == "Grüße"


async def test_html_alone(ses, client, someone):
    """A mail without a text part has an empty text, and its page says so."""
    mail = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello"
    found = await arrived(ses, client, someone, mail)
    assert (found["html"], found["text"]) == ("<p>Hello", "")
    assert "has no text part" in ses.http.get(f"/inbox/{found['id']}?show=text").text


async def test_an_empty_body(ses, client, someone):
    """A mail of headers alone arrives."""
    found = await arrived(ses, client, someone, HEAD + b"\r\n")
    assert (found["html"], found["text"], found["subject"]) == ("", "", "Odd")


async def test_garbage(ses, client, someone):
    """Every byte there is, in the body and in a header, comes back unchanged in the source."""
    garbage = bytes(range(256)) * 20
    mail = HEAD + b"X-Garbage: \xff\x00\x80=?utf-8?b?!!!?=\r\n\r\n" + garbage
    found = await arrived(ses, client, someone, mail)
    assert found["headers"]["X-Garbage"]
    assert ses.http.get(found["raw_url"]).content.endswith(garbage)


@pytest.mark.parametrize(
    "body",
    [
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nno end',
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nno boundary",
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\nno parts',
        b"Content-Type: nonsense\r\n\r\nHello",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nabc!",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n\r\nHello",
        b"Content-Type: text/html; charset=utf-8;;=\r\n\r\n<b>",
        b"Content-Disposition: attachment; filename*0*=x''%ff; filename*1=y\r\n\r\nHello",
        b"Content-Disposition: \xff\xfe; filename=\xff\r\n\r\nHello",
        b"Content-Type: message/rfc822\r\n\r\nFrom: x@y\r\nSubject: inner\r\n\r\nHello",
        b"Content-Type: message/rfc822\r\n\r\n",
    ],
)
async def test_broken_structure(ses, client, someone, body):
    """Parts that contradict each other, or are cut off, are shown as far as they go."""
    await arrived(ses, client, someone, HEAD + body)


async def test_a_thousand_parts_in_each_other(ses, client, someone):
    """Nesting that no mail program would make does not bring the reader down."""
    mail = b"From: hi@example.com\r\n"
    for level in range(1000):
        mail += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
    await client.send_email(**raw(mail + b"\r\nHello", someone))
    [found] = ses.messages(to=someone)
    assert ses.http.get(f"/inbox/{found['id']}").status_code == 200


async def test_attachments(ses, client, someone):
    """Files are listed by name and come back whole; a text file is no text of the mail."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "hi@example.com", "Files"
    mail.set_content("The text")
    mail.add_alternative("<p>The HTML</p>", subtype="html")
    mail.add_attachment("not the text", filename="../notes.txt")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Speise karte ü")
    found = await arrived(ses, client, someone, mail.as_bytes())
    assert (found["text"].strip(), found["html"].strip()) == ("The text", "<p>The HTML</p>")
    answer = ses.http.get(f"/inbox/{found['id']}/attachments/1")
    assert answer.content == b"%PDF"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].endswith(
        "filename*=UTF-8''Speise%20karte%20%C3%BC"
    )
    assert ses.http.get(f"/inbox/{found['id']}/attachments/2").status_code == 404


async def test_pictures_that_came_along(ses, client, someone):
    """A picture that the HTML names by its Content-ID is put into the page."""
    mail = EmailMessage()
    mail["From"] = "hi@example.com"
    mail.set_content("text")
    mail.add_alternative('<img src="cid:logo@x"><img src="cid:none">', subtype="html")
    html = mail.get_payload()[1]
    html.add_related(b"GIF89a", maintype="image", subtype="gif", cid="<logo@x>")
    found = await arrived(ses, client, someone, mail.as_bytes())
    page = ses.http.get(f"/inbox/{found['id']}/html").text
    assert 'src="data:image/gif;base64,R0lGODlh"' in page
    assert 'src="cid:none"' in page


# The client reminds its caller of streams, which the SDK gives it no way to use.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_five_megabytes(ses, client, someone):
    """A large mail arrives whole; its pages show the beginning and say that there is more."""
    body = b"All work and no play makes a dull mail.\r\n" * 130_000
    found = await arrived(ses, client, someone, HEAD + b"\r\n" + body)
    assert len(found["text"]) == len(body.replace(b"\r\n", b"\n"))
    page = ses.http.get(f"/inbox/{found['id']}?show=text").text
    assert len(page) < 1_000_000
    assert "The rest is left out here" in page
