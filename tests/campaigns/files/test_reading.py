"""Files of campaigns: what is wrong is told with its file and line, and nothing is guessed."""

from pathlib import Path

import pytest

from tenantcrm.campaigns.files import FilesError, files_of, read_folder, write_files
from tenantcrm.campaigns.models import DayZero, Format
from tenantcrm.campaigns.starters import FOLDER, new_campaign, starter_files, starters

GOOD = """name: Welcome
contact_filter: ''
preferred_send_time: 10:00
day_zero: immediately
skip_weekdays: [sunday]
skip_dates: [2026-12-25]
exit_unmatched: yes
reentry_gap_days: ~
sender: {name: Vinr, email: hi@example.com}
messages:
- template: hello.md
  send_day: 0
  subject: No
"""


def folder(tmp_path: Path, document: str | bytes, **templates: str | bytes) -> Path:
    own = tmp_path / "welcome"
    own.mkdir()
    data = document if isinstance(document, bytes) else document.encode()
    (own / "campaign.yaml").write_bytes(data)
    for name, text in ({"hello_md": "Hello\n"} | templates).items():
        file = own / name.replace("_", ".")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path


def faults(tmp_path: Path, document: str | bytes, **templates: str | bytes) -> str:
    with pytest.raises(FilesError) as refused:
        read_folder(folder(tmp_path, document, **templates))
    return refused.value.detail


