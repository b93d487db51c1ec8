"""E-values: how strong an unmeasured cause of both would have to be to explain an association away."""

from __future__ import annotations

import math

__all__ = ["e_value", "limit_nearest_one", "ratio_of_common", "ratio_of_difference"]


def e_value(ratio: float) -> float:
    """Return the least risk ratio that an unmeasured confounder must have with exposure and outcome (VanderWeele 2017)."""
    above = ratio if ratio >= 1.0 else 1.0 / ratio
    return above + math.sqrt(above * (above - 1.0))


def limit_nearest_one(low: float, high: float) -> float:
    """Return the limit of an interval of ratios that is nearest to 1, or 1 if the interval holds it."""
    if low <= 1.0 <= high:
        return 1.0
    return low if low > 1.0 else high


def ratio_of_common(ratio: float, *, hazard: bool) -> float:
    """Return about which risk ratio an odds or hazard ratio is, where the outcome is common (above 15 %)."""
    if hazard:
        return (1.0 - 0.5 ** math.sqrt(ratio)) / (1.0 - 0.5 ** math.sqrt(1.0 / ratio))
    return math.sqrt(ratio)


def ratio_of_difference(difference: float, deviation: float) -> float:
    """Return about which risk ratio a difference of means is, given the outcome's standard deviation."""
    return math.exp(0.91 * difference / deviation)
