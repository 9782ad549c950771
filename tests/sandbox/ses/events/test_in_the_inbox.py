"""What the page of a mail shows of its events, and what one may let happen there."""

import asyncio
import re

import pytest

from tests.sandbox.ses.endpoint import listening
from tests.sandbox.ses.running import simple
from tests.sandbox.ses.told import configured, quiet, subscribed


async def page_of(ses, client, name, to):
    """Send a mail; gives the address of its page."""
    await client.send_email(**simple(to), ConfigurationSetName=name)
    await asyncio.to_thread(quiet, ses)
    return f"/inbox/{ses.messages(to=to)[0]['id']}"


def chips(page):
    """The events on a page, as they are read."""
    found = re.findall(r'<li class="chip[^>]*>(.*?)</li>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in found]


@pytest.mark.parametrize(
    ("what", "event", "says"),
    [
        ("open", "Open", {}),
        ("click", "Click", {"link": "https://example.com/"}),
        ("bounce", "Bounce", {"bounceType": "Permanent"}),
        ("soft-bounce", "Bounce", {"bounceType": "Transient"}),
        ("complaint", "Complaint", {"complaintFeedbackType": "abuse"}),
        ("machine-open", "Open", {"userAgent": "Mozilla/5.0"}),
    ],
)
async def test_let_it_happen(ses, client, someone, what, event, says):
    """A button publishes the event of this very mail, and the page shows that it was told."""
    name = await configured(client, ses)
    with listening() as endpoint:
        await subscribed(ses, name, endpoint)
        page = await page_of(ses, client, name, someone)
        assert [one.split()[0] for one in chips(ses.http.get(page).text)] == ["Send", "Delivery"]
        answer = ses.http.post(f"{page}/happen", data={"what": what})
        assert (answer.status_code, answer.headers["location"]) == (303, page)
        came = endpoint.wait(
            lambda: [one for one in endpoint.events() if one["eventType"] == event]
        )
    part = came[0][event.lower()]
    assert {key: part[key] for key in says} == says
    assert came[0]["mail"]["destination"] == [someone]
    last = chips(ses.http.get(page).text)[-1]
    assert last.startswith(event)
    assert last.endswith(", told")


async def test_what_became_of_them(ses, client, someone):
    """A page says where nobody is subscribed, and where an endpoint refused."""
    name = await configured(client, ses)
    page = await page_of(ses, client, name, someone)
    assert all("nobody is subscribed" in one for one in chips(ses.http.get(page).text))
    with listening() as endpoint:
        await subscribed(ses, name, endpoint)
        endpoint.answer = lambda _, __: 403
        ses.http.post(f"{page}/happen", data={"what": "open"})
        await asyncio.to_thread(quiet, ses)
    assert chips(ses.http.get(page).text)[-1].endswith("refused, answered 403")


async def test_nobody_to_tell(ses, client, someone):
    """A mail without event destination says so, and has no buttons."""
    await client.send_email(**simple(someone))
    page = ses.http.get(f"/inbox/{ses.messages(to=someone)[0]['id']}").text
    assert "SES tells nobody" in page
    assert "/happen" not in page


async def test_only_the_inbox_itself(ses, client, someone):
    """A page from elsewhere cannot let anything happen; what there is not is not found."""
    name = await configured(client, ses)
    page = await page_of(ses, client, name, someone)
    foreign = {"Origin": "https://evil.example"}
    assert ses.http.post(f"{page}/happen", headers=foreign).status_code == 403
    assert ses.http.post(f"{page}/happen", data={"what": "fly"}).status_code == 404
    assert ses.http.post("/inbox/999999999/happen", data={"what": "open"}).status_code == 404
