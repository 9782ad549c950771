"""Which addresses are accepted, and which are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.contacts.addresses import LONGEST, normalise
from tenantcrm.delivery.headers import ascii_address
from tenantcrm.errors import InvalidError


@pytest.mark.parametrize(
    ("text", "email", "key"),
    [
        ("  Ada@Example.COM \n", "Ada@example.com", "ada@example.com"),
        ("a.b+c@example.com", "a.b+c@example.com", "a.b+c@example.com"),
        ("ada@bücher.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@shop.test", "ada@shop.test", "ada@shop.test"),
        ("ada@shop.invalid", "ada@shop.invalid", "ada@shop.invalid"),
        ("ada@shop.localhost", "ada@shop.localhost", "ada@shop.localhost"),
        ("o'brien@example.com", "o'brien@example.com", "o'brien@example.com"),
    ],
)
def test_addresses_are_trimmed_and_compared_without_case(text: str, email: str, key: str):
    """The address keeps how it is written; its key is equal for equal addresses."""
    assert normalise(text) == (email, key)


@pytest.mark.parametrize(
    "text",
    [
        "ada", "@example.com", "ada@", "ada@@example.com", "ada lovelace@example.com",
        "ada@exa mple.com", "ada@example", "ada@-example.com", "ada@example..com",
        ".ada@example.com", "ada.@example.com", '"ada l"@example.com', "Ada <ada@example.com>",
        "ada@[127.0.0.1]", "ada@example.com\r\nBcc: x@example.com", "ada\x00@example.com",
        "ada@exam\u200bple.com", "a" * 65 + "@example.com", "ada@" + "a" * 64 + ".com",
        "ada@\ud800.com", "ada@example.com,bob@example.com", "ada\u202e@example.com",
        "ada@example.123",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_words(text: str):
    """The error names the field and what was expected."""
    with pytest.raises(InvalidError) as caught:
        normalise(text)
    (fault,) = caught.value.errors
    assert (fault.pointer, fault.code) == ("/email", "invalid_email")
    assert "Expected an address such as ada@example.com" in fault.message


def test_a_name_that_is_not_ascii_is_refused_with_a_reason():
    """SES takes ASCII before the @; the words say so."""
    with pytest.raises(InvalidError) as caught:
        normalise("jörg@example.com")
    assert "before the @-sign are not supported" in caught.value.errors[0].message


def test_an_empty_address_is_asked_for():
    """Nothing at all is told apart from something wrong."""
    with pytest.raises(InvalidError) as caught:
        normalise("  ", pointer="/sender/email")
    (fault,) = caught.value.errors
    assert (fault.pointer, fault.code) == ("/sender/email", "required")


@pytest.mark.parametrize(
    "text", ["a" * 300 + "@example.com", "a@" + "b." * 130 + "com", "@" * 100_000]
)
def test_a_long_address_is_refused(text: str):
    """No mail can be sent to more than 254 characters."""
    with pytest.raises(InvalidError) as caught:
        normalise(text)
    assert caught.value.errors[0].code == "invalid_email"
    assert str(LONGEST) in caught.value.errors[0].message


@given(st.emails() | st.text(max_size=40) | st.from_regex(r"[a-zé.]{1,5}@[a-zü.-]{1,9}"))
def test_what_is_accepted_can_be_mailed(text: str):
    """Every accepted address has a form that SES takes, and is its own key's address."""
    try:
        found = normalise(text)
    except InvalidError as error:
        assert error.errors[0].message  # noqa: PT017 # either way must hold
        return
    assert ascii_address(found.email).lower() == found.key
    assert normalise(found.key).key == found.key
    assert normalise(found.email) == found
