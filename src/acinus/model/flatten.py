"""The flat SBML of an assembly, and the joining of numbers that modules share.

In: a main model and its tree of instances. Out: SBML text in which every number of the tables is one global parameter.
Knows antimony; knows no units.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from acinus.cache import cache_key, read_cached, write_cached
from acinus.errors import Code, Diagnostic, ModelTextError, Place
from acinus.model.flat_text import write_flat

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.flat_text import FlatText
    from acinus.model.scan import ModelText
    from acinus.model.tree import Tree

__all__ = ["flatten", "join", "sbml_of"]

# antimony keeps what it loaded in the library itself, one state for the process.
_ANTIMONY = threading.Lock()
_ID = re.compile(r'\b(id|symbol|variable|species|compartment)="(\w+)"|<ci> (\w+) </ci>')
_LINE = re.compile(r"line (\d+):\s*(.*)", re.DOTALL)


def flatten(main: ModelText, tree: Tree) -> str:
    """Return the flat SBML of the main model, as antimony makes it.

    Raises
    ------
    ModelTextError
        AC129 with the author's line if antimony refuses the text.
    """
    return sbml_of(write_flat(main, tree), main.name)


def sbml_of(text: FlatText, name: str) -> str:
    """Return the SBML of one model of a text; instances in it are flattened by antimony.

    Antimony takes seconds over a thousand formulas, so what it made of a text is kept in the cache.

    Raises
    ------
    ModelTextError
        AC129 with the author's line if antimony refuses the text.
    """
    import antimony

    key = cache_key(b"antimony", antimony.__version__.encode(), name.encode(), text.text.encode())
    kept = read_cached(key)
    if kept is not None:
        return kept.decode()
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        try:
            # antimony 3.3 wrongly reports names of nested instances (`z1.gsh`) as unknown after it made the
            # model; the flat model is complete, and is checked by libSBML again in `consistency`.
            failed = antimony.loadAntimonyString(text.text) < 0
            if failed and "SBML error(s) when creating module" not in str(antimony.getLastError()):
                raise ModelTextError(_syntax(str(antimony.getLastError()), text))
            sbml = antimony.getSBMLString(name)
            if not sbml:
                raise ModelTextError(_syntax(str(antimony.getLastError()), text))
        finally:
            antimony.clearPreviousLoads()
    write_cached(key, sbml.encode())
    return sbml


def _syntax(message: str, flat: FlatText) -> Diagnostic:
    found = _LINE.search(message)
    place: Place | None = Place(flat.origins[-1][0].file)
    problem = message.strip()
    if found and 0 < int(found.group(1)) <= len(flat.origins):
        problem = found.group(2).strip()
        source, line = flat.origins[int(found.group(1)) - 1]
        place = Place(source.file, line, None, source.lines[line - 1])
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
