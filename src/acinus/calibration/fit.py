"""What a fit found, and the file that says it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acinus.calibration.whole_text import write_whole
from acinus.provenance import CONTEXT_OF_USE, content_hash, version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.calibration.identifiability import Identifiability
    from acinus.calibration.problem import Problem

__all__ = ["Fit", "FittedDatum", "FittedParameter", "SeedNoise", "rounded", "software_hash"]

# What decides a prediction; tables, figures and commands do not.
_DECIDING = ("model", "system", "engine", "simulation", "endpoints", "population", "calibration")


def rounded(value: float, uncertainty: float) -> float:
    """Return a value with no more digits than its uncertainty has: two, if they begin with a 1, else one.

    Examples
    --------
    >>> rounded(52.3456, 0.3), rounded(52.3456, 0.13), rounded(52.3456, 7.0), rounded(1234.5, 210.0)
    (52.3, 52.35, 52.0, 1200.0)

    Without an uncertainty, three digits are kept:

    >>> rounded(0.0123456, float("inf"))
    0.0123
    """
    if value == 0 or not math.isfinite(value):
        return value
    if not math.isfinite(uncertainty) or uncertainty <= 0:
        return float(f"{value:.3g}")
    exponent = math.floor(math.log10(uncertainty))
    digits = -exponent + (1 if uncertainty / 10.0**exponent < 2 else 0)
    return float(f"{round(value, digits):.12g}")


@dataclass(frozen=True)
class FittedParameter:
    """One parameter after the fit.

    Attributes
    ----------
    id, unit : str
    value : float
        In `unit`, with all digits; `rounded` gives those that mean something.
    standard_error : float
        In `unit`, from the Jacobian of data and prior together; infinite where nothing informs it.
    start : float
    low, high : float or None
        The bounds.
    prior_sd : float or None
        Of the logarithm (of the value on a linear scale).
    posterior_sd : float
        Likewise, after the fit.
    posterior_to_prior : float or None
        Standard deviation after over before; near 1 the data say nothing about it.
    at_bound : bool
        Whether it lies on a bound, where its standard error means little.
    """

    id: str
    unit: str
    value: float
    standard_error: float
    start: float
    low: float | None
    high: float | None
    prior_sd: float | None
    posterior_sd: float
    posterior_to_prior: float | None
    at_bound: bool

    @property
    def rounded(self) -> float:
        """The value with the digits that its uncertainty leaves."""
        return rounded(self.value, self.standard_error)


@dataclass(frozen=True)
class FittedDatum:
    """One claim as data after the fit.

    Attributes
    ----------
    claim : str
    points : int
    cost_before, cost : float
        Half its sum of squared residuals, weighted, at the start and at the optimum.
    cost_of_events : float
        At the optimum with levels as steps, where the search smoothed them.
    share : float
        Of the cost of all data.
    observed, found, found_before : str
        In words: what was measured, what is predicted, and what was predicted at the start.
    """

    claim: str
    points: int
    cost_before: float
    cost: float
    cost_of_events: float
    share: float
    observed: str
    found: str
    found_before: str


@dataclass(frozen=True)
class SeedNoise:
    """What the data cost at the optimum with people of seeds that the fit did not see.

    Attributes
    ----------
    seeds : tuple of int
    cost : float
        With the people of all of them, as many as were fitted to.
    costs : tuple of float
        With those of each seed alone.
    found : mapping of str to str
        Predictions by datum, in words.
    """

    seeds: tuple[int, ...]
    cost: float
    costs: tuple[float, ...]
    found: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit and everything needed to make it again.

    Attributes
    ----------
    problem : Problem
    model, model_hash : str
        The model before the fit.
    data_hash : str
        Of problem, claims, protocols, endpoints and the people drawn.
    parameters : tuple of FittedParameter
    data : tuple of FittedDatum
    cost, prior_cost : float
        Half the sum of squared residuals, of the data and of the priors.
    evaluations : int
        Of the objective by the search, without those of the Jacobian.
    starts : tuple of float or None
        Cost at the end of each start or seed; None where nothing could be predicted.
    message : str
        Why the search ended.
    informed : Identifiability
        What the data say of which parameters.
    noise : SeedNoise or None
        Only where the problem says how many people are drawn.
    failures : mapping of str to str
        Data that could not be predicted at the optimum, and why.
    """

    problem: Problem
    model: str
    model_hash: str
    data_hash: str
    parameters: tuple[FittedParameter, ...]
    data: tuple[FittedDatum, ...]
    cost: float
    prior_cost: float
    evaluations: int
    starts: tuple[float | None, ...]
    message: str
    informed: Identifiability
    noise: SeedNoise | None
    failures: Mapping[str, str]

    @property
    def directions(self) -> tuple[tuple[float, Mapping[str, float]], ...]:
        """How many times the data narrow each direction, best informed first; see `Identifiability`."""
        return self.informed.directions

    def __getitem__(self, parameter: str) -> FittedParameter:
        from acinus.errors import nearest

        for fitted in self.parameters:
            if fitted.id == parameter:
                return fitted
        raise KeyError(f"`{parameter}` was not fitted. {nearest(parameter, [p.id for p in self.parameters])}")

    @property
    def values(self) -> Mapping[str, float]:
        """Fitted values by id, in the model's units."""
        return {fitted.id: fitted.value for fitted in self.parameters}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as they stand in the result file."""
        search, people = self.problem.search, self.problem.people
        by_method = (
            {"seeds": list(search.seeds), "sigma0": search.sigma0}
            if search.method == "cma"
            else {"seed": search.seed}
        )
        noise = self.noise
        return {
            "problem": self.problem.name,
            "title": self.problem.title,
            "problem_hash": self.problem.hash,
            "data_hash": self.data_hash,
            "model": self.model,
            "model_hash": self.model_hash,
            "acinus": version(),
            "software_hash": software_hash(),
            "library": _library(search.method),
            "context_of_use": CONTEXT_OF_USE,
            "people": None if people is None else {"n": people.n, "seeds": list(people.seeds)},
            "search": {
                "method": search.method,
                **by_method,
                "starts": [None if cost is None else _short(cost) for cost in self.starts],
                "evaluations": self.evaluations,
                "ended": self.message,
            },
            "cost": {
                "data_before": _short(sum(d.cost_before for d in self.data)),
                "data": _short(self.cost),
                "data_with_events_as_steps": _short(sum(d.cost_of_events for d in self.data)),
                "prior": _short(self.prior_cost),
            },
            "seed_noise": None
            if noise is None
            else {
                "seeds": list(noise.seeds),
                "cost": _short(noise.cost),
                "cost_of_each": [_short(cost) for cost in noise.costs],
                "found": dict(noise.found),
            },
            "parameters": [
                {
                    "id": p.id,
                    "value": p.rounded,
                    "unit": p.unit,
                    "standard_error": _short(p.standard_error, 2),
                    "posterior_sd": _short(p.posterior_sd, 2),
                    "start": _short(p.start),
                    "posterior_to_prior": None
                    if p.posterior_to_prior is None
                    else _short(p.posterior_to_prior, 2),
                    "at_bound": p.at_bound,
                }
                for p in self.parameters
            ],
            "data": [
                {
                    "claim": d.claim,
                    "points": d.points,
                    "cost_before": _short(d.cost_before),
                    "cost": _short(d.cost),
                    "share_of_cost": _short(d.share, 2),
                    "observed": d.observed,
                    "found_before": d.found_before,
                    "found": d.found,
                }
                for d in self.data
            ],
            "informed_directions": self.informed.informed,
            "directions": [
                {"narrowed": _short(factor, 2), "parameters": dict(parts)}
                for factor, parts in self.directions
            ],
            "correlated": [
                {"pair": [one, other], "correlation": _short(value, 2)}
                for one, other, value in self.informed.pairs
            ],
            "failures": dict(self.failures),
        }

    def write(self, folder: Path | None = None) -> Path:
        """Write ``<problem>.result.yaml``, whole, into a folder or beside the problem, and return its path.

        Raises
        ------
        RequestError
            AC980 if it cannot be written.
        """
        import yaml

        path, name = self.problem.result, self.problem.name
        path = path if folder is None else folder / path.name
        head = f"# Written by `acinus calibrate {name}`; made again from {self.problem.file.name}.\n"
        write_whole(path, head + yaml.safe_dump(self.as_dict(), sort_keys=False, width=110))
        return path

    def __str__(self) -> str:
        lines = [
            f"{self.problem.title}: cost {self.cost:.4g} of the data, {self.prior_cost:.4g} of the priors"
        ]
        for p in self.parameters:
            told = (
                "" if p.posterior_to_prior is None else f", {p.posterior_to_prior:.0%} of its prior's spread"
            )
            edge = ", at a bound" if p.at_bound else ""
            lines.append(f"  {p.id} = {p.rounded:g} {p.unit} (+- {p.standard_error:.2g}{told}{edge})")
        lines += [
            f"  {d.claim}: {d.found}, measured {d.observed} ({d.share:.0%} of the cost)" for d in self.data
        ]
        return "\n".join(lines)


def software_hash() -> str:
    """Return a hash of the program text that predictions and fits are made by."""
    root = Path(__file__).parents[1]
    files = sorted(path for name in _DECIDING for path in (root / name).rglob("*.py"))
    return content_hash(*(f"{path.relative_to(root).as_posix()} {path.read_text('utf-8')}" for path in files))


def _library(method: str) -> str:
    distribution = {"cma": "cma", "trf": "scipy"}[method]
    return f"{distribution} {version(distribution)}"


def _short(value: float, digits: int = 4) -> float | str:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else "inf"
