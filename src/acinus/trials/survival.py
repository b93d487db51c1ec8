"""Times until something happens: Kaplan and Meier's curves, and hazard ratios of the same people in two arms."""

from __future__ import annotations

import contextlib
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.errors import RequestError
from acinus.evidence import clopper_pearson
from acinus.evidence.survey.hazards import hazards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Hazard", "Survival", "event_curve", "hazard_ratio", "log_rank"]


@dataclass(frozen=True, eq=False)
class Survival:
    """To how many something has happened by when, in one arm.

    Attributes
    ----------
    measured, arm : str
    n, events : int
        Finished, and those of them to whom it happened before the end.
    median : float, h
        When it has happened to half; NaN if it never has.
    low_median, high_median : float, h
        Interval of the median; NaN where the bounds of the curve never reach one half.
    time, happened, low, high : (T,) arrays
        h, and shares with their interval (log-log), as steps.
    """

    measured: str
    arm: str
    n: int
    events: int
    median: float
    low_median: float
    high_median: float
    time: NDArray[np.float64]
    happened: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Return the counts and the share at the end, for JSON; the curve is in the picture."""
        return {
            "measured": self.measured,
            "arm": self.arm,
            "n": self.n,
            "events": self.events,
            "median_h": self.median,
            "median_low_h": self.low_median,
            "median_high_h": self.high_median,
            "until_h": float(self.time[-1]),
            "happened_at_end": float(self.happened[-1]),
            "low_at_end": float(self.low[-1]),
            "high_at_end": float(self.high[-1]),
        }


@dataclass(frozen=True)
class Hazard:
    """How much faster something happens in the first arm than in the second; NaN, and why, where it cannot be said."""

    measured: str
    first: str
    second: str
    ratio: float
    low: float
    high: float
    n: int
    why: str = ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # lifelines 0.30 calls pandas in ways that newer ones will not take, and warns of few events where we count them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def event_curve(
    measured: str, arm: str, times: NDArray[np.float64], end: float, confidence: float
) -> Survival | None:
    """Return the curve of one arm; None if nobody finished.

    Parameters
    ----------
    times : (n,) array, h
        Of those to whom it can happen and who finished; NaN for whom it had not happened at the end, when all are censored.
    end : float, h
    confidence : float
    """
    if times.size == 0:
        return None
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    known = np.isfinite(times)
    with _quiet():
        fitted = KaplanMeierFitter(alpha=1 - confidence).fit(np.where(known, times, end), known)
        bounds = fitted.confidence_interval_
        limits = np.asarray(median_survival_times(bounds), dtype=float).ravel()
    survival = fitted.survival_function_.to_numpy()[:, 0]
    lower, upper = bounds.to_numpy()[:, 0], bounds.to_numpy()[:, 1]
    # Before the first event the log-log interval is not defined; nothing has happened yet.
    lower, upper = np.where(np.isnan(lower), survival, lower), np.where(np.isnan(upper), survival, upper)
    if not known.any():
        # Greenwood's variance of no event is zero, which is not what so many people can tell.
        lower = np.full(lower.shape, 1 - clopper_pearson(0, times.size, confidence).high)
    return Survival(
        measured,
        arm,
        int(times.size),
        int(known.sum()),
        _finite(fitted.median_survival_time_),
        _finite(limits.min()),
        _finite(limits.max()),
        fitted.survival_function_.index.to_numpy(dtype=float),
        1 - survival,
        1 - upper,
        1 - lower,
    )


def hazard_ratio(
    measured: str,
    names: tuple[str, str],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    ends: tuple[float, float],
    confidence: float,
) -> Hazard:
    """Return Cox's hazard ratio of the first arm against the second.

    Parameters
    ----------
    first, second : (n,) arrays, h
        Of the same people, who finished in both arms; NaN for whom it did not happen.
    ends : (float, float), h
        When observation ended.

    Notes
    -----
    Everybody is in both arms, so the two courses of one individual are no independent people: the interval is that
    of the sandwich estimator with individuals as clusters, for which the influence values of an individual's two
    courses are added. The ratio is an average over time where it changes.
    """
    n = int(first.size)
    happened = [int(np.isfinite(times).sum()) for times in (first, second)]
    if min(happened) == 0:
        which = " and ".join(f"`{name}`" for name, count in zip(names, happened, strict=True) if count == 0)
        return Hazard(measured, *names, math.nan, math.nan, math.nan, n, f"it never happens in {which}")
    from scipy.special import ndtri

    times = np.concatenate(
        [np.where(np.isfinite(t), t, end) for t, end in zip((first, second), ends, strict=True)]
    )
    happened_to = np.isfinite(np.concatenate([first, second]))
    try:
        solved = hazards(times, happened_to, np.repeat([1.0, 0.0], n)[:, None], np.ones(2 * n))
    except RequestError as error:
        return Hazard(measured, *names, math.nan, math.nan, math.nan, n, error.diagnostics[0].what)
    log_ratio = float(solved.coefficients[0])
    of_individuals = solved.influence[:n, 0] + solved.influence[n:, 0]
    spread = float(ndtri((1 + confidence) / 2)) * math.sqrt(float(of_individuals @ of_individuals))
    ratio = math.exp(log_ratio)
    return Hazard(measured, *names, ratio, ratio * math.exp(-spread), ratio * math.exp(spread), n)


def log_rank(first: NDArray[np.float64], second: NDArray[np.float64], ends: tuple[float, float]) -> float:
    """Return the p value of the log-rank test for two groups of different people; times as in `hazard_ratio`."""
    from lifelines.statistics import logrank_test

    known = [np.isfinite(times) for times in (first, second)]
    filled = [
        np.where(here, times, end) for here, times, end in zip(known, (first, second), ends, strict=True)
    ]
    if not (known[0].any() or known[1].any()):
        return 1.0
    with _quiet():
        return float(logrank_test(filled[0], filled[1], known[0], known[1]).p_value)


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else math.nan
