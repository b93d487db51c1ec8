"""What cannot be: rules on the values of one person, and the count of those who break them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, PopulationError, nearest
from acinus.units import convert, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Plausibility", "Rule", "read_rule"]

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_BETWEEN = re.compile(rf"(?P<low>{_NUMBER})\s*(?P<unit>.*?)\s+and\s+(?P<high>{_NUMBER}.*)$")
_RULE = re.compile(
    r"\s*(?P<column>[A-Za-z_]\w*)\s+(?P<word>between|at least|at most|above|below)\s+(?P<rest>.+?)\s*$"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that holds for every plausible person.

    Attributes
    ----------
    text : str
        As written: ``BMI between 14 and 70 kg/m^2``.
    column : str
        What it is about.
    word : str
        ``between``, ``at least``, ``at most``, ``above`` or ``below``.
    low, high : float
        Bounds in the unit of the column; infinite where there is none.
    other : str
        A column to compare with instead of a number; empty if none.
    scale : float
        Turns the other column's unit into that of the column.
    """

    text: str
    column: str
    word: str
    low: float = -math.inf
    high: float = math.inf
    other: str = ""
    scale: float = 1.0

    def holds(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Return whom the rule holds for: columns of (n,) -> (n,)."""
        values = columns[self.column]
        bound = columns[self.other] * self.scale if self.other else None
        low, high = (self.low, self.high) if bound is None else (bound, bound)
        match self.word:
            case "between":
                return (values >= low) & (values <= high)
            case "at least":
                return values >= low
            case "at most":
                return values <= high
            case "above":
                return values > low
            case _:
                return values < high


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How many people a draw asked for, and what the rules made of them.

    Attributes
    ----------
    n_in : int
        Asked for; always ``n_ok + n_removed``.
    n_ok : int
        In the table.
    n_removed : int
        Left out because a rule was broken.
    n_redrawn : int
        Of those in the table, drawn again because their first values broke a rule.
    broken : mapping from the text of a rule to int
        How many people broke it when they were first drawn; one person may break several.
    """

    n_in: int
    n_ok: int
    n_removed: int
    n_redrawn: int
    broken: Mapping[str, int]


def read_rule(text: str, units: Mapping[str, str], place: Place | None) -> Rule:
    """Return the rule that a sentence states.

    Parameters
    ----------
    text : str
        A column, ``between ... and ...``, ``at least``, ``at most``, ``above`` or ``below``, and a quantity or, except
        for ``between``, another column.
    units : mapping from column to unit
    place : Place or None
        Where it stands.

    Raises
    ------
    PopulationError
        AC812 if it cannot be read or can never hold, AC805 for a unit of the wrong kind.
    """
    found = _RULE.match(text)
    if found is None:
        raise PopulationError(_unreadable(f"`{text}` is not a rule", place))
    column, word, rest = found["column"], found["word"], found["rest"]
    if column not in units:
        raise PopulationError(_unreadable(f"no column is called `{column}`", place, nearest(column, units)))
    unit = units[column]
    if word == "between":
        parts = _BETWEEN.match(rest)
        if parts is None:
            raise PopulationError(_unreadable(f"`{text}` does not say between what and what", place))
        high = _quantity(parts["high"], column, unit, place)
        written = parts["unit"] or re.sub(rf"^{_NUMBER}", "", parts["high"])
        low = _quantity(f"{parts['low']} {written.strip()}".strip(), column, unit, place)
        if low >= high:
            raise PopulationError(
                _unreadable(f"`{text}` holds for nobody", place, "Write the lower bound first.")
            )
        return Rule(text, column, word, low, high)
    if rest in units:
        try:
            return Rule(text, column, word, other=rest, scale=convert(1.0, units[rest], unit))
        except ValueError:
            why = f"`{column}` is in `{unit}`, `{rest}` in `{units[rest]}`."
            raise PopulationError(
                Diagnostic(
                    Code.POPULATION_UNIT,
                    f"`{text}` compares unlike things",
                    place,
                    why,
                    "Compare like with like.",
                )
            ) from None
    bound = _quantity(rest, column, unit, place)
    return Rule(text, column, word, bound, bound)


def _quantity(text: str, column: str, unit: str, place: Place | None) -> float:
    return parse_quantity(
        text,
        what=f"a bound of {column}",
        like=(unit,),
        place=place,
        error=PopulationError,
        code=Code.POPULATION_UNIT,
    ).to(unit)


def _unreadable(what: str, place: Place | None, remedy: str = "") -> Diagnostic:
    forms = "`BMI between 14 and 70 kg/m^2`, `dose at most 100 g`, `nac_delay above presentation`."
    return Diagnostic(
        Code.PLAUSIBILITY_RULE, what, place, f"Rules are sentences such as {forms}", remedy or "Write it so."
    )
