"""What strangers type into forms never becomes markup of a mail."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantcrm.campaigns.rendering import RenderError
from tenantcrm.campaigns.rendering.environment import HTML
from tests.campaigns.rendering.mails import body

HOSTILE = "<script>alert(1)</script>\"'&lt;b&gt;&#60;i&#62;%3Cu%3E"
ARGUMENTS = [
    "", ": 'a'", ": 1", ": 0, 40", ": contact.x", ": 'a', contact.x", ": contact.x, 'a'", ": ''",
    ": '&lt;', 'a'", ": ' '", ": 40, contact.x",
]  # fmt: skip
WAYS = [
    "{{{{ {} }}}}",
    "{{% assign y = {} %}}{{{{ y }}}}",
    "{{% capture y %}}{{{{ {} }}}}{{% endcapture %}}{{{{ y }}}}{{{{ y | strip_html }}}}",
    "{{% assign y = {} %}}{{% for z in y %}}{{{{ z }}}}{{% endfor %}}",
    "{{% assign y = {} %}}{{{{ y | append: 'b' | prepend: 'c' }}}}{{% echo y %}}",
    "{{% assign y = {} %}}{{% cycle y, 'b' %}}",
]
filters = st.builds(
    lambda name, argument: f" | {name}{argument}",
    st.sampled_from(sorted(HTML.filters)),
    st.sampled_from(ARGUMENTS),
)


@given(st.lists(filters, max_size=4).map("".join), st.sampled_from(WAYS))
@settings(max_examples=400)
def test_no_chain_of_filters_lets_markup_through(chain: str, way: str):
    """A value that holds tags, entities or percent signs stays text, whatever is done to it."""
    try:
        page = body(way.format(f"contact.x{chain}"), attributes={"x": HOSTILE})
    except RenderError:
        return
    rest = page.replace("<br />", "")
    assert "<" not in rest
    assert '"' not in rest
    assert "'" not in rest
