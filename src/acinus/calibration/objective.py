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

from acinus.calibration.axis import read_axis
from acinus.calibration.bench import Bench, population_text
from acinus.calibration.curve import CurveCheck
from acinus.calibration.residuals import read_check, rows_of, sigma_of, told_of
from acinus.errors import AcinusError, Code, Diagnostic, RequestError
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.calibration.bench import Experiment
    from acinus.calibration.problem import DataTerm, People, Problem
    from acinus.calibration.residuals import Check
    from acinus.calibration.statement import PopulationChoice
    from acinus.model import Model

__all__ = ["Objective", "Term", "Told"]


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
        self._checks: list[Check] = []
        self._experiments: list[tuple[Experiment, ...]] = []
        terms: list[Term] = []
        first = 0
        for datum in problem.data:
            check = read_check(datum, findings)
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
            sigma, words = sigma_of(datum, check)
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
        populations = [population_text(*chosen) for chosen in self._populations()]
        self.axes = tuple(
            axis
            for moving in problem.parameters
            if (axis := read_axis(moving, self.model, populations, findings)) is not None
        )
        if findings:
            raise RequestError(dict.fromkeys(findings))
        self.terms = tuple(terms)
        self.size = first
        self.failures: dict[str, str] = {}

    def _populations(self) -> list[tuple[PopulationChoice, Model]]:
        everything = (e for experiments in self._experiments for e in experiments)
        return [(e.population, e.model) for e in everything if e.population is not None]

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
                found = rows_of(check, bench, experiments, term.sigma, term.smoothing)
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
                observed, found = told_of(check, bench, experiments)
                rows = rows_of(check, bench, experiments, term.sigma, 0.0)[0]
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
    columns = population_text(choice, experiment.model).get("columns")
    described = {name for name, _ in columns.items()} if columns is not None else set()
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


def _other_model(datum: DataTerm, experiment: Experiment, model: Model) -> Diagnostic:
    return Diagnostic(
        Code.PROBLEM_DATA,
        f"`{datum.statement.id}` is about the model `{experiment.model.name}`, the problem about "
        f"`{model.name}`",
        datum.statement.place,
        "One set of parameter values is fitted to one model.",
        "Name the same model and zones, or leave the claim out.",
    )
