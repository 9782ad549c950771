"""Which domains a tenant may set up, and how they are spelled."""

from dataclasses import replace

import pytest

from tenantcrm.delivery.identities.names import (
    at_or_above,
    own_domains,
    read_domain,
    read_label,
    shown,
)
from tenantcrm.errors import InvalidError
from tenantcrm.settings import Settings


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("hi@news.example.com", "news.example.com"),
        ("https://www.example.com/contact", "www.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("shop.example.co.uk", "shop.example.co.uk"),
        ("ドメイン.jp", "xn--eckwd4c7c.jp"),
    ],
)
def test_one_spelling(typed: str, name: str):
    """However it is typed, a domain is kept in lower case and ASCII."""
    assert read_domain(typed) == name


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is needed"),
        ("com", "Anybody may have a domain under com"),
        ("co.uk", "Anybody may have a domain under co.uk"),
        ("com.au", "Anybody may have"),
        ("github.io", "Anybody may have"),
        ("gmail.com", "mailbox provider"),
        ("mail.yahoo.co.uk", "mailbox provider"),
        ("127.0.0.1", "address of a machine"),
        ("example.local", ".local"),
        ("shop.test", ".test"),
        ("a b.com", "not a domain"),
        ("-a.com", "not a domain"),
        ("a_b.com", "not a domain"),
        ("a..com", "not a domain"),
        ("*.example.com", "not a domain"),
        ("x" * 64 + ".com", "not a domain"),
        (".".join(["a" * 60] * 4) + ".com", "not a domain"),
        ("crm.operator.com", "belongs to this service"),
        ("eu.crm.operator.com", "belongs to this service"),
    ],
)
def test_refused_in_words(typed: str, words: str):
    """What cannot be a single business's own is refused, and the words say why."""
    with pytest.raises(InvalidError) as refused:
        read_domain(typed, installation={"crm.operator.com"})
    assert words in refused.value.detail
    assert refused.value.errors[0].pointer == "/name"


def test_a_domain_above_the_installations_is_free():
    """Who runs the service for themselves sends from their own domain, not from the service's."""
    assert read_domain("operator.com", installation={"crm.operator.com"}) == "operator.com"


def test_own_domains(settings: Settings):
    """The installation's own are those of its pages and of its mails; no bare IP address."""
    given = replace(
        settings, public_url="https://crm.operator.com:8443", system_sender="T <no@mail.op.com>"
    )
    assert own_domains(given) == {"crm.operator.com", "mail.op.com"}
    local = replace(given, public_url="http://127.0.0.1:8000")
    assert own_domains(local) == {"mail.op.com"}


def test_labels():
    """The label of the MAIL FROM domain is one word, with a usual one."""
    assert read_label("") == "bounce"
    assert read_label(" Mail ") == "mail"
    for wrong in ("a.b", "a_b", "-a", "ü", "a" * 64):
        with pytest.raises(InvalidError):
            read_label(wrong)


def test_names_above():
    """The names above a domain end before the top level."""
    assert at_or_above("a.b.example.com") == [
        "a.b.example.com",
        "b.example.com",
        "example.com",
    ]


def test_shown_in_its_own_letters():
    """People read a domain in its own letters; what cannot be decoded is shown as it is."""
    assert shown("xn--bcher-kva.example.com") == "bücher.example.com"
    assert shown("xn--0.example.com") == "xn--0.example.com"