def test_texts_stay_texts(tmp_path: Path):
    """A time is no number, a date no date and No no false: what is written is what is meant."""
    [file] = read_folder(folder(tmp_path, GOOD))
    campaign = file.campaign
    assert campaign.preferred_send_time == "10:00"
    assert campaign.skip_dates == ["2026-12-25"]
    assert campaign.messages[0].subject == "No"
    assert campaign.messages[0].key == "hello"
    assert campaign.messages[0].format is Format.MARKDOWN
    assert campaign.day_zero is DayZero.IMMEDIATELY
    assert campaign.exit_unmatched is True
    assert campaign.reentry_gap_days is None
    assert campaign.sender is not None
    assert campaign.sender.email == "hi@example.com"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: Welcome\n", "", "campaign.yaml:1: name is missing"),
        ("name:", "nam:", ":1: nam is not known; did you mean name?"),
        ("name: Welcome", "name: [a]", ":1: name is a text"),
        ("name: Welcome", "name: A\nname: B", ":2: name is said a second time"),
        ("10:00", "25:00", ":3: "),
        ("immediately", "tomorrow", ":4: day_zero is one of scheduled, immediately"),
        ("[sunday]", "[funday]", ":5: 'funday' is not a weekday"),
        ("[sunday]", "sunday", ":5: Expected a list"),
        ("2026-12-25", "2026-02-30", ":6: '2026-02-30' is not a date"),
        ("yes", "perhaps", ":7: exit_unmatched is true or false"),
        ("~", "soon", ":8: reentry_gap_days is a whole number"),
        (", email: hi@example.com", "", ":9: The sender's email is missing"),
        ("email: hi@example.com", "email: nobody", ":9: "),
        ("send_day: 0", "send_day: 10000", ":12: "),
        ("send_day: 0", "send_day: -1", ":12: "),
        ("send_day: 0", "send_day: 1.5", ":12: send_day is a whole number"),
        ("hello.md", "other.md", ":11: other.md: There is no such file"),
        ("hello.md", "../other/hello.md", "is no name of a file beside this one"),
        ("hello.md", "/etc/passwd.md", "is no name of a file beside this one"),
        ("hello.md", "hello.pdf", "ends in none of .html, .mjml, .md, .blocks.json"),
        ("  send_day: 0\n", "", ":11: send_day is missing"),
        ("subject: No", "subject: !!python/name:os.system x", ":13: The tag"),
        ("subject: No", "subject: &a No\n  preheader: *a", ":14: Aliases"),
        ("subject: No", "subject: " + "[" * 40 + "]" * 40, ":13: This is nested too deeply"),
        ("subject: No", "subject: ''", ":13: "),
        ("subject: No", "subject: 'a", "not YAML"),
    ],
)  # fmt: skip
def test_faults_name_file_and_line(tmp_path: Path, old: str, new: str, words: str):
    """Each fault says what was expected, in which file, in which line."""
    assert old in GOOD
    assert words in faults(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "The file is empty"),
        ("- a\n- b\n", "Expected fields"),
        ("just words\n", "Expected fields"),
        (b"name: \xff\xfe\n", "campaign.yaml:1: It is not text in UTF-8"),
        (b"\x00\x01\x02", "not YAML"),
        ("# " + "x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_what_is_no_document(tmp_path: Path, document: str | bytes, words: str):
    """A file that is no campaign at all says so."""
    assert words in faults(tmp_path, document)


def test_a_template_with_a_fault(tmp_path: Path):
    """A template that cannot be rendered is a fault of its own file, with its line in the words."""
    told = faults(tmp_path, GOOD, hello_md="Hello\n\n{% if contact.name %}x\n")
    assert "welcome/hello.md: " in told
    assert "line" in told.lower()
    assert (
        "UTF-8" in faults(tmp_path / "b", GOOD, hello_md=b"\xff")
        if ((tmp_path / "b").mkdir() is None)
        else False
    )


def test_a_template_that_is_no_text(tmp_path: Path):
    """A template in another encoding is named with the line of the first odd byte."""
    told = faults(tmp_path, GOOD, hello_md=b"Hello\nGr\xfc\xdfe\n")
    assert "welcome/hello.md:2: It is not text in UTF-8" in told


def test_every_fault_at_once(tmp_path: Path):
    """All that is wrong is told in one go, in the order of the lines."""
    document = GOOD.replace("immediately", "x").replace("yes", "y").replace("send_day: 0", "a: b")
    told = faults(tmp_path, document)
    assert [line.split(": ")[0] for line in told.splitlines()] == [
        "welcome/campaign.yaml:4", "welcome/campaign.yaml:7", "welcome/campaign.yaml:11",
        "welcome/campaign.yaml:12",
    ]  # fmt: skip


def test_nothing_outside_is_read(tmp_path: Path):
    """A link out of the campaign's folder is refused."""
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    own = folder(root, GOOD) / "welcome"
    (own / "hello.md").unlink()
    (own / "hello.md").symlink_to(secret)
    with pytest.raises(FilesError, match="leads out of the campaign's folder"):
        read_folder(root)


def test_folders_that_are_none(tmp_path: Path):
    """A folder that is not there, empty, or with a name that is no key says what was expected."""
    with pytest.raises(FilesError, match="There is no such folder"):
        read_folder(tmp_path / "no")
    with pytest.raises(FilesError, match=r"expected folders with a campaign\.yaml"):
        read_folder(tmp_path)
    (tmp_path / "Not A Key").mkdir()
    (tmp_path / "Not A Key" / "campaign.yaml").write_text(GOOD)
    with pytest.raises(FilesError, match="The name of the folder is the campaign's key"):
        read_folder(tmp_path)


def test_there_and_back(tmp_path: Path):
    """A campaign that is written and read again is the same, and is written the same."""
    [file] = read_folder(folder(tmp_path, GOOD))
    files = files_of(file.key, file.campaign)
    out = tmp_path / "out"
    assert sorted(write_files(out, files, overwrite=False)) == sorted(files)
    [again] = read_folder(out)
    assert again.campaign == file.campaign
    assert files_of(again.key, again.campaign) == files
    assert write_files(out, files, overwrite=False) == []
    assert list(out.rglob(".*")) == []


def test_blocks_there_and_back(tmp_path: Path):
    """A message of blocks is a file of its own ending, whose key is what stands before it."""
    text = '{"blocks": [{"type": "text", "text": "Hello"}]}'
    document = GOOD.replace("hello.md", "hello.blocks.json")
    [file] = read_folder(folder(tmp_path, document, hello_blocks_json=text))
    [message] = file.campaign.messages
    assert (message.key, message.format, message.html_template) == ("hello", "blocks", text)
    assert files_of(file.key, file.campaign)["welcome/hello.blocks.json"] == text


def test_starters_hold_what_they_say():
    """Each sequence reads without a fault, and is a campaign with a key that is free."""
    for starter in starters():
        assert starter_files(starter.key).keys() == {
            f"{starter.key}/{file.name}" for file in (FOLDER / starter.key).iterdir()
        }
        made = new_campaign(starter, [starter.key])
        assert made.key != starter.key
        assert made.messages
        assert new_campaign(starter, []).key == starter.key
