"""references.bib: every source once, with an identifier that leads to it.

In: the file. Out: a `Bibliography` of keys, with findings AC119 for entries without DOI, PMID or ISBN; and
for the tables AC118 (a key nobody wrote down) and AC120 (a fit without its problem file).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from acinus.documents import read_text, shown
from acinus.errors import Code, Diagnostic, ModelTextError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.model.tables import Tables

__all__ = ["Bibliography", "Reference", "read_bibliography"]

_ENTRY = re.compile(r"^\s*@(\w+)\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*[{\"]?\s*(.*?)\s*[}\"]?\s*,?\s*$", re.MULTILINE)
_IDENTIFIERS = ("doi", "pmid", "isbn")


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry: its key, kind, fields in lower case, and place."""

    key: str
    kind: str
    fields: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Bibliography:
    """Entries by key, and what is wrong with them."""

    references: Mapping[str, Reference]
    findings: tuple[Diagnostic, ...]

    def missing(self, tables: Tables, biology: Path) -> list[Diagnostic]:
        """Return the sources named in the tables that are not there."""
        if any(finding.code is Code.FILE_MISSING for finding in self.findings):
            return []  # said once, not for every row
        out = []
        problems = [path.stem for path in (biology / "calibration").glob("*.yaml")]
        for name, card in tables.cards.items():
            row = tables.rows[name]
            for source in card.sources:
                if source.startswith("fit:"):
                    problem = source.removeprefix("fit:")
                    if problem not in problems:
                        out.append(
                            Diagnostic(
                                Code.FIT_UNKNOWN,
                                f"`{name}` was fitted by `{problem}`, which does not exist",
                                row.place("source"),
                                f"There is no {shown(biology / 'calibration' / f'{problem}.yaml')}.",
                                nearest(problem, problems),
                            )
                        )
                elif source not in self.references:
                    out.append(
                        Diagnostic(
                            Code.SOURCE_UNKNOWN,
                            f"`{name}`: `{source}` is not in references.bib",
                            _at(row.place("source"), source),
                            "",
                            nearest(source, self.references) or "Add the entry, with its DOI or PMID.",
                        )
                    )
        return out


def _at(cell: Place, key: str) -> Place:
    """Return the place of one key inside a cell of several."""
    start = cell.excerpt.find(key, (cell.column or 1) - 1) if cell.excerpt is not None else -1
    return replace(cell, column=start + 1, length=len(key)) if start >= 0 else cell


def read_bibliography(path: Path) -> Bibliography:
    """Return the entries of a BibTeX file; a missing file is a finding (AC101)."""
    try:
        text = read_text(path)
    except ModelTextError as error:
        return Bibliography({}, error.diagnostics)
    lines = text.splitlines()
    found = list(_ENTRY.finditer(text))
    references: dict[str, Reference] = {}
    findings = []
    for position, entry in enumerate(found):
        if entry.group(1).lower() in ("comment", "string", "preamble"):
            continue
        end = found[position + 1].start() if position + 1 < len(found) else len(text)
        fields = {name.lower(): value for name, value in _FIELD.findall(text[entry.end() : end]) if value}
        key = entry.group(2)
        number = text.count("\n", 0, entry.start(2)) + 1
        place = Place(shown(path), number, lines[number - 1].find(key) + 1, lines[number - 1], len(key))
        if key in references:
            findings.append(
                Diagnostic(
                    Code.DUPLICATE_ROW,
                    f"`{key}` stands in references.bib twice",
                    place,
                    f"It stands at {references[key].place} already.",
                    "Keep one of them.",
                )
            )
            continue
        references[key] = Reference(key, entry.group(1).lower(), fields, place)
        if not any(fields.get(name) for name in _IDENTIFIERS):
            findings.append(
                Diagnostic(
                    Code.REFERENCE_WITHOUT_IDENTIFIER,
                    f"`{key}` has no DOI, PMID or ISBN",
                    place,
                    "A reader could not be sure to find the same text.",
                    "Add the field `doi`, `pmid` or `isbn`.",
                )
            )
    return Bibliography(references, tuple(findings))
