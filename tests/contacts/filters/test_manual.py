"""That the page for users tells the truth."""

import re
from pathlib import Path

import pytest

from tenantcrm.contacts.filters import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    FilterError,
    parse,
    show,
)

PAGE = (Path(__file__).parents[3] / "docs" / "filters.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
EXAMPLES = [line for block in BLOCKS for line in block.splitlines()]
REFUSED = re.findall(r"^\| `([^`]+)` \| (Expected .+?) \|$", PAGE, re.MULTILINE)


def test_there_is_something_to_check():
    """The page still has its examples where this test looks for them."""
    assert len(EXAMPLES) >= 10
    assert len(REFUSED) >= 3


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_filters(text: str):
    """Every line of every example can be read, and written again."""
    assert parse(show(parse(text))) == parse(text)


@pytest.mark.parametrize(("text", "answer"), REFUSED)
def test_answers_are_the_real_ones(text: str, answer: str):
    """The refusals on the page are word for word what one gets."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.detail == answer


def test_limits_are_the_real_ones():
    """The page names the limits that hold."""
    limits = f"{MAX_LENGTH:,} characters, {MAX_CONDITIONS} conditions, and {MAX_DEPTH} levels"
    assert limits in PAGE
