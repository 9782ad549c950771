"""The quick way through a template writes what the library itself would write."""

import pytest
from liquid import Environment

from tenantcrm.campaigns.rendering.context import Fields
from tenantcrm.campaigns.rendering.environment import HTML
from tenantcrm.campaigns.rendering.program import Program

LIBRARY = Environment(autoescape=True)
CONTACT = {
    "name": "Zoë <b>&\"'",
    "blank_one": "",
    "none": None,
    "age": 41,
    "zero": 0,
    "half": 0.5,
    "yes": True,
    "no": False,
    "tags": ["a", "<b>", 3, None, True],
    "pairs": {"x": 1, "y": "<2>"},
    "rows": [{"n": "<one>", "of": ["p", "q"]}, {"n": 2, "of": []}],
}


@pytest.mark.parametrize(
    "source",
    [
        "Hello {{ contact.name }} and {{ contact.age }}, {{ contact.half }}!",
        "{{ contact.zero }}{{ contact.yes }}{{ contact.no }}{{ contact.none }}",
        "{{ contact.zero | default: 'x' }}{{ contact.age | default: 'x' }}",
        "{{ contact.blank_one | default: '<i>' }}{{ contact.none | default: 'n' }}",
        "{{ contact.gone | default: 'g' }}{{ gone }}{{ gone.deeper }}",
        "{% for tag in contact.tags %}<{{ tag }}>{% endfor %}",
        "{% for tag in contact.tags %}{{ tag.name }}{{ tag | upcase }},{% endfor %}",
        (
            "{% for row in contact.rows %}{{ row.n }}{% for o in row.of %}{{ o }}{{ row.n }}"
            "{{ forloop.parentloop.index }}{% endfor %};{% endfor %}"
        ),
        "{% for pair in contact.pairs %}{{ pair[0] }}={{ pair[1] }} {% endfor %}",
        "{% for n in (1..4) reversed %}{{ n }}{{ forloop.last }}{% endfor %}",
        (
            "{% for n in (1..9) limit: 3 offset: 2 %}{{ n }}{% endfor %}"
            "{% for n in (1..9) offset: continue %}{{ n }}{% endfor %}"
        ),
        "{% for n in (1..4) %}.{% endfor %}{% for n in (1..9) offset: continue %}.{% endfor %}",
        (
            "{% for n in (1..5) %}a{% if n == 2 %}{% continue %}{% endif %}b"
            "{% if n == 4 %}{% break %}{% endif %}c{% endfor %}"
        ),
        "{% for n in contact.none %}x{% else %}nobody{% endfor %}",
        "{% for n in contact.tags %}  \n {% endfor %}|",
        "{% assign age = 7 %}{{ age }}{% capture x %}{{ contact.name }}!{% endcapture %}{{ x }}",
        "{% for contact_name in contact.tags %}{{ contact.name }}{% endfor %}",
        "{% if contact.age > 40 %}old {{ contact.name }}{% else %}young{% endif %}",
        "a\n\n  b {{- contact.age -}}  c",
    ],
)
def test_as_the_library(source: str):
    """Values, defaults, loops and what leaves them early come out the same, and are escaped."""
    names = {"contact": Fields(CONTACT)}
    theirs = LIBRARY.from_string(source).render(contact=CONTACT)
    assert Program(source, HTML).render(names) == theirs
