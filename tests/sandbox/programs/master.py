"""Runs the family under a guard until it is killed: python master.py FOLDER [stubborn]."""

import asyncio
import os
import sys
from pathlib import Path

from tenantcrm.sandbox.process import GuardedProcess, Program


async def main() -> None:
    folder = Path(sys.argv[1])
    family = Path(__file__).with_name("family.py")
    program = Program(
        name="family",
        argv=[sys.executable, str(family), str(folder / "pids"), *sys.argv[2:]],
        log=folder / "family.log",
        environment=dict(os.environ),
        grace=60,
    )
    process = await GuardedProcess.start(program)
    await process.wait()


asyncio.run(main())
