"""From readings of everybody to shares, numbers, contrasts and curves; nothing is averaged over who is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.evidence import clopper_pearson
from acinus.trials.contrasts import contrast_numbers, contrast_shares
from acinus.trials.replicates import find_power, replicate
from acinus.trials.results import ArmData, NumberSummary, ShareOf, TrialResult
from acinus.trials.survival import event_curve, hazard_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.endpoints import Reading
    from acinus.trials.entering import Screening
    from acinus.trials.trial import Trial

__all__ = ["analyse"]


def analyse(
    trial: Trial,
    screening: Screening,
    ids: NDArray[Any],
    columns: Mapping[str, NDArray[np.float64]],
    column_units: Mapping[str, str],
    arms: Mapping[str, ArmData],
    readings: Mapping[str, Reading],
) -> TrialResult:
    """Return the result of a trial from what was read off everybody; `readings` give titles and units."""
    titles = {item.name: item.title or readings[item.name].title for item in trial.measured}
    units = {item.name: readings[item.name].unit for item in trial.measured}
    outcomes, numbers, events = (trial.of_kind(kind) for kind in ("outcomes", "numbers", "events"))
    pairs = [(names, arms[names[0]], arms[names[1]]) for names in trial.comparisons]
    contrasts = [
        contrast
        for item in outcomes
        for names, one, other in pairs
        for contrast in contrast_shares(
            item.name, names, one.values[item.name], other.values[item.name], trial.confidence
        )
    ]
    contrasts += [
        contrast
        for item in numbers
        for names, one, other in pairs
        for contrast in contrast_numbers(
            item.name,
            names,
            one.values[item.name],
            other.values[item.name],
            units[item.name],
            trial.confidence,
        )
    ]
    curves = [
        event_curve(
            item.name, arm.name, arm.values[item.name][arm.at_risk[item.name]], arm.end, trial.confidence
        )
        for item in events
        for arm in arms.values()
    ]
    hazards = []
    for item in events:
        for names, one, other in pairs:
            both = one.at_risk[item.name] & other.at_risk[item.name]
            first, second = one.values[item.name][both], other.values[item.name][both]
            hazards.append(
                hazard_ratio(item.name, names, first, second, (one.end, other.end), trial.confidence)
            )
    kinds = {item.name: item for item in trial.measured}
    return TrialResult(
        trial,
        screening,
        ids,
        columns,
        column_units,
        arms,
        titles,
        units,
        tuple(_share(item.name, arm, trial.confidence) for item in outcomes for arm in arms.values()),
        tuple(_summary(item.name, arm, units[item.name]) for item in numbers for arm in arms.values()),
        tuple(contrasts),
        tuple(curve for curve in curves if curve is not None),
        tuple(hazards),
        replicate(trial, arms),
        tuple(find_power(trial, plan, arms, kinds) for plan in trial.power),
    )


def _share(name: str, arm: ArmData, confidence: float) -> ShareOf:
    values = arm.values[name][arm.ok]
    known = values[np.isfinite(values)]
    share = clopper_pearson(int(known.sum()), int(known.size), confidence) if known.size else None
    return ShareOf(name, arm.name, share, int(values.size - known.size))


def _summary(name: str, arm: ArmData, unit: str) -> NumberSummary:
    values = arm.values[name]
    known = values[np.isfinite(values)]
    if not known.size:
        return NumberSummary(name, arm.name, unit, 0, *(float("nan"),) * 4)
    low, median, high = (float(value) for value in np.percentile(known, [5, 50, 95]))
    return NumberSummary(name, arm.name, unit, int(known.size), float(known.mean()), low, median, high)
