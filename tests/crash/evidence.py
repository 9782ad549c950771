"""Read what is compared: both ledgers, and the notes of workers that are dead by now."""

from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.crash.comparison import Evidence, Row, Taken
from tests.crash.leavers import Leavers
from tests.crash.population import Population
from tests.crash.stage import Stage
from tests.crash.troubles import Troubles

ROWS = (
    "SELECT id, tenant_id, message_id, state, reason, attempts, worker FROM deliveries ORDER BY id"
)


class Notes(Struct, frozen=True, kw_only=True):
    """What workers wrote down. ``lost``: commits that broke, by kind. ``outcomes``: answers of SES
    that were no acceptance, by state and reason; ``answers``: the same by mail.
    """

    names: dict[int, str]
    lost: Counter[str]
    outcomes: Counter[str]
    answers: dict[str, list[str]]


def read_notes(path: Path) -> Notes:
    """Every line is ``LIFE KIND WORDS``."""
    names: dict[int, str] = {}
    lost: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    answers: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text().splitlines() if path.exists() else ():
        life, kind, words = (line + " ").split(" ", 2)
        match kind:
            case "born":
                names[int(life)] = words.strip()
            case "lost":
                lost[words.strip()] += 1
            case "outcome":
                state, reason, delivery = words.split()
                outcomes[f"{state}: {reason}"] += 1
                answers[delivery].append(state)
            case _:
                pass
    return Notes(names=names, lost=lost, outcomes=outcomes, answers=dict(answers))


def ever_unknown(notes: Notes, log: Path) -> set[str]:
    """The mails that were unknown at some time: no answer came, or their worker was gone."""
    found = {mail for mail, states in notes.answers.items() if "unknown" in states}
    for line in log.read_bytes().splitlines() if log.exists() else ():
        if b'"send.rescued"' in line:
            told = msgspec.json.decode(line)
            if told["state"] == "unknown":
                found.add(told["delivery_id"])
    return found


async def gather(
    stage: Stage,
    population: Population,
    leavers: Leavers,
    troubles: Troubles,
    *,
    notes: Notes,
    killed: set[int],
) -> Evidence:
    """Everything, once nothing moves any more."""
    connection = await stage.super_user()
    rows = await connection.fetch(ROWS)
    await connection.close()
    taken = await stage.ses.ledger()
    told = {event["mail_id"] for event in await stage.ses.events() if "lost" not in event["faults"]}
    return Evidence(
        taken=[
            Taken(
                delivery=mail["tags"].get("d", ""),
                attempt=int(mail["tags"].get("a", "0")),
                tenant=mail["tags"].get("t", ""),
                to=mail["to"],
            )
            for mail in taken
        ],
        rows=[
            Row(
                id=row["id"].hex,
                tenant=row["tenant_id"].hex,
                message_id=row["message_id"],
                state=row["state"],
                reason=row["reason"],
                attempts=row["attempts"],
                worker=row["worker"],
            )
            for row in rows
        ],
        due=population.due,
        departures=leavers.departures,
        stillnesses=troubles.stillnesses,
        answers=notes.answers,
        dead=frozenset(name for life, name in notes.names.items() if life in killed),
        told=frozenset(mail["tags"].get("d", "") for mail in taken if mail["id"] in told),
    )
