"""The measures by name: what each accepts, what unit its result has, and the function that takes it.

A measure is a row of the table `MEASURES`. Endpoint texts are checked against its keys first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints import coincidence, exposure, extremes, growth, nomogram, score, threshold, urine
from acinus.endpoints.curve import cut, value_at
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from acinus.endpoints.bound import Bound
    from acinus.endpoints.run import Run

__all__ = ["GENERAL_KEYS", "MEASURES", "Measure", "list_measures"]

GENERAL_KEYS = frozenset({"measure", "name", "unit", "only_if", "detail", "note", "source"})
_CURVE = frozenset({"of", "zones", "relative_to_start"})
_WINDOW = frozenset({"from", "until"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to read a number off a run.

    Attributes
    ----------
    name : str
        As endpoint texts call it.
    sentence : str
        What it is, for people.
    needs, accepts : frozenset of str
        Keys an endpoint must have, and may have besides.
    result : str
        Where the unit comes from: ``curve``, ``time``, ``dose``, ``area``, ``number``, ``yes_or_no``, ``parts``.
    take : callable
        (Bound, Run) -> (B,) array, or (B, Z) for ``zones: each``, in the natural unit of the result.
    parts : tuple of int or None
        For measures made of other endpoints: fewest and most of them.
    lists : mapping of str to str
        For measures of several curves: keys that hold one number a curve, and the unit of those numbers (empty: that
        of the curve).
    """

    name: str
    sentence: str
    needs: frozenset[str]
    accepts: frozenset[str]
    result: str
    take: Callable[[Bound, Run], NDArray[np.float64]]
    parts: tuple[int, int | None] | None = None
    lists: Mapping[str, str] = field(default_factory=dict)


def _on_curve(
    function: Callable[..., NDArray[np.float64]], *numbers: str
) -> Callable[[Bound, Run], NDArray[np.float64]]:
    def take(bound: Bound, run: Run) -> NDArray[np.float64]:
        time, values = cut(run.time, bound.curve(run), *bound.window(run))
        return function(time, values, *(bound.numbers[key] for key in numbers))

    return take


def _at(bound: Bound, run: Run) -> NDArray[np.float64]:
    return value_at(run.time, bound.curve(run), bound.at(run, float(run.time[-1])))


def _last(bound: Bound, run: Run) -> NDArray[np.float64]:
    return value_at(run.time, bound.curve(run), bound.window(run)[1])


def _half_life(bound: Bound, run: Run) -> NDArray[np.float64]:
    time, values = cut(run.time, bound.curve(run), *bound.window(run))
    return exposure.half_life(time, values, bound.numbers.get("level", -np.inf))


def _growth(function: Callable[..., NDArray[np.float64]]) -> Callable[[Bound, Run], NDArray[np.float64]]:
    def take(bound: Bound, run: Run) -> NDArray[np.float64]:
        time, values = cut(run.time, bound.curve(run), *bound.window(run))
        return function(time, values, bound.numbers.get("lower", 0.0), bound.numbers.get("upper", 1.0))

    return take


def _compares(
    function: Callable[..., NDArray[np.float64]], operator: Callable[..., NDArray[np.bool_]]
) -> Callable[[Bound, Run], NDArray[np.float64]]:
    on_curve = _on_curve(function, "level")

    def take(bound: Bound, run: Run) -> NDArray[np.float64]:
        if not bound.parts:
            return on_curve(bound, run)
        value = bound.parts[0].read(run)
        return np.where(np.isnan(value), np.nan, operator(value, bound.numbers["level"]))

    return take


def _within(bound: Bound, run: Run) -> NDArray[np.float64]:
    value = bound.parts[0].read(run)
    low, high = bound.numbers.get("low", -np.inf), bound.numbers.get("high", np.inf)
    return np.where(np.isnan(value), np.nan, (value > low) & (value <= high))


def _gained(bound: Bound, run: Run, symbol_id: str, per: str) -> NDArray[np.float64]:
    """Return what a cumulative amount gained from the window's start, or from nothing, to its end."""
    end = bound.at(run, bound.window(run)[1])
    amount = value_at(run.time, run[symbol_id], end)
    if "from" in bound.times:
        amount = amount - value_at(run.time, run[symbol_id], bound.times["from"])
    return amount * convert(1.0, run.model.symbol(symbol_id).unit, per)


def _share(bound: Bound, run: Run) -> NDArray[np.float64]:
    unit = bound.curve_unit
    part = sum((_gained(bound, run, symbol_id, unit) for symbol_id in bound.of), np.zeros(1))
    whole = sum((_gained(bound, run, symbol_id, unit) for symbol_id in bound.among), np.zeros(1))
    return urine.share(part, whole)


