"""What campaigns and messages may hold, and what activation asks for."""

from typing import Any

import msgspec
import pytest

from tenantcrm import ids
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.matching import Known, match_messages
from tenantcrm.campaigns.models import CampaignState, Format
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput, NewCampaign, SenderInput
from tenantcrm.errors import InvalidError

GOOD = MessageInput(subject="Welcome", send_day=0, html_template="<p>Hello</p>")


def message(**values: Any) -> MessageInput:
    return msgspec.structs.replace(GOOD, **values)


def faults(**values: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as caught:
        rules.check_changes(CampaignChanges(**values))
    return [(e.pointer, e.code) for e in caught.value.errors]


def message_faults(**values: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as caught:
        rules.check_message(message(**values))
    return [(e.pointer, e.code) for e in caught.value.errors]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "required"),
        ("name", "  ", "required"),
        ("name", "x" * 201, "too_long"),
        ("name", "a\nb", "invalid_text"),
        ("name", "a\x00b", "invalid_text"),
        ("preferred_send_time", "10", "invalid_time"),
        ("preferred_send_time", "24:00", "invalid_time"),
        ("preferred_send_time", "10:60", "invalid_time"),
        ("preferred_send_time", "1:30", "invalid_time"),
        ("preferred_send_time", "10:00:00", "invalid_time"),
        ("preferred_send_time", "10:00\n", "invalid_time"),
        ("preferred_send_time", "١٠:٠٠", "invalid_time"),
        ("timezone", "Mars/Olympus", "unknown_timezone"),
        ("timezone", "../../etc/passwd", "unknown_timezone"),
        ("timezone", "", "unknown_timezone"),
        ("timezone", "europe/london", "unknown_timezone"),
        ("contact_filter", "language==en", "invalid_filter"),
        ("contact_filter", "a" * 10_001, "too_long"),
        ("late_limit_hours", -1, "out_of_range"),
        ("late_limit_hours", 8761, "out_of_range"),
    ],
)
def test_fields(field: str, value: Any, code: str):
    """Each field refuses what it cannot be, at its own pointer."""
    assert faults(**{field: value}) == [(f"/{field}", code)]


def test_every_fault_at_once():
    """One answer names all that is wrong, also deep inside."""
    found = faults(
        name="",
        timezone="Nowhere",
        sender=SenderInput(name="", email="nobody"),
        anchor="enrollment",
        messages=[message(send_day=-1, subject=" "), message(html_template="{{ x")],
    )
    assert found == [
        ("/name", "required"),
        ("/timezone", "unknown_timezone"),
        ("/sender/name", "required"),
        ("/sender/email", "invalid_email"),
        ("/messages/0/subject", "required"),
        ("/messages/1/html_template", "template_syntax"),
        ("/messages/0/send_day", "out_of_range"),
    ]


def test_what_is_left_out_is_not_looked_at():
    """Only given fields become columns."""
    assert rules.check_changes(CampaignChanges(name=" Hi ")) == {"name": "Hi"}
    assert rules.check_changes(CampaignChanges(sender=None)) == {
        "sender_name": None,
        "sender_email": None,
    }


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"subject": "x" * 999}, ("/subject", "too_long")),
        ({"subject": "a\r\nBcc: b"}, ("/subject", "invalid_text")),
        ({"preheader": "a\nb"}, ("/preheader", "invalid_text")),
        ({"send_day": 3651}, ("/send_day", "out_of_range")),
        ({"html_template": " \n "}, ("/html_template", "required")),
        ({"html_template": "é" * 500_001}, ("/html_template", "too_long")),
        ({"html_template": "{% if x %}"}, ("/html_template", "template_syntax")),
        ({"subject": "{{ contact.name"}, ("/subject", "template_syntax")),
        (
            {
                "html_template": "{% for a in (1..10000) %}{% for b in (1..10000) %}{{ a }}"
                "{% endfor %}{% endfor %}"
            },
            ("/html_template", "template_too_costly"),
        ),
        (
            {"html_template": "<mjml><mj-body><mj-nope/>", "format": Format.MJML},
            ("/html_template", "mjml_syntax"),
        ),
    ],
)
def test_messages(values: dict[str, Any], fault: tuple[str, str]):
    """A message refuses what cannot be sent; template faults come at save."""
    assert message_faults(**values) == [fault]


