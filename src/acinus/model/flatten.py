"""Antimony's flattening, and the joining of numbers that modules share.

In: a library and its main model. Out: SBML text in which every number of the tables is one global parameter.
Knows antimony; knows no units.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, ModelTextError, Place

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.library import Library
    from acinus.model.scan import ModelText, Source
    from acinus.model.tree import Tree

__all__ = ["flatten", "join"]

# antimony keeps what it loaded in the library itself, one state for the process.
_ANTIMONY = threading.Lock()
_ID = re.compile(r'\b(id|symbol|variable|species|compartment)="(\w+)"|<ci> (\w+) </ci>')
_LINE = re.compile(r"line (\d+):\s*(.*)", re.DOTALL)


def flatten(library: Library, main: ModelText) -> str:
    """Return the flat SBML of the main model, as antimony makes it.

    Raises
    ------
    ModelTextError
        AC129 with the author's line if antimony refuses the text.
    """
    import antimony

    order = [*_needed(library, main), main.source]
    text = "".join(source.text for source in order)
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        try:
            # antimony 3.3 wrongly reports names of nested instances (`z1.gsh`) as unknown after it made the
            # model; the flat model is complete, and is checked by libSBML again in `consistency`.
            failed = antimony.loadAntimonyString(text) < 0
            if failed and "SBML error(s) when creating module" not in str(antimony.getLastError()):
                raise ModelTextError(_syntax(str(antimony.getLastError()), order))
            sbml = antimony.getSBMLString(main.name)
            if not sbml:
                raise ModelTextError(_syntax(str(antimony.getLastError()), order))
        finally:
            antimony.clearPreviousLoads()
    return sbml


def _needed(library: Library, main: ModelText) -> list[Source]:
    """Return the files the main model is made of; antimony wants a module before what uses it."""
    found: dict[str, Source] = {}

    def visit(model: ModelText, above: tuple[str, ...]) -> None:
        for instance in model.of("instance"):
            module = library.modules.get(instance.module.text) if instance.module else None
            if module is not None and module.name not in above:
                visit(module, (*above, module.name))
                found.setdefault(module.source.file, module.source)

    visit(main, (main.name,))
    return [source for source in found.values() if source is not main.source]


def _syntax(message: str, order: list[Source]) -> Diagnostic:
    found = _LINE.search(message)
    place: Place | None = Place(order[-1].file)
    problem = message.strip()
    if found:
        number, problem = int(found.group(1)), found.group(2).strip()
        for source in order:
            length = len(source.origin)
            if number <= length:
                line = source.origin[number - 1]
                place = Place(source.file, line, None, source.lines[line - 1])
                break
            number -= length
    return Diagnostic(
        Code.ANTIMONY_SYNTAX,
        "Antimony cannot read this",
        place,
        "Antimony says: " + " ".join(problem.split()),
        "Check the statement here and the one before it.",
    )


def join(sbml: str, tree: Tree, rows: Collection[str]) -> tuple[str, dict[str, str]]:
    """Return the SBML with local copies of a table's number renamed to the row's id, and the renaming.

    ``z3_ugt_ugt_vmax`` becomes ``ugt_vmax``, unless the tables have a row for a longer name. Ids are unique
    again only after `drop_copies`.
    """
    renamed = {}
    for flat in tree.owners:
        row = tree.row(flat, rows)
        if row is not None and row != flat:
            renamed[flat] = row

    def rename(found: re.Match[str]) -> str:
        attribute, value, symbol = found.groups()
        if symbol is not None:
            return f"<ci> {renamed.get(symbol, symbol)} </ci>"
        return f'{attribute}="{renamed.get(value, value)}"'

    return _ID.sub(rename, sbml), renamed