def _fraction_of_dose(bound: Bound, run: Run) -> NDArray[np.float64]:
    amount = np.zeros(1)
    for symbol_id in bound.of:
        molecules = run.model.symbol(symbol_id).moiety.get(bound.substance, 1.0)
        amount = amount + molecules * _gained(bound, run, symbol_id, "mmol")
    end = bound.at(run, bound.window(run)[1])
    return urine.fraction_of_dose(amount, value_at(run.time, run.dosed(bound.substance), end))


def _given_per_weight(bound: Bound, run: Run) -> NDArray[np.float64]:
    return value_at(run.time, run.dosed_per_weight(bound.substance), bound.window(run)[1])


def _time_given(bound: Bound, run: Run) -> NDArray[np.float64]:
    return run.time_given(bound.substance)


def _nomogram_equivalent(bound: Bound, run: Run) -> NDArray[np.float64]:
    constants = {"half_life": bound.times["half_life"], "reference_time": bound.times["reference_time"]}
    ingested = bound.times.get("ingested", 0.0)
    if "from" in bound.times or "until" in bound.times:
        time, level = cut(run.time, bound.curve(run), *bound.window(run))
        return np.max(nomogram.equivalent(time - ingested, level, **constants), axis=-1)
    at = bound.at(run, ingested + bound.times["reference_time"])
    return nomogram.equivalent(at - ingested, value_at(run.time, bound.curve(run), at), **constants)


def _nomogram_line(bound: Bound, run: Run) -> NDArray[np.float64]:
    return nomogram.highest_line_exceeded(_nomogram_equivalent(bound, run), bound.lines)


def _ratio(bound: Bound, run: Run) -> NDArray[np.float64]:
    above, below = (part.read(run) for part in bound.parts)
    factor = bound.part_factors[1]
    return np.divide(above, below * factor, out=np.full(above.shape, np.nan), where=below != 0)


def _difference(bound: Bound, run: Run) -> NDArray[np.float64]:
    first, second = (part.read(run) for part in bound.parts)
    return first - second * bound.part_factors[1]


def _log_score(bound: Bound, run: Run) -> NDArray[np.float64]:
    weights, floors, constant = bound.lists["weights"], bound.lists["floors"], bound.numbers["constant"]
    if "at" in bound.times or bound.at_column:
        at = bound.at(run, float(run.time[-1]))
        levels = [value_at(run.time, run[symbol_id], at) for symbol_id in bound.of]
        return score.log_score(levels, weights, floors, constant)
    _, curves = _several(bound, run)
    return extremes.maximum(run.time, score.log_score(curves, weights, floors, constant))


def _exceed_together(bound: Bound, run: Run) -> NDArray[np.float64]:
    time, curves = _several(bound, run)
    return coincidence.exceed_together(time, curves, bound.lists["levels"], bound.times["span"])


def _several(bound: Bound, run: Run) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    pieces = [cut(run.time, run[symbol_id], *bound.window(run)) for symbol_id in bound.of]
    return pieces[0][0], [values for _, values in pieces]


def _logic(combine: Callable[..., NDArray[np.bool_]]) -> Callable[[Bound, Run], NDArray[np.float64]]:
    def take(bound: Bound, run: Run) -> NDArray[np.float64]:
        answers = np.stack([part.read(run) for part in bound.parts])
        return np.where(np.isnan(answers).any(axis=0), np.nan, combine(answers == 1, axis=0))

    return take


def _measure(
    name: str,
    sentence: str,
    take: Callable[[Bound, Run], NDArray[np.float64]],
    result: str,
    needs: tuple[str, ...] = ("of",),
    accepts: frozenset[str] = _CURVE | _WINDOW,
    parts: tuple[int, int | None] | None = None,
    lists: Mapping[str, str] | None = None,
) -> Measure:
    return Measure(name, sentence, frozenset(needs), accepts, result, take, parts, lists or {})


