"""The simulator's own HTTP: what of the protocol its clients may rely on."""

import socket

import pytest

from tests.sandbox.ses.running import Running


def talk(ses: Running, *pieces: bytes, ends: bool = True) -> bytes:
    """Send pieces one after another; everything that came back until the server closed."""
    with socket.create_connection(("127.0.0.1", ses.port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        if ends:
            client.shutdown(socket.SHUT_WR)
        received = b""
        while more := client.recv(65536):
            received += more
        return received


def test_requests_one_behind_the_other(ses):
    """Requests sent ahead are answered in their order."""
    one = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    other = b"GET /v2/email/account HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    received = talk(ses, one + one + other, ends=False)
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.index(b"ok") < received.index(b"SendQuota")


def test_a_request_in_pieces(ses):
    """A request may come byte by byte."""
    request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    received = talk(ses, *(request[n : n + 1] for n in range(len(request))), ends=False)
    assert received.endswith(b"\r\n\r\nok")


def test_the_end_of_the_clients_half(ses):
    """A client that has no more to say still gets its answer."""
    received = talk(ses, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert received.endswith(b"ok")


def test_continue(ses):
    """A client that waits to send its body is told to go on."""
    head = (
        b"POST /v2/email/outbound-emails HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
        b"connection: close\r\ncontent-length: 2\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", ses.port), timeout=10) as client:
        client.sendall(head)
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: 9999999999\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\na: " + b"x" * 70_000, b"431"),
    ],
)
def test_what_is_no_request(ses, request_, status):
    """What is not understood is answered once, and the connection ends."""
    assert talk(ses, request_).startswith(b"HTTP/1.1 " + status)


def test_head(ses):
    """HEAD answers with headers alone, and the connection goes on."""
    asked = b"HEAD /inbox/static/inbox.css HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    received = talk(ses, asked + last, ends=False)
    head, _, rest = received.partition(b"\r\n\r\n")
    assert b"content-length" in head.lower()
    assert rest.startswith(b"HTTP/1.1 200")


def test_a_path_with_letters(ses):
    """A path is read as UTF-8, percent signs decoded."""
    answer = ses.http.get("/v2/email/identities/z%C3%BCrich.example")
    assert answer.status_code == 400
    assert "zürich.example" in answer.json()["message"]


def test_a_client_that_leaves_early(ses):
    """A client that goes in the middle of a long answer costs nobody else theirs."""
    with socket.create_connection(("127.0.0.1", ses.port), timeout=10) as client:
        client.sendall(b"GET /inbox/messages HTTP/1.1\r\nhost: x\r\n\r\n")
        client.recv(10)
    assert ses.http.get("/healthz").text == "ok"
