"""Judging: each kind of check against a bench -> what was found and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from acinus.calibration.condition import Condition, read_condition
from acinus.calibration.curve import CurveCheck, Pairs, read_curve
from acinus.calibration.entry import Entry
from acinus.calibration.expectation import EXPECTATION_KEYS, Expectation, read_expectation
from acinus.calibration.scalar import (
    CompareCheck,
    ScalarCheck,
    prepare_endpoints,
    read_compare,
    read_scalar,
    reading_of,
)
from acinus.calibration.share import ShareCheck, members_of, needs_people, read_share
from acinus.calibration.statistics import geometric_mean_fold_error, share_within_fold
from acinus.errors import Code, Diagnostic, RequestError
from acinus.evidence.binomial import clopper_pearson
from acinus.evidence.rank import area_under_roc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from acinus.calibration.bench import Bench, Experiment
    from acinus.calibration.statement import Statement
    from acinus.documents import Node

__all__ = ["JUDGES", "Judge", "Judgement"]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a check found; the fields are those of `Verdict`."""

    holds: bool
    expected: str
    found: str
    numbers: Mapping[str, float]
    n_in: int
    n_ok: int
    why: tuple[str, ...] = ()
    curve: Pairs | None = None


class Judge(Protocol):
    """A check made ready: `experiments` are what it needs, `judge` runs them."""

    experiments: tuple[Experiment, ...]

    def judge(self) -> Judgement:
        """Return what was found."""
        ...


@dataclass(eq=False)
class _CurveJudge:
    check: CurveCheck
    bench: Bench

    def __post_init__(self) -> None:
        self.experiment = self.check.prepare(self.bench, drawn=True)
        self.experiments = (self.experiment,)

    def judge(self) -> Judgement:
        pairs = self.check.pairs(self.bench, self.experiment)
        run = self.bench.run(self.experiment)
        folds, limits = pairs.folds, self.check.limits
        numbers: dict[str, float] = {"gmfe": geometric_mean_fold_error(folds), "points": int(folds.size)}
        numbers["left_out"] = pairs.left_out
        numbers["within_2_fold"] = share_within_fold(folds, 2.0)
        if limits.fold is not None:
            numbers["fold"], numbers["share"] = limits.fold, share_within_fold(folds, limits.fold)
        why = limits.broken_by(folds)
        notes = (f"{pairs.left_out} points at or below zero left out",) if pairs.left_out else ()
        found = f"{limits.found(folds)} ({folds.size} points)"
        return Judgement(
            not why,
            str(limits),
            found,
            numbers,
            int(np.size(run.ok)),
            int(np.sum(run.ok)),
            (*why, *notes),
            pairs,
        )


@dataclass(eq=False)
class _ScalarJudge:
    check: ScalarCheck | CompareCheck
    bench: Bench

    def __post_init__(self) -> None:
        self.experiments = self.check.prepare(self.bench)

    def judge(self) -> Judgement:
        found = self.check.find(self.bench, self.experiments)
        limits = found.limits
        unit = "" if limits.unit == "dimensionless" else f" {limits.unit}"
        words = f"{found.value:.4g}{unit}"
        if found.n_in > 1:
            words = f"{self.check.statistic.replace('_', ' ')} {words}"
        if found.detail:
            words = f"{words} ({found.detail})"
        numbers = {"found": found.value, "low": limits.low, "high": limits.high}
        if limits.target is not None:
            numbers["target"] = limits.target
        notes = _missing(found.n_ok, found.n_read)
        return Judgement(limits.hold(found.value), str(limits), words, numbers, found.n_in, found.n_ok, notes)


@dataclass(eq=False)
class _ShareJudge:
    check: ShareCheck
    bench: Bench

    def __post_init__(self) -> None:
        self.experiments = self.check.prepare(self.bench)

    def judge(self) -> Judgement:
        check = self.check
        tally = check.find(self.bench, self.experiments)
        predicted = clopper_pearson(int(tally.events), tally.of, check.confidence)
        numbers: dict[str, float] = {
            "share": predicted.value,
            "events": predicted.events,
            "of": predicted.of,
            "interval_low": predicted.low,
            "interval_high": predicted.high,
        }
        if check.observed is not None:
            observed = clopper_pearson(check.observed.events, check.observed.of, check.confidence)
            low, high = observed.low, observed.high
            expected = f"within the interval of {observed}"
            numbers |= {"observed_events": observed.events, "observed_of": observed.of}
        else:
            limits = check.limits
            low, high, expected = limits.low, limits.high, _percent(limits.low, limits.high)
        numbers |= {"low": low, "high": high}
        notes = _missing(tally.asked, tally.of)
        return Judgement(
            low <= predicted.value <= high, expected, str(predicted), numbers, tally.n_in, tally.n_ok, notes
        )


