"""The table of states."""

import pytest

from tenantcrm.delivery.states import ACCEPTED, MOVES, OUTCOMES, TERMINAL, By, State, may


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_the_end_is_the_end(state: State):
    """Nothing of ours leaves a terminal state; what SES tells afterwards may.

    A recipient who undoes leaving has back what leaving has skipped.
    """
    by = {move.by for move in MOVES if move.old == state}
    assert by <= ({By.EVENT, By.PERSON} if state is State.SKIPPED else {By.EVENT})


def test_what_may_have_been_sent_never_waits_again_by_itself():
    """From a request back to the queue leads a certain no of SES, judged silence, or a person."""
    moves = [m for m in MOVES if m.new == State.PENDING and m.old != State.CLAIMED]
    for move in moves:
        if move.by is By.ANSWER:
            assert "no for now" in move.trigger
            continue
        if move.old is State.SKIPPED:
            continue  # SES was not asked, or has said no.
        assert move.old is State.UNKNOWN
        assert move.by in {By.POLICY, By.PERSON}
        assert move.by is By.PERSON or move.trigger.startswith("silence proves")
    assert not any(may(state, State.PENDING) for state in ACCEPTED)


@pytest.mark.parametrize("state", sorted(set(State) - ACCEPTED))
def test_an_event_proves_acceptance(state: State):
    """Whatever the ledger thinks of a mail, an event of it makes it sent."""
    assert may(state, State.SENT, By.EVENT)


def test_events_only_strengthen():
    """Among what events say, the stronger replaces the weaker and never the other way round."""
    for move in MOVES:
        if move.by is By.EVENT and move.old in ACCEPTED:
            assert OUTCOMES.index(move.old) < OUTCOMES.index(move.new)


def test_every_state_is_reached():
    """Each state but the first has a way in."""
    assert {move.new for move in MOVES} | {State.PENDING} == set(State)
