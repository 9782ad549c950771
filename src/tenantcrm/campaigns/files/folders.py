"""Campaigns in a folder: ``KEY/campaign.yaml`` with its templates beside it, read and written.

Nothing outside a campaign's own folder is read, whatever its document names.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tenantcrm.campaigns.calendar_fields import check_key
from tenantcrm.campaigns.fields import TEMPLATE_MOST
from tenantcrm.campaigns.files.documents import CampaignFile, as_document, read_document
from tenantcrm.campaigns.files.faults import FileFault, FilesError
from tenantcrm.campaigns.files.yaml_tree import parse_yaml
from tenantcrm.campaigns.schemas import WholeCampaign
from tenantcrm.errors import InvalidError

DOCUMENT = "campaign.yaml"
DOCUMENT_MOST = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
Files = Mapping[str, str]
"""Texts by their path below the folder, ``/`` between the parts."""


def read_folder(folder: Path) -> list[CampaignFile]:
    """The campaigns of a folder, by key.

    Raises:
        FilesError: with every fault of every campaign.
    """
    if not folder.is_dir():
        raise FilesError([FileFault(str(folder), 0, "There is no such folder")])
    found, faults = [], []
    for own in sorted(folder.iterdir()):
        if not (own / DOCUMENT).exists():
            continue
        try:
            found.append(_read_campaign(own, folder))
        except FilesError as error:
            faults += error.faults
    if faults:
        raise FilesError(faults)
    if not found:
        words = f"It holds no campaign; expected folders with a {DOCUMENT}"
        raise FilesError([FileFault(str(folder), 0, words)])
    return found


def _read_campaign(own: Path, folder: Path) -> CampaignFile:
    path = f"{own.name}/{DOCUMENT}"
    try:
        check_key(own.name)
    except InvalidError as error:
        words = f"The name of the folder is the campaign's key. {error.errors[0].message}"
        raise FilesError([FileFault(own.name, 0, words)]) from None
    tree = parse_yaml(_text(own / DOCUMENT, folder, DOCUMENT_MOST), path)

    def template(name: str) -> str:
        if not _NAME.fullmatch(name):
            words = f"{name[:80]!r} is no name of a file beside this one"
            raise FilesError([FileFault(path, 0, words)])
        return _text(own / name, folder, TEMPLATE_MOST)

    return read_document(own.name, tree, path, template)


def _text(file: Path, folder: Path, most: int) -> str:
    """The text of a file.

    Raises:
        FilesError: it is not there, not below its folder, too large, or not UTF-8.
    """
    shown = f"{file.parent.name}/{file.name}"
    if not file.resolve().is_relative_to(folder.resolve() / file.parent.name):
        raise FilesError([FileFault(shown, 0, "It leads out of the campaign's folder")])
    try:
        # One byte more than is taken tells of a file that is too large without reading it all.
        with file.open("rb") as source:
            data = source.read(most + 1)
    except OSError as error:
        words = "There is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise FilesError([FileFault(shown, 0, str(words))]) from None
    if len(data) > most:
        raise FilesError([FileFault(shown, 0, f"It is larger than {most:,} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FilesError([FileFault(shown, line, "It is not text in UTF-8")]) from None


def files_of(key: str, campaign: WholeCampaign) -> dict[str, str]:
    """The files of a campaign."""
    document, templates = as_document(campaign)
    return {f"{key}/{name}": text for name, text in {DOCUMENT: document, **templates}.items()}


def write_files(folder: Path, files: Files, *, overwrite: bool) -> list[str]:
    """Write files; gives the paths of those that are new or changed.

    Raises:
        FilesError: files are there with another text, and ``overwrite`` is not set; nothing is
            written then.
    """
    changed, faults = [], []
    for path, text in files.items():
        file = folder / path
        there = file.read_bytes() if file.is_file() else None
        if there == text.encode():
            continue
        if there is not None and not overwrite:
            faults.append(FileFault(path, 0, "It is there with another text"))
        changed.append(path)
    if faults:
        raise FilesError(faults)
    for path in changed:
        _write(folder / path, files[path])
    return changed


def _write(file: Path, text: str) -> None:
    """Put a text in place as a whole: whoever reads meanwhile sees the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "wb") as part:
        part.write(text.encode())
    Path(name).chmod(0o644)
    Path(name).replace(file)
