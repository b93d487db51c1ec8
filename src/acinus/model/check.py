"""Everything that can be checked about a biology folder at once.

In: a folder. Out: a `CheckReport`: all findings over all modules, assemblies, tables and references, and
how well the numbers are known, module by module.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import biology_folder, shown
from acinus.errors import AcinusError, Code, Diagnostic, ModelTextError, Place
from acinus.model.assemble import Workshop, assemble, open_workshop
from acinus.model.flatten import flatten
from acinus.model.record import Card, Model, frozen
from acinus.model.rules import examine
from acinus.model.rules.unused import unused_entries, unused_rows
from acinus.model.tables import GRADES
from acinus.model.tree import build_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from acinus.model.scan import ModelText

__all__ = ["CheckReport", "ModuleReport", "OwnNumbers", "check_biology"]

_TEXTS = ("*.yaml", "*/*.yaml", "observations/*/*.yaml")


@dataclass(frozen=True, slots=True)
class ModuleReport:
    """One module: its file, how many parameters it uses, and the share of each grade among them."""

    name: str
    file: str
    parameters: tuple[str, ...]
    grades: Mapping[str, float]

    @property
    def assumed(self) -> float:
        """Return the share of its parameters that are assumed, 0 to 1."""
        return self.grades.get("assumed", 0.0)


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """An assembly with numbers of its own: which of those it uses are its own, which are shared with all.

    `grades` are the shares of each grade among its own.
    """

    assembly: str
    own: tuple[str, ...]
    shared: tuple[str, ...]
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: diagnostics, counts, and the grades of the numbers.

    `parameters` and `grades` count the rows that all assemblies share; `own_numbers` says more of the rest.
    """

    biology: str
    diagnostics: tuple[Diagnostic, ...]
    modules: tuple[ModuleReport, ...]
    assemblies: tuple[str, ...]
    parameters: int
    references: int
    grades: Mapping[str, float]
    own_numbers: tuple[OwnNumbers, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether nothing was found."""
        return not self.diagnostics

    @property
    def assumed(self) -> float:
        """Return the share of all parameters that are assumed, 0 to 1."""
        return self.grades.get("assumed", 0.0)


def check_biology(biology: Path | None = None, *, zones: int = 8) -> CheckReport:
    """Return all that is wrong with a biology folder, and how well its numbers are known.

    Parameters
    ----------
    biology : Path, optional
        The folder; the one shipped with acinus unless given.
    zones : int
        Zones to build the assemblies with.

    Returns
    -------
    CheckReport
        Never raises for what is wrong inside the folder.

    Raises
    ------
    ModelTextError
        AC101 if there is no such folder.
    """
    folder = biology or biology_folder()
    if not folder.is_dir():
        raise ModelTextError(
            Diagnostic(
                Code.FILE_MISSING,
                f"no such folder: {shown(folder)}",
                None,
                "",
                "Name a folder like biology/.",
            )
        )
    workshop = open_workshop(folder, zones)
    findings = [*workshop.library.findings, *workshop.row_findings, *workshop.source_findings]
    models, sound = _models(workshop, findings)
    if sound and models:
        words = _words(folder)
        findings += unused_rows(workshop.tables, models, words)
        findings += unused_entries(workshop.tables, models)
    cards = workshop.tables.cards
    return CheckReport(
        shown(folder),
        tuple(sorted(dict.fromkeys(findings), key=_order)),
        tuple(_module(workshop, model) for model in workshop.library.modules.values()),
        tuple(workshop.library.assemblies),
        len(cards),
        len(workshop.bibliography.references),
        _shares(cards.values()),
        tuple(_own_numbers(model) for model in models if model.has_own_numbers),
    )


def _own_numbers(model: Model) -> OwnNumbers:
    used = [card for card in model.cards.values() if card.id in model.symbols]
    own = [card for card in used if card.replaces is not None]
    shared = tuple(card.id for card in used if card.replaces is None)
    return OwnNumbers(model.id, tuple(card.id for card in own), shared, _shares(own))


def _models(workshop: Workshop, findings: list[Diagnostic]) -> tuple[list[Model], bool]:
    """Return every assembly that can be built; add what is wrong with them and with idle modules."""
    library, rows = workshop.library, workshop.tables.cards
    models, sound = [], not library.findings
    seen: set[str] = set()
    unfinished = {
        f.place.file for f in library.findings if f.code is Code.TEMPLATE_WRONG and f.place is not None
    }
    for main in library.assemblies.values():
        seen |= {i.model.name for i in build_tree(library, main).root.walk()}
        if main.source.file in unfinished:
            continue
        wrong = examine(library, rows, main)
        findings += wrong
        if wrong or library.findings:
            sound = False
            continue
        try:
            model, wrong = assemble(workshop, main, workshop.biology, {})
        except AcinusError as error:
            findings += error.diagnostics
            sound = False
            continue
        findings += wrong
        sound = sound and not wrong
        models.append(model)
    for name, module in library.modules.items():
        if name not in seen:
            wrong = examine(library, rows, module)
            findings += wrong or _syntax(workshop, module)
    return models, sound


def _syntax(workshop: Workshop, module: ModelText) -> list[Diagnostic]:
    try:
        flatten(module, build_tree(workshop.library, module))
    except ModelTextError as error:
        return list(error.diagnostics)
    return []


def _words(folder: Path) -> frozenset[str]:
    """Return every word of the YAML texts, which may name ids of the tables."""
    words: set[str] = set()
    for pattern in _TEXTS:
        for path in folder.glob(pattern):
            words.update(re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8", errors="replace")))
    return frozenset(words)


def _module(workshop: Workshop, module: ModelText) -> ModuleReport:
    cards = workshop.tables.cards
    used: dict[str, Card] = {}
    for statement in module.statements:
        for word in (*statement.uses, *((statement.target,) if statement.target else ())):
            if word.text in cards:
                used[word.text] = cards[word.text]
    return ModuleReport(module.name, module.source.file, tuple(used), _shares(used.values()))


def _shares(cards: Iterable[Card]) -> Mapping[str, float]:
    listed = list(cards)
    counts = Counter(card.grade for card in listed)
    return frozen({grade: counts[grade] / len(listed) for grade in GRADES if counts[grade]})


def _order(finding: Diagnostic) -> tuple[str, int, int, str]:
    place = finding.place or Place("")
    return place.file, place.line or 0, place.column or 0, finding.code.value
