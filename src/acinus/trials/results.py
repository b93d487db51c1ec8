"""What a trial found: every count, share, difference and curve with its interval and its denominator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from acinus.evidence import Share
    from acinus.trials.entering import Screening
    from acinus.trials.replicates import PowerCurve, ReplicateSummary
    from acinus.trials.survival import Hazard, Survival
    from acinus.trials.trial import Trial

__all__ = ["ArmData", "Contrast", "NumberSummary", "ShareOf", "TrialResult"]


@dataclass(frozen=True, eq=False)
class ArmData:
    """Everybody of one arm.

    Attributes
    ----------
    name, title : str
    ok : (n,) array of bool
        Who finished; n is the number who entered.
    values : mapping from what is measured to (n,) array
        NaN for who did not finish, or has no such number.
    at_risk : mapping from event to (n,) array of bool
        Who finished and can have it.
    reasons : mapping from status to int
        Of those who did not finish.
    end : float, h
        When observation ended.
    """

    name: str
    title: str
    ok: NDArray[np.bool_]
    values: Mapping[str, NDArray[np.float64]]
    at_risk: Mapping[str, NDArray[np.bool_]]
    reasons: Mapping[str, int]
    end: float


@dataclass(frozen=True)
class ShareOf:
    """The share of an arm with an outcome, and those who have no reading."""

    measured: str
    arm: str
    share: Share | None
    n_unread: int


@dataclass(frozen=True)
class NumberSummary:
    """How a number is spread in one arm: `n` have one; `low` and `high` are the 5th and 95th percentile."""

    measured: str
    arm: str
    unit: str
    n: int
    mean: float
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Contrast:
    """The same people in two arms.

    Attributes
    ----------
    measured, first, second : str
    kind : str
        ``difference`` of shares, ``ratio`` of shares, or ``mean difference`` of numbers; the first against the second.
    value, low, high : float
        NaN for an interval that cannot be computed.
    unit : str
    n : int
        Pairs: individuals with a reading in both arms.
    only_first, only_second : int or None
        To how many it happened in one of the two arms only.
    """

    measured: str
    first: str
    second: str
    kind: str
    value: float
    low: float
    high: float
    unit: str
    n: int
    only_first: int | None = None
    only_second: int | None = None


@dataclass(frozen=True, eq=False)
class TrialResult:
    """A conducted trial.

    Attributes
    ----------
    trial : Trial
    screening : Screening
    ids : (n,) array
        Who entered.
    columns : mapping from name to (n,) array
    column_units : mapping from name to unit
    arms : mapping from name to ArmData
    titles, units : mapping from what is measured to str
    shares : tuple of ShareOf
    numbers : tuple of NumberSummary
    contrasts : tuple of Contrast
    survival : tuple of Survival
    hazards : tuple of Hazard
    replicates : ReplicateSummary or None
    power : tuple of PowerCurve
    """

    trial: Trial
    screening: Screening
    ids: NDArray[Any]
    columns: Mapping[str, NDArray[np.float64]]
    column_units: Mapping[str, str]
    arms: Mapping[str, ArmData]
    titles: Mapping[str, str]
    units: Mapping[str, str]
    shares: tuple[ShareOf, ...]
    numbers: tuple[NumberSummary, ...]
    contrasts: tuple[Contrast, ...]
    survival: tuple[Survival, ...]
    hazards: tuple[Hazard, ...]
    replicates: ReplicateSummary | None = None
    power: tuple[PowerCurve, ...] = field(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was asked for and could not be done, for want of people."""
        finished = (
            self.replicates.pool if self.replicates is not None else min(self.counts(a)[1] for a in self.arms)
        )
        found = []
        if self.trial.replicates is not None and self.replicates is None:
            needed = sum(self.trial.replicates.sizes.values())
            found.append(
                f"no replicate trials: one needs {needed:,} people, and {finished:,} entered and finished"
            )
        for plan, curve in zip(self.trial.power, self.power, strict=True):
            left = [f"{size:,}" for size in plan.sizes if size not in curve.sizes]
            if left:
                found.append(
                    f"power of {plan.measured}: too few people entered for {', '.join(left)} in each arm"
                )
        return tuple(found)

    def counts(self, arm: str) -> tuple[int, int, int]:
        """Return n_in, n_ok and n_failed of an arm; the first is the sum of the others."""
        ok = self.arms[arm].ok
        return int(ok.size), int(ok.sum()), int(ok.size - ok.sum())

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the individuals as plain values, for JSON."""
        from dataclasses import asdict

        from acinus.provenance import CONTEXT_OF_USE, version

        setting, screening = self.trial.setting, self.screening
        return {
            "acinus": version(),
            "context_of_use": CONTEXT_OF_USE,
            "trial": setting.name,
            "title": setting.title,
            "source": self.trial.source,
            "note": setting.note,
            "model": {setting.model.id: setting.model.hash},
            "population": setting.population.name,
            "seed": setting.seed,
            "confidence": self.trial.confidence,
            "screened": {
                "n_in": screening.n_in,
                "n_ok": screening.n_ok,
                "n_failed": screening.n_failed,
                "n_entered": screening.n_entered,
                "n_not_entered": dict(screening.n_not_entered),
                "n_implausible": screening.n_implausible,
            },
            "arms": {
                name: dict(
                    zip(("n_in", "n_ok", "n_failed"), self.counts(name), strict=True),
                    title=arm.title,
                    reasons=dict(arm.reasons),
                    observed_until_h=arm.end,
                )
                for name, arm in self.arms.items()
            },
            "titles": dict(self.titles),
            "shares": [
                {
                    "measured": item.measured,
                    "arm": item.arm,
                    "n_unread": item.n_unread,
                    **({} if item.share is None else {**asdict(item.share), "value": item.share.value}),
                }
                for item in self.shares
            ],
            "numbers": [asdict(item) for item in self.numbers],
            "contrasts": [asdict(item) for item in self.contrasts],
            "events": [item.as_dict() for item in self.survival],
            "hazard_ratios": [asdict(item) for item in self.hazards],
            "published": [asdict(item) for item in self.trial.published],
            "replicates": None if self.replicates is None else asdict(self.replicates),
            "power": [asdict(item) for item in self.power],
            "notes": list(self.notes),
        }
