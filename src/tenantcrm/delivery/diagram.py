"""The states of a mail as people read them: a diagram and a table, made from the table of moves.

``python -m tenantcrm.delivery.diagram docs/delivery.md`` writes both into the page, between its
marks; a test says when the page is behind.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tenantcrm.delivery.states import MOVES, TERMINAL, By, Move, State

WHO = {
    By.WORKER: "a worker",
    By.ANSWER: "SES's answer, or its absence",
    By.EVENT: "an event of SES",
    By.PERSON: "a person",
    By.POLICY: "the rule for unknown mails",
}
DRAWN = frozenset({By.WORKER, By.ANSWER})
"""Whose moves are always drawn; of the others those that lead on along the path of a mail."""


def mermaid() -> str:
    """The diagram. Moves that only mend what was thought before are in the table alone."""
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> pending: due"]
    drawn: dict[tuple[State, State], list[str]] = {}
    for move in MOVES:
        if move.by in DRAWN or _leads_on(move):
            triggers = drawn.setdefault((move.old, move.new), [])
            if move.trigger not in triggers:
                triggers.append(move.trigger)
    lines += [
        f"  {old} --> {new}: {_plain(' / '.join(triggers))}"
        for (old, new), triggers in drawn.items()
    ]
    lines += [f"  {state} --> [*]" for state in State if state in TERMINAL]
    return "\n".join([*lines, "```"])


def table() -> str:
    """Every move: from, to, what triggers it, who makes it."""
    rows = [
        f"| {move.old} | {move.new} | {move.trigger} | {WHO[move.by]} |"
        for move in sorted(MOVES, key=lambda move: list(State).index(move.old))
    ]
    return "\n".join(["| from | to | when | by |", "| --- | --- | --- | --- |", *rows])


PARTS: dict[str, Callable[[], str]] = {"diagram": mermaid, "moves": table}


def written(page: str) -> str:
    """The page with both parts as they are now.

    Raises:
        ValueError: the page lacks the marks of a part.
    """
    for name, part in PARTS.items():
        begin, end = f"<!-- {name}: made from states.py -->", f"<!-- /{name} -->"
        head, found, rest = page.partition(begin)
        _, also, tail = rest.partition(end)
        if not found or not also:
            raise ValueError(f"the page lacks {begin} or {end}")
        page = f"{head}{begin}\n{part()}\n{end}{tail}"
    return page


def _leads_on(move: Move) -> bool:
    return move.old in {State.SENT, State.DELIVERED, State.UNKNOWN}


def _plain(words: str) -> str:
    """Without what Mermaid takes for its own."""
    return words.replace(":", ",").replace(";", ",")


def main() -> None:
    """Bring the pages that are named up to date."""
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(written(page.read_text()))


if __name__ == "__main__":
    main()
