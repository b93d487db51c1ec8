"""AC104: units stand with the numbers in the tables, not in the text.

Antimony lets a unit that is not declared inside the same block become an empty unit, silently, and units
declared in submodules keep shared parameters from being joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from acinus.model.scan import ModelText, Statement

__all__ = ["units_in_text"]


def units_in_text(model: ModelText, statement: Statement) -> list[Diagnostic]:
    """Return a finding for a unit that is declared or used in a statement."""
    word = None
    if statement.kind == "unit":
        word = statement.target
    elif statement.formula:
        for number, following in zip(statement.formula, statement.formula[1:], strict=False):
            if number.kind == "number" and following.kind == "name":
                word = following
                break
    if word is None:
        return []
    return [
        Diagnostic(
            Code.UNIT_IN_MODULE,
            f"a unit in the text: `{word.text}`",
            model.source.place(word),
            "Units are written with the numbers; here Antimony could silently make an empty one.",
            "Give the number a row in biology/parameters/ and write its id here.",
        )
    ]
