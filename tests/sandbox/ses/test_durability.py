import asyncio
import signal

from botocore.exceptions import BotoCoreError

from tests.sandbox.ses.running import client_of, running, simple


async def test_a_restart_keeps_the_inbox(tmp_path, someone):
    """After SIGTERM and a new start every mail is there, under the same id."""
    with running(tmp_path, "--verified", "example.com") as first:
        async with client_of(first) as client:
            await client.send_email(**simple(someone, "Before"))
        before = first.messages(to=someone)
        assert first.end(signal.SIGTERM) == 0
    with running(tmp_path) as second:
        after = second.messages(to=someone)
        assert [(m["id"], m["subject"]) for m in after] == [(before[0]["id"], "Before")]
        async with client_of(second) as client:
            await client.send_email(**simple(someone, "After"))
        assert [m["subject"] for m in second.messages(after=before[0]["id"])] == ["After"]


async def test_a_kill_loses_no_answered_mail(tmp_path):
    """Killed in the middle of many sends: each one that was answered is in the inbox, once."""
    answered: list[str] = []
    with running(tmp_path, "--verified", "example.com") as first:
        enough = asyncio.Event()

        async with client_of(first, connections=40) as client:

            async def send(number: int) -> None:
                for turn in range(1000):
                    try:
                        answer = await client.send_email(
                            **simple(f"p{number}-{turn}@example.net", text="x" * 5000)
                        )
                    except BotoCoreError:
                        return
                    answered.append(answer["MessageId"])
                    if len(answered) == 200:
                        enough.set()

            senders = [asyncio.create_task(send(number)) for number in range(40)]
            await enough.wait()
            first.process.kill()
            await asyncio.gather(*senders)
    assert len(answered) >= 200
    with running(tmp_path) as second:
        kept = [m["headers"]["Message-ID"].split("@")[0].lstrip("<") for m in second.messages()]
        assert len(kept) == len(set(kept))
        assert set(answered) <= set(kept)
        assert {m["text"] for m in second.messages()} == {"x" * 5000}


async def test_many_at_once_arrive_once_each(ses, client):
    """Sends at the same time get ids of their own and none is lost."""
    async with client_of(ses, connections=50) as many:
        answers = await asyncio.gather(
            *(many.send_email(**simple("crowd@example.net", f"{n}")) for n in range(300))
        )
    found = ses.messages(to="crowd@example.net")
    assert sorted(int(m["subject"]) for m in found) == list(range(300))
    assert len({answer["MessageId"] for answer in answers}) == 300
    assert [m["id"] for m in found] == sorted({m["id"] for m in found})


async def test_ids_are_never_used_twice(tmp_path, someone):
    """After the inbox was emptied, and after a restart, ids go on where they were."""
    with running(tmp_path, "--verified", "example.com") as first:
        async with client_of(first) as client:
            await client.send_email(**simple(someone))
            last = first.messages()[-1]["id"]
            assert first.http.delete("/inbox/messages").status_code == 204
            assert first.messages() == []
    with running(tmp_path) as second:
        async with client_of(second) as client:
            await client.send_email(**simple(someone, "New"))
        assert [m["subject"] for m in second.messages(after=last)] == ["New"]


async def test_without_a_home_nothing_is_kept():
    """A simulator without a home works and leaves nothing to the next one."""
    for _ in range(2):
        with running(None, "--verified", "example.com") as simulator:
            assert simulator.messages() == []
            async with client_of(simulator) as client:
                await client.send_email(**simple("a@example.org"))
            assert len(simulator.messages()) == 1
