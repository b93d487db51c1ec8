"""Fitting: a problem made ready, searched, and told with what its data inform and what chance leaves open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.checkpoint import Checkpoint, Rows
from acinus.calibration.crew import Crew
from acinus.calibration.evolution import Evolution
from acinus.calibration.fit import Fit, FittedDatum, FittedParameter, SeedNoise
from acinus.calibration.identifiability import identify, metric_slopes
from acinus.calibration.least_squares import LeastSquares
from acinus.calibration.objective import Objective
from acinus.calibration.problem import People, Problem, load_problem
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.calibration.attempt import Attempt, Progress

__all__ = ["calibrate"]

# Seeds of people that no fit is made with begin here above the highest that it was made with, at least so many.
_FRESH = 1000
_FRESH_SEEDS = 3


def calibrate(
    problem: str | Path | Problem,
    *,
    progress: Progress | None = None,
    workers: int = 2,
    write: bool = True,
    out: Path | None = None,
) -> Fit:
    """Fit the parameters of a problem to its data.

    Parameters
    ----------
    problem : str, Path or Problem
        A problem, its file, or the name of one in ``biology/calibration``.
    progress : callable, optional
        Called with (evaluations done, evaluations at most, words).
    workers : int
        Threads that solve the equations of a population or, where no datum has one, processes that evaluate positions;
        the result does not depend on their number.
    write : bool
        Whether to write ``<problem>.result.yaml``.
    out : Path, optional
        Folder of the result file and of the checkpoint; beside the problem if None.

    Returns
    -------
    Fit

    Raises
    ------
    RequestError
        AC930 to AC933 for the problem; AC934 if no start could be evaluated; AC980 if nothing can be written.

    Notes
    -----
    Minimises half the sum of squared residuals of data and priors: with ``trf`` by least squares, with ``cma`` by
    covariance matrix adaptation. Both write what they have evaluated to ``<problem>.checkpoint.json`` and go on from
    such a file if problem, data and model are the same; it is removed when the fit has ended.
    """
    read = problem if isinstance(problem, Problem) else load_problem(problem)
    tell = progress or (lambda done, total, words: None)  # noqa: ARG005 - the names are the protocol's
    objective = Objective(read, threads=workers)
    with Crew(objective, 1 if objective.draws_people else workers) as crew:
        path = read.checkpoint(out)
        hashes = {"problem": read.hash, "data": objective.data_hash, "model": objective.model.hash}
        search: Evolution | LeastSquares
        if read.search.method == "cma":
            checkpoint = Checkpoint(path, hashes)
            search = Evolution(objective, crew, checkpoint, tell)
        else:
            checkpoint = Rows(path, hashes)
            search = LeastSquares(objective, crew, checkpoint, tell)
        if checkpoint.resumed:
            tell(0, 1, f"going on from {path.name}, which holds {checkpoint.resumed} evaluations")
        attempts = search.run()
        good = [(attempt.cost, i) for i, attempt in enumerate(attempts) if attempt.position is not None]
        if not good:
            raise RequestError(
                Diagnostic(
                    Code.PROBLEM_NO_START,
                    f"none of {len(attempts)} starts of `{read.name}` could be evaluated",
                    None,
                    "; ".join(f"{name}: {why}" for name, why in list(objective.failures.items())[:3]),
                    "Begin where the model can be simulated, or narrow the bounds.",
                )
            )
        best = attempts[min(good)[1]]
        assert best.position is not None
        total = search.evaluations
        tell(total, total, "what the data inform")
        if isinstance(search, LeastSquares):
            slopes = search.jacobian(best.position)[: objective.size]
        else:
            slopes = metric_slopes(objective, crew, best.position)
        before, data = (found[0] for found in crew.evaluate([objective.start, best.position]))
        tell(total, total, "people of other seeds")
        noise = _seed_noise(read, best.position, workers)
        fit = _fit(objective, search.evaluations, best, attempts, before, data, slopes, noise)
    if write:
        fit.write(out)
    checkpoint.remove()
    return fit


def _seed_noise(problem: Problem, position: NDArray[np.float64], threads: int) -> SeedNoise | None:
    """Return what the data cost with people that were not fitted to; None if the problem says nothing of people."""
    if problem.people is None:
        return None
    people = problem.people
    fresh = tuple(max(people.seeds) + _FRESH + i for i in range(max(len(people.seeds), _FRESH_SEEDS)))

    def cost(*seeds: int) -> tuple[float, Objective]:
        objective = Objective(replace(problem, people=People(people.n, seeds)), threads=threads)
        rows = objective.data_residuals(position)
        return 0.5 * float(rows @ rows), objective

    together, objective = cost(*fresh)
    alone = tuple(cost(seed)[0] for seed in fresh)
    found = {name: told.found for name, told in objective.tell(position).items()}
    return SeedNoise(fresh, together, alone, found)


def _fit(
    objective: Objective,
    evaluations: int,
    best: Attempt,
    attempts: list[Attempt],
    before: NDArray[np.float64],
    data: NDArray[np.float64],
    slopes: NDArray[np.float64],
    noise: SeedNoise | None,
) -> Fit:
    position = best.position
    assert position is not None
    priors = objective.prior_residuals(position)
    informed = identify(objective, slopes)
    failures = dict(objective.failures)
    low, high = objective.bounds
    told, told_before = objective.tell(position), objective.tell(objective.start)
    total = float(data @ data) or 1.0
    parameters = []
    for i, axis in enumerate(objective.axes):
        value = axis.from_search(float(position[i]))
        spread = float(informed.spread[i])
        near = 1e-3 * (1.0 if axis.log else max(abs(axis.start), 1e-12))
        parameters.append(
            FittedParameter(
                axis.id,
                axis.unit,
                value,
                value * spread if axis.log else spread,
                axis.start,
                axis.from_search(low[i]) if np.isfinite(low[i]) else None,
                axis.from_search(high[i]) if np.isfinite(high[i]) else None,
                axis.spread,
                spread,
                spread / axis.spread if axis.spread is not None else None,
                bool(position[i] - low[i] < near or high[i] - position[i] < near),
            )
        )
    data_terms = tuple(
        FittedDatum(
            term.name,
            term.size,
            0.5 * float(before[term.rows] @ before[term.rows]),
            0.5 * float(data[term.rows] @ data[term.rows]),
            told[term.name].cost,
            float(data[term.rows] @ data[term.rows]) / total,
            told[term.name].observed,
            told[term.name].found,
            told_before[term.name].found,
        )
        for term in objective.terms
    )
    return Fit(
        objective.problem,
        objective.model.name,
        objective.model.hash,
        objective.data_hash,
        tuple(parameters),
        data_terms,
        0.5 * float(data @ data),
        0.5 * float(priors @ priors),
        evaluations,
        tuple(None if a.position is None else a.cost for a in attempts),
        best.message,
        informed,
        noise,
        failures,
    )
