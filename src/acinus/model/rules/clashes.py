"""AC135: no two things get one name when the modules are put together.

The instance `nac` with the reaction `infusion` makes `nac_infusion`, which may be the id of a parameter
already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.scan import Statement, Word
    from acinus.model.tree import Instance, Tree

__all__ = ["clashing_names"]

_MAKING = ("species", "reaction", "assignment", "rate", "event", "compartment", "initial")


def clashing_names(tree: Tree, rows: Collection[str]) -> list[Diagnostic]:
    """Return AC135 for each flat name that two different things would carry."""
    out: dict[tuple[object, ...], Diagnostic] = {}
    makers: dict[str, tuple[Instance, Statement, str]] = {}
    for instance in tree.root.walk():
        for statement in instance.model.of(*_MAKING):
            if not statement.name or "." in statement.name:
                continue
            flat = instance.flat(statement.name)
            place = instance.model.source.place(statement.target)
            owner = _owner(instance, statement.target)
            if flat in rows and instance.path and owner and flat != statement.name:
                out.setdefault(
                    (place.file, place.line, flat),
                    _clash(flat, statement, instance, "a row of the parameter tables has that id"),
                )
            before = makers.setdefault(flat, (instance, statement, owner))
            if owner and before[2] and owner != before[2]:
                where = before[0].model.source.place(before[1].target)
                out.setdefault(
                    (place.file, place.line, flat),
                    _clash(flat, statement, instance, f"{where} makes that name too"),
                )
    return list(out.values())


def _owner(instance: Instance, target: Word | None) -> str:
    """Return the instance that makes the name, or nothing if it came through a port."""
    if target is None or target.text in instance.ports:
        return ""
    return ".".join((*instance.path, target.text))


def _clash(flat: str, statement: Statement, instance: Instance, other: str) -> Diagnostic:
    return Diagnostic(
        Code.NAME_CLASH,
        f"`{statement.name}` of the instance `{'_'.join(instance.path)}` becomes `{flat}`, and {other}",
        instance.model.source.place(statement.target),
        "The prefix of an instance and the name inside it together make the name outside.",
        f"Rename `{statement.name}` or the instance.",
    )
