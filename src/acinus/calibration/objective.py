"""The objective: parameter values in, residuals of every datum out.

A residual is ``ln(predicted / measured) / sigma``, times the root of the datum's weight; that of a counted share is
the signed root of twice the logarithm of its likelihood relative to the highest, so that half the sum of squares is
a negative log-likelihood throughout. What cannot be
predicted (a run that did not finish, a number that is not finite or not positive) has the residual
`Search.penalty`, so that the search moves away from there and the number of residuals never changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import Bench, described_columns
from acinus.calibration.curve import CurveCheck, read_curve
from acinus.calibration.scalar import CompareCheck, ScalarCheck, read_compare, read_scalar
from acinus.calibration.share import ShareCheck, read_share
from acinus.errors import AcinusError, Code, Diagnostic, ModelTextError, RequestError
from acinus.provenance import content_hash
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.calibration.bench import Experiment
    from acinus.calibration.expectation import Limits
    from acinus.calibration.problem import DataTerm, Moving, People, Problem
    from acinus.documents import Node
    from acinus.model import Model

__all__ = ["Axis", "Objective", "Term", "Told", "binomial_residual", "scalar_residual"]

Check = CurveCheck | ScalarCheck | CompareCheck | ShareCheck

_CURVE_SIGMA = 0.3


@dataclass(frozen=True)
class Axis:
    """One parameter in numbers: its unit, start and bounds, and its prior, in the model's unit.

    `to_search` and `from_search` change between the parameter and the number that the search moves.
    """

    id: str
    unit: str
    start: float
    low: float
    high: float
    log: bool
    centre: float
    spread: float | None

    def to_search(self, value: float) -> float:
        """Return the logarithm, or the value itself on a linear scale."""
        return math.log(value) if self.log else value

    def from_search(self, position: float) -> float:
        """Return the parameter's value."""
        return math.exp(position) if self.log else position


@dataclass(frozen=True)
class Term:
    """One datum: its name, where its residuals stand, and how they are weighed."""

    name: str
    rows: slice
    sigma: float
    weight: float
    words: str
    smoothing: float

    @property
    def size(self) -> int:
        """Number of residuals."""
        return self.rows.stop - self.rows.start


@dataclass(frozen=True)
class Told:
    """What is told of a datum: measured and predicted in words, and its cost with events counted as they are."""

    observed: str
    found: str
    cost: float


