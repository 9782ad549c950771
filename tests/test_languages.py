"""The words for recipients: every language says all of it."""

import re
import tomllib
from datetime import date

import pytest

from tenantcrm import languages
from tenantcrm.languages import CODES, FOLDER, accepted, choose, language

PLACES = re.compile(r"\{(\w+)\}")
OPTIONAL = {"leave_help"}
"""Texts in which a language may leave the name of the business out."""


def _texts(code: str) -> dict[str, str]:
    words = language(code)
    return {
        f"{part}.{key}": text
        for part in ("mail", "page")
        for key, text in getattr(words, part).items()
    }


def test_every_file_is_offered():
    """A file is a language of the menu, and the other way round."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_there(code: str):
    """Each language has every text of English, with the same places to fill in, and none empty."""
    english, texts = _texts("en"), _texts(code)
    assert texts.keys() == english.keys()
    for key, text in texts.items():
        assert text.strip() == text
        assert text
        assert set(PLACES.findall(text)) == set(PLACES.findall(english[key])), key
    for part in tomllib.loads((FOLDER / f"{code}.toml").read_text()).values():
        assert "{}" not in str(part)
    if code != "en":
        same = [key for key, text in texts.items() if text == english[key]]
        assert same == []


@pytest.mark.parametrize("code", CODES)
def test_dates_are_written_as_there(code: str):
    """A date is in the language's own order and words."""
    shown = {"en": "January 5, 2027", "de": "5. Januar 2027", "ja": "2027年1月5日"}
    assert shown.get(code, "2027") in language(code).day(date(2027, 1, 5))


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        ((), "en"),
        (("de-AT",), "de"),
        (("pt_BR", "de"), "pt"),
        (("xx", "", None, 7, ["de"], "ES"), "es"),
        (("../en", "en\0", "d" * 9999), "en"),
    ],
)
def test_the_first_wish_that_there_are_words_for(wishes: tuple[object, ...], chosen: str):
    """Wishes are taken in order; whatever is no language of ours is passed over."""
    assert choose(*wishes).code == chosen


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", []),
        ("de", ["de"]),
        ("en;q=0.5, fr-CH, de;q=0.9, *;q=0.1", ["fr-CH", "de", "en", "*"]),
        ("de;q=0, nl;q=x, sv;level=1, ,;", []),
        ("sv," * 5000, [*["sv"] * 333, "s"]),
    ],
)
def test_accept_language(header: str, tags: list[str]):
    """The header's tags, the most wanted first; nonsense in it is passed over."""
    assert accepted(header) == tags


def test_right_to_left():
    """Arabic says that it runs the other way."""
    assert {code for code in CODES if language(code).direction == "rtl"} == {"ar"}
    with pytest.raises(KeyError):
        languages.language("xx")
