"""Usual intake from one or two recalled days: what someone eats in the long run, not on the day that was asked about.

A single day varies far more than the usual diet, so that the share of people below a requirement on one day says little
about the share whose usual diet is short. The second recall of some people tells the variance within a person. The
method is that of Nusser and colleagues (1996) for a food component eaten every day, without their grafted polynomial:
a power transformation towards normality, means by class, variances by analysis of pairs, shrinkage that keeps the
variance between people, and the mean over the days of a person on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UsualIntake", "power_towards_normal", "towards_normal", "usual_intake"]

# Nine points integrate the return to the scale of milligrams to well below the rounding of the recall.
_POINTS = 9
# The way back is smooth and the same for everyone of a sex; so many points give it to 1e-6.
_GRID = 2001
_POWERS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class UsualIntake:
    """Usual intake of everyone with a first day.

    Attributes
    ----------
    usual : (n,) array
        Estimated so that its distribution, not each value, is right.
    power : float
        Of the transformation; 0 is the logarithm.
    within, between : float
        Variances within and between people on the transformed scale.
    """

    usual: np.ndarray
    power: float
    within: float
    between: float


def power_towards_normal(values: np.ndarray, weights: np.ndarray, classes: np.ndarray) -> float:
    """Return the power of Box and Cox, 0 to 1 in steps of 0.01, that makes positive values most nearly normal.

    Each class has its own mean; the likelihood is weighted.
    """
    share = weights / weights.sum()
    mean_log = float(share @ np.log(values))

    def likelihood(power: float) -> float:
        moved = towards_normal(values, power)
        residual = moved - _class_means(moved, weights, classes)[classes]
        return -0.5 * np.log(share @ residual**2) + (power - 1.0) * mean_log

    return float(_POWERS[int(np.argmax([likelihood(power) for power in _POWERS]))])


def usual_intake(
    one: np.ndarray, two: np.ndarray, weights: np.ndarray, classes: np.ndarray, power: float
) -> UsualIntake:
    """Return usual intake of one group of people.

    Parameters
    ----------
    one : (n,) array
        Intake on the first day, moved by `towards_normal`.
    two : (n,) array
        On the second, nan where there was none. Its mean is lower by the way it is asked, and is aligned to that of the
        first among those who have both.
    weights : (n,) array
    classes : (n,) array of int
        Class of age and sex, 0 to C - 1; each has its own mean.
    power : float
        Of the transformation that was used.
    """
    both = np.isfinite(two) & (weights > 0.0)
    pair = weights[both]
    two = two + (pair @ (one[both] - two[both])) / pair.sum()
    within = float(pair @ (one[both] - two[both]) ** 2 / (2.0 * pair.sum()))
    means = _class_means(one, weights, classes)[classes]
    total = float(weights @ (one - means) ** 2 / weights.sum())
    between = max(total - within, 0.0)
    shrunk = means + np.sqrt(between / total) * (one - means)
    return UsualIntake(_mean_over_days(shrunk, within, _backward_of(power)), power, within, between)


def towards_normal(values: np.ndarray, power: float) -> np.ndarray:
    """Return positive intakes on the scale of Box and Cox."""
    return np.log(values) if power == 0.0 else (values**power - 1.0) / power


def _backward_of(power: float) -> Callable[[np.ndarray], np.ndarray]:
    if power == 0.0:
        return np.exp
    return lambda moved: np.maximum(power * moved + 1.0, 0.0) ** (1.0 / power)


def _mean_over_days(
    moved: np.ndarray, within: float, backward: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    points, shares = np.polynomial.hermite_e.hermegauss(_POINTS)
    grid = np.linspace(moved.min(), moved.max(), _GRID)
    mean = backward(grid[:, None] + np.sqrt(within) * points) @ (shares / shares.sum())
    return np.interp(moved, grid, mean)


def _class_means(values: np.ndarray, weights: np.ndarray, classes: np.ndarray) -> np.ndarray:
    sums = np.bincount(classes, weights * values)
    return sums / np.bincount(classes, weights)
