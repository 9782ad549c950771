"""What SES tells of mails, through the whole sandbox: signed, posted, proved, applied, shown."""

from pathlib import Path

import httpx

from tests.fixtures.sandbox import running, wait_for

DOMAIN = "simulator.amazonses.com"
WANTED = {
    "bounce": ("bounced", "bounced"),
    "complaint": ("complained", "complained"),
    "soft-bounce": ("bounced", "subscribed"),
    "success": ("delivered", "subscribed"),
}


def test_bounce_and_complaint(tmp_path: Path):
    """A hard bounce and a complaint suppress within seconds, and show on contact and campaign."""
    with running(tmp_path / "home", "--no-demo") as sandbox:
        _, api = sandbox.tenant_with_key()
        for who in WANTED:
            made = api.put(f"/v1/contacts/by-email/{who}@{DOMAIN}", json={"name": who})
            assert made.status_code == 201
        campaign = api.post(
            "/v1/campaigns",
            json={
                "name": "Outcomes",
                "contact_filter": "",
                "preferred_send_time": "10:00",
                "timezone": "UTC",
                "sender": {"name": "Vinr", "email": "hi@example.com"},
                "day_zero": "immediately",
                "messages": [
                    {"subject": f"Day {day}", "send_day": day, "html_template": "<p>Hello</p>"}
                    for day in (0, 2)
                ],
            },
        ).json()["id"]
        assert api.post(f"/v1/campaigns/{campaign}/activate").status_code == 200

        def told() -> bool:
            mails = api.get(f"/v1/campaigns/{campaign}/deliveries").json()["data"]
            states = sorted(mail["state"] for mail in mails)
            return states == sorted(state for state, _ in WANTED.values())

        wait_for(told, 60, "every mail's outcome")
        people = api.get("/v1/contacts").json()["data"]
        statuses = {one["email"].partition("@")[0]: one["status"] for one in people}
        assert statuses == {who: status for who, (_, status) in WANTED.items()}
        by_name = {one["name"]: one["id"] for one in people}
        feed = api.get(f"/v1/contacts/{by_name['bounce']}/activity").json()["data"]
        kinds = {entry["kind"] for entry in feed}
        assert {"mail_sent", "mail_bounced", "contact_suppressed", "exited"} <= kinds
        activities = api.get(f"/v1/campaigns/{campaign}/activities").json()["data"]
        assert [a["kind"] for a in activities].count("contact_suppressed") == 2
        page = api.get(f"/v1/campaigns/{campaign}/deliveries?state=bounced").json()["data"]
        assert sorted(mail["bounce"] for mail in page) == ["hard", "soft"]
        one = api.get(f"/v1/deliveries/{page[0]['id']}").json()
        assert [event["kind"] for event in one["events"]] == ["queued", "sent", "bounced"]
        again = api.put(f"/v1/contacts/by-email/complaint@{DOMAIN}", json={"name": "Anew"})
        assert again.json()["status"] == "complained"
        assert httpx.post(f"{sandbox.url}/webhooks/ses", content=b"{}").status_code == 403
