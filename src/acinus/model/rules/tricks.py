"""AC128: biology without numerical tricks. If a process saturates or runs dry, the rate law says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from acinus.model.scan import ModelText, Statement, Word

__all__ = ["numerical_tricks"]

_TRICKS = {"max", "min", "abs", "floor", "ceil", "ceiling"}
_COMPARING = {"<", ">", "<=", ">=", "lt", "gt", "leq", "geq"}


def numerical_tricks(model: ModelText, statement: Statement) -> list[Diagnostic]:
    """Return a finding for `max`, `min`, `abs`, rounding, and `piecewise` that clips what it compares."""
    out = []
    words = statement.formula
    for index, word in enumerate(words[:-1]):
        called = words[index + 1].text == "("
        if called and (word.text in _TRICKS or (word.text == "piecewise" and _clips(words[index + 2 :]))):
            out.append(
                Diagnostic(
                    Code.NUMERICAL_TRICK,
                    f"`{word.text}` cuts a quantity off",
                    model.source.place(word),
                    "No cell compares and clips; the kink hides a missing mechanism and troubles the solver.",
                    "Write the saturation or the exhaustion as part of the rate law.",
                )
            )
    return out


def _clips(inside: tuple[Word, ...]) -> bool:
    """Say whether a piecewise gives back what it compares: ``piecewise(0, x < 0, x)``."""
    parts: list[list[Word]] = [[]]
    depth = 1
    for word in inside:
        depth += {"(": 1, ")": -1}.get(word.text, 0)
        if depth == 0:
            break
        if word.text == "," and depth == 1:
            parts.append([])
        else:
            parts[-1].append(word)
    compared = {
        w.text for part in parts for w in part if w.kind == "name" and any(c.text in _COMPARING for c in part)
    }
    given = [part for part in parts if not any(w.text in _COMPARING for w in part)]
    return any(len(part) == 1 and part[0].text in compared for part in given)
