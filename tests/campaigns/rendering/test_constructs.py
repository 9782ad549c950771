"""The first pass over a template agrees with Liquid about where its tags stand."""

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.campaigns.rendering.constructs import constructs
from tenantcrm.campaigns.rendering.environment import TEXT
from tenantcrm.campaigns.rendering.errors import TemplateFault
from tenantcrm.campaigns.rendering.markup import pieces
from tenantcrm.campaigns.rendering.shield import Shield

PARTS = [
    "{{ a }}", "{{-a-}}", "{% if a %}", "{% endif %}", "{%- assign b = 1 -%}", "{% raw %}",
    "{% endraw %}", "{% comment %}", "{% endcomment %}", "{{", "}}", "{%", "%}", "{", "}", "x", " ",
    "{%raw%}", "{%-endraw-%}", "{% # note %}", "{% doc %}", "{% enddoc %}", "{% raw a %}", "\n",
    "'",
]  # fmt: skip
sources = st.lists(st.sampled_from(PARTS), max_size=15).map("".join)


@given(sources)
def test_liquid_finds_the_same_tags(source: str):
    """Each construct begins where Liquid's own lexer begins a tag, an output or a raw block."""
    try:
        found = constructs(source)
    except TemplateFault:
        return
    seen = {
        token.start_index
        for token in TEXT.tokenizer()(source)
        if token.kind in {"output", "tag"} and not token.value.startswith(("{{ {", "end"))
    }
    for start in seen:
        assert any(one.start <= start < one.end for one in found)
    for one in found:
        assert source[one.start : one.end] == one.text
        assert one.line == source.count("\n", 0, one.start) + 1


@given(sources)
def test_a_shield_can_be_taken_off(source: str):
    """Words in the place of constructs, and back, give the source; nothing is left between."""
    try:
        shield = Shield(source)
    except TemplateFault:
        return
    assert shield.restore(shield.text) == source
    assert shield.restore(shield.comment(shield.text)) == source
    assert shield.bare(shield.comment(shield.text)) == shield.text
    assert "{{" not in shield.text
    assert "{%" not in shield.text
    assert shield.order(shield.text) == list(range(len(shield.constructs)))


def test_a_shield_is_not_fooled_by_its_own_words():
    """A source that holds such words already comes back unchanged."""
    source = "lq0z LQQ1Z {{ a }} lqq0z <!--lqqq0z-->"
    shield = Shield(source)
    assert shield.restore(shield.text) == source


MARKS = [
    "<", ">", "</p>", "<p ", "'", '"', "<!--", "-->", "<style>", "</style", "x", "<br/>", "<!x",
    "<b a='>'>", "</", "<?", "</1",
]  # fmt: skip


@given(st.lists(st.sampled_from(MARKS), max_size=15).map("".join))
def test_a_page_is_cut_without_loss(html: str):
    """The parts of any page, put together, are the page."""
    assert "".join(html[part.start : part.end] for part in pieces(html)) == html
