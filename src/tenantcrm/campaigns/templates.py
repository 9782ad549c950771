"""The findings about templates, kept: saving and activating ask about the same ones again."""

import hashlib
from collections import OrderedDict
from threading import Lock

from tenantcrm.campaigns.rendering import check_template
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.errors import FieldError

CAPACITY = 2048


class _Findings:
    """What was found in the templates asked about last, by their digest; safe between threads."""

    def __init__(self) -> None:
        self.kept: OrderedDict[bytes, list[FieldError]] = OrderedDict()
        self.lock = Lock()


_findings = _Findings()


def template_faults(message: MessageInput) -> list[FieldError]:
    """What is wrong with a message's templates; checking anew takes about 10 ms, at most seconds.

    The pointers are relative to the message.
    """
    parts = (message.subject, message.preheader, message.format.value, message.html_template)
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    key = digest.digest()
    with _findings.lock:
        if key in _findings.kept:
            _findings.kept.move_to_end(key)
            return _findings.kept[key]
    found = check_template(
        subject=message.subject,
        html_template=message.html_template,
        template_format=message.format,
        preheader=message.preheader,
    )
    with _findings.lock:
        _findings.kept[key] = found
        while len(_findings.kept) > CAPACITY:
            _findings.kept.popitem(last=False)
    return found
