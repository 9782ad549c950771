"""Tokens of links and keyed hashes: good for years, and only as they were made."""

import base64
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm import clock
from tenantcrm.signing import LONGEST_URL, Keyring, TrackedClaim, UnsubscribeClaim

OLD, NEW = "old-secret-" + "o" * 30, "new-secret-" + "n" * 30
KEYRING = Keyring((OLD,))
SALT, OTHER_SALT = b"s" * 16, b"t" * 16

hashes = st.binary(min_size=32, max_size=32)
claims = st.builds(UnsubscribeClaim, st.uuids(), st.uuids(), st.uuids(), hashes)
stamps = st.binary(min_size=32, max_size=32)


def soon() -> datetime:
    """A moment of the machine's clock in a minute, in whole seconds."""
    return (clock.real_now() + timedelta(minutes=1)).replace(microsecond=0)


@given(claims)
def test_an_unsubscribe_token_says_what_was_signed(claim: UnsubscribeClaim):
    """The tenant can be told first, and with its salt the rest; the token fits a URL."""
    token = KEYRING.sign_unsubscribe(claim, SALT)
    assert Keyring.tenant_of(token) == claim.tenant_id
    assert KEYRING.read_unsubscribe(token, SALT) == claim
    assert len(token) == 130
    assert token.replace("-", "").replace("_", "").isalnum()


@given(claims, st.integers(0, 96), st.integers(1, 255))
def test_no_byte_of_an_unsubscribe_token_can_be_changed(
    claim: UnsubscribeClaim, place: int, change: int
):
    """Any other byte in any place, also another tenant's id, and the token is worth nothing."""
    raw = bytearray(base64.urlsafe_b64decode(KEYRING.sign_unsubscribe(claim, SALT) + "=="))
    raw[place] ^= change
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert KEYRING.read_unsubscribe(forged, SALT) is None


@given(claims, st.integers(0, 129), st.characters(codec="ascii"))
def test_no_character_of_an_unsubscribe_token_can_be_changed(
    claim: UnsubscribeClaim, place: int, character: str
):
    """A token has one spelling: the spare bits of base64 cannot be set either."""
    token = KEYRING.sign_unsubscribe(claim, SALT)
    forged = token[:place] + character + token[place + 1 :]
    if forged != token:
        assert KEYRING.read_unsubscribe(forged, SALT) is None


@given(claims)
def test_another_tenants_salt_verifies_nothing(claim: UnsubscribeClaim):
    """A link is one tenant's: under the salt of another it is as good as forged."""
    token = KEYRING.sign_unsubscribe(claim, SALT)
    assert KEYRING.read_unsubscribe(token, OTHER_SALT) is None
    assert Keyring((NEW,)).read_unsubscribe(token, SALT) is None


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_rubbish_is_no_token(text: str):
    """Whatever is sent in the place of a token is refused without an error."""
    assert Keyring.tenant_of(text) is None
    assert KEYRING.read_unsubscribe(text, SALT) is None
    assert KEYRING.read_user_token("reset", text) is None


@pytest.mark.parametrize(
    "text",
    ["", "=", "a" * 130, "A" * 1_000_000, "é" * 130, "\x00" * 130, "\ud800" * 130, " " * 130],
)
def test_malformed_tokens_are_no_tokens(text: str):
    """Empty, huge, not ASCII, not base64: all the same."""
    assert Keyring.tenant_of(text) is None
    assert KEYRING.read_unsubscribe(text, SALT) is None
    assert KEYRING.read_user_token("reset", text) is None


@given(claims, stamps)
def test_rotation_keeps_old_links_good(claim: UnsubscribeClaim, stamp: bytes):
    """A new first secret signs; what the old one signed is still read."""
    rotated = Keyring((NEW, OLD))
    old = KEYRING.sign_unsubscribe(claim, SALT)
    assert rotated.read_unsubscribe(old, SALT) == claim
    assert rotated.sign_unsubscribe(claim, SALT) != old
    assert KEYRING.read_unsubscribe(rotated.sign_unsubscribe(claim, SALT), SALT) is None
    person = KEYRING.sign_user_token("reset", claim.contact_id, soon(), stamp)
    assert rotated.read_user_token("reset", person) is not None


