"""What is wrong with a filter, and exactly where."""

import pytest

from tenantcrm.contacts.filters import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH, FilterError, parse
from tenantcrm.errors import InvalidError

CONDITION, COMPARISON, VALUE = "a condition", "a comparison", "a value"
NEXT = "AND, OR or the end of the filter"
END = "the end of the filter"


def refused(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "position", "found", "expected"),
    [
        # Something is missing.
        ("language", 8, END, COMPARISON),
        ("language = ", 11, END, VALUE),
        ("language = en AND", 17, END, CONDITION),
        ("NOT", 3, END, CONDITION),
        ("()", 1, ")", CONDITION),
        ("(a = 1", 6, END, "AND, OR or a closing )"),
        ("(a = 1 OR b = 2", 15, END, "OR or a closing )"),
        ("a = 1)", 5, ")", NEXT),
        ("= en", 0, "=", CONDITION),
        ('"Ada"', 0, '"', CONDITION),
        ('name = "Ada', 7, END, 'a closing " for the text that begins here'),
        ("name = 'Ada\"", 7, END, "a closing ' for the text that begins here"),
        # Something is too much.
        ("a = 1 b = 2", 6, "b", NEXT),
        ("name = Ada Lovelace", 11, "Lovelace", NEXT),
        ("a = 1 AND AND b = 2", 10, "AND", CONDITION),
        ("AND a = 1", 0, "AND", CONDITION),
        ("a = b = c", 6, "=", NEXT),
        ("a == b", 3, "=", VALUE),
        ("a <> b", 3, ">", VALUE),
        ("a = 1 && b = 2", 6, "&&", NEXT),
        ("a = x, y", 5, ",", NEXT),
        ("a in (1, 2)", 2, "in", COMPARISON),
        ("a is null", 2, "is", COMPARISON),
        ("first-name = Ada", 5, "-name", COMPARISON),
        # AND and OR meet.
        ("a=1 AND b=2 OR c=3", 12, "OR", "parentheses where AND and OR meet"),
        ("a=1 or b=2 and c=3", 11, "and", "parentheses where AND and OR meet"),
        ("x=0 OR (a=1 AND b=2 OR c=3)", 20, "OR", "parentheses where AND and OR meet"),
        # Values.
        ("a = or", 4, "or", VALUE),
        ("a = AND;", 4, "AND", VALUE),
        ("a = “pro”", 4, "“", VALUE),
        ("a = \x07", 4, "U+0007", VALUE),
        (r"a = 'x\n'", 6, r"\n", "one of"),
        ("a > x*", 4, "x*", "a value without * after >"),
        ('a <= "*"', 5, '"*"', "a value without * after <="),
        ("a > 2026-02-30", 4, "2026-02-30", "a date"),
        ("created_at > yesterday", 13, "yesterday", "a date"),
        ("created_at = 2026*", 13, "2026*", "a date"),
        ("updated_at:5", 11, "5", "a date"),
        ("status = active", 9, "active", "a status: subscribed, unsubscribed, bounced, complained"),
        ("status != 1", 10, "1", "a status"),
        # Names.
        ("Language = en", 0, "Language", "the name of a field or an attribute"),
        ("_x = 1", 0, "_x", "the name of"),
        ("état = 1", 0, "état", "the name of"),
        (f"{'a' * 65} = 1", 0, "a" * 40 + "…", "the name of"),
        ("contact.plan = pro", 0, "contact.plan", "the name of"),
        ("a = 1 AND attributes.a.b = 1", 10, "attributes.a.b", "the name of"),
        ("attributes. = 1", 0, "attributes.", "the name of"),
        # Characters that no contact can have.
        ("a = x\x00", 5, "U+0000", "characters that a contact can have"),
        ('a = "\ud83d"', 5, "U+D83D", "characters that a contact can have"),
    ],
)
def test_place_and_words(text: str, position: int, found: str, expected: str):
    """Each fault has its offset, what stands there, and what was expected."""
    fault = refused(text)
    assert (fault.position, fault.found) == (position, found)
    assert fault.expected.startswith(expected)
    assert (fault.line, fault.column) == (1, position + 1)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a == 1", "One = is enough."),
        ("a = or", 'Put it in quotes to mean the word itself: "or".'),
        ("a=1 AND b=2 OR c=3", "Write (a AND b) OR c, or a AND (b OR c)."),
        ("Language = en", "Did you mean language?"),
        ("a=1 && b=2", "Write AND."),
        ("a=1 | b=2", "Write OR."),
        ("ada", "A word alone is not searched for; name:ada searches names."),
    ],
)
def test_a_hint_says_how_to_go_on(text: str, hint: str):
    """Common slips get the way out in the message."""
    assert refused(text).detail.endswith(hint)


def test_lines_and_columns():
    """Line and column count from 1; the offset counts from 0 over all lines."""
    fault = refused("a = 1\nAND b = 2\nOR c = 3")
    assert (fault.position, fault.line, fault.column) == (16, 3, 1)
    assert "line 3, column 1" in fault.detail


def test_reaches_the_api():
    """The error is a 422 with a pointer, and with its place as facts beside the words."""
    fault = refused("a == 1")
    assert isinstance(fault, InvalidError)
    assert fault.status == 422
    (error,) = fault.errors
    assert (error.pointer, error.code) == ("/filter", "invalid_filter")
    assert error.message == (
        'Expected a value such as en, 42 or "two words", but found = (column 4). One = is enough.'
    )
    assert fault.extra == {
        "position": 3,
        "line": 1,
        "column": 4,
        "found": "=",
        "expected": 'a value such as en, 42 or "two words"',
    }


def test_the_pointer_is_the_callers():
    """The same fault can be told of another input."""
    fault = refused("a == 1")
    moved = fault.at("/contact_filter")
    assert moved.errors[0].pointer == "/contact_filter"
    assert moved.errors[0].message == fault.errors[0].message
    assert moved.extra == fault.extra


def test_length_limit():
    """The longest filter is read; one character more is refused there."""
    text = f"a = {'x' * (MAX_LENGTH - 4)}"
    parse(text)
    fault = refused(text + "x")
    assert (fault.position, fault.expected) == (MAX_LENGTH, "at most 10,000 characters")


def test_condition_limit():
    """A hundred conditions are read; the next is refused at its comparison."""
    text = " OR ".join(["a=1"] * MAX_CONDITIONS)
    parse(text)
    fault = refused(text + " OR a=1")
    assert (fault.position, fault.expected) == (len(text) + 5, "at most 100 conditions")


@pytest.mark.parametrize("level", ["(", "NOT ", "-", "-("])
def test_depth_limit(level: str):
    """Parentheses and NOTs are refused where they go too deep, also thousands of them."""
    allowed = MAX_DEPTH // (len(level) if level == "-(" else 1)
    deep = level * allowed + "a=1" + ")" * (level.count("(") * allowed)
    parse(deep)
    parse(" AND ".join([deep] * 3))
    for times in (allowed + 1, 2500):
        fault = refused(level * times)
        assert fault.position == len(level) * allowed
        assert "32 levels" in fault.expected
