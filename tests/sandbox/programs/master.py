"""Runs the family under a guard until it is killed: master.py FOLDER [stubborn | nursery]."""

import asyncio
import os
import sys
from pathlib import Path

from tenantcrm.sandbox.nursery import Nursery
from tenantcrm.sandbox.process import GuardedProcess, Program


async def main() -> None:
    folder = Path(sys.argv[1])
    words, nursery = sys.argv[2:], None
    start = [str(Path(__file__).with_name("family.py"))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    if "nursery" in words:
        words, nursery = [], Nursery(["json"], folder / "nursery.log", environment)
        start = ["-m", "tests.sandbox.programs.family"]
    program = Program(
        name="family",
        argv=[sys.executable, *start, str(folder / "pids"), *words],
        log=folder / "family.log",
        environment=environment,
        preload="json",
        grace=60,
    )
    process = await GuardedProcess.start(program, nursery=nursery)
    await process.wait()


asyncio.run(main())
