"""What a person sees while the sandbox starts, runs and stops."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

LONG = 5.0
"""Without a spinner, a step that takes longer says so every so many seconds."""
GLANCE = 0.2
"""Seconds between two looks at the log of a step under way."""


class _Screen(Console):
    """Standard output for as long as somebody reads it."""

    def on_broken_pipe(self) -> None:
        """Go on in silence: ``tenantcrm up | head`` is no reason to end what others use by now."""
        self.quiet = True


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs before lines, in what the terminal can show."""

    done: str
    failed: str
    note: str


class Terminal:
    """Steps with their duration, lines in between, one summary. Plain lines when it is no TTY."""

    def __init__(self) -> None:
        """Speak to standard output."""
        self.console: Console = _Screen(highlight=False, soft_wrap=True)
        unicode = "utf" in (self.console.encoding or "").lower()
        self._marks = Marks("✓", "✗", "•") if unicode else Marks("ok", "failed:", "-")
        self._progress = Progress(
            SpinnerColumn("dots" if unicode else "line"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}[/dim]"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def line(self, text: str) -> None:
        """A line in between."""
        self.console.print(f"[dim]{self._marks.note}[/dim] {escape(text)}")

    def fault(self, message: str, tail: Sequence[str] = ()) -> None:
        """Why it ends: the last words of the program at fault, then one line, on standard error."""
        errors = Console(stderr=True, highlight=False, soft_wrap=True)
        for line in tail:
            errors.print(f"  [dim]{escape(line)}[/dim]")
        errors.print(f"[red]{self._marks.failed}[/red] {escape(message)}")

    @asynccontextmanager
    async def step(self, title: str, log: Path | None = None) -> AsyncIterator[None]:
        """A step under way: a spinner with the last line of its log, then a line with its time."""
        begun = time.monotonic()
        self._progress.start()
        task = self._progress.add_task(escape(title), detail="")
        watch = asyncio.create_task(self._watch(title, task, log))
        try:
            yield
        finally:
            watch.cancel()
            self._progress.remove_task(task)
            if not self._progress.tasks:
                self._progress.stop()
        took = f"{time.monotonic() - begun:.1f} s"
        self.console.print(f"[green]{self._marks.done}[/green] {escape(title)} [dim]{took}[/dim]")

    async def _watch(self, title: str, task: object, log: Path | None) -> None:
        begun, told = time.monotonic(), LONG
        while True:
            await asyncio.sleep(GLANCE)
            detail = _last_line(log) if log is not None else ""
            if self.console.is_terminal:
                self._progress.update(task, detail=escape(detail))  # type: ignore[arg-type] # a TaskID is opaque
            elif time.monotonic() - begun > told:
                told += LONG
                self.line(f"{title}: {time.monotonic() - begun:.0f} s so far {detail}".rstrip())


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[-1][:80] if lines else ""
