"""Numbers of one assembly: rows that stand in for the rows of the same id that all assemblies share.

In: a biology folder, the shared tables, the names of the assemblies. Out: for each assembly with a folder
``parameters/<assembly>/`` its `Tables`, and what is wrong with its rows: AC133 for one that replaces nothing,
AC202 for one in another unit, and all that can be wrong with any row. Knows nothing of
species: another strain is another folder.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from acinus.documents import Row, shown
from acinus.errors import Code, Diagnostic, Place, nearest
from acinus.model.tables import Tables, read_rows
from acinus.units import convert, same_dimension

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from acinus.model.record import Card

__all__ = ["read_own_tables"]


def read_own_tables(
    biology: Path, shared: Tables, assemblies: Collection[str]
) -> tuple[Mapping[str, Tables], tuple[Diagnostic, ...]]:
    """Return the tables of every assembly that has numbers of its own, and what is wrong with them.

    Parameters
    ----------
    biology : Path
    shared : Tables
        Rows of ``parameters/*.csv``. An own row must have the id of one of them and its unit.
    assemblies : collection of str
        Names of the assemblies; a folder of another name is AC133.

    Returns
    -------
    mapping from assembly to Tables
        All rows, own and shared; the card of an own row keeps the shared one as `Card.replaces`.
    tuple of Diagnostic
    """
    found: dict[str, Tables] = {}
    findings: list[Diagnostic] = []
    for folder in sorted(path for path in (biology / "parameters").glob("*") if path.is_dir()):
        if folder.name not in assemblies:
            findings.append(
                Diagnostic(
                    Code.UNKNOWN_ID,
                    f"`{folder.name}` is not an assembly",
                    Place(shown(folder)),
                    "Nothing would use the numbers of this folder.",
                    nearest(folder.name, assemblies) or "Call the folder as the assembly is called.",
                )
            )
            continue
        own, rows, wrong = read_rows(folder)
        findings += wrong
        cards: dict[str, Card] = {}
        for name, card in own.items():
            problem = _misfit(rows[name], card, shared)
            if problem is not None:
                findings.append(problem)
            cards[name] = replace(card, replaces=shared.cards.get(name))
        found[folder.name] = Tables(
            {**shared.cards, **{n: c for n, c in cards.items() if c.replaces is not None}},
            {**shared.rows, **rows},
            shared.vocabulary,
            tuple(wrong),
        )
    return found, tuple(findings)


def _misfit(row: Row, card: Card, shared: Tables) -> Diagnostic | None:
    """Return why a row cannot stand in for the shared one, or None."""
    before = shared.cards.get(card.id)
    if before is None:
        return Diagnostic(
            Code.UNKNOWN_ID,
            f"`{card.id}` replaces nothing",
            row.place("id"),
            "A folder of an assembly holds only other values for ids that the shared tables have.",
            nearest(card.id, shared.cards) or "Add the row to a table in parameters/ first.",
        )
    if same_dimension(card.unit, before.unit) and abs(convert(1.0, card.unit, before.unit) - 1.0) < 1e-9:
        return None
    return Diagnostic(
        Code.UNITS_DISAGREE,
        f"`{card.id}` is given in `{card.unit}`, elsewhere in `{before.unit}`",
        row.place("unit"),
        f"It stands in for the row at {before.place}, in the same formulas.",
        f"Give it in `{before.unit}`.",
    )