class Objective:
    """A problem made ready to be evaluated.

    Parameters
    ----------
    problem : Problem
    threads : int
        That solve the equations of a population.

    Raises
    ------
    RequestError
        AC932 and AC933: data that cannot be used, parameters the model does not have or whose numbers make no
        sense.
    AcinusError
        Whatever is wrong with models and protocols.
    """

    def __init__(self, problem: Problem, *, threads: int = 1) -> None:
        self.problem = problem
        self.bench = Bench(workers=threads)
        findings: list[Diagnostic] = []
        self.model = self.bench.model(problem.model)
        self.axes = tuple(
            axis for moving in problem.parameters if (axis := _axis(moving, self.model, findings)) is not None
        )
        self._checks: list[Check] = []
        self._experiments: list[tuple[Experiment, ...]] = []
        terms: list[Term] = []
        first = 0
        for datum in problem.data:
            check = _check(datum, findings)
            if check is None:
                continue
            try:
                experiments = _prepared(check, problem.people, self.bench)
            except AcinusError as error:
                findings.extend(error.diagnostics)
                continue
            findings.extend(
                _other_model(datum, e, self.model) for e in experiments if e.model.hash != self.model.hash
            )
            findings.extend(_not_moving(datum, experiments[0], problem))
            size = int((check.points.value > 0).sum()) if isinstance(check, CurveCheck) else 1
            self._checks.append(check)
            self._experiments.append(experiments)
            sigma, words = _sigma(datum, check)
            terms.append(
                Term(
                    datum.statement.id,
                    slice(first, first + size),
                    sigma,
                    datum.weight,
                    words,
                    datum.smoothing,
                )
            )
            first += size
        if findings:
            raise RequestError(dict.fromkeys(findings))
        self.terms = tuple(terms)
        self.size = first
        self.failures: dict[str, str] = {}

    @property
    def draws_people(self) -> bool:
        """Whether any datum is about a population."""
        return any(e.individuals is not None for experiments in self._experiments for e in experiments)

    @property
    def data_hash(self) -> str:
        """Hash of everything that predictions are made from besides the model and its values: protocols and people."""
        from acinus.endpoints.catalogue import read_catalogue

        parts: dict[str, None] = {self.problem.hash: None}
        for experiment in (e for experiments in self._experiments for e in experiments):
            parts[experiment.key] = None
            if experiment.individuals is not None:
                columns = experiment.individuals.columns
                parts |= dict.fromkeys(
                    f"{name} {np.asarray(columns[name]).tobytes().hex()}" for name in sorted(columns)
                )
        endpoints = read_catalogue(self.model.biology).nodes
        return content_hash(
            *sorted(parts), *(f"{name} {endpoints[name].plain()}" for name in sorted(endpoints))
        )

    @property
    def start(self) -> NDArray[np.float64]:
        """Where the search begins, (P,)."""
        return np.array([axis.to_search(axis.start) for axis in self.axes])

    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of the search, (P,) each."""
        low = np.array([axis.to_search(axis.low) if axis.low > -math.inf else -np.inf for axis in self.axes])
        high = np.array([axis.to_search(axis.high) if axis.high < math.inf else np.inf for axis in self.axes])
        return low, high

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the priors as search numbers, (P,); the start where there is none."""
        return np.array([axis.to_search(axis.centre) for axis in self.axes])

    @property
    def scales(self) -> NDArray[np.float64]:
        """Standard deviations of the priors, (P,).

        Without a prior, a quarter of the range between the bounds; 1 where there are none.
        """
        low, high = self.bounds
        return np.array(
            [
                axis.spread
                if axis.spread is not None
                else ((high[i] - low[i]) / 4 if np.isfinite(high[i] - low[i]) else 1.0)
                for i, axis in enumerate(self.axes)
            ]
        )

    def values(self, position: NDArray[np.float64]) -> dict[str, float]:
        """Return parameter values by id, in the model's units."""
        return {axis.id: axis.from_search(float(x)) for axis, x in zip(self.axes, position, strict=True)}

    def data_residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of the data, (M,)."""
        return self.data_rows(position)[0]

    def data_rows(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of the data and, below them, their metrics, (2, M).

        A metric is what was predicted on a scale whose unit is one standard deviation of the datum, so that the squares
        of its derivatives are information. For a counted share it is the arcsine of its root, elsewhere the residual.
        """
        bench = self.bench.shifted(self.values(position))
        penalty = self.problem.search.penalty
        rows = np.full((2, self.size), penalty)
        self.failures = {}
        for term, check, experiments in zip(self.terms, self._checks, self._experiments, strict=True):
            try:
                found = _rows(check, bench, experiments, term.sigma, term.smoothing)
            except AcinusError as error:
                self.failures[term.name] = error.diagnostics[0].what
                continue
            finite = np.isfinite(found).all(axis=0)
            rows[:, term.rows] = np.where(finite, found, penalty)
            if not finite.all():
                self.failures[term.name] = (
                    f"{int((~finite).sum())} of {term.size} predictions are not positive numbers"
                )
        scale = np.concatenate([np.full(term.size, math.sqrt(term.weight)) for term in self.terms])
        # An outlier beyond the penalty would weigh more than a run that failed altogether.
        rows[0] = np.clip(rows[0], -penalty, penalty)
        return scale * rows

    def cost(self, position: NDArray[np.float64], data: NDArray[np.float64]) -> float:
        """Return half the sum of squared residuals of data, (M,), and priors."""
        priors = self.prior_residuals(position)
        return 0.5 * float(data @ data + priors @ priors)

    def prior_residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of the priors, one for each parameter that has one."""
        return np.array(
            [
                (x - axis.to_search(axis.centre)) / axis.spread
                for axis, x in zip(self.axes, position, strict=True)
                if axis.spread is not None
            ]
        )

    def prior_rows(self) -> NDArray[np.float64]:
        """Return the derivative of `prior_residuals`, (priors, P)."""
        rows = [np.eye(len(self.axes))[i] / a.spread for i, a in enumerate(self.axes) if a.spread is not None]
        return np.array(rows).reshape(len(rows), len(self.axes))

    def tell(self, position: NDArray[np.float64]) -> Mapping[str, Told]:
        """Return by datum what was measured and what is predicted, in words; events are counted as they are."""
        bench = self.bench.shifted(self.values(position))
        told = {}
        for term, check, experiments in zip(self.terms, self._checks, self._experiments, strict=True):
            try:
                observed, found = _told(check, bench, experiments)
                rows = _rows(check, bench, experiments, term.sigma, 0.0)[0]
                penalty = self.problem.search.penalty
                rows = np.clip(np.where(np.isfinite(rows), rows, penalty), -penalty, penalty)
            except AcinusError as error:
                observed, found = "", error.diagnostics[0].what
                rows = np.full(term.size, self.problem.search.penalty)
            told[term.name] = Told(observed, found, 0.5 * term.weight * float(rows @ rows))
        return told


def _prepared(check: Check, people: People | None, bench: Bench) -> tuple[Experiment, ...]:
    """Return the experiments of a check, those of a population once for every seed of the problem's people."""
    population = check.statement.setting.population
    if people is None or population is None:
        variants = [check]
    else:
        # A curve is set against the median of one population.
        seeds = people.seeds[:1] if isinstance(check, CurveCheck) else people.seeds
        variants = [
            replace(
                check,
                statement=replace(
                    check.statement,
                    setting=replace(
                        check.statement.setting, population=replace(population, n=people.n, seed=seed)
                    ),
                ),
            )
            for seed in seeds
        ]
    experiments: list[Experiment] = []
    for variant in variants:
        prepared = variant.prepare(bench)
        experiments += prepared if isinstance(prepared, tuple) else (prepared,)
    return tuple(experiments)


