"""Sequences to start from: folders of files, as ``tenantcrm campaigns apply`` takes them."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from msgspec import UNSET, Struct, structs

from tenantcrm.campaigns.calendar_fields import key_from
from tenantcrm.campaigns.files import CampaignFile, Files, read_folder
from tenantcrm.campaigns.schemas import NewCampaign

FOLDER = Path(__file__).parent


class Starter(Struct, frozen=True, kw_only=True):
    """A sequence. ``needs``: what of a contact it works with."""

    key: str
    title: str
    description: str
    needs: str
    file: CampaignFile


ABOUT = {
    "trial-onboarding": (
        "Trial onboarding",
        (
            "From the first day of a trial to the days after its end: what to do first, something "
            "real, a second opinion, a reminder before the end, and a last word."
        ),
        "The attribute trial_ends_at, a date such as 2026-12-31, and plan = trial.",
    ),
    "win-back": (
        "Win-back",
        (
            "For customers who have not been seen for a while: three mails over twelve days, each "
            "with one reason to come back, and a kind goodbye."
        ),
        "The attribute lapsed, true for whoever has not been seen for a while.",
    ),
}


@cache
def starters() -> tuple[Starter, ...]:
    """Every sequence to start from."""
    files = {file.key: file for file in read_folder(FOLDER)}
    return tuple(
        Starter(key=key, title=title, description=description, needs=needs, file=files[key])
        for key, (title, description, needs) in ABOUT.items()
    )


def starter_files(key: str) -> Files:
    """The files of a sequence, as they are written beside this one."""
    own = FOLDER / key
    return {
        f"{key}/{file.name}": file.read_bytes().decode()
        for file in sorted(own.iterdir())
        if file.is_file()
    }


def new_campaign(starter: Starter, taken: Iterable[str]) -> NewCampaign:
    """The campaign that a sequence makes, with a key that none of ``taken`` is."""
    whole = starter.file.campaign
    values = structs.asdict(whole)
    values["key"] = starter.key
    taken = set(taken)
    if starter.key in taken:
        values["key"] = key_from(starter.title, taken, empty="campaign")
    values.setdefault("timezone", UNSET)
    return NewCampaign(**values)
