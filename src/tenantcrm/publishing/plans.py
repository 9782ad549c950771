"""What files would change in an installation. Pure, but for the asking."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from tenantcrm.campaigns import rules
from tenantcrm.campaigns.diffs import Change, Snapshot, changes_between
from tenantcrm.campaigns.files import CampaignFile
from tenantcrm.campaigns.schemas import WholeCampaign
from tenantcrm.publishing.client import Api

TOLD = ("id", "state", "version", "activated_at", "next_send_at", "created_at", "updated_at")
"""What a campaign tells and files do not say."""
LIVE = frozenset({"active", "paused"})


class Doing(StrEnum):
    """What becomes of a campaign."""

    ADD = "add"
    CHANGE = "change"
    KEEP = "keep"


class Step(Struct, frozen=True, kw_only=True):
    """One campaign of the files. ``stored``: what is there now, as the API has it.

    ``impact``: what the change does to people in it; None where nobody is.
    """

    doing: Doing
    file: CampaignFile
    stored: dict[str, Any] | None = None
    changes: Sequence[Change] = ()
    impact: dict[str, Any] | None = None

    @property
    def passes(self) -> int:
        """Mails whose time passes by the change."""
        return 0 if self.impact is None else int(self.impact["past"])

    @property
    def estimated(self) -> bool:
        """Whether :attr:`passes` is an estimate, which does not tell that there is nobody."""
        return self.impact is not None and bool(self.impact["approximate"])


class Plan(Struct, frozen=True, kw_only=True):
    """``others``: keys of campaigns that no file speaks of; they stay as they are."""

    steps: list[Step]
    others: list[str]

    @property
    def doing(self) -> list[Step]:
        """The steps that do something."""
        return [step for step in self.steps if step.doing is not Doing.KEEP]


def make_plan(
    api: Api, files: Sequence[CampaignFile], *, seen: Callable[[], None] | None = None
) -> Plan:
    """Compare files with the installation. ``seen`` is called after each campaign.

    Raises:
        ApiError: the API refused, or does not answer.
    """
    known = {row["key"]: row["id"] for row in api.campaigns()}
    steps = []
    for file in files:
        steps.append(_step(api, file, known.get(file.key)))
        if seen is not None:
            seen()
    keys = {file.key for file in files}
    return Plan(steps=steps, others=sorted(known.keys() - keys))


def _step(api: Api, file: CampaignFile, campaign_id: str | None) -> Step:
    if campaign_id is None:
        return Step(doing=Doing.ADD, file=file)
    stored = api.campaign(campaign_id)
    changes = changes_between(_snapshot(whole_of(stored)), _snapshot(_complete(file, stored)))
    if not changes:
        return Step(doing=Doing.KEEP, file=file, stored=stored)
    impact = None
    if stored["state"] in LIVE:
        impact = api.impact(campaign_id, body_of(file, stored))
    return Step(doing=Doing.CHANGE, file=file, stored=stored, changes=changes, impact=impact)


def whole_of(stored: dict[str, Any]) -> WholeCampaign:
    """A campaign of the API, as files would give it."""
    given = {name: value for name, value in stored.items() if name not in {*TOLD, "active"}}
    given["messages"] = [
        {name: value for name, value in message.items() if name != "id"}
        for message in stored["messages"]
    ]
    return msgspec.convert(given, WholeCampaign)


def body_of(file: CampaignFile, stored: dict[str, Any] | None) -> dict[str, Any]:
    """What is sent for a file: the whole campaign, with the version that it was compared with."""
    if stored is None:
        body: dict[str, Any] = msgspec.to_builtins(file.campaign)
        return body
    body = msgspec.to_builtins(_complete(file, stored))
    return body | {"version": stored["version"]}


def _complete(file: CampaignFile, stored: dict[str, Any]) -> WholeCampaign:
    """A file without a time zone leaves the one that is there."""
    if file.campaign.timezone is not UNSET:
        return file.campaign
    return msgspec.structs.replace(file.campaign, timezone=stored["timezone"])


def _snapshot(campaign: WholeCampaign) -> Snapshot:
    """The campaign in the form in which it is stored, so that only what counts is told apart."""
    columns = rules.check_changes(msgspec.structs.replace(campaign, messages=UNSET))
    fields: dict[str, Any] = msgspec.to_builtins(columns)
    messages = [
        {"id": message.key, "key": message.key}
        | {
            name: msgspec.to_builtins(getattr(message, name))
            for name in ("send_day", "format", "html_template")
        }
        | {"subject": message.subject.strip(), "preheader": message.preheader.strip()}
        for message in sorted(campaign.messages, key=lambda m: m.send_day)
    ]
    return Snapshot(fields, messages)
