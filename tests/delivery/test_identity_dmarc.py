"""DMARC: records are read, the one that covers a domain is found, advice is in plain words."""

import pytest

from tenantcrm.delivery.identities.advice import advise
from tenantcrm.delivery.identities.dmarc import Policy, covering, parse
from tenantcrm.delivery.identities.findings import RecordState
from tenantcrm.delivery.identities.lookups import Found, Lookup

NOTHING = Lookup(Found.NO_NAME)


def at(**texts: str | tuple[str, ...]) -> dict[str, Lookup]:
    """What stands at ``_dmarc.`` of the three names, by their first label."""
    names = {"news": "news.shop.example.com", "shop": "shop.example.com", "top": "example.com"}
    looked = dict.fromkeys(names.values(), NOTHING)
    for key, text in texts.items():
        values = (text,) if isinstance(text, str) else text
        looked[names[key]] = Lookup(Found.ANSWERED, values)
    return looked


def policy(**texts: str | tuple[str, ...]) -> Policy:
    looked = at(**texts)
    return covering(list(looked), looked)


def test_a_whole_record():
    """Every tag that matters is read; tags nobody knows do no harm."""
    read = parse(
        "v=DMARC1; p=quarantine; sp=reject; rua=mailto:a@x.com,mailto:b@y.com!10m; "
        "adkim=s; aspf=r; fo=1; pct=50; new=thing;"
    )
    assert read.good
    assert (read.policy, read.subdomains) == ("quarantine", "reject")
    assert read.reports == ("mailto:a@x.com", "mailto:b@y.com!10m")
    assert (read.strict_dkim, read.strict_spf, read.testing) == (True, False, False)


def test_reports_stand_in_for_a_policy():
    """Where reports are asked for, a record without p= is one of p=none (RFC 7489, 6.6.3)."""
    assert parse("v=DMARC1; rua=mailto:a@x.com").policy == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v=DMARC1", "it has no p="),
        ("v=dmarc1; p=none", "does not begin with v=DMARC1"),
        ("p=none; v=DMARC1", "does not begin with v=DMARC1"),
        ("v=DMARC1; p=block", "p=block is none of"),
        ("v=DMARC1; p=none; sp=maybe", "sp=maybe is none of"),
        ("v=DMARC1; p=none; adkim=x", "adkim=x is neither"),
        ("v=DMARC1; p=none; rua=dmarc@x.com", "is no mailto: address"),
        ("v=DMARC1; p=none; p=reject", "p= stands twice"),
        ("v=DMARC1 p=none", "does not begin with v=DMARC1"),
        ("v=DMARC1; p=none; nonsense", "“nonsense” is not of the form"),
    ],
)
def test_broken_records_are_named(text: str, words: str):
    """What is wrong with a record is said."""
    read = parse(text)
    assert not read.good
    assert any(words in fault for fault in read.faults), read.faults


def test_own_record_wins():
    """A domain's own record covers it, with p= and not sp=."""
    found = policy(news="v=DMARC1; p=none; sp=reject", top="v=DMARC1; p=reject")
    assert (found.at, found.inherited, found.applied) == ("news.shop.example.com", False, "none")


def test_organisational_domain():
    """Without one, the record highest up the tree does, with sp= where it has one."""
    found = policy(shop="v=DMARC1; p=none", top="v=DMARC1; p=reject; sp=quarantine")
    assert (found.at, found.inherited, found.applied) == ("example.com", True, "quarantine")
    assert policy(top="v=DMARC1; p=reject").applied == "reject"


def test_the_tree_says_where_it_ends():
    """psd=n marks the top of an organisation; psd=y is a registry's, which covers nobody."""
    assert policy(shop="v=DMARC1; p=none; psd=n", top="v=DMARC1; p=reject").at == "shop.example.com"
    assert policy(top="v=DMARC1; p=reject; psd=y").at == ""


def test_nobody_could_say():
    """A server that fails is not a record that is missing."""
    looked = at() | {"news.shop.example.com": Lookup(Found.UNKNOWN, words="it is silent")}
    found = advise("x", covering(list(looked), looked), signed=True, mail_from=True)
    assert found.state is RecordState.UNKNOWN
    assert "Could not look" in found.advice[0].text


def test_other_texts_are_no_policy():
    """A TXT record of somebody else's at the name is not taken for a policy."""
    assert policy(news="google-site-verification=abc").at == ""


@pytest.mark.parametrize(
    ("texts", "signed", "state", "words"),
    [
        ({}, True, "missing", "Gmail and Yahoo ask"),
        (
            {"news": ("v=DMARC1; p=none", "v=DMARC1; p=reject")},
            True,
            "different",
            "2 DMARC records",
        ),
        ({"news": "v=DMARC1; p=nope"}, True, "different", "is broken"),
        ({"news": "v=DMARC1; p=none"}, True, "found", "only reported"),
        ({"news": "v=DMARC1; p=reject; t=y"}, True, "found", "only reported"),
        ({"news": "v=DMARC1; p=none"}, True, "found", "rua=mailto:dmarc@news.shop.example.com"),
        ({"news": "v=DMARC1; p=reject"}, True, "found", "not yours is refused"),
        ({"news": "v=DMARC1; p=reject"}, False, "found", "Do not send before"),
        ({"news": "v=DMARC1; p=quarantine"}, True, "found", "spam folders"),
        ({"top": "v=DMARC1; p=none"}, True, "found", "follows the DMARC record of example.com"),
        ({"news": "v=DMARC1; p=none; adkim=s"}, True, "found", "adkim=s"),
        ({"news": "v=DMARC1; p=none; aspf=s"}, True, "found", "aspf=s"),
        ({"news": "v=DMARC1; p=none"}, True, "found", "signature alone until"),
    ],
)
def test_advice(texts: dict[str, str], signed: bool, state: str, words: str):
    """Each situation has its sentence."""
    finding = advise("news.shop.example.com", policy(**texts), signed=signed, mail_from=False)
    assert finding.state == state
    assert any(words in one.text for one in finding.advice), finding.advice


def test_advice_gives_a_record_to_copy():
    """Where a record is missing or broken, a sound one stands beside the words."""
    (advice,) = advise("example.com", Policy(), signed=True, mail_from=True).advice
    assert advice.name == "_dmarc.example.com"
    assert parse(advice.record).good
