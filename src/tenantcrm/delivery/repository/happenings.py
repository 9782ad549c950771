"""The sources of the feed: for each kind of thing that happens, who tells of it, by what index.

A source has one row an id, so that moment and id are an order of it, but for that of a contact's
mails, where the kind decides, as it does between sources. Conditions stand here as those of the
indexes do, word by word.
"""

from typing import NamedTuple

from tenantcrm.delivery.states import ACCEPTED, UNSENT, State

_NOTHING = {
    "contact_id": "NULL::uuid",
    "campaign_id": "NULL::uuid",
    "message_id": "NULL::uuid",
    "actor": "''",
    "reason": "NULL::text",
    "detail": "NULL::jsonb",
}
"""What a happening may tell, and what stands there where it does not; in this order."""
_LATER = "({at}, {id}) <= (:at, :edge) AND (({at}, {id}) < (:at, :edge) OR {kind} < :kind)"
"""Behind the cursor. The first comparison is the range of the index."""


class Source(NamedTuple):
    """Happenings of one kind of row. ``more``: columns of :data:`_NOTHING` that it has.
    ``several``: an id may have more than one at a moment.
    """

    at: str
    kind: str
    rows: str
    where: str
    more: dict[str, str]
    id: str = "id"
    several: bool = False

    def latest(self, *, after: bool) -> str:
        """The next ones, newest first; ``after``: behind ``:at``, ``:edge`` and ``:kind``."""
        told = {**_NOTHING, **self.more}
        kind = f'({self.kind}) COLLATE "C"'
        behind = _LATER.format(at=self.at, id=self.id, kind=kind)
        return (
            f"SELECT {self.at} AS at, {self.id} AS id, {self.kind} AS kind, "  # noqa: S608 - constants
            + ", ".join(f"{value} AS {name}" for name, value in told.items())
            + f" FROM {self.rows} WHERE {self.where}{f' AND {behind}' if after else ''}"
            + f" ORDER BY {self.at} DESC, {self.id} DESC"
            + (f", {kind} DESC" if self.several else "")
            + " LIMIT :most"
        )


def _words(states: tuple[State, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_TAKEN = _words(tuple(sorted(ACCEPTED)))
_UNDER_WAY = _words((State.PENDING, State.CLAIMED, State.SENDING))
_OUTCOMES = ("delivered", "bounced", "complained", "opened", "clicked")
_PEOPLE = {"contact_id": "contact_id", "campaign_id": "campaign_id"}
_MAIL = {**_PEOPLE, "message_id": "message_id"}


def created() -> Source:
    """That a contact came."""
    own = "tenant_id = :t AND id = :contact"
    return Source("created_at", "'contact_created'", "contacts", own, {"contact_id": "id"})


def of_people(whose: str) -> list[Source]:
    """Who has come in, and who has come to an end there. ``whose``: a condition, as below."""
    own, ended = f"tenant_id = :t AND {whose}", {**_PEOPLE, "reason": "exit_reason"}
    # Whoever was left out has not come in.
    came = f"{own} AND state <> 'excluded'"
    return [
        Source("enrolled_at", "'enrolled'", "enrollments", came, _PEOPLE),
        Source("ended_at", "state", "enrollments", f"{own} AND ended_at IS NOT NULL", ended),
    ]


def of_activities(whose: str) -> Source:
    """What no other row tells."""
    more = {**_MAIL, "actor": "actor", "detail": "detail"}
    return Source("at", "kind", "activities", f"tenant_id = :t AND {whose}", more)


def of_some_mails(whose: str) -> Source:
    """What became of each of a few mails, an entry for each thing that has a time of its own."""
    outcomes = ", ".join(f"('mail_{name}', d.{name}_at)" for name in _OUTCOMES)
    told = (
        "CROSS JOIN LATERAL (VALUES "
        f"('mail_' || d.state, CASE WHEN d.state NOT IN ({_TAKEN}) "
        "THEN coalesce(d.sent_at, d.updated_at) END), "
        f"('mail_sent', CASE WHEN d.state IN ({_TAKEN}) THEN d.sent_at END), {outcomes}"
        ") AS told (kind, at)"
    )
    where = (
        f"d.tenant_id = :t AND d.{whose} AND d.state NOT IN ({_UNDER_WAY}) AND told.at IS NOT NULL"
    )
    reason = "CASE WHEN told.kind = 'mail_' || d.state THEN d.reason END"
    more = {name: f"d.{value}" for name, value in _MAIL.items()} | {"reason": reason}
    return Source("told.at", "told.kind", f"deliveries d {told}", where, more, "d.id", several=True)


def of_campaigns_mails(*, after: bool) -> list[Source]:
    """The same of all mails of ``:campaign``, thing by thing."""
    own = "tenant_id = :t AND campaign_id = :campaign"
    unsent = Source(
        "coalesce(sent_at, updated_at)",
        "'mail_' || state",
        "deliveries",
        f"{own} AND state IN ({_words(UNSENT)})",
        {**_MAIL, "reason": "reason"},
    )
    outcomes = [
        Source(
            f"{name}_at",
            f"'mail_{name}'",
            "deliveries",
            f"{own} AND {name}_at IS NOT NULL AND state NOT IN ({_UNDER_WAY})",
            {**_MAIL, "reason": f"CASE WHEN state = '{name}' THEN reason END"},
        )
        for name in _OUTCOMES
    ]
    return [_taken(after=after), unsent, *outcomes]


def _taken(*, after: bool) -> Source:
    """Those that SES took: one look into the index of lists for each message and state.

    Of such a mail ``at``, by which that index goes, is when it was sent.
    """
    look = Source(
        "d.at",
        "'mail_sent'",
        "deliveries d",
        "d.tenant_id = :t AND d.campaign_id = :campaign AND d.message_id = m.id "
        "AND d.state = s.state",
        {name: f"d.{value}" for name, value in _MAIL.items()}
        | {"reason": "CASE WHEN d.state = 'sent' THEN d.reason END"},
        "d.id",
    ).latest(after=after)
    return Source(
        "k.at",
        "k.kind",
        f"messages m CROSS JOIN unnest(ARRAY[{_TAKEN}]) AS s (state), LATERAL ({look}) AS k",
        "m.tenant_id = :t AND m.campaign_id = :campaign",
        {name: f"k.{name}" for name in _NOTHING},
        "k.id",
    )
