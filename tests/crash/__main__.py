"""``python -m tests.crash --minutes 10``: exit status 1 when a mail was lost or doubled."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import click
import structlog

from tests.crash.mutants import MUTANTS
from tests.crash.run import Options, crash, new_seed


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.1), default=10.0, show_default=True)
@click.option("--seed", type=int, help="Of an earlier run; a new one when left out.")
@click.option("--workers", type=click.IntRange(1, 32), default=4, show_default=True)
@click.option("--tenants", type=click.IntRange(1, 100), default=4, show_default=True)
@click.option("--contacts", type=click.IntRange(1), default=1_000, show_default=True)
@click.option(
    "--mutant", type=click.Choice(sorted(MUTANTS)), help="A build that is wrong on purpose."
)
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep logs and ledgers here."
)
def main(
    *,
    minutes: float,
    seed: int | None,
    workers: int,
    tenants: int,
    contacts: int,
    mutant: str | None,
    keep: Path | None,
) -> None:
    """Kill workers at every step while mail goes out, and compare both ledgers afterwards."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    place = keep or Path(tempfile.mkdtemp(prefix="tcrm-crash-", dir="/tmp"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)
    options = Options(
        seconds=minutes * 60,
        seed=new_seed() if seed is None else seed,
        tenants=tenants,
        contacts=contacts,
        workers=workers,
        mutant=mutant,
        keep=place,
    )
    click.echo(f"seed {options.seed}, {minutes:g} minutes")
    figures = asyncio.run(crash(options))
    click.echo("\n".join(figures.lines()))
    (place / "figures.txt").write_text("\n".join(figures.lines()) + "\n")
    if not figures.verdict.sound:
        click.echo(f"NOT SOUND; logs and ledgers are in {place}")
        sys.exit(1)
    if keep is None:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
