"""AC106: numbers stand in the tables, where each says its unit and its source.

What belongs to the structure may stay: 0, 1 and 2, whole exponents, stoichiometry; in an assembly every
whole number, since zones are counted there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from acinus.model.scan import ModelText, Statement, Word

__all__ = ["numbers_in_text"]

_STRUCTURAL = {"0", "1", "2"}


def numbers_in_text(model: ModelText, statement: Statement, *, assembly: bool) -> list[Diagnostic]:
    """Return a finding for each number of a statement's formula that is not structural."""
    if statement.kind in ("unit", "spread", "annotation", "label"):
        return []
    out = []
    words = statement.formula
    for index, word in enumerate(words):
        if word.kind != "number":
            continue
        whole = word.text.isdigit()
        if whole and (assembly or word.text in _STRUCTURAL or _is_exponent(words, index)):
            continue
        out.append(
            Diagnostic(
                Code.NUMBER_IN_MODULE,
                f"a number in the text: {word.text}",
                model.source.place(word),
                "It has no unit, no source and no spread.",
                "Give it a row in biology/parameters/ and write its id; 0, 1, 2 and exponents may stay.",
            )
        )
    return out


def _is_exponent(words: tuple[Word, ...], index: int) -> bool:
    before = index - 1
    while before >= 0 and words[before].text in ("(", "-"):
        before -= 1
    return before >= 0 and words[before].text == "^"