@given(st.emails())
def test_hashes_of_addresses_outlive_rotation(email: str):
    """The oldest secret keys the hashes, so that what is stored stays comparable."""
    before = KEYRING.email_hash(SALT, email)
    assert len(before) == 32
    assert Keyring((NEW, OLD)).email_hash(SALT, email) == before
    assert KEYRING.email_hash(OTHER_SALT, email) != before
    assert KEYRING.email_hash(SALT, email + "x") != before


def test_the_fingerprint_tells_the_hash_key_alone():
    """It stays over a rotation, changes with the oldest secret, and shows no part of it."""
    print_of = KEYRING.fingerprint_of_hash_key()
    assert Keyring((NEW, OLD)).fingerprint_of_hash_key() == print_of
    assert Keyring((OLD, NEW)).fingerprint_of_hash_key() != print_of
    assert print_of not in OLD


def test_purposes_have_keys_of_their_own():
    """A key for one purpose or tenant tells nothing of another's."""
    found = {KEYRING.derive(salt, purpose)[0] for salt in (SALT, OTHER_SALT) for purpose in "ab"}
    assert len(found) == 4
    assert all(len(key) == 32 for key in found)


@given(st.uuids(), stamps)
def test_a_persons_token_says_who_until_when_and_what_for(user_id: UUID, stamp: bytes):
    """It is read for its purpose alone, with the stamp that makes it work once."""
    until = soon()
    token = KEYRING.sign_user_token("reset", user_id, until, stamp)
    claim = KEYRING.read_user_token("reset", token)
    assert claim is not None
    assert (claim.user_id, claim.expires_at, claim.stamp) == (user_id, until, stamp)
    assert KEYRING.read_user_token("verify", token) is None
    assert KEYRING.read_unsubscribe(token, SALT) is None


@given(st.integers(0, 72), st.integers(1, 255))
def test_no_byte_of_a_persons_token_can_be_changed(place: int, change: int):
    """Neither who, nor when, nor the stamp."""
    token = KEYRING.sign_user_token("reset", uuid4(), soon(), os.urandom(32))
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place] ^= change
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert KEYRING.read_user_token("reset", forged) is None


def test_a_persons_token_expires():
    """After its time, by the machine's clock, it is worth nothing."""
    token = KEYRING.sign_user_token("reset", uuid4(), datetime(2020, 1, 1, tzinfo=UTC))
    assert KEYRING.read_user_token("reset", token) is None


def test_a_keyring_needs_a_secret():
    """Without a secret nothing is signed."""
    with pytest.raises(ValueError, match="at least one"):
        Keyring(())


tracked = st.builds(
    TrackedClaim,
    st.uuids(),
    st.uuids(),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=LONGEST_URL),
)


def tracked_token(claim: TrackedClaim, keyring: Keyring = KEYRING) -> str:
    signer = keyring.signer(claim.tenant_id, claim.delivery_id)
    return signer.link(claim.url) if claim.url else signer.image()


@given(tracked)
def test_a_tracked_token_says_what_was_signed(claim: TrackedClaim):
    """Mail and address come back as they were; an image is no link and a link no image."""
    token = tracked_token(claim)
    right, wrong = KEYRING.read_open, KEYRING.read_click
    if claim.url:
        right, wrong = wrong, right
    assert right(token) == claim
    assert wrong(token) is None
    assert KEYRING.read_unsubscribe(token, SALT) is None


@given(tracked, st.data())
def test_no_byte_of_a_tracked_token_can_be_changed(claim: TrackedClaim, data: st.DataObject):
    """Another tenant, another mail, another address: nothing leads there."""
    raw = bytearray(base64.urlsafe_b64decode(tracked_token(claim) + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert KEYRING.read_click(forged) is None
    assert KEYRING.read_open(forged) is None


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.hex()))
def test_what_is_no_tracked_token(token: str):
    """Whatever else stands in an address is nothing."""
    assert KEYRING.read_click(token) is None
    assert KEYRING.read_open(token) is None


def test_tracked_tokens_outlive_a_rotation():
    """A new secret signs, the old one still verifies, and a foreign one never did."""
    claim = TrackedClaim(uuid4(), uuid4(), "https://x.example/")
    token = tracked_token(claim)
    assert Keyring((NEW, OLD)).read_click(token) == claim
    assert Keyring((NEW,)).read_click(token) is None


def test_a_tracked_token_has_a_longest_length():
    """A longer address is refused before anything is worked out."""
    claim = TrackedClaim(uuid4(), uuid4(), "h" * (LONGEST_URL + 1))
    assert KEYRING.read_click(tracked_token(claim)) is None
