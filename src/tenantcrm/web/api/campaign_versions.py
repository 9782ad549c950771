"""``/v1/campaigns/{id}/impact`` and ``…/versions``: what an edit does, what edits did, and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from msgspec import UNSET, Struct, UnsetType

from tenantcrm import ids
from tenantcrm.campaigns import service
from tenantcrm.campaigns.diffs import Change
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service.effects import Foretold
from tenantcrm.campaigns.service.versions import VersionView
from tenantcrm.campaigns.states import PastPolicy
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.errors import NotFoundError
from tenantcrm.web.api.call import Call, read_limit
from tenantcrm.web.api.campaign_views import CampaignShown
from tenantcrm.web.api.campaigns import LARGEST_BODY, READ, WRITE, edit_of
from tenantcrm.web.api.operations import operation
from tenantcrm.web.api.pages import AFTER, LIMIT, PageView

VERSION_MOST = 2**31 - 1


class MessageImpactShown(Struct, frozen=True, kw_only=True):
    """``id`` is null for a message that is not saved. ``change``: added, moved, removed or
    unchanged. ``past``: people for whom its time passes by the edit; ``due_at_once``: those of
    them to whom it is sent; ``moved``: people who get it at another time than before.
    """

    id: str | None
    key: str | None
    send_day: int
    change: str
    past: int
    due_at_once: int
    moved: int


class ImpactShown(Struct, frozen=True, kw_only=True):
    """What saving would do. ``people``: in the campaign. ``version``: the one that is stored.

    ``leaving``: those of them who have no date that the edit makes day 0, and leave.
    ``approximate``: so many people are in it that those of each message are estimates.
    """

    version: int
    people: int
    leaving: int
    past: int
    due_at_once: int
    messages: list[MessageImpactShown]
    approximate: bool


class ChangeShown(Struct, frozen=True, kw_only=True):
    """One difference. ``lines``: of templates, a unified diff."""

    field: str
    old: Any
    new: Any
    lines: list[str]

    @classmethod
    def of(cls, change: Change) -> "ChangeShown":
        """The outside of a change."""
        return cls(field=change.field, old=change.old, new=change.new, lines=change.lines)


class VersionShown(Struct, frozen=True, kw_only=True):
    """A version. ``effect``: what the edit did to people: ``past``, ``due_at_once``, ``policy``
    and, where some left for want of a date, ``leaving``. Null: nothing.
    """

    version: int
    at: datetime
    actor: str
    action: str
    effect: dict[str, Any] | None
    changes: list[ChangeShown]

    @classmethod
    def of(cls, row: VersionView) -> "VersionShown":
        """The outside of a version."""
        return cls(
            version=row.version,
            at=row.at,
            actor=row.actor,
            action=row.action,
            effect=row.effect,
            changes=[ChangeShown.of(change) for change in row.changes],
        )


class RestoreInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """What happens to people whom a message's time passes by it. ``ask`` true: left out, the
    restoring is refused where there are such people. ``version``: the newest that you know of; it
    is refused when another was saved since.
    """

    past_messages: PastPolicy | UnsetType = UNSET
    ask: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET


class CampaignVersions(Controller):
    """Edits of a campaign: before, after, and back."""

    path = "/campaigns/{campaign_id:str}"
    tags = ("Campaigns",)

    @post(
        "/impact",
        status_code=200,
        request_max_body_size=LARGEST_BODY,
        **operation(
            "What an edit would do",
            text="Takes what PATCH takes, and saves nothing: how many people the edit passes, how "
            "many mails become due at once.",
            scope=READ,
            takes=CampaignChanges,
            gives={200: ImpactShown},
            refuses=("not_found",),
            example={"preferred_send_time": "09:30"},
        ),
    )
    async def impact(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """Say what saving would do."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read(CampaignChanges)
        return await call.answer(shown(await service.foretell(call.session, key, given)))

    @get(
        "/versions",
        **operation(
            "List the versions of a campaign",
            text="The latest first, each with what it changed.",
            scope=READ,
            gives={200: PageView[VersionShown]},
            refuses=("not_found",),
            parameters=(LIMIT, AFTER),
        ),
    )
    async def versions(self, call: Call, campaign_id: FromPath[str]) -> Response[Any]:
        """The history."""
        given = call.parameters("limit", "after")
        key, limit = ids.read_id(ids.CAMPAIGN, campaign_id), read_limit(given)
        before = None
        if "after" in given:
            before = min(read_cursor(given["after"], "versions", key).id.int, VERSION_MOST)
        rows = await service.history(call.session, key, before=before, limit=limit + 1)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = show_cursor(Place(last.at, UUID(int=last.version)), "versions", key)
        return await call.answer(PageView([VersionShown.of(row) for row in rows[:limit]], more))

    @get(
        "/versions/{version:int}",
        **operation("Get a version", scope=READ, gives={200: VersionShown}, refuses=("not_found",)),
    )
    async def version(
        self, call: Call, campaign_id: FromPath[str], version: FromPath[int]
    ) -> Response[Any]:
        """One version."""
        call.parameters()
        key = ids.read_id(ids.CAMPAIGN, campaign_id)
        row = await service.get_version(call.session, key, _checked(version))
        return await call.answer(VersionShown.of(row))

    @post(
        "/versions/{version:int}/restore",
        status_code=200,
        **operation(
            "Restore a version",
            text="Makes the campaign what it was, as a new version. It is an edit like another: "
            "where it passes people, `past_messages` says what happens, and `ask` refuses it while "
            "that is left out.",
            scope=WRITE,
            takes=RestoreInput,
            gives={200: CampaignShown},
            refuses=("not_found", "edit_conflict", "undecided"),
            example={"past_messages": "skip", "version": 7},
            optional_body=True,
        ),
    )
    async def restore(
        self, call: Call, campaign_id: FromPath[str], version: FromPath[int]
    ) -> Response[Any]:
        """Go back to a version."""
        key, given = ids.read_id(ids.CAMPAIGN, campaign_id), call.read_optional(RestoreInput)
        row = await service.restore(
            call.session,
            key,
            _checked(version),
            edited=given.version,
            past_messages=given.past_messages,
            ask=given.ask is True,
            **edit_of(call),
        )
        return await call.answer(CampaignShown.of(row))


def _checked(version: int) -> int:
    """A number that a version may have.

    Raises:
        NotFoundError: no version has it.
    """
    if not 0 < version <= VERSION_MOST:
        raise NotFoundError("The campaign has no such version")
    return version


def shown(foretold: Foretold) -> ImpactShown:
    """The outside of what an edit would do."""
    drafted = {message.id: message for message in foretold.messages}
    rows = []
    for one in foretold.impact.messages:
        message = drafted.get(one.id)
        new = message is not None and message.new
        rows.append(
            MessageImpactShown(
                id=None if new else ids.show_id(ids.MESSAGE, one.id),
                key=None if message is None else message.key,
                send_day=one.send_day,
                change=one.change,
                past=one.past,
                due_at_once=one.due_at_once,
                moved=one.moved,
            )
        )
    return ImpactShown(
        version=foretold.version,
        people=foretold.impact.people,
        leaving=foretold.impact.leaving,
        past=foretold.impact.past,
        due_at_once=foretold.impact.due_at_once,
        messages=rows,
        approximate=not foretold.exact,
    )
