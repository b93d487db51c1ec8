"""What a fit found, and the file that says it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.calibration.problem import Problem

__all__ = ["Fit", "FittedDatum", "FittedParameter", "rounded"]


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
    posterior_to_prior: float | None
    at_bound: bool

    @property
    def rounded(self) -> float:
        """The value with the digits that its uncertainty leaves."""
        return rounded(self.value, self.standard_error)


@dataclass(frozen=True)
class FittedDatum:
    """One claim as data after the fit: points, its part of the cost, and what was found in words."""

    claim: str
    points: int
    cost: float
    share: float
    found: str


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit and everything needed to make it again.

    Attributes
    ----------
    problem : Problem
    model, model_hash : str
        The model before the fit.
    parameters : tuple of FittedParameter
    data : tuple of FittedDatum
    cost, prior_cost : float
        Half the sum of squared residuals, of the data and of the priors.
    evaluations : int
        Of the objective, without those of the Jacobian.
    starts : tuple of float or None
        Cost at the end of each start; None where nothing could be predicted.
    message : str
        Why the search ended.
    directions : tuple of (float, mapping)
        How many times the data narrow each direction, and the parameters that make it up; 1 is not at all.
    failures : mapping of str to str
        Data that could not be predicted at the optimum, and why.
    """

    problem: Problem
    model: str
    model_hash: str
    parameters: tuple[FittedParameter, ...]
    data: tuple[FittedDatum, ...]
    cost: float
    prior_cost: float
    evaluations: int
    starts: tuple[float | None, ...]
    message: str
    directions: tuple[tuple[float, Mapping[str, float]], ...]
    failures: Mapping[str, str]

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
        return {
            "problem": self.problem.name,
            "title": self.problem.title,
            "problem_hash": self.problem.hash,
            "model": self.model,
            "model_hash": self.model_hash,
            "acinus": version(),
            "context_of_use": CONTEXT_OF_USE,
            "search": {
                "method": "trf",
                "seed": self.problem.search.seed,
                "starts": [None if cost is None else _short(cost) for cost in self.starts],
                "evaluations": self.evaluations,
                "ended": self.message,
            },
            "cost": {"data": _short(self.cost), "prior": _short(self.prior_cost)},
            "parameters": [
                {
                    "id": p.id,
                    "value": p.rounded,
                    "unit": p.unit,
                    "standard_error": _short(p.standard_error, 2),
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
                    "cost": _short(d.cost),
                    "share_of_cost": _short(d.share, 2),
                    "found": d.found,
                }
                for d in self.data
            ],
            "directions": [
                {"narrowed": _short(factor, 2), "parameters": dict(parts)}
                for factor, parts in self.directions
            ],
            "failures": dict(self.failures),
        }

    def write(self, folder: Path | None = None) -> Path:
        """Write ``<problem>.result.yaml`` into a folder, or beside the problem, and return its path."""
        import yaml

        path = (folder or self.problem.file.parent) / f"{self.problem.name}.result.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        name = self.problem.name
        head = f"# Written by `acinus calibrate {name}`; made again from {self.problem.file.name}.\n"
        path.write_text(head + yaml.safe_dump(self.as_dict(), sort_keys=False, width=110), encoding="utf-8")
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
        lines += [f"  {d.claim}: {d.found} ({d.share:.0%} of the cost)" for d in self.data]
        return "\n".join(lines)


def _short(value: float, digits: int = 4) -> float | str:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else "inf"
