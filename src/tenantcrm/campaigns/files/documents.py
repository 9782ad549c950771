"""A campaign as a document and its templates, read and written. Pure.

What is left out of a document is at its default; what is at its default is left out of one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Struct

from tenantcrm.campaigns import rules
from tenantcrm.campaigns.defaults import DEFAULTS
from tenantcrm.campaigns.files.faults import FileFault, FilesError
from tenantcrm.campaigns.files.reading import Place, Reader
from tenantcrm.campaigns.files.yaml_tree import Tree, show_yaml
from tenantcrm.campaigns.schemas import MessageInput, WholeCampaign
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import FieldError, InvalidError

EXTENSIONS = {
    ".html": Format.HTML,
    ".mjml": Format.MJML,
    ".md": Format.MARKDOWN,
    ".blocks.json": Format.BLOCKS,
}
ENDINGS = {form: ending for ending, form in EXTENSIONS.items()}
FIELDS = (
    "name", "contact_filter", "preferred_send_time", "timezone", "zone_mode", "sender", "anchor",
    "day_zero", "skip_weekdays", "skip_dates", "late_limit_hours", "late_action",
    "exit_unmatched", "reentry_gap_days", "track_opens", "track_clicks", "messages",
)  # fmt: skip
NEEDED = ("name", "contact_filter", "preferred_send_time", "messages")
MESSAGE_FIELDS = ("template", "key", "send_day", "subject", "preheader")


class CampaignFile(Struct, frozen=True, kw_only=True):
    """A campaign that files hold. ``places``: where each of its fields stands, by JSON pointer."""

    key: str
    campaign: WholeCampaign
    places: Mapping[str, Place]

    def placed(self, fault: FieldError) -> FileFault:
        """A fault of a field, where the field stands."""
        pointer = fault.pointer
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        path, line = self.places[pointer]
        return FileFault(path, line, fault.message)


def read_document(key: str, tree: Tree, path: str, template: Callable[[str], str]) -> CampaignFile:
    """The campaign in a document, checked by the rules that the API has.

    Args:
        key: the campaign's, which is the name of its folder.
        tree: the document.
        path: of the document, for faults.
        template: reads the template of a name beside the document; raises FilesError.

    Raises:
        FilesError: with every fault.
    """
    reader = Reader(path)
    fields = reader.mapping(tree, "", FIELDS)
    values: dict[str, Any] = {"key": key}
    for name in NEEDED:
        if name not in fields:
            reader.fault(tree.line, f"{name} is missing")
    for name, value in fields.items():
        if name == "messages":
            values[name] = _messages(reader, value, template)
        else:
            reader.field(values, name, value)
    if reader.faults:
        raise FilesError(reader.faults)
    campaign = WholeCampaign(**(DEFAULTS | values))
    found = CampaignFile(key=key, campaign=campaign, places=reader.places)
    try:
        rules.check_changes(campaign)
    except InvalidError as fault:
        raise FilesError([found.placed(error) for error in fault.errors]) from None
    return found


def _messages(reader: Reader, tree: Tree, template: Callable[[str], str]) -> list[MessageInput]:
    found, keys = [], set[str]()
    for place, item in enumerate(reader.sequence(tree, "/messages")):
        pointer = f"/messages/{place}"
        fields = reader.mapping(item, pointer, MESSAGE_FIELDS)
        values: dict[str, Any] = {}
        for name in ("template", "send_day", "subject"):
            if name not in fields:
                reader.fault(item.line, f"{name} is missing")
        for name, value in fields.items():
            reader.field(values, name, value, pointer=pointer)
        name = values.pop("template", None)
        if name is None:
            continue
        ending = next((known for known in EXTENSIONS if name.endswith(known)), None)
        if ending is None:
            at = reader.places[f"{pointer}/template"].line
            reader.fault(at, f"{name} ends in none of {', '.join(EXTENSIONS)}")
            continue
        values |= {"format": EXTENSIONS[ending]}
        values.setdefault("key", name.removesuffix(ending))
        if values["key"] in keys:
            reader.fault(item.line, f"Another message of this campaign is {values['key']}, too")
        keys.add(values["key"])
        try:
            values["html_template"] = template(name)
        except FilesError as error:
            reader.faults += [
                fault if fault.line else FileFault(reader.path, item.line, _named(name, fault))
                for fault in error.faults
            ]
            continue
        reader.places[f"{pointer}/html_template"] = Place(reader.beside(name), 0)
        if values.keys() >= {"subject", "send_day"}:
            found.append(MessageInput(**values))
    return found


def _named(name: str, fault: FileFault) -> str:
    return fault.message if name[:80] in fault.message else f"{name}: {fault.message}"


def as_document(campaign: WholeCampaign) -> tuple[str, dict[str, str]]:
    """The text of a campaign's document, and its templates by the name of their file."""
    document: dict[str, Any] = {}
    templates = {}
    for name in FIELDS[:-1]:
        value = getattr(campaign, name)
        if value is not UNSET and (name not in DEFAULTS or value != DEFAULTS[name]):
            document[name] = _plain(value)
    document["messages"] = []
    for message in campaign.messages:
        file = f"{message.key}{ENDINGS[Format(message.format)]}"
        templates[file] = message.html_template
        shown = {"template": file, "send_day": message.send_day, "subject": message.subject}
        if message.preheader:
            shown["preheader"] = message.preheader
        document["messages"].append(shown)
    return show_yaml(document), templates


def _plain(value: Any) -> Any:
    if isinstance(value, list | bool | int | None):
        return value
    if hasattr(value, "email"):
        return {"name": value.name, "email": value.email}
    return str(value)
