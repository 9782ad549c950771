"""The process that signs notifications and posts them: ``python -m … FOLDER``.

It speaks to the simulator over its standard input and output, keeps nothing but the key, and ends
when the simulator does.
"""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

from tenantcrm.sandbox.ses.sns import frames, keys
from tenantcrm.sandbox.ses.sns.envelopes import Hello, Outcome, Parcel, headers
from tenantcrm.sandbox.ses.sns.retries import ANSWER_SECONDS
from tenantcrm.sandbox.ses.sns.sealing import sealed

_MOST_FRAME = 2**26


class Post:
    """The post office of one run."""

    def __init__(self, key: keys.Key, client: aiohttp.ClientSession) -> None:
        """Take the key and the client."""
        self._key, self._client = key, client
        self._stranger: keys.Key | None = None

    async def carry(self, parcel: Parcel) -> Outcome:
        """Sign one, and post it where it goes anywhere."""
        if parcel.forgery.key and self._stranger is None:
            self._stranger = keys.made()
        document = sealed(parcel, self._key, self._stranger)
        if parcel.url is None:
            return Outcome(id=parcel.id, document=document.decode())
        try:
            async with self._client.post(
                parcel.url,
                data=document,
                headers=headers(parcel.fields, parcel.subscription),
                allow_redirects=False,
            ) as answer:
                return Outcome(id=parcel.id, status=answer.status, fault=answer.reason or "")
        except TimeoutError:
            return Outcome(id=parcel.id, fault="no answer in time")
        except (aiohttp.ClientError, ValueError, OSError) as fault:
            return Outcome(id=parcel.id, fault=f"{type(fault).__name__}: {fault}"[:300])


async def _work(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_MOST_FRAME)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    key = keys.kept(folder)
    _say(frames.framed(Hello(name=key.name, certificate=key.certificate.decode())))
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    # What is under way is bounded by whoever hands parcels over.
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
        asyncio.TaskGroup() as tasks,
    ):
        post = Post(key, client)
        while (parcel := await frames.frame(reader, Parcel)) is not None:
            tasks.create_task(_carried(post, parcel))
        # The simulator has ended; nobody hears of what is still under way.
        os._exit(0)


async def _carried(post: Post, parcel: Parcel) -> None:
    _say(frames.framed(await post.carry(parcel)))


def _say(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(0)


def main(folder: str) -> None:
    """Sign and post until standard input ends."""
    asyncio.run(_work(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
