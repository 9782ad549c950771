"""The canonical text of a filter."""

import pytest

from tenantcrm.contacts.filters import parse, show


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("language=en", 'language = "en"'),
        ("active = TRUE", 'active = "TRUE"'),
        ('active="true"', "active = true"),
        ("seats>9", "seats > 9"),
        ('seats>"9"', 'seats > "9"'),
        ("name:Ada", 'name:"Ada"'),
        ("plan=*", "plan:*"),
        ("plan!=*", "NOT plan:*"),
        ("attributes.plan:*", "plan:*"),
        ("attributes.name:* and attributes.or=1", "attributes.name:* AND attributes.or = 1"),
        ("email=*@x.com", 'email = "*@x.com"'),
        (r"a='\* \' \" \\ *'", r'''a = "\* ' \" \\ *"'''),
        ("-(a=1 or b=2)", "NOT (a = 1 OR b = 2)"),
        ("((a=1) and -b=2) or c=3", "(a = 1 AND NOT b = 2) OR c = 3"),
        ("- - a=1", "NOT NOT a = 1"),
    ],
)
def test_one_spelling(text: str, canonical: str):
    """What means the same is written the same, and reads back as the same."""
    assert show(parse(text)) == canonical
    assert parse(canonical) == parse(text)
    assert show(parse(canonical)) == canonical
