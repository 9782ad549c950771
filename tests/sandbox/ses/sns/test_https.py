import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.sandbox.ses.endpoint import listening
from tests.sandbox.ses.running import running
from tests.sandbox.ses.told import service


@pytest.fixture
def certificate(tmp_path):
    """A certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    place = tmp_path / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return place


async def test_over_https(certificate, monkeypatch):
    """An endpoint whose certificate is trusted is posted to over HTTPS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running() as ses, listening(tls=context) as endpoint:
        async with service(ses, "sns") as sns:
            topic = (await sns.create_topic(Name="secret"))["TopicArn"]
            await sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=endpoint.url)
            asked = endpoint.wait(lambda: endpoint.of("SubscriptionConfirmation"))[0].document
            httpx.get(asked["SubscribeURL"], trust_env=False)
            await sns.publish(TopicArn=topic, Message="x")
        assert endpoint.wait(lambda: endpoint.of("Notification"))[0].document["Message"] == "x"
