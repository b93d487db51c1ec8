"""What people usually eat, from what they ate on one or two days.

One day tells little: its spread is that between people and that between a person's days. On a scale on which intakes
are nearly normal, the two are told apart by people with two days; each person's mean is drawn towards that of the
group until only the spread between people is left, and goes back to the first scale as the mean over the person's
days. This is the idea common to the methods compared by Dodd and others (2006), in its simplest form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.population.estimate_us_adults import weighted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Usual", "usual_intake"]

_POWERS = np.arange(0.05, 1.001, 0.05)
_NODES = 9


@dataclass(frozen=True, slots=True)
class Usual:
    """Usual intake of some people.

    Attributes
    ----------
    intake : (n,) array
        As many people of each intake as there are; not the best guess for any one of them. NaN without a first day.
    score : (n,) array
        The mean of a person's days on the transformed scale, to correlate with other things.
    reliability : float
        Share of the variance of `score` that lies between people.
    power : float
        Of the scale on which a day is nearly normal.
    """

    intake: NDArray[np.float64]
    score: NDArray[np.float64]
    reliability: float
    power: float


def usual_intake(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
) -> Usual:
    """Return the usual intake of people.

    Parameters
    ----------
    first, second : (n,) arrays
        Intake on two days, NaN if missing; nobody counts without the first.
    weights : (n,) array
    groups : (n,) array
        Those with one number are drawn towards one mean.
    """
    one = np.isfinite(first) & (weights > 0)
    two = one & np.isfinite(second)
    # People report less on the second day; it tells only how much a person's days differ.
    second = second * weighted.mean(first[two], weights[two]) / weighted.mean(second[two], weights[two])
    power = min(_POWERS, key=lambda p: abs(_skewness(first[one] ** p, weights[one])))
    scaled_first, scaled_second = first**power, second**power
    within = 0.5 * weighted.mean((scaled_first[two] - scaled_second[two]) ** 2, weights[two])
    score = np.where(two, 0.5 * (scaled_first + np.nan_to_num(scaled_second)), scaled_first)
    days = np.where(two, 2.0, 1.0)
    centre = np.full(first.shape, np.nan)
    for group in np.unique(groups[one]):
        here = one & (groups == group)
        centre[here] = weighted.mean(score[here], weights[here])
    total = weighted.mean((score[one] - centre[one]) ** 2, weights[one])
    between = total - within * weighted.mean(1.0 / days[one], weights[one])
    kept = between / (between + within / days)
    usual = centre + np.sqrt(kept) * (score - centre)
    return Usual(
        np.where(one, _mean_over_days(usual, within, power), np.nan),
        np.where(one, score, np.nan),
        weighted.mean(kept[one], weights[one]),
        float(power),
    )


def _mean_over_days(usual: NDArray[np.float64], within: float, power: float) -> NDArray[np.float64]:
    nodes, shares = np.polynomial.hermite_e.hermegauss(_NODES)
    days = np.maximum(usual[:, None] + np.sqrt(within) * nodes, 0.0)
    return (days ** (1.0 / power)) @ (shares / shares.sum())


def _skewness(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    centred = values - weighted.mean(values, weights)
    return weighted.mean(centred**3, weights) / weighted.variance(values, weights) ** 1.5
