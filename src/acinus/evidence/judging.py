"""Judging: each kind of check against a bench -> what was found and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

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
from acinus.calibration.statistics import geometric_mean_fold_error, share_within_fold
from acinus.errors import Code, Diagnostic, RequestError
from acinus.evidence.binomial import Share, clopper_pearson
from acinus.evidence.condition import Condition, read_condition
from acinus.evidence.rank import area_under_roc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

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
    statement: Statement
    bench: Bench
    that: Condition
    among: Condition | None
    observed: Share | None
    expectation: Expectation | None
    confidence: float

    def __post_init__(self) -> None:
        nodes = self.that.endpoints + (self.among.endpoints if self.among is not None else ())
        self.experiment = prepare_endpoints(self.bench, self.statement, nodes)
        self.experiments = (self.experiment,)

    def judge(self) -> Judgement:
        run = self.bench.run(self.experiment)
        answers = self.that.of(run)
        members = _members(run.ok, self.among.of(run) if self.among is not None else None)
        counted = members & np.isfinite(answers)
        if not counted.any():
            raise RequestError(
                Diagnostic(
                    Code.CLAIM_NO_READING,
                    f"nobody of {int(np.size(run.ok))} is counted in `{self.statement.id}`",
                    self.statement.node.place,
                    "A share of nobody is not a number.",
                    "Look at `among`, or draw more people.",
                )
            )
        predicted = clopper_pearson(int((answers[counted] == 1).sum()), int(counted.sum()), self.confidence)
        numbers: dict[str, float] = {
            "share": predicted.value,
            "events": predicted.events,
            "of": predicted.of,
            "interval_low": predicted.low,
            "interval_high": predicted.high,
        }
        if self.observed is not None:
            low, high = self.observed.low, self.observed.high
            expected = f"within the interval of {self.observed}"
            numbers |= {"observed_events": self.observed.events, "observed_of": self.observed.of}
        else:
            limits = (self.expectation or Expectation("")).in_unit("dimensionless")
            low, high, expected = limits.low, limits.high, _percent(limits.low, limits.high)
        numbers |= {"low": low, "high": high}
        notes = _missing(int(members.sum()), int(counted.sum()))
        return Judgement(
            low <= predicted.value <= high,
            expected,
            str(predicted),
            numbers,
            int(np.size(run.ok)),
            int(np.sum(run.ok)),
            notes,
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
        members = _members(run.ok, self.among.of(run) if self.among is not None else None)
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


def _members(ok: NDArray[np.bool_], among: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    finished = np.asarray(ok, dtype=bool)
    return finished if among is None else finished & (among == 1)


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
    entry = Entry(statement.node, f"the share of `{statement.id}`", findings)
    entry.only("that", "among", "observed", "confidence", *EXPECTATION_KEYS)
    before = len(findings)
    that = read_condition(entry.need("that"), f"`that` of {entry.what}", findings)
    among = read_condition(entry.get("among"), f"`among` of {entry.what}", findings)
    confidence = entry.number("confidence", low=0.5, high=0.9999)
    confidence = 0.95 if confidence is None else confidence
    observed, expectation = None, None
    counts = entry.get("observed")
    if counts is not None:
        if any(entry.get(key) is not None for key in EXPECTATION_KEYS):
            entry.refuse(
                f"{entry.what} has both `observed` and a range", counts.place, "", "Keep one of them."
            )
        observed = _counts(counts, entry, confidence)
    else:
        expectation = read_expectation(entry)
    _needs_people(statement, entry)
    if len(findings) > before or that is None:
        return None
    return _ShareJudge(statement, bench, that, among, observed, expectation, confidence)


def _counts(node: Node, entry: Entry, confidence: float) -> Share | None:
    part = Entry(node, f"`observed` of {entry.what}", entry.findings)
    part.only("events", "of")
    part.need("events")
    part.need("of")
    events, of = part.whole("events", 0), part.whole("of", 1, low=1)
    if events > of:
        part.refuse(
            f"{part.what}: {events} events of {of}",
            node.place,
            "",
            "There are at most as many events as people.",
        )
        return None
    return clopper_pearson(events, of, confidence)


def _discrimination(statement: Statement, bench: Bench, findings: list[Diagnostic]) -> Judge | None:
    entry = Entry(statement.node, f"the discrimination of `{statement.id}`", findings)
    entry.only("predictor", "outcome", "among", *EXPECTATION_KEYS)
    before = len(findings)
    predictor = entry.need("predictor")
    outcome = read_condition(entry.need("outcome"), f"`outcome` of {entry.what}", findings)
    among = read_condition(entry.get("among"), f"`among` of {entry.what}", findings)
    expectation = read_expectation(entry)
    _needs_people(statement, entry)
    if len(findings) > before or predictor is None or outcome is None:
        return None
    return _DiscriminationJudge(statement, bench, predictor, outcome, among, expectation)


def _needs_people(statement: Statement, entry: Entry) -> None:
    if statement.setting.population is None:
        entry.refuse(
            f"the claim `{statement.id}` names no population",
            statement.node.place,
            "It speaks of a share of people.",
            "Add `population: {name: ..., n: 400, seed: 1}`.",
            Code.CLAIM_KEY,
        )


JUDGES: Mapping[str, Callable[[Statement, Bench, list[Diagnostic]], Judge | None]] = {
    "curve": _curve,
    "scalar": _scalar,
    "compare": _compare,
    "share": _share,
    "discrimination": _discrimination,
}
