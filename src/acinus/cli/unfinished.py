"""Where commands that take long keep what they have done, so that the same command goes on after a kill."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["UNFINISHED", "forget"]

UNFINISHED = "unfinished"
"""Name of the folder, inside that of the results."""


def forget(out: Path) -> None:
    """Remove what was kept; the results have taken its place."""
    shutil.rmtree(out / UNFINISHED, ignore_errors=True)
