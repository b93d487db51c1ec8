"""Scalars: one endpoint of a run, or of two arms against each other, and what it is expected to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import require_finished
from acinus.calibration.entry import Entry
from acinus.calibration.expectation import EXPECTATION_KEYS, Expectation, Limits, read_expectation
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from acinus.calibration.bench import Bench, Experiment
    from acinus.calibration.statement import Statement
    from acinus.documents import Node
    from acinus.endpoints import Reading
    from acinus.model import Model
    from acinus.simulation import Trajectories

__all__ = ["CompareCheck", "Found", "ScalarCheck", "ids_read", "read_compare", "read_scalar", "reading_of"]

STATISTICS = ("median", "mean", "geometric_mean")


@dataclass(frozen=True)
class Found:
    """One number found, what was expected, and for how many it was read.

    Attributes
    ----------
    value : float
        In `limits.unit`.
    limits : Limits
    n_in, n_ok, n_read : int
        Individuals simulated, finished, and with a reading.
    detail : str
        What else a reader wants to know: the two arms of a comparison.
    """

    value: float
    limits: Limits
    n_in: int
    n_ok: int
    n_read: int
    detail: str = ""


@dataclass(frozen=True, eq=False)
class ScalarCheck:
    """A scalar check, read."""

    statement: Statement
    endpoint: Node
    statistic: str
    expectation: Expectation

    def prepare(self, bench: Bench) -> tuple[Experiment, ...]:
        """Return the one experiment."""
        return (prepare_endpoints(bench, self.statement, (self.endpoint,)),)

    def find(self, bench: Bench, experiments: tuple[Experiment, ...]) -> Found:
        """Return the number found over all people of the experiments; errors as in `reading_of`."""
        readings = [reading_of(bench.run(experiment), self.endpoint) for experiment in experiments]
        value = summary(np.concatenate([reading.values for reading in readings]), self.statistic)
        limits = self.expectation.in_unit(readings[0].unit)
        return Found(
            value,
            limits,
            sum(reading.n for reading in readings),
            sum(reading.n_ok for reading in readings),
            sum(reading.n_defined for reading in readings),
        )


@dataclass(frozen=True, eq=False)
class CompareCheck:
    """A comparison of two arms, read: the first over, or minus, the second, person by person."""

    statement: Statement
    endpoint: Node
    arms: tuple[str, str]
    by: str
    statistic: str
    expectation: Expectation

    def prepare(self, bench: Bench) -> tuple[Experiment, ...]:
        """Return the experiments of the two arms."""
        return tuple(prepare_endpoints(bench, self.statement, (self.endpoint,), arm=arm) for arm in self.arms)

    def find(self, bench: Bench, experiments: tuple[Experiment, ...]) -> Found:
        """Return the ratio or difference over all people of the experiments, which are pairs of the two arms.

        Errors as in `reading_of`.
        """
        readings = [reading_of(bench.run(e), self.endpoint) for e in experiments]
        first, second = (np.concatenate([reading.values for reading in readings[arm::2]]) for arm in range(2))
        unit = readings[0].unit
        with np.errstate(divide="ignore", invalid="ignore"):
            values = first / second if self.by == "ratio" else first - second
        values = np.where(np.isfinite(values), values, np.nan)
        if not np.isfinite(values).any():
            raise _no_reading(readings[0].title, self.endpoint, f"The {self.by} is not a number.")
        limits = self.expectation.in_unit("dimensionless" if self.by == "ratio" else unit)
        said = "" if unit == "dimensionless" else f" {unit}"
        middle = [summary(arm, self.statistic) for arm in (first, second)]
        detail = ", ".join(f"{arm} {value:.4g}{said}" for arm, value in zip(self.arms, middle, strict=True))
        return Found(
            summary(values, self.statistic),
            limits,
            sum(reading.n for reading in readings[::2]),
            sum(min(one.n_ok, two.n_ok) for one, two in zip(readings[::2], readings[1::2], strict=True)),
            int(np.isfinite(values).sum()),
            detail,
        )


def prepare_endpoints(
    bench: Bench, statement: Statement, nodes: tuple[Node, ...], arm: str | None = None
) -> Experiment:
    """Return the experiment of a statement, told which ids the endpoints will read."""
    experiment = bench.prepare(statement.setting, arm=arm)
    ids = set().union(*(ids_read(node, experiment.model) for node in nodes))
    return bench.prepare(statement.setting, arm=arm, records=ids)


def ids_read(node: Node, model: Model) -> frozenset[str]:
    """Return the ids that an endpoint reads; for a zonal id, those of every zone."""
    from acinus.endpoints.catalogue import read_catalogue

    named = read_catalogue(model.biology).nodes
    seen: set[str] = set()

    def texts(part: Node) -> Iterator[str]:
        if isinstance(part.value, str):
            yield part.value
            if part.value in named and part.value not in seen:
                seen.add(part.value)
                yield from texts(named[part.value])
        elif isinstance(part.value, list):
            for item in part:
                yield from texts(item)
        elif isinstance(part.value, dict):
            for child in part.value.values():
                yield from texts(child)

    words = set(texts(node))
    return frozenset(
        symbol.id
        for symbol in model.symbols.values()
        if (symbol.id in words or symbol.local in words) and not symbol.constant
    )


def reading_of(run: Trajectories, endpoint: Node) -> Reading:
    """Return an endpoint of a run, of every individual that has one.

    Raises
    ------
    EndpointError
        AC7xx if the endpoint is wrong.
    IntegrationError
        AC501 if no individual finished.
    RequestError
        AC910 if none has a reading, or if there is one number per zone; AC912 if too many did not finish.
    """
    from acinus.endpoints import read_endpoint

    require_finished(run, endpoint.place)
    reading = read_endpoint(run, endpoint)
    if reading.values.ndim != 1:
        raise _no_reading(
            reading.title, endpoint, "It gives one number per zone; choose `zones: mean` or one zone."
        )
    if reading.n_defined == 0:
        raise _no_reading(reading.title, endpoint, reading.method)
    return reading


def _no_reading(title: str, endpoint: Node, why: str) -> RequestError:
    return RequestError(
        Diagnostic(
            Code.CLAIM_NO_READING,
            f"{title} has no reading in this run",
            endpoint.place,
            why,
            "Look at the window, the sampling times and the doses.",
        )
    )


def summary(values: NDArray[np.float64], statistic: str) -> float:
    """Return the middle of the finite values; one value is itself.

    Examples
    --------
    >>> summary(np.array([1.0, 4.0, np.nan]), "geometric_mean")
    2.0
    """
    finite = values[np.isfinite(values)]
    if finite.size == 1:
        return float(finite[0])
    match statistic:
        case "mean":
            return float(np.mean(finite))
        case "geometric_mean":
            return float(np.exp(np.mean(np.log(finite))))
        case _:
            return float(np.median(finite))


def read_scalar(statement: Statement, findings: list[Diagnostic]) -> ScalarCheck | None:
    """Return the scalar check of a statement; None, and findings, if it cannot be used."""
    entry = Entry(statement.node, f"the scalar of `{statement.id}`", findings)
    entry.only("endpoint", "statistic", *EXPECTATION_KEYS)
    before = len(findings)
    endpoint = entry.need("endpoint")
    statistic = entry.choice("statistic", STATISTICS, "median")
    expectation = read_expectation(entry)
    if len(findings) > before or endpoint is None or statistic is None:
        return None
    return ScalarCheck(statement, endpoint, statistic, expectation)


def read_compare(statement: Statement, findings: list[Diagnostic]) -> CompareCheck | None:
    """Return the comparison of a statement; None, and findings, if it cannot be used."""
    entry = Entry(statement.node, f"the comparison of `{statement.id}`", findings)
    entry.only("endpoint", "arms", "by", "statistic", *EXPECTATION_KEYS)
    before = len(findings)
    endpoint = entry.need("endpoint")
    arms = entry.texts("arms", needed=True)
    if arms and len(arms) != 2:
        entry.refuse(
            f"{entry.what} names {len(arms)} arms",
            statement.node["arms"].place,
            "",
            "Write `arms: [first, second]`.",
        )
    by = entry.choice("by", ("ratio", "difference"))
    statistic = entry.choice("statistic", STATISTICS, "median")
    expectation = read_expectation(entry)
    if len(findings) > before or endpoint is None or by is None or statistic is None:
        return None
    return CompareCheck(statement, endpoint, (arms[0], arms[1]), by, statistic, expectation)
