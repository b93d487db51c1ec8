"""Trials of the size that was published, or that somebody plans, drawn again and again from all who entered.

In such a trial every individual is in one arm. What a trial of 157 people finds by chance alone is seen in no other way.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence import Share, clopper_pearson
from acinus.population.stream import words
from acinus.trials.survival import log_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from acinus.trials.results import ArmData
    from acinus.trials.trial import Measured, Power, Trial

__all__ = ["PowerCurve", "ReplicateSummary", "Replicated", "find_power", "replicate"]


@dataclass(frozen=True)
class Replicated:
    """What replicate trials find for one measure in one arm.

    Attributes
    ----------
    measured, arm : str
    size : int
        People in the arm.
    low, median, high : float
        Events, or the mean of a number: the middle 95 % of trials, and the middle one.
    published : float or None
        Events, or the mean, that was published for this many people.
    as_far : float or None
        Twice the share of trials at least as far out on the same side as what was published, at most 1.
    """

    measured: str
    arm: str
    size: int
    low: float
    median: float
    high: float
    published: float | None
    as_far: float | None


@dataclass(frozen=True)
class ReplicateSummary:
    """All replicate trials: how many, from how many individuals, what each arm shows, and how often arms differ.

    `found` maps ``measured: first, second`` to the share of trials in which Fisher's test gives p < 0.05.
    """

    trials: int
    pool: int
    sizes: Mapping[str, int]
    arms: tuple[Replicated, ...]
    found: Mapping[str, Share]


@dataclass(frozen=True)
class PowerCurve:
    """How often trials find a difference, by the number of people in each arm.

    Attributes
    ----------
    measured : str
    arms : (str, str)
    test : str
        Which test was made in each trial.
    alpha, target : float
    sizes : tuple of int
        Those for which enough people entered.
    power : tuple of Share
        With the interval that the number of simulated trials leaves.
    enough : int or None
        The smallest of the sizes with the power wanted; None if none has it.
    """

    measured: str
    arms: tuple[str, str]
    test: str
    alpha: float
    target: float
    sizes: tuple[int, ...]
    power: tuple[Share, ...]
    enough: int | None


def replicate(trial: Trial, arms: Mapping[str, ArmData]) -> ReplicateSummary | None:
    """Return what trials of the sizes asked for would have found; None if none are asked for, or too few entered.

    Nobody is drawn twice into one trial.
    """
    asked = trial.replicates
    if asked is None:
        return None
    sizes = {name: asked.sizes[name] for name in arms if name in asked.sizes}
    pool = _pool(arms)
    if sum(sizes.values()) > pool.size:
        return None
    outcomes, numbers = trial.of_kind("outcomes"), trial.of_kind("numbers")
    counts = {(m.name, arm): np.zeros(asked.trials) for m in (*outcomes, *numbers) for arm in sizes}
    pairs = [pair for pair in trial.comparisons if all(arm in sizes for arm in pair)]
    hits = {(m.name, pair): 0 for m in outcomes for pair in pairs}
    for number, order in enumerate(_orders(trial.setting.seed, "replicate", asked.trials, pool)):
        members = dict(
            zip(sizes, np.split(order, np.cumsum(list(sizes.values())))[: len(sizes)], strict=True)
        )
        for item in outcomes:
            for arm, who in members.items():
                counts[item.name, arm][number] = np.nansum(arms[arm].values[item.name][who])
            for first, second in pairs:
                events = [int(counts[item.name, arm][number]) for arm in (first, second)]
                hits[item.name, (first, second)] += (
                    _fisher(events[0], sizes[first], events[1], sizes[second]) < 0.05
                )
        for item in numbers:
            for arm, who in members.items():
                values = arms[arm].values[item.name][who]
                known = values[np.isfinite(values)]
                counts[item.name, arm][number] = known.mean() if known.size else np.nan
    found = {
        f"{name}: {first}, {second}": clopper_pearson(count, asked.trials)
        for (name, (first, second)), count in hits.items()
    }
    summaries = tuple(
        _summary(trial, name, arm, sizes[arm], values) for (name, arm), values in counts.items()
    )
    return ReplicateSummary(asked.trials, int(pool.size), sizes, summaries, found)


def find_power(
    trial: Trial, plan: Power, arms: Mapping[str, ArmData], kinds: Mapping[str, Measured]
) -> PowerCurve:
    """Return the power of trials of several sizes; people in the two arms are different ones.

    Fisher's exact test is used for outcomes, Welch's for numbers and the log-rank test for events. Sizes for which too
    few people entered are left out, since nobody is drawn twice into one trial.
    """
    pool = _pool(arms)
    sizes = tuple(size for size in plan.sizes if 2 * size <= pool.size)
    test, name = _test(kinds[plan.measured].kind, (arms[plan.arms[0]].end, arms[plan.arms[1]].end))
    first, second = (arms[arm].values[plan.measured] for arm in plan.arms)
    hits = np.zeros(len(sizes), dtype=int)
    for order in _orders(trial.setting.seed, f"power {plan.measured}", plan.trials, pool):
        # A larger trial contains the smaller ones, so that power differs by size and less by chance.
        one, other = first[order[0::2]], second[order[1::2]]
        for place, size in enumerate(sizes):
            hits[place] += test(one[:size], other[:size]) < plan.alpha
    power = tuple(clopper_pearson(int(count), plan.trials) for count in hits)
    enough = [size for size, share in zip(sizes, power, strict=True) if share.value >= plan.target]
    return PowerCurve(
        plan.measured,
        plan.arms,
        name,
        plan.alpha,
        plan.target,
        sizes,
        power,
        enough[0] if enough else None,
    )


def _pool(arms: Mapping[str, ArmData]) -> NDArray[np.int64]:
    """Return the places of those who finished in every arm, so that anybody may be drawn into any."""
    return np.flatnonzero(np.logical_and.reduce([arm.ok for arm in arms.values()]))


def _orders(seed: int, purpose: str, trials: int, pool: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for number in range(trials):
        yield pool[np.argsort(words(seed, f"{purpose} {number}", int(pool.size)), kind="stable")]


def _summary(trial: Trial, name: str, arm: str, size: int, values: NDArray[np.float64]) -> Replicated:
    known = values[np.isfinite(values)]
    low, middle, high = (
        np.percentile(known, [2.5, 50, 97.5], method="nearest") if known.size else (math.nan,) * 3
    )
    published, as_far = None, None
    for item in trial.published:
        if (item.measured, item.arm) != (name, arm):
            continue
        if item.of != size:
            continue
        if item.events is not None:
            published = float(item.events)
        elif item.statistic == "mean":
            published = item.value
    if published is not None and known.size:
        sides = ((known <= published).mean(), (known >= published).mean())
        as_far = min(1.0, 2 * float(min(sides)))
    return Replicated(name, arm, size, float(low), float(middle), float(high), published, as_far)


def _test(
    kind: str, ends: tuple[float, float]
) -> tuple[Callable[[NDArray[np.float64], NDArray[np.float64]], float], str]:
    if kind == "outcomes":
        return _fisher_of, "Fisher's exact test"
    if kind == "numbers":
        return _welch, "Welch's test"
    return functools.partial(log_rank, ends=ends), "log-rank test"


def _fisher_of(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return _fisher(int(np.nansum(first)), first.size, int(np.nansum(second)), second.size)


@functools.lru_cache(maxsize=100_000)
def _fisher(events: int, of: int, other_events: int, other_of: int) -> float:
    """Return the two-sided p value of Fisher's exact test."""
    from scipy.stats import fisher_exact

    table = [[events, of - events], [other_events, other_of - other_events]]
    return float(np.asarray(fisher_exact(table)[1]))


def _welch(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the two-sided p value of Welch's test; 1 where too few have a number or nobody differs."""
    from scipy.stats import ttest_ind_from_stats

    one, other = first[np.isfinite(first)], second[np.isfinite(second)]
    if min(one.size, other.size) < 2:
        return 1.0
    spreads = float(one.std(ddof=1)), float(other.std(ddof=1))
    if max(spreads) == 0.0:
        return 1.0 if one[0] == other[0] else 0.0
    found = ttest_ind_from_stats(
        one.mean(), spreads[0], one.size, other.mean(), spreads[1], other.size, equal_var=False
    )
    return float(found.pvalue)
