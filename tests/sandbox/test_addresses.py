from pathlib import Path

from tenantcrm import settings
from tenantcrm.sandbox import passwords
from tenantcrm.sandbox.addresses import Addresses
from tenantcrm.sandbox.ports import Ports


def loaded(tmp_path: Path, events):
    """The settings of the processes of a run."""
    made = passwords.make(tmp_path / f"{events}.json")
    ports = Ports(web=8000, ses=8001, postgres=8002, redis=8003)
    addresses = Addresses(made, ports, "127.0.0.1", events)
    return settings.load(addresses.environment(tmp_path))


def test_events_are_posted(tmp_path: Path):
    """Mail goes out under the set whose topic SNS posts to web, and that topic alone is trusted."""
    found = loaded(tmp_path, "http")
    assert found.ses_configuration_set == "tenantcrm"
    assert found.sns_topic_arns == ("arn:aws:sns:us-east-1:000000000000:tenantcrm",)
    assert found.sqs_queue_url is None


def test_events_are_fetched(tmp_path: Path):
    """Or workers fetch the events of that topic from a queue of the simulator."""
    found = loaded(tmp_path, "sqs")
    assert found.sqs_queue_url == "http://127.0.0.1:8001/000000000000/tenantcrm-events"
    assert found.sns_topic_arns == ("arn:aws:sns:us-east-1:000000000000:tenantcrm",)