_COMPARE_KEYS = _CURVE | _WINDOW | {"endpoint"}
_URINE_KEYS = _WINDOW | {"at"}
_NOMOGRAM_KEYS = _WINDOW | {"at", "ingested", "half_life", "reference_time", "last_time"}

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        _measure("maximum", "highest sample", _on_curve(extremes.maximum), "curve"),
        _measure("minimum", "lowest sample", _on_curve(extremes.minimum), "curve"),
        _measure(
            "time_of_maximum",
            "when the highest sample is first reached",
            _on_curve(extremes.time_of_maximum),
            "time",
        ),
        _measure(
            "time_of_minimum",
            "when the lowest sample is first reached",
            _on_curve(extremes.time_of_minimum),
            "time",
        ),
        _measure("last", "value at the end of the window", _last, "curve"),
        _measure("at", "value at one time", _at, "curve", ("of", "at"), _CURVE),
        _measure(
            "area", "area under the curve, linear up and logarithmic down", _on_curve(exposure.area), "area"
        ),
        _measure(
            "half_life",
            "half-life from a line through the logarithms of the samples, of those above `level` if one is given",
            _half_life,
            "time",
            accepts=_CURVE | _WINDOW | {"level"},
        ),
        _measure(
            "doubling_time",
            "doubling time on the way up to the peak",
            _growth(growth.doubling_time),
            "time",
            accepts=_CURVE | _WINDOW | {"lower", "upper"},
        ),
        _measure(
            "decay_half_life",
            "half-life on the way down from the peak",
            _growth(growth.decay_half_life),
            "time",
            accepts=_CURVE | _WINDOW | {"lower", "upper"},
        ),
        _measure(
            "share",
            "amount of some ids over the amount of all",
            _share,
            "number",
            ("of", "among"),
            _URINE_KEYS,
        ),
        _measure(
            "fraction_of_dose",
            "amount over the dose given",
            _fraction_of_dose,
            "number",
            ("of", "substance"),
            _URINE_KEYS,
        ),
        _measure(
            "given_per_weight",
            "amount given of a substance per body weight",
            _given_per_weight,
            "dose",
            ("substance",),
            frozenset({"until"}),
        ),
        _measure(
            "time_given",
            "time from the first dose of a substance to the end of its last",
            _time_given,
            "time",
            ("substance",),
            frozenset(),
        ),
        _measure(
            "exceeds",
            "1 if above a level at any time, else 0",
            _compares(threshold.exceeds, np.greater),
            "yes_or_no",
            ("level",),
            _COMPARE_KEYS,
        ),
        _measure(
            "falls_below",
            "1 if below a level at any time, else 0",
            _compares(threshold.falls_below, np.less),
            "yes_or_no",
            ("level",),
            _COMPARE_KEYS,
        ),
        _measure(
            "within",
            "1 if another endpoint lies above `low` and not above `high`, else 0",
            _within,
            "yes_or_no",
            ("endpoint",),
            frozenset({"low", "high"}),
        ),
        _measure(
            "duration_above",
            "time spent above a level",
            _on_curve(threshold.duration_above, "level"),
            "time",
            ("of", "level"),
        ),
        _measure(
            "duration_below",
            "time not spent above a level",
            _on_curve(threshold.duration_below, "level"),
            "time",
            ("of", "level"),
        ),
        _measure(
            "first_time_above",
            "when a level is first exceeded",
            _on_curve(threshold.first_time_above, "level"),
            "time",
            ("of", "level"),
        ),
        _measure(
            "first_time_below",
            "when a curve first falls below a level",
            _on_curve(threshold.first_time_below, "level"),
            "time",
            ("of", "level"),
        ),
        _measure(
            "nomogram_equivalent",
            "plasma level as its equivalent at 4 h on the nomogram",
            _nomogram_equivalent,
            "curve",
            accepts=_NOMOGRAM_KEYS,
        ),
        _measure(
            "nomogram_line",
            "highest line of the nomogram exceeded, 0 below all",
            _nomogram_line,
            "curve",
            accepts=_NOMOGRAM_KEYS | {"lines"},
        ),
        _measure(
            "log_score",
            "highest score made of weighted logarithms of several curves, each counted from a floor",
            _log_score,
            "number",
            ("of", "weights", "floors", "constant"),
            _WINDOW | {"at"},
            lists={"weights": "dimensionless", "floors": ""},
        ),
        _measure(
            "exceed_together",
            "1 if several curves are above their levels within `span`, else 0",
            _exceed_together,
            "yes_or_no",
            ("of", "levels", "span"),
            _WINDOW,
            lists={"levels": ""},
        ),
        _measure("ratio", "one endpoint divided by another", _ratio, "parts", (), frozenset(), (2, 2)),
        _measure("difference", "one endpoint minus another", _difference, "parts", (), frozenset(), (2, 2)),
        _measure(
            "all",
            "1 if every one of these is 1, else 0",
            _logic(np.all),
            "yes_or_no",
            (),
            frozenset(),
            (1, None),
        ),
        _measure(
            "any", "1 if one of these is 1, else 0", _logic(np.any), "yes_or_no", (), frozenset(), (1, None)
        ),
    )
}


def list_measures() -> dict[str, str]:
    """Return each measure's name and what it is in words."""
    return {name: measure.sentence for name, measure in MEASURES.items()}