@dataclass(eq=False)
class _DiscriminationJudge:
    statement: Statement
    bench: Bench
    predictor: Node
    outcome: Condition
    among: Condition | None
    expectation: Expectation

    def __post_init__(self) -> None:
        nodes = (
            self.predictor,
            *self.outcome.endpoints,
            *(self.among.endpoints if self.among is not None else ()),
        )
        self.experiment = prepare_endpoints(self.bench, self.statement, nodes)
        self.experiments = (self.experiment,)

    def judge(self) -> Judgement:
        run = self.bench.run(self.experiment)
        reading = reading_of(run, self.predictor)
        outcome = self.outcome.of(run)
        members = members_of(run.ok, self.among.of(run) if self.among is not None else None)
        counted = members & np.isfinite(reading.values) & np.isfinite(outcome)
        happened = outcome[counted] == 1
        area = area_under_roc(reading.values[counted], happened)
        if not np.isfinite(area):
            raise RequestError(
                Diagnostic(
                    Code.CLAIM_NO_READING,
                    f"{'everybody' if happened.any() else 'nobody'} of {int(counted.sum())} has the outcome "
                    f"of `{self.statement.id}`",
                    self.statement.node.place,
                    "Discrimination needs people with and without the outcome.",
                    "Draw more people, or change the dose or `among`.",
                )
            )
        limits = self.expectation.in_unit("dimensionless")
        with_it = int(happened.sum())
        return Judgement(
            limits.hold(area),
            f"area under the ROC curve {limits}",
            f"area under the ROC curve {area:.3f} ({with_it} with, {happened.size - with_it} without it)",
            {
                "auc": area,
                "with": with_it,
                "without": int(happened.size - with_it),
                "low": limits.low,
                "high": limits.high,
            },
            int(np.size(run.ok)),
            int(np.sum(run.ok)),
            _missing(int(members.sum()), int(counted.sum())),
        )


def _missing(asked: int, read: int) -> tuple[str, ...]:
    return (f"{asked - read} of {asked} have no reading and are not counted",) if read < asked else ()


def _percent(low: float, high: float) -> str:
    if high >= 1.0:
        return f"a share of at least {low:.1%}"
    if low <= 0.0:
        return f"a share of at most {high:.1%}"
    return f"a share from {low:.1%} to {high:.1%}"


def _curve(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    check = read_curve(statement, findings)
    return None if check is None else _CurveJudge(check, bench)


def _scalar(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    check = read_scalar(statement, findings)
    return None if check is None else _ScalarJudge(check, bench)


def _compare(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    check = read_compare(statement, findings)
    return None if check is None else _ScalarJudge(check, bench)


def _share(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    check = read_share(statement, findings)
    return None if check is None else _ShareJudge(check, bench)


def _discrimination(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    entry = Entry(statement.node, f"the discrimination of `{statement.id}`", findings)
    entry.only("predictor", "outcome", "among", *EXPECTATION_KEYS)
    before = len(findings)
    predictor = entry.need("predictor")
    outcome = read_condition(entry.need("outcome"), f"`outcome` of {entry.what}", findings)
    among = read_condition(entry.get("among"), f"`among` of {entry.what}", findings)
    expectation = read_expectation(entry)
    needs_people(statement, entry)
    if len(findings) > before or predictor is None or outcome is None:
        return None
    return _DiscriminationJudge(statement, bench, predictor, outcome, among, expectation)


JUDGES: Mapping[str, Callable[[Statement, Bench, list[Diagnostic]], Judge | None]] = {
    "curve": _curve,
    "scalar": _scalar,
    "compare": _compare,
    "share": _share,
    "discrimination": _discrimination,
}
