"""API keys carry their mode, 256 random bits and a checksum."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.tenants.keys import hash_key, looks_like_key, new_api_key
from tenantcrm.tenants.models import Mode

KEY = new_api_key(Mode.LIVE)
BASE62 = string.ascii_letters + string.digits


@pytest.mark.parametrize("mode", list(Mode))
def test_a_key_shows_its_mode(mode: Mode):
    """A live key can be told from a test key at a glance, and has no sign that breaks a word."""
    key = new_api_key(mode)
    assert key.startswith(f"tcrm_{mode}_")
    assert looks_like_key(key)
    assert len(key) == 59
    assert set(key.removeprefix(f"tcrm_{mode}_")) <= set(BASE62)


def test_keys_differ():
    """No two keys are alike, nor their hashes."""
    keys = {new_api_key(Mode.TEST) for _ in range(100)}
    assert len(keys) == len({hash_key(key) for key in keys}) == 100


@given(st.integers(0, len(KEY) - 1), st.sampled_from(BASE62 + "_-é \x00"))
def test_a_mistyped_key_is_told_by_its_checksum(place: int, character: str):
    """One wrong character anywhere, and it does not look like a key."""
    wrong = KEY[:place] + character + KEY[place + 1 :]
    assert looks_like_key(wrong) == (wrong == KEY)


@given(st.text(max_size=80))
def test_rubbish_is_no_key(text: str):
    """Any other text is refused without an error."""
    assert not looks_like_key(text)
    assert not looks_like_key(f"tcrm_live_{text}")


def test_a_key_cut_or_lengthened_is_no_key():
    """Copying a part of a key, or a blank with it, is told at once."""
    assert not looks_like_key(KEY[:-1])
    assert not looks_like_key(KEY + "0")
    assert not looks_like_key(f" {KEY}")
    assert not looks_like_key(KEY.replace("live", "test"))
