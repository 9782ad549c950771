"""The table of states."""

import pytest

from tenantcrm.delivery.states import ACCEPTED, MOVES, TERMINAL, State, may


@pytest.mark.parametrize("state", sorted(TERMINAL - {State.DELIVERED}))
def test_the_end_is_the_end(state: State):
    """Nothing leaves a terminal state; a delivered mail may still be complained about."""
    assert not [move for move in MOVES if move.old == state]


def test_what_may_have_been_sent_never_waits_again_by_itself():
    """Only a certain no of SES leads from a request back to the queue."""
    words = [m.trigger for m in MOVES if m.new == State.PENDING and m.old != State.CLAIMED]
    assert all("no for now" in word or "never reached" in word for word in words)
    assert not any(may(state, State.PENDING) for state in ACCEPTED)


def test_every_state_is_reached():
    """Each state but the first has a way in."""
    assert {move.new for move in MOVES} | {State.PENDING} == set(State)