def test_template_faults_name_the_line():
    """The author learns in which line the template is wrong."""
    with pytest.raises(InvalidError, match="Line 3"):
        rules.check_message(message(html_template="<p>\n\n{{ contact. }}</p>"))


def test_days_are_unique():
    """Two messages on one day are refused at the second one's day."""
    assert faults(messages=[GOOD, message(send_day=1), message(send_day=0)]) == [
        ("/messages/2/send_day", "duplicate_send_day")
    ]


def test_too_many_messages():
    """A campaign has at most a hundred messages."""
    assert faults(messages=[message(send_day=n) for n in range(101)]) == [("/messages", "too_many")]


def test_messages_are_matched_by_id_then_day():
    """An id names its message even on a new day; without one the day does; the rest are new."""
    a, b, c = ids.new_id(), ids.new_id(), ids.new_id()
    given = [
        message(id=ids.show_id(ids.MESSAGE, a), send_day=5),
        message(send_day=0),
        message(send_day=2),
        message(send_day=9),
    ]
    assert match_messages({a: Known("a", 0), b: Known("b", 2), c: Known("c", 7)}, given) == [
        a,
        None,
        b,
        None,
    ]


def test_messages_are_matched_by_key():
    """A key tells a message wherever it goes; a new key is a new message, also on a taken day."""
    a, b = ids.new_id(), ids.new_id()
    known = {a: Known("hello", 0), b: Known("tip", 2)}
    given = [message(key="tip", send_day=5), message(key="more", send_day=0), message(send_day=0)]
    assert match_messages(known, given) == [b, None, a]
    with pytest.raises(InvalidError) as caught:
        match_messages(known, [message(key="tip"), message(key="tip", send_day=1)])
    assert caught.value.errors[0].code == "duplicate_key"


def test_foreign_message_ids():
    """An id that is not of this campaign, or given twice, is refused."""
    a = ids.new_id()
    mine = ids.show_id(ids.MESSAGE, a)
    given = [
        message(id=mine),
        message(id=mine, send_day=1),
        message(id="msg_x", send_day=2),
        message(id=ids.show_id(ids.MESSAGE, ids.new_id()), send_day=3),
        message(id=ids.show_id(ids.CONTACT, a), send_day=4),
    ]
    with pytest.raises(InvalidError) as caught:
        match_messages({a: Known("a", 0)}, given)
    assert [(e.pointer, e.code) for e in caught.value.errors] == [
        ("/messages/1/id", "duplicate_message"),
        ("/messages/2/id", "unknown_message"),
        ("/messages/3/id", "unknown_message"),
        ("/messages/4/id", "unknown_message"),
    ]


def test_moves():
    """A draft cannot be paused, and what is archived stays so."""
    allowed = {(a, b) for a in CampaignState for b in CampaignState if rules.may(a, b)}
    assert allowed == rules.MOVES
    assert not rules.may("draft", CampaignState.PAUSED)
    assert not any(rules.may("archived", state) for state in CampaignState)


def test_unknown_fields_are_refused():
    """A misspelt field is an error, not a silence; what is only told may come back."""
    with pytest.raises(msgspec.ValidationError, match="preferred_time"):
        msgspec.convert(
            {
                "name": "a",
                "contact_filter": "",
                "preferred_send_time": "10:00",
                "preferred_time": "10:00",
            },
            NewCampaign,
        )
    assert msgspec.convert({"name": "a", "state": "draft", "id": "cam_1"}, CampaignChanges)
