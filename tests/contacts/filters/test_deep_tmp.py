"""Random filters on random contacts: PostgreSQL, memory and an independent reading agree."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantcrm.contacts.filters import explain, matches, parse, show
from tests.contacts.filters import reference, strategies
from tests.contacts.filters.people import FilterTable, Person

Tree = reference.Ask | reference.Join
spelling = st.randoms(use_true_random=False)
slow = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=2000, deadline=None, suppress_health_check=slow)
@given(strategies.people, st.lists(strategies.filters, min_size=1, max_size=4), spelling)
async def test_sql_says_what_the_language_means(
    filter_connection: FilterTable, people: list[Person], trees: list[Tree], random: Random
):
    """The rows that PostgreSQL finds are those that the reference takes; memory agrees."""
    texts = [strategies.written(tree, random) for tree in trees]
    expected = [[n for n, one in enumerate(people) if reference.holds(t, one)] for t in trees]
    in_memory = [[n for n, one in enumerate(people) if matches(parse(t), one)] for t in texts]
    assert in_memory == expected, texts
    assert await filter_connection.matched(people, *texts) == expected, texts


@settings(max_examples=600, deadline=None, suppress_health_check=slow)
@given(strategies.people, strategies.filters, spelling)
async def test_not_is_the_other_half(
    filter_connection: FilterTable, people: list[Person], tree: Tree, random: Random
):
    """A filter and its negation divide the contacts: no NULL ever hides one from both."""
    text = strategies.written(tree, random)
    yes, no = await filter_connection.matched(people, text, f"NOT ({text})")
    assert sorted(yes + no) == list(range(len(people))), text


@settings(max_examples=2000, deadline=None, suppress_health_check=slow)
@given(strategies.filters, spelling)
def test_shown_and_read_again(tree: Tree, random: Random):
    """However it is written, its canonical text reads back as the same tree and stays as it is."""
    parsed = parse(strategies.written(tree, random))
    assert parse(show(parsed)) == parsed
    assert show(parse(show(parsed))) == show(parsed)


@settings(max_examples=600, deadline=None, suppress_health_check=slow)
@given(strategies.people, strategies.filters, spelling)
def test_the_failing_part_fails(people: list[Person], tree: Tree, random: Random):
    """What explain gives is itself a filter that the contact fails."""
    parsed = parse(strategies.written(tree, random))
    for one in people:
        failing = explain(parsed, one)
        assert (failing is None) == reference.holds(tree, one)
        assert failing is None or not matches(failing, one)
