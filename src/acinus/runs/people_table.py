"""The user's table of people, copied into the folder of a run with the file of its units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.runs.identity import file_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["NAME", "hash_of_table", "table_files"]

NAME = "cohort"
"""What the table is called in the folder, before its suffix."""


def table_files(path: Path) -> dict[str, bytes]:
    """Return the files of a table by the name that each has in the folder of a run; empty if there is no such table."""
    if not path.is_file():
        return {}
    found = {f"{NAME}{path.suffix}": path.read_bytes()}
    units = path.with_name(f"{path.stem}.units.csv")
    if units.is_file():
        found[f"{NAME}.units.csv"] = units.read_bytes()
    return found


def hash_of_table(files: Mapping[str, bytes]) -> str:
    """Return what tells one table from another."""
    return file_hash(b"".join(part for name in sorted(files) for part in (name.encode(), b"\0", files[name])))
