"""The short way to normalise says what the library says."""

from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantcrm.contacts.addresses import LONGEST, Address, normalise, normalise_all
from tenantcrm.errors import InvalidError

PIECES = st.sampled_from(
    [
        "a",
        "Z",
        "9",
        "-",
        "--",
        "_",
        "+",
        ".",
        "..",
        "xn--",
        "com",
        "example",
        "1",
        "x" * 30,
        "'",
        "@",
    ]
)


def by_library(text: str) -> Address | None:
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return None
    return Address(found.normalized, (found.ascii_email or "").lower())


@settings(max_examples=500)
@given(
    local=st.lists(PIECES, max_size=4).map("".join),
    domain=st.lists(PIECES, max_size=6).map("".join),
)
def test_both_ways_agree(local: str, domain: str):
    """Whatever is accepted, and its two forms, are the same by the pattern and by the library."""
    text = f"{local}@{domain}"
    try:
        found = normalise(text)
    except InvalidError:
        found = None
    assert found == (by_library(text) if len(text) <= LONGEST else None)
    emails, keys, refused = normalise_all(["ada@example.com", text])
    assert (emails[1], keys[1]) == (found or ("", ""))
    assert list(refused) == ([] if found else [1])
