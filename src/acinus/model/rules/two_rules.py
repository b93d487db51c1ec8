"""AC105: one formula for one variable. Of two rules antimony silently keeps the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.scan import Statement
    from acinus.model.tree import Instance, Tree

__all__ = ["doubly_ruled"]

_SAYS = {
    "assignment": "a formula for all times",
    "rate": "a rate of change",
    "initial": "a start value",
    "reaction": "reactions",
    "row": "a value in the parameter tables",
}


def doubly_ruled(tree: Tree, rows: Collection[str]) -> list[Diagnostic]:
    """Return AC105 for each variable that is determined twice, also across the modules that share it."""
    out: dict[tuple[object, ...], Diagnostic] = {}
    for flat, mentions in tree.mentions.items():
        by_kind: dict[str, list[tuple[Instance, Statement]]] = {
            "assignment": [],
            "rate": [],
            "initial": [],
            "reaction": [],
        }
        for instance, statement in mentions:
            if statement.kind == "reaction":
                sides = (*statement.reactants, *statement.products)
                if any(instance.flat(word.text) == flat for _, word in sides):
                    by_kind["reaction"].append((instance, statement))
            elif statement.kind in by_kind and statement.name and instance.flat(statement.name) == flat:
                by_kind[statement.kind].append((instance, statement))
        clash = _clash(by_kind, in_table=tree.row(flat, rows) is not None)
        if clash is None:
            continue
        first, second, (instance, statement) = clash
        place = instance.model.source.place(statement.target or statement.first)
        name = statement.name if statement.kind != "reaction" else flat
        what = (
            f"`{name}` has {_SAYS[first]} twice"
            if first == second
            else f"`{name}` has {_SAYS[first]} and {_SAYS[second]}"
        )
        earlier = next(((i, s) for i, s in by_kind.get(first, []) if s is not statement), None)
        where = f"The other stands at {earlier[0].model.source.place(earlier[1].first)}. " if earlier else ""
        out.setdefault(
            (place.file, place.line, what),
            Diagnostic(
                Code.TWO_RULES,
                what,
                place,
                f"{where}Antimony would silently use only one of them.",
                "Keep one of them.",
            ),
        )
    return list(out.values())


def _clash(
    by_kind: dict[str, list[tuple[Instance, Statement]]], *, in_table: bool
) -> tuple[str, str, tuple[Instance, Statement]] | None:
    for kind in ("assignment", "rate", "initial"):
        if len(by_kind[kind]) > 1:
            return kind, kind, by_kind[kind][-1]
    for first, second in (
        ("assignment", "rate"),
        ("assignment", "initial"),
        ("assignment", "reaction"),
        ("rate", "reaction"),
    ):
        if by_kind[first] and by_kind[second]:
            return second, first, by_kind[first][-1]
    if in_table:
        for kind in ("assignment", "rate", "initial"):
            if by_kind[kind]:
                return "row", kind, by_kind[kind][-1]
    return None
