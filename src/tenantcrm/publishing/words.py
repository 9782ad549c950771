"""Plans and their outcome, as a terminal shows them. Pure; a line is its text and its tone."""

from collections.abc import Iterable, Iterator
from typing import Any

from tenantcrm.campaigns.calendar_fields import WEEKDAYS
from tenantcrm.campaigns.diffs import Change
from tenantcrm.publishing.applying import Applied
from tenantcrm.publishing.plans import Doing, Plan, Step

Line = tuple[str, str]
"""A text, and a colour of click's; empty: none."""
SIGNS = {Doing.ADD: ("+", "green"), Doing.CHANGE: ("~", "yellow"), Doing.KEEP: ("=", "")}
DIFF = {"+": "green", "-": "red", "@": "cyan"}
LONGEST = 200


def plan_lines(plan: Plan) -> Iterator[Line]:
    """The whole plan."""
    for step in plan.steps:
        yield from step_lines(step)
    for key in plan.others:
        yield f"? {key}: no file speaks of it; it stays as it is", ""
    count = {doing: sum(step.doing is doing for step in plan.steps) for doing in Doing}
    yield "", ""
    yield (
        (
            f"{count[Doing.ADD]} to add, {count[Doing.CHANGE]} to change, "
            f"{count[Doing.KEEP]} as they are"
        ),
        "",
    )


def step_lines(step: Step) -> Iterator[Line]:
    """One campaign: what changes, and what that does to people."""
    sign, colour = SIGNS[step.doing]
    if step.doing is Doing.ADD:
        number = len(step.file.campaign.messages or [])
        words = "message" if number == 1 else "messages"
        yield f"{sign} {step.file.key}: new, a draft with {number} {words}", colour
        return
    state = "" if step.stored is None else f" ({step.stored['state']})"
    yield f"{sign} {step.file.key}{state}", colour
    for change in step.changes:
        yield from _change_lines(change)
    if step.impact is not None:
        yield from impact_lines(step.impact)


def impact_lines(impact: dict[str, Any]) -> Iterator[Line]:
    """What a change does to the people in a campaign."""
    people = int(impact["people"])
    yield f"    {people:,} {'person is' if people == 1 else 'people are'} in it", ""
    if leaving := int(impact["leaving"]):
        yield (
            f"    {leaving:,} without the date {'leaves' if leaving == 1 else 'leave'} it",
            "yellow",
        )
    about = "about " if impact["approximate"] else ""
    for message in impact["messages"]:
        name = message["key"] or f"day {message['send_day']}"
        if message["moved"]:
            yield f"    {name}: moves for {about}{message['moved']:,}", ""
        if message["past"]:
            yield f"    {name}: its time passes for {about}{message['past']:,} by this", "yellow"
    if about:
        yield "    Told from a sample; it may also pass a few whom the sample does not have", ""


def _change_lines(change: Change) -> Iterator[Line]:
    if change.lines:
        yield f"    {change.field}", ""
        for line in change.lines:
            yield f"      {line}", DIFF.get(line[:1], "")
    elif change.field.count("/") == 1:
        word, text = ("added", change.new) if change.old is None else ("removed", change.old)
        yield f"    {change.field} {word}: {text}", "green" if change.old is None else "red"
    else:
        old, new = _text(change.field, change.old), _text(change.field, change.new)
        yield f"    {change.field}: {old} → {new}", ""


def _text(field: str, value: Any) -> str:
    if field == "skip_weekdays":
        value = [WEEKDAYS[day - 1] for day in value or ()]
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:LONGEST] or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None or value == "" else str(value)[:LONGEST]


def outcome_lines(applied: Applied) -> Iterator[Line]:
    """What came of one campaign."""
    key = applied.step.file.key
    if not applied.error:
        word = "made" if applied.step.doing is Doing.ADD else "changed"
        yield f"✓ {key}: {word}", "green"
        return
    yield f"✗ {key}: {applied.error}", "red"
    for fault in applied.faults:
        yield f"    {fault}", ""
    if applied.since:
        yield "    Saved by somebody else meanwhile:", ""
        for change in _changes(applied.since):
            yield from _change_lines(change)
        yield "    Look at it with plan, or take it over with export --overwrite.", ""


def _changes(rows: Iterable[dict[str, Any]]) -> Iterator[Change]:
    for row in rows:
        yield Change(
            field=str(row.get("field", "")),
            old=row.get("old"),
            new=row.get("new"),
            lines=list(row.get("lines") or []),
        )
