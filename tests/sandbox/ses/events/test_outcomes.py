import pytest

from tenantcrm.sandbox.ses.events.outcomes import steps, suppressed


def told(recipient):
    return [(step.event, step.detail) for step in steps(recipient)]


@pytest.mark.parametrize(
    ("recipient", "events"),
    [
        ("ada@example.com", ["Send", "Delivery"]),
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("success+x@simulator.amazonses.com", ["Send", "Delivery"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("delay+7@simulator.amazonses.com", ["Send", "DeliveryDelay", "Delivery"]),
        ("open@simulator.amazonses.com", ["Send", "Delivery", "Open"]),
        ("click@simulator.amazonses.com", ["Send", "Delivery", "Open", "Click"]),
        ("reject@simulator.amazonses.com", ["Send", "Reject"]),
        ("rendering-failure@simulator.amazonses.com", ["Rendering Failure"]),
        ("silent+a@simulator.amazonses.com", []),
        ("bounce@example.com", ["Send", "Delivery"]),
    ],
)
def test_the_address_says_what_happens(recipient, events):
    """Names of the mailbox simulator do what they say, and everybody else gets the mail."""
    assert [event for event, _ in told(recipient)] == events


@pytest.mark.parametrize(
    ("recipient", "bounce"),
    [
        ("bounce@simulator.amazonses.com", "Permanent/General"),
        ("BOUNCE+7@Simulator.AmazonSES.com", "Permanent/General"),
        ("bounce+NoEmail@simulator.amazonses.com", "Permanent/NoEmail"),
        ("bounce+undetermined@simulator.amazonses.com", "Undetermined/Undetermined"),
        ("soft-bounce@simulator.amazonses.com", "Transient/MailboxFull"),
        ("soft-bounce+message-too-large@simulator.amazonses.com", "Transient/MessageTooLarge"),
        ("soft-bounce+x@simulator.amazonses.com", "Transient/MailboxFull"),
        ("suppressed@simulator.amazonses.com", "Permanent/Suppressed"),
    ],
)
def test_a_label_may_name_a_sub_type(recipient, bounce):
    """A bounce is of the sub-type that its label names, and of the usual one otherwise."""
    assert told(recipient) == [("Send", ""), ("Bounce", bounce)]


def test_machines_open_otherwise():
    """An open by a machine is told from one by a person."""
    assert told("machine-open@simulator.amazonses.com")[-1] == ("Open", "machine")


def test_who_is_on_the_list_of_the_account_gets_nothing():
    """A suppressed mail counts as sent, and comes back without having left."""
    assert [(s.event, s.detail) for s in suppressed("BOUNCE")] == [
        ("Send", ""),
        ("Bounce", "Permanent/OnAccountSuppressionList"),
    ]
    assert suppressed("COMPLAINT")[1].event == "Complaint"
