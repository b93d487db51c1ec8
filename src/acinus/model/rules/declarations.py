"""AC136: modules that share a species agree on what it is.

Antimony takes the caller's declaration and silently forgets the module's: an amount would become a
concentration, or stand in another volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.scan import Statement
    from acinus.model.tree import Instance, Tree

__all__ = ["disagreeing_declarations"]


def disagreeing_declarations(tree: Tree, rows: Collection[str]) -> list[Diagnostic]:
    """Return AC136 for each species declared differently, or as an amount only behind a port."""
    out: dict[tuple[object, ...], Diagnostic] = {}
    for flat, mentions in tree.mentions.items():
        declared = [(i, s) for i, s in mentions if s.kind == "species" and s.name and i.flat(s.name) == flat]
        if not declared:
            continue
        first = declared[0]
        for other in declared[1:]:
            difference = _difference(tree, rows, first, other)
            if difference:
                instance, statement = other
                place = instance.model.source.place(statement.target)
                start = first[0].model.source.place(first[1].target)
                out.setdefault(
                    (place.file, place.line, place.column),
                    Diagnostic(
                        Code.DECLARATIONS_DISAGREE,
                        f"`{statement.name}` is {difference[1]} here but {difference[0]} at {start}",
                        place,
                        "They are one species, joined by ports; Antimony would silently use one declaration.",
                        "Declare it the same way in both.",
                    ),
                )
        owner, local = tree.owners[flat]
        if not any(i is owner for i, _ in declared) and first[1].amount:
            place = first[0].model.source.place(first[1].target)
            out.setdefault(
                (place.file, place.line, place.column),
                Diagnostic(
                    Code.DECLARATIONS_DISAGREE,
                    f"`{first[1].name}` is an amount, but `{owner.model.name}` does not say so of `{local}`",
                    place,
                    "Antimony takes the owner's word, and it would become a concentration.",
                    f"Declare `substanceOnly species {local}` in `{owner.model.name}` too.",
                ),
            )
    return list(out.values())


def _difference(
    tree: Tree, rows: Collection[str], one: tuple[Instance, Statement], other: tuple[Instance, Statement]
) -> tuple[str, str] | None:
    if one[1].amount != other[1].amount:
        return _nature(one[1]), _nature(other[1])
    flats = [i.flat(s.compartment.text) for i, s in (one, other) if s.compartment is not None]
    places = [tree.row(flat, rows) or flat for flat in flats]
    if len(places) == 2 and places[0] != places[1]:
        return f"in `{places[0]}`", f"in `{places[1]}`"
    return None


def _nature(statement: Statement) -> str:
    return "an amount (substanceOnly)" if statement.amount else "a concentration"
