"""AC124, AC126: a row nobody needs is a number nobody checks, or a misspelt id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from acinus.model.record import Model
    from acinus.model.tables import Tables

__all__ = ["unused_entries", "unused_rows"]


def unused_rows(tables: Tables, models: Sequence[Model], words: Collection[str]) -> list[Diagnostic]:
    """Return AC124 for rows of the tables that no model and none of the words of YAML texts mentions."""
    used = {name for model in models for name in model.symbols} | set(words)
    idle = [name for name in tables.cards if name not in used]
    return [
        Diagnostic(
            Code.ROW_UNUSED,
            f"`{name}` is used nowhere",
            tables.rows[name].place("id"),
            "No assembly, dose, endpoint, protocol, population or claim mentions it.",
            "Remove the row, or use it.",
        )
        for name in idle
    ]


def unused_entries(tables: Tables, models: Sequence[Model]) -> list[Diagnostic]:
    """Return AC126 for rows of vocabulary.csv that no symbol of any model stands for."""
    used = {symbol.local for model in models for symbol in model.symbols.values()}
    return [
        Diagnostic(
            Code.VOCABULARY_UNUSED,
            f"`{name}` names nothing in any model",
            entry.row.place("id"),
            "",
            nearest(name, used - set(tables.vocabulary)) or "Remove the row, or correct the id.",
        )
        for name, entry in tables.vocabulary.items()
        if name not in used
    ]
