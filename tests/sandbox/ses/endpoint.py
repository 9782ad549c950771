"""An endpoint that SNS posts to: it keeps what came, and answers as it is told."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 30.0


@dataclass
class Posted:
    """One request. ``headers``: names in lower case."""

    headers: dict[str, str]
    document: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.document["Type"]

    @property
    def event(self) -> dict[str, Any]:
        """The record of SES inside."""
        return json.loads(self.document["Message"])


@dataclass
class Endpoint:
    """What listens. ``answer``: the status for a request, by how many came before."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answer: Callable[[int, Posted], int] = lambda _, __: 200

    def of(self, kind: str) -> list[Posted]:
        """What came of one type."""
        return [one for one in self.posted if one.kind == kind]

    def events(self) -> list[dict[str, Any]]:
        """The records of SES that came."""
        return [one.event for one in self.of("Notification")]

    def wait(self, what: Callable[[], Any], words: str = "it did not come") -> Any:
        """Wait until ``what`` gives something; gives that."""
        end = time.monotonic() + PATIENCE
        while not (found := what()):
            assert time.monotonic() < end, f"{words}: {[one.kind for one in self.posted]}"
            time.sleep(0.02)
        return found


@contextmanager
def listening(port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """An endpoint that answers until the end of the block, over HTTPS where ``tls`` is given."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        # Without keep-alive: what has ended must not go on answering on an open connection.
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            one = Posted(headers, json.loads(body))
            status = endpoint.answer(len(endpoint.posted), one)
            endpoint.posted.append(one)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scheme = "http" if tls is None else "https"
    endpoint.url = f"{scheme}://127.0.0.1:{server.server_port}/webhooks/ses"
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
