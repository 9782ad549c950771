"""What a filter says: from text to tree."""

import pytest

from tenantcrm.contacts.filters import fields_of, parse
from tenantcrm.contacts.filters.ast import (
    And,
    Attribute,
    Comparison,
    Everything,
    Expression,
    Field,
    Literal,
    Not,
    Number,
    Operator,
    Or,
    Pattern,
    Present,
    Text,
)


def of(name: str, operator: str, literal: Literal) -> Comparison:
    return Comparison(Attribute(name), Operator(operator), literal)


A, B, C = (of(name, "=", Number("1")) for name in "abc")


@pytest.mark.parametrize("text", ["", " ", "\t\r\n  "])
def test_an_empty_filter_is_everything(text: str):
    """Nothing, or blanks alone, is every contact."""
    assert parse(text) == Everything()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("language=en", of("language", "=", Text("en"))),
        ('language = "en"', of("language", "=", Text("en"))),
        ("language='en'", of("language", "=", Text("en"))),
        ("  language\n=\ten ", of("language", "=", Text("en"))),
        ("a!=x", of("a", "!=", Text("x"))),
        ("a<x", of("a", "<", Text("x"))),
        ("a<=x", of("a", "<=", Text("x"))),
        ("a>x", of("a", ">", Text("x"))),
        ("a>=x", of("a", ">=", Text("x"))),
        ("a:x", of("a", ":", Text("x"))),
        ("status=SUBSCRIBED", Comparison(Field.STATUS, Operator.EQUAL, Text("SUBSCRIBED"))),
        ("name:ada", Comparison(Field.NAME, Operator.HAS, Text("ada"))),
        ("attributes.name:ada", of("name", ":", Text("ada"))),
        ("attributes.plan=pro", of("plan", "=", Text("pro"))),
        ("attributes.not=1", of("not", "=", Number("1"))),
        (f"{'a' * 64}=1", of("a" * 64, "=", Number("1"))),
    ],
)
def test_a_condition(text: str, tree: Expression):
    """A name, a comparison and a value, with or without blanks and quotes."""
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("9", Number("9")),
        ("-3", Number("-3")),
        ("007", Number("007")),
        ("2.50", Number("2.50")),
        ("2.997e9", Number("2.997e9")),
        ('"9"', Text("9")),
        ("9" * 31, Text("9" * 31)),
        ("1e1000", Text("1e1000")),
        ("true", Text("true")),
        ("2026-01-01", Text("2026-01-01")),
        ("2026-01-01T10:00:00Z", Text("2026-01-01T10:00:00Z")),
        ("Europe/London", Text("Europe/London")),
        ("en-GB", Text("en-GB")),
        ("O'Brien", Text("O'Brien")),
        ("android", Text("android")),
        ("日本", Text("日本")),
        ('""', Text("")),
        ('"AND"', Text("AND")),
        ('"two words"', Text("two words")),
        (r'"a \"b\" \\ \* \' c"', Text('a "b" \\ * \' c')),
        (r"'it\'s'", Text("it's")),
        ("'say \"x\"'", Text('say "x"')),
        ('"two\nlines"', Text("two\nlines")),
        ('"; DROP TABLE contacts; --"', Text("; DROP TABLE contacts; --")),
        ('"*@example.com"', Pattern(("", "@example.com"))),
        ("*@example.com", Pattern(("", "@example.com"))),
        ("ada*", Pattern(("ada", ""))),
        ("a**b***c", Pattern(("a", "b", "c"))),
        (r'"\**"', Pattern(("*", ""))),
    ],
)
def test_a_value(value: str, literal: Literal):
    """Numbers keep their spelling, quotes take escapes, a star is a wildcard."""
    assert parse(f"a = {value}") == of("a", "=", literal)


@pytest.mark.parametrize("text", ["plan:*", 'plan:"*"', "plan=*", "plan = '**'"])
def test_presence(text: str):
    """A lone wildcard asks whether there is a value."""
    assert parse(text) == Present(Attribute("plan"))


def test_absence():
    """Different from anything is not present."""
    assert parse("name != *") == Not(Present(Field.NAME))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1 AND b=1", And((A, B))),
        ("a=1 and b=1 And c=1", And((A, B, C))),
        ("a=1 OR b=1 or c=1", Or((A, B, C))),
        ("NOT a=1", Not(A)),
        ("not a=1", Not(A)),
        ("-a=1", Not(A)),
        ("- a=1", Not(A)),
        ("NOT NOT a=1", Not(Not(A))),
        ("NOT a=1 AND b=1", And((Not(A), B))),
        ("NOT (a=1 OR b=1)", Not(Or((A, B)))),
        ("-(a=1 OR b=1)", Not(Or((A, B)))),
        ("(a=1)", A),
        ("((a=1))", A),
        ("(a=1 AND b=1) OR c=1", Or((And((A, B)), C))),
        ("a=1 AND (b=1 OR c=1)", And((A, Or((B, C))))),
        ("(a=1 AND b=1)AND(c=1)", And((And((A, B)), C))),
        ("android=1 OR order_count=1 OR notes=1",
         Or(tuple(of(n, "=", Number("1")) for n in ("android", "order_count", "notes")))),
    ],
)  # fmt: skip
def test_logic(text: str, tree: Expression):
    """AND, OR, NOT and the minus sign, in any case, with parentheses."""
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("email:a AND created_at > 2026-01-01", set()),
        ("plan=pro OR NOT (seats > 9 AND name:x)", {"plan", "seats"}),
        ("attributes.name:* AND attributes.plan=pro AND plan=free", {"name", "plan"}),
    ],
)
def test_attributes_used(text: str, names: set[str]):
    """fields_of names every attribute once, and no field."""
    assert fields_of(parse(text)) == names


def test_no_tree_holds_a_name_that_is_none():
    """A tree made by hand cannot carry what the parser would refuse."""
    with pytest.raises(ValueError, match="no attribute"):
        Attribute("plan' OR true --")
