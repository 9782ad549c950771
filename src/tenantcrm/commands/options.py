"""What all commands take and how they tell what came of it."""

import asyncio
import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from tenantcrm.settings import Settings, load

T = TypeVar("T")
HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Speak to the instance that `up` runs in this folder; without it, the environment.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def settings_of(home: Path | None) -> Settings:
    """The settings of the instance in ``home``, or of the environment."""
    if home is not None:
        from tenantcrm.sandbox.home import settings_environment  # noqa: PLC0415 # see ``cli``

        # Into the environment, because the processes that web and worker start read it there.
        os.environ.update(settings_environment(home))
    return load()


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to."""
    return asyncio.run(work)


def tell(as_json: bool, facts: dict[str, object], sentence: str) -> None:
    """Print the facts as JSON, or a sentence of them."""
    click.echo(json.dumps(facts, default=str) if as_json else sentence)