def _not_moving(datum: DataTerm, experiment: Experiment, problem: Problem) -> list[Diagnostic]:
    """Return findings for parameters that a population describes itself, so that the tables are not asked."""
    choice = experiment.population
    if choice is None:
        return []
    described = described_columns(choice, experiment.model)
    return [
        Diagnostic(
            Code.PROBLEM_PARAMETER,
            f"`{moving.id}` moves, and the people of `{datum.statement.id}` have values of their own",
            moving.place,
            f"The population `{choice.source}` has a column `{moving.id}`; the tables' value is not read.",
            "Take the column out of the population, or do not move the parameter.",
        )
        for moving in problem.parameters
        if moving.id in described
    ]


def _check(datum: DataTerm, findings: list[Diagnostic]) -> Check | None:
    readers = {"curve": read_curve, "scalar": read_scalar, "compare": read_compare, "share": read_share}
    try:
        return readers[datum.statement.check](datum.statement, findings)
    except AcinusError as error:
        findings.extend(error.diagnostics)
        return None


def _other_model(datum: DataTerm, experiment: Experiment, model: Model) -> Diagnostic:
    return Diagnostic(
        Code.PROBLEM_DATA,
        f"`{datum.statement.id}` is about the model `{experiment.model.name}`, the problem about "
        f"`{model.name}`",
        datum.statement.place,
        "One set of parameter values is fitted to one model.",
        "Name the same model and zones, or leave the claim out.",
    )


def _sigma(datum: DataTerm, check: Check) -> tuple[float, str]:
    if datum.sigma is not None:
        return datum.sigma, f"sigma {datum.sigma:g}"
    if isinstance(check, CurveCheck):
        return _CURVE_SIGMA, f"sigma {_CURVE_SIGMA:g}"
    if isinstance(check, ShareCheck) and check.observed is not None:
        return math.nan, "binomial likelihood"
    # Limits of a scalar are read as two standard deviations around its middle, once their unit is known.
    return math.nan, "sigma from its limits"


