"""A line of progress on standard error, for what takes longer than a second, where someone watches."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

from acinus.cli.terminal import errors_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Step", "progress"]

_PATIENCE = 1.0  # seconds


class Step(Protocol):
    """Say what is being done now and, where it is known, how much of how much is done."""

    def __call__(self, name: str, done: int | None = None, total: int | None = None) -> None:
        """Show the next step."""
        ...


@contextlib.contextmanager
def progress() -> Iterator[Step]:
    """Show what is being done once a second has passed; call what is yielded with the name of each step."""
    screen = errors_terminal()
    if not screen.is_terminal:
        yield lambda name, done=None, total=None: None  # noqa: ARG005 - the names are the protocol's
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.description}", markup=False)
    shown = Progress(
        SpinnerColumn(), words, BarColumn(bar_width=20), TimeElapsedColumn(), console=screen, transient=True
    )
    task = shown.add_task("starting", total=None)
    timer = threading.Timer(_PATIENCE, shown.start)
    timer.daemon = True
    timer.start()

    def step(name: str, done: int | None = None, total: int | None = None) -> None:
        shown.update(task, description=name, completed=done, total=total)

    try:
        yield step
    finally:
        timer.cancel()
        timer.join()
        shown.stop()
