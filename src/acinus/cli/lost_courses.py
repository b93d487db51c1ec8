"""The end of a command that made a page: what did not finish is said, and told by the exit code."""

from __future__ import annotations

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.terminal import errors_terminal

__all__ = ["fail_if_lost"]


def fail_if_lost(runs: int, finished: int) -> None:
    """Say how many courses did not reach the end, if any, and stop with exit code 3."""
    lost = runs - finished
    if lost:
        errors_terminal().print(
            f"{lost:,} of {runs:,} courses did not finish", style="bold red", markup=False
        )
        raise typer.Exit(ExitCode.INDIVIDUALS_FAILED)
