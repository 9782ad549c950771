"""Verification of an SNS message as AWS's documentation tells it, with the certificate's own key.

Written from the developer guide alone ("Verifying the signatures of Amazon SNS messages"), with
OpenSSL's command in the place of a library: nothing here is shared with what signs.
"""

import base64
import subprocess
from pathlib import Path
from typing import Any

import httpx

NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
DIGESTS = {"1": "-sha1", "2": "-sha256"}


def canonical(message: dict[str, Any]) -> bytes:
    names = NOTIFICATION if message["Type"] == "Notification" else CONFIRMATION
    text = ""
    for name in names:
        if name == "Subject" and name not in message:
            continue
        text += name + "\n"
        text += message[name] + "\n"
    return text.encode()


def is_right(message: dict[str, Any], folder: Path) -> bool:
    """Whether the signature is of the key in the certificate that the message names."""
    answer = httpx.get(message["SigningCertURL"], trust_env=False)
    assert answer.status_code == 200, answer.text
    (folder / "certificate.pem").write_bytes(answer.content)
    key = subprocess.run(
        ["openssl", "x509", "-in", "certificate.pem", "-pubkey", "-noout"],
        cwd=folder,
        capture_output=True,
        check=True,
    ).stdout
    (folder / "key.pem").write_bytes(key)
    (folder / "signature").write_bytes(base64.b64decode(message["Signature"]))
    (folder / "text").write_bytes(canonical(message))
    digest = DIGESTS[message["SignatureVersion"]]
    verified = subprocess.run(
        ["openssl", "dgst", digest, "-verify", "key.pem", "-signature", "signature", "text"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return verified.returncode == 0
