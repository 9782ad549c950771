"""An SES that says yes after 50 ms, over TLS, in a process of its own.

``python -m benchmarks.slow_ses FOLDER`` writes its certificate to ``FOLDER/ses.pem``.
"""

import asyncio
import ssl
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ANSWER = b'{"MessageId":"0100000000000000-bench"}'
ENTRY = b'{"Status":"SUCCESS","MessageId":"0100000000000000-bench"}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
LATENCY = 0.05


class Connection(asyncio.Protocol):
    """One client; requests come one after another."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.missing = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self.parts:
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            self.missing = length - len(body)
        else:
            self.missing -= len(data)
        self.parts.append(data)
        if self.missing <= 0:
            asyncio.get_running_loop().call_later(LATENCY, self.answer, b"".join(self.parts))
            self.parts.clear()

    def answer(self, request: bytes) -> None:
        if self.transport.is_closing():
            return
        body = ANSWER
        if b"bulk" in request[:100]:
            entries = request.count(b'"ReplacementTags"')
            body = b'{"BulkEmailEntryResults":[%b]}' % b",".join([ENTRY] * entries)
        self.transport.write(RESPONSE % (len(body), body))


def certificate(path: Path) -> ssl.SSLContext:
    """A context with a certificate of this address, which is written to ``path``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = path.with_suffix(".key")
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return context


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(
        Connection,
        "127.0.0.1",
        0,
        backlog=1024,
        ssl=certificate(Path(sys.argv[1]) / "ses.pem"),
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.platform == "win32":
        asyncio.run(main())
    else:
        import uvloop

        uvloop.run(main())
