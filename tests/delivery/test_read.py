"""The ledger as people see it, and why a mail stands where it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from tenantcrm import ids
from tenantcrm.delivery import reasons
from tenantcrm.delivery.schemas import DeliveryRow
from tenantcrm.delivery.service import get_delivery, list_deliveries, queue_system_mail
from tenantcrm.delivery.states import State
from tenantcrm.errors import InvalidError, NotFoundError
from tests.delivery.desk import Desk
from tests.delivery.world import World

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def row(state: State, **values) -> DeliveryRow:
    given = dict.fromkeys(DeliveryRow.__struct_fields__)
    given |= {"id": ids.new_id(), "kind": "drip", "state": state, "due_at": NOW, "held": False}
    return DeliveryRow(**(given | {"attempts": 0, "created_at": NOW, "updated_at": NOW} | values))


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (row(State.PENDING), "waits for its turn"),
        (row(State.PENDING, due_at=NOW + timedelta(hours=2)), "due on 1 Mar 2026, 12:00 UTC"),
        (row(State.PENDING, held=True), "campaign is paused"),
        (
            row(State.PENDING, held=True, late_at=NOW + timedelta(hours=1)),
            "until 1 Mar 2026, 11:00 UTC at the latest",
        ),
        (row(State.PENDING, reason="suspended"), "account is suspended"),
        (row(State.PENDING, reason="unreachable", retry_at=NOW), "SES could not be reached"),
        (row(State.PENDING, reason="Whatever", retry_at=NOW), "tried again by itself"),
        (row(State.CLAIMED), "in hand"),
        (row(State.SENDING), "being asked"),
        (row(State.SENT, sent_at=NOW), "accepted it on 1 Mar 2026, 10:00 UTC"),
        (row(State.UNKNOWN), "may or may not have been sent"),
        (row(State.SKIPPED, reason="late"), "later than its campaign allows"),
        (row(State.SKIPPED, reason="something_new"), "Not sent: something new."),
        (
            row(State.FAILED, reason="MessageRejected", detail="Not verified."),
            "SES refused it for good (MessageRejected): Not verified.",
        ),
        (
            row(State.FAILED, reason="template_failed", detail="Line 3: no"),
            "could not be made from its template: Line 3: no",
        ),
    ],
)
def test_why(mail: DeliveryRow, words: str):
    """Each state is told in a sentence, with its cause."""
    assert words in reasons.why(mail, now=NOW)


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words(state: State):
    """No state is left without a sentence."""
    assert reasons.why(row(state), now=NOW).endswith((".", ")"))


async def test_pages(desk: Desk, world: World):
    """The ledger is read in pages, by state, campaign and contact; our own mails are not in it."""
    contacts = [await world.contact() for _ in range(5)]
    campaign = await world.due(*contacts[:3])
    await desk.send(world)
    await world.due(*contacts[3:])
    async with world.database.unit_of_work(world.tenant_id) as session:
        await queue_system_mail(
            session, "verify_email", "ada@example.com", {"user_id": ids.new_id().hex}
        )
        first = await list_deliveries(session, limit=3)
        assert first.next
        second = await list_deliveries(session, limit=3, after=first.next)
        assert second.next is None
        both = [one.id for one in first.rows + second.rows]
        assert len(set(both)) == 5
        assert both == sorted(both, reverse=True)
        sent = await list_deliveries(session, state=State.SENT)
        assert {one.campaign_id for one in sent.rows} == {campaign}
        assert len(sent.rows) == 3
        of_contact = await list_deliveries(session, contact_id=contacts[4])
        assert [one.state for one in of_contact.rows] == ["pending"]
        with pytest.raises(InvalidError):
            await list_deliveries(session, state=State.SENT, after=first.next)
        mail = await get_delivery(session, sent.rows[0].id)
    assert (mail.subject, mail.send_day, mail.campaign_name) == ("Day 0", 0, "Welcome")
    assert "SES accepted it" in mail.why
    assert mail.email
    assert mail.ses_message_id


async def test_not_found(world: World, other_tenant_id):
    """A mail of another tenant is not found, like one that never was."""
    await world.due(await world.contact())
    (mail,) = await world.mails()
    async with world.database.unit_of_work(other_tenant_id) as session:
        for key in (mail.id, ids.new_id()):
            with pytest.raises(NotFoundError):
                await get_delivery(session, key)
