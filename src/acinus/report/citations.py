"""Sources in full: a key of ``references.bib`` becomes authors, year, title, journal and identifier."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["cite"]

_MOST_AUTHORS = 3


def cite(key: str, biology: Path) -> str | None:
    """Return the full citation of a key, or None if the bibliography of that folder does not have it.

    Examples
    --------
    ``cite("albert_1974", biology)`` begins with ``Albert KS, Sedman AJ, Wilkinson P et al. (1974)``.
    """
    path = biology / "references.bib"
    if not path.is_file():
        return None
    entry = _entries(path, path.stat().st_mtime_ns).get(key)
    return None if entry is None else _sentence(entry)


@lru_cache(maxsize=4)
def _entries(path: Path, changed: int) -> Mapping[str, Mapping[str, str]]:
    from bibtexparser.entrypoint import parse_file
    from bibtexparser.middlewares import LatexDecodingMiddleware

    del changed  # part of the key only: an edited file is read again
    library = parse_file(str(path), append_middleware=[LatexDecodingMiddleware()])
    return {
        entry.key: {name.lower(): str(field.value) for name, field in entry.fields_dict.items()}
        for entry in library.entries
    }


def _sentence(entry: Mapping[str, str]) -> str:
    people = [_surname_first(name) for name in re.split(r"\s+and\s+", entry.get("author", "")) if name]
    who = ", ".join(people[:_MOST_AUTHORS]) + (" et al." if len(people) > _MOST_AUTHORS else "")
    words = [f"{who} ({entry.get('year', 'no year')}).".lstrip(), entry.get("title", "").rstrip(".") + "."]
    where = (
        entry.get("journal") or entry.get("booktitle") or entry.get("publisher") or entry.get("howpublished")
    )
    if where:
        volume = entry.get("volume", "")
        pages = entry.get("pages", "").replace("--", "-")
        words.append(where + (f" {volume}" if volume else "") + (f":{pages}" if pages else "") + ".")
    words += [
        f"{name}{entry[field]}"
        for field, name in (("doi", "doi:"), ("pmid", "PMID "), ("url", ""))
        if entry.get(field)
    ]
    return re.sub(r"[{}]", "", " ".join(word for word in words if word != "."))


def _surname_first(name: str) -> str:
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma:
        return name.strip()
    initials = "".join(part[0] for part in re.split(r"[\s.-]+", given) if part)
    return f"{family} {initials}"
