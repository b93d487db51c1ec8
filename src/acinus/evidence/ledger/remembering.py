"""Results kept between runs, by all that decides them: the science, the program, and the survey's files.

A claim is found again only where no text of biology/ but that of the statements and sources, and no line of the program,
has changed since.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from acinus.cache import cache_key, read_cached, write_cached
from acinus.documents import biology_folder

__all__ = ["key_of_folder", "key_of_science", "recall", "remember"]

_IGNORED = ("evidence", "references.bib")


@functools.cache
def key_of_science() -> str:
    """Return a name that changes with the science or the program, but not with what statements say of it."""
    biology = biology_folder()
    files = [path for path in sorted(biology.rglob("*")) if path.is_file()]
    science = [path for path in files if path.relative_to(biology).parts[0] not in _IGNORED]
    program = sorted(Path(__file__).parents[2].rglob("*.py"))
    digest = hashlib.sha256()
    for path in (*science, *program):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def key_of_folder(folder: Path) -> str:
    """Return a name that changes with the files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def recall(*parts: str) -> Any | None:
    """Return what was kept under a name, or None."""
    found = read_cached(_key(parts))
    return None if found is None else json.loads(found)


def remember(value: Any, *parts: str) -> None:
    """Keep a value that JSON can hold."""
    write_cached(_key(parts), json.dumps(value).encode())


def _key(parts: tuple[str, ...]) -> str:
    return cache_key(b"ledger", key_of_science().encode(), *(part.encode() for part in parts))
