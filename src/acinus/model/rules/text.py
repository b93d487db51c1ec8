"""All rules that can be judged from the text before antimony sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.model.rules.clashes import clashing_names
from acinus.model.rules.declarations import disagreeing_declarations
from acinus.model.rules.numbers import numbers_in_text
from acinus.model.rules.spreads import spreads_in_text
from acinus.model.rules.symbols import undefined_symbols
from acinus.model.rules.tricks import numerical_tricks
from acinus.model.rules.two_rules import doubly_ruled
from acinus.model.rules.units_in_text import units_in_text
from acinus.model.rules.wiring import faulty_wiring
from acinus.model.tree import build_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from acinus.errors import Diagnostic
    from acinus.model.library import Library
    from acinus.model.scan import ModelText

__all__ = ["examine", "reachable"]


def examine(library: Library, rows: Collection[str], main: ModelText) -> list[Diagnostic]:
    """Return what is wrong with the text of a model and of every module it is made of.

    Parameters
    ----------
    library : Library
    rows : collection of str
        Ids of the parameter tables.
    main : ModelText
        An assembly, or a module on its own.

    Returns
    -------
    list of Diagnostic
        AC103 to AC110, AC128, AC135 and AC136; each once, however many zones repeat it.
    """
    findings: list[Diagnostic] = []
    tree = build_tree(library, main)
    for model in reachable(library, main):
        assembly = model.name in library.assemblies
        for statement in model.statements:
            findings += units_in_text(model, statement)
            findings += numbers_in_text(model, statement, assembly=assembly)
            findings += spreads_in_text(model, statement)
            findings += numerical_tricks(model, statement)
        findings += faulty_wiring(library, model)
    findings += undefined_symbols(library, tree, rows)
    findings += doubly_ruled(tree, rows)
    findings += disagreeing_declarations(tree, rows)
    findings += clashing_names(tree, rows)
    return _once_per_place(findings)


def _once_per_place(findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings without what a template line repeats for every zone."""
    out: dict[object, Diagnostic] = {}
    for finding in findings:
        place = finding.place
        where = (place.file, place.line, place.column) if place is not None and place.column else finding
        out.setdefault((finding.code, where), finding)
    return list(out.values())


def reachable(library: Library, main: ModelText) -> Iterable[ModelText]:
    """Yield the main model and every module below it, each once."""
    seen: dict[str, ModelText] = {}
    waiting = [main]
    while waiting:
        model = waiting.pop()
        if model.name in seen:
            continue
        seen[model.name] = model
        waiting += [
            library.modules[i.module.text]
            for i in model.of("instance")
            if i.module is not None and i.module.text in library.modules
        ]
    return seen.values()