def _rows(
    check: Check, bench: Bench, experiments: tuple[Experiment, ...], sigma: float, smoothing: float
) -> NDArray[np.float64]:
    """Return residuals and metrics of one datum, (2, its size)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(check, CurveCheck):
            pairs = check.pairs(bench, experiments[0])
            residuals = np.log(pairs.predicted / pairs.observed) / sigma
            return np.stack([residuals, residuals])
        if isinstance(check, ShareCheck):
            tally = check.find(bench, experiments, smoothing)
            # Of so many people none is still half a one: a finite sample does not say that something is impossible.
            share = min(max(tally.share, 0.5 / tally.of), 1 - 0.5 / tally.of)
            if check.observed is not None:
                events, of = check.observed.events, check.observed.of
                metric = 2 * math.sqrt(of) * math.asin(math.sqrt(share))
                return np.array([[binomial_residual(events, of, share)], [metric]])
            return np.full((2, 1), scalar_residual(share, check.limits, sigma))
        found = check.find(bench, experiments)
        return np.full((2, 1), scalar_residual(found.value, found.limits, sigma))


def _told(check: Check, bench: Bench, experiments: tuple[Experiment, ...]) -> tuple[str, str]:
    if isinstance(check, CurveCheck):
        folds = check.pairs(bench, experiments[0]).folds
        return f"{folds.size} points", check.limits.found(folds)
    if isinstance(check, ShareCheck):
        tally = check.find(bench, experiments)
        counted = check.observed
        observed = (
            str(check.limits)
            if counted is None
            else f"{counted.events / counted.of:.1%} ({counted.events} of {counted.of})"
        )
        return observed, f"{tally.share:.1%} ({tally.events:.0f} of {tally.of})"
    found = check.find(bench, experiments)
    unit = "" if found.limits.unit == "dimensionless" else f" {found.limits.unit}"
    return str(found.limits), f"{found.value:.4g}{unit}"


def binomial_residual(events: int, of: int, share: float) -> float:
    """Return the signed root of twice the loss of log-likelihood that a share has against the one counted.

    Parameters
    ----------
    events, of : int
        What was counted.
    share : float
        What is predicted, above 0 and below 1.

    Examples
    --------
    Half its square is ``k ln(k/n/p) + (n-k) ln((1-k/n)/(1-p))``:

    >>> round(0.5 * binomial_residual(1, 4, 0.5) ** 2, 6)
    0.523248
    >>> binomial_residual(1, 4, 0.25)
    0.0
    """
    from scipy.special import rel_entr

    counted = events / of
    loss = of * float(rel_entr(counted, share) + rel_entr(1 - counted, 1 - share))
    return math.copysign(math.sqrt(2 * max(loss, 0.0)), share - counted)


def scalar_residual(found: float, limits: Limits, sigma: float = math.nan) -> float:
    """Return how far a number lies from what was expected, in standard deviations.

    A range or a value with a tolerance is centred (geometrically, where its ends are positive) and its ends
    lie two standard deviations away, unless `sigma` says otherwise. A one-sided limit pulls only if broken.

    Examples
    --------
    >>> from acinus.calibration.expectation import Limits
    >>> round(scalar_residual(4.0, Limits(1.0, 4.0, None, "h")), 9)
    2.0
    >>> scalar_residual(5.0, Limits(-float("inf"), 6.0, None, "h"))
    0.0
    """
    if math.isinf(limits.low) or math.isinf(limits.high):
        if limits.hold(found):
            return 0.0
        edge = limits.high if math.isinf(limits.low) else limits.low
        spread = 0.1 if math.isnan(sigma) else sigma
        return math.log(found / edge) / spread if found > 0 and edge > 0 else math.nan
    if limits.low > 0:
        if not found > 0:
            return math.nan
        centre = limits.target or math.sqrt(limits.low * limits.high)
        spread = math.log(limits.high / limits.low) / 4 if math.isnan(sigma) else sigma
        return math.log(found / centre) / spread
    spread = (limits.high - limits.low) / 4 if math.isnan(sigma) else sigma
    centre = limits.target if limits.target is not None else (limits.high + limits.low) / 2
    return (found - centre) / spread


def _axis(moving: Moving, model: Model, findings: list[Diagnostic]) -> Axis | None:
    def refuse(what: str, why: str = "", remedy: str = "") -> None:
        findings.append(Diagnostic(Code.PROBLEM_PARAMETER, what, moving.place, why, remedy))

    try:
        value, unit = model.constant(moving.id)
    except ModelTextError as error:
        refuse(f"the model has no parameter `{moving.id}`", remedy=error.diagnostics[0].remedy)
        return None
    card = model.cards.get(moving.id)
    before = len(findings)

    def number(node: Node | None, usual: float, word: str) -> float:
        if node is None:
            return usual
        try:
            return parse_quantity(
                node.value,
                what=f"`{word}` of `{moving.id}`",
                like=(unit or "dimensionless",),
                place=node.place,
                error=RequestError,
                code=Code.PROBLEM_PARAMETER,
            ).to(unit or "dimensionless")
        except RequestError as error:
            findings.extend(error.diagnostics)
            return math.nan

    start = number(moving.start, value, "start")
    low = number(moving.low, card.low if card is not None and card.low is not None else -math.inf, "low")
    high = number(moving.high, card.high if card is not None and card.high is not None else math.inf, "high")
    centre = number(moving.prior, start, "prior")
    if len(findings) > before:
        return None
    log = moving.scale == "log"
    if log and (start <= 0 or centre <= 0):
        refuse(
            f"`{moving.id}` starts at {start:g}", "On a log scale it is above zero.", "Write `scale: linear`."
        )
    if not low < start < high:
        refuse(
            f"`{moving.id}` starts at {start:g}, outside its bounds {low:g} to {high:g}",
            "The search begins inside the bounds.",
            "Change the start or the bounds.",
        )
    if len(findings) > before:
        return None
    low = -math.inf if log and low <= 0 else low
    return Axis(moving.id, unit, start, low, high, log, centre, moving.spread)
