"""Linear conservation laws: combinations of amounts that no reaction changes (left null space of stoichiometry)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.system.graph.meaning import Meaning

__all__ = ["conservation_laws"]

Law = tuple[tuple[int, float], ...]


def conservation_laws(meaning: Meaning) -> tuple[Law, ...]:
    """Return the conservation laws among species that only reactions with numbers as stoichiometries change."""
    model = meaning.model
    rows: dict[int, dict[str, Fraction]] = {}
    for i, symbol in enumerate(meaning.states):
        if not meaning.influences.get(symbol) or model.species[symbol].conversion is not None:
            continue
        row: dict[str, Fraction] = {}
        for name, place in meaning.influences[symbol]:
            participant = model.reactions[name].participants[place]
            number = participant.number
            if participant.formula is not None or number is None or not math.isfinite(number):
                break
            if participant.id and (participant.id in model.rules or participant.id in model.starts):
                break
            if participant.id in model.rates or participant.id in meaning.assigned:
                break
            row[name] = row.get(name, Fraction(0)) + participant.sign * Fraction(number)
        else:
            rows[i] = {name: value for name, value in row.items() if value}
    return tuple(_law(combination) for combination in _left_null_space(rows))


def _left_null_space(rows: dict[int, dict[str, Fraction]]) -> list[dict[int, Fraction]]:
    """Return combinations of rows that are zero, by elimination with exact numbers."""
    pivots: dict[str, tuple[dict[str, Fraction], dict[int, Fraction]]] = {}
    found = []
    for i, row in rows.items():
        row, made_of = dict(row), {i: Fraction(1)}
        while row:
            column = next((c for c in row if c in pivots), None)
            if column is None:
                column = next(iter(row))
                pivots[column] = (row, made_of)
                break
            other, other_made_of = pivots[column]
            factor = row[column] / other[column]
            _subtract(row, other, factor)
            _subtract(made_of, other_made_of, factor)
        else:
            found.append(made_of)
    return found


def _subtract(row: dict, other: dict, factor: Fraction) -> None:
    for key, value in other.items():
        left = row.get(key, Fraction(0)) - factor * value
        if left:
            row[key] = left
        else:
            row.pop(key, None)


def _law(combination: dict[int, Fraction]) -> Law:
    scale = min(abs(value) for value in combination.values())
    sign = 1 if sum(combination.values()) >= 0 else -1
    return tuple((i, float(sign * value / scale)) for i, value in sorted(combination.items()))
