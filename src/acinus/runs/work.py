"""A request made ready: model loaded, arms checked, people at hand; and a shard of it computed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints import ids_read, read_endpoint
from acinus.engine import Tolerances
from acinus.errors import Code, Diagnostic, RequestError, nearest
from acinus.model import load_model
from acinus.population import Individuals, read_cohort, read_population
from acinus.runs.drawing import drawn
from acinus.runs.identity import biology_hash, identity_of
from acinus.runs.sampling import Course, chosen, course_of, sample_of
from acinus.runs.shard import OWN_COLUMNS, ArmResult, ShardFiles, encode, endpoint_columns
from acinus.simulation import load_arms, simulate
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.endpoints import Reading
    from acinus.model import Model
    from acinus.population import Population
    from acinus.runs.request import Request
    from acinus.simulation import Protocol, Trajectories

__all__ = ["ONLY_ARM", "Computed", "Work", "prepare"]

ONLY_ARM = "only"
"""What the arm of a protocol without arms is called in tables."""


@dataclass(frozen=True, eq=False)
class Computed:
    """A shard that was computed, ready to be written.

    Attributes
    ----------
    index, people, failed : int
        `failed` counts individuals and arms that did not reach the end.
    files : ShardFiles
    seconds, solving : float, s
        In all, and in `simulate`.
    """

    index: int
    people: int
    failed: int
    files: ShardFiles
    seconds: float
    solving: float


@dataclass(frozen=True, eq=False)
class Work:
    """A request with everything it names found and checked.

    Attributes
    ----------
    request : Request
    model : Model
    arms : mapping from name to Protocol
    population : Population or None
    cohort : Individuals or None
        One of the two.
    values : mapping from parameter id to float
        The same for everyone, in the unit of the model.
    ids : tuple of str
        What is recorded.
    people : int
        How many individuals there are in all.
    cohort_hash : str
        Of the user's table; empty without one.
    identity : str
        The hash that every shard carries.
    """

    request: Request
    model: Model
    arms: Mapping[str, Protocol]
    population: Population | None
    cohort: Individuals | None
    values: Mapping[str, float]
    ids: tuple[str, ...]
    people: int
    cohort_hash: str
    identity: str

    @property
    def shards(self) -> int:
        """How many shards they make."""
        return -(-self.people // self.request.shard_size)

    def span(self, index: int) -> range:
        """Return the individuals of a shard, by number from 0."""
        size = self.request.shard_size
        return range(index * size, min((index + 1) * size, self.people))

    def individuals(self, index: int) -> Individuals:
        """Return the individuals of a shard, the same whatever other shards are drawn."""
        span = self.span(index)
        if self.cohort is not None:
            return self.cohort.take(np.arange(span.start, span.stop))
        if self.population is None:
            raise ValueError("the people of a cohort are sent with each shard")
        return drawn(self.population, self.people, self.request, span)

    def columns(self, people: Individuals) -> tuple[str, ...]:
        """Return the columns of the people that stand in the table: those asked for, or those the model has not."""
        if self.request.columns is not None:
            return self.request.columns
        return tuple(name for name in people.columns if name not in self.model.symbols)

    def compute(self, index: int, people: Individuals | None = None) -> Computed:
        """Return a shard: draw, solve every arm, read the endpoints, choose whose course is kept, and encode.

        Parameters
        ----------
        index : int
        people : Individuals, optional
            The individuals of the shard, for a worker that does not have the cohort.
        """
        began, solving = time.perf_counter(), 0.0
        table = self.individuals(index) if people is None else people
        span = self.span(index)
        if not len(table):
            raise RequestError(
                Diagnostic(
                    Code.RUN_REQUEST_VALUE,
                    f"none of the individuals {span.start} to {span.stop - 1} is plausible",
                    None,
                    "The rules of the population leave out all of them.",
                    "Correct the rules, or make the shards larger.",
                )
            )
        # People who were drawn are named by their number; those of a cohort are all there.
        drawn_here = self.population is not None
        present = np.asarray(table.ids, dtype=np.int64) - span.start if drawn_here else np.arange(len(span))
        kept = chosen(self.request, self.people, span, present)
        results: dict[str, ArmResult] = {}
        courses: dict[str, Course] = {}
        for arm, protocol in self.arms.items():
            before = time.perf_counter()
            run = self._simulated(protocol, table, self.ids)
            solving += time.perf_counter() - before
            results[arm] = ArmResult(run, self._read(run))
            if kept.size:
                courses[arm] = self._course(protocol, table, kept, run)
        sample = sample_of(courses) if courses else None
        files = encode(index, self.identity, len(span), table, self.columns(table), results, sample)
        failed = sum(int((~result.run.ok).sum()) for result in results.values())
        return Computed(index, len(table), failed, files, time.perf_counter() - began, solving)

    def rehearse(self) -> None:
        """Simulate one individual in every arm, so that what is wrong is said at once and code is compiled once.

        Raises
        ------
        RequestError
            AC951 if two columns of the table would have one name.
        ProtocolError, EndpointError, EquationError
            What is wrong with the request for a real individual.
        """
        first = self.individuals(0).take(np.arange(1))
        names = [*OWN_COLUMNS, *self.columns(first)]
        results: dict[str, ArmResult] = {}
        courses: dict[str, Course] = {}
        for arm, protocol in self.arms.items():
            run = self._simulated(protocol, first, self.ids)
            results[arm] = ArmResult(run, self._read(run))
            if self.request.trajectories.keep:
                courses[arm] = self._course(protocol, first, np.arange(1), run)
        readings = next(iter(results.values())).readings
        names += [column for name, reading in readings.items() for column in endpoint_columns(name, reading)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RequestError(
                Diagnostic(
                    Code.RUN_REQUEST_VALUE,
                    f"two columns of the results would be called {', '.join(f'`{name}`' for name in twice)}",
                    None,
                    "One would hide the other.",
                    "Rename a column of the people, or give an endpoint another `name`.",
                )
            )
        # Loads what encoding needs here, rather than in the first shard of every thread at once.
        encode(
            0, self.identity, 1, first, self.columns(first), results, sample_of(courses) if courses else None
        )

    def _read(self, run: Trajectories) -> Mapping[str, Reading]:
        """Return what is read off a run by the name that its column has."""
        return {_column_of(spec): read_endpoint(run, spec) for spec in self.request.endpoints}

    def _simulated(self, protocol: Protocol, people: Individuals, ids: tuple[str, ...]) -> Trajectories:
        fixed = {*protocol.values, *self.values}
        varied = {name: values for name, values in people.columns.items() if name not in fixed}
        table = Individuals(
            people.ids, varied, {name: people.units[name] for name in varied}, people.source, people.seed
        )
        asked = self.request.tolerances
        tolerances = Tolerances(asked.relative, asked.absolute, asked.max_steps)
        return simulate(
            self.model, protocol, table, values=self.values, record=ids, tolerances=tolerances, workers=1
        )

    def _course(
        self, protocol: Protocol, people: Individuals, kept: NDArray[np.int64], run: Trajectories
    ) -> Course:
        """Return the curves of the chosen; solved again only where ids are asked for that no endpoint reads."""
        ids = self.request.trajectories.ids
        if not ids:
            return course_of(run, kept)
        again = self._simulated(protocol, people.take(kept), ids)
        return course_of(again, np.arange(kept.size))


def prepare(
    request: Request, *, cohort: Path | None = None, cohort_hash: str = "", people: int | None = None
) -> Work:
    """Return a frozen request made ready.

    Parameters
    ----------
    request : Request
        Frozen, so that no file of the user is read but the cohort.
    cohort : Path, optional
        Where the table of people lies. A worker has none: it is sent the people of each of its shards.
    cohort_hash : str
        Hash of that table.
    people : int, optional
        Size of a cohort that is not at hand.

    Raises
    ------
    RequestError
        AC951 for arms, columns and values that do not exist.
    ModelTextError, SbmlError, ProtocolError, PopulationError, EndpointError
        What is wrong with the parts that the request names.
    """
    model = load_model(request.model, zones=request.zones)
    findings: list[Diagnostic] = []
    _check_endpoints(request, findings)
    arms = _arms(request, model, findings)
    values = _values(request, model, findings)
    population, table, size = None, None, people or request.people or 0
    if request.population is not None:
        population = read_population(request.population, model=model)
        names = [*population.distributions, *(group.name for group in population.groups)]
        _check_columns(request, names, findings)
    elif cohort is not None:
        table = read_cohort(cohort, model)
        size = len(table)
        _check_columns(request, list(table.columns), findings)
    if findings:
        raise RequestError(findings)
    ids = tuple(sorted(ids_read(model, request.endpoints)))
    identity = identity_of(request.hash, model.hash, biology_hash(model.biology), cohort_hash)
    return Work(request, model, arms, population, table, values, ids, size, cohort_hash, identity)


def _arms(request: Request, model: Model, findings: list[Diagnostic]) -> Mapping[str, Protocol]:
    if not isinstance(request.protocol, str):
        raise TypeError("a request is frozen before it is made ready")
    found = {name or ONLY_ARM: protocol for name, protocol in load_arms(request.protocol, model).items()}
    findings += [
        Diagnostic(
            Code.RUN_REQUEST_VALUE,
            f"the protocol has no arm `{arm}`",
            None,
            f"Its arms are {', '.join(f'`{name}`' for name in found)}.",
            nearest(arm, found),
        )
        for arm in request.arms
        if arm not in found
    ]
    return {arm: found[arm] for arm in request.arms or found if arm in found}


def _column_of(spec: str | dict[str, object]) -> str:
    """Return the column of an endpoint: its name, or that of one written in the request in letters that SQL takes."""
    if isinstance(spec, str):
        return spec
    words = str(spec.get("name") or f"{spec.get('measure', '')} {spec.get('of', '')}")
    return re.sub(r"\W+", "_", words).strip("_").lower()


def _check_endpoints(request: Request, findings: list[Diagnostic]) -> None:
    names = [_column_of(spec) for spec in request.endpoints]
    findings += [
        Diagnostic(
            Code.RUN_REQUEST_VALUE,
            f"two endpoints would be called `{name}`",
            None,
            "One would hide the other.",
            "Leave one out, or give each a `name`.",
        )
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _values(request: Request, model: Model, findings: list[Diagnostic]) -> dict[str, float]:
    """Return the fixed values in the unit of the model."""
    settable = [key for key, s in model.symbols.items() if s.constant and s.value is not None]
    values: dict[str, float] = {}
    for key, written in request.values.items():
        if key not in settable:
            findings.append(
                Diagnostic(
                    Code.RUN_REQUEST_VALUE,
                    f"the model `{model.id}` has no parameter `{key}` to set",
                    None,
                    "",
                    nearest(key, settable) or "`acinus explain` lists the parameters.",
                )
            )
        elif isinstance(written, str):
            unit = model.symbols[key].unit
            try:
                values[key] = parse_quantity(
                    written, what=key, like=(unit,), error=RequestError, code=Code.RUN_REQUEST_VALUE
                ).to(unit)
            except RequestError as error:
                findings.extend(error.diagnostics)
        else:
            values[key] = written
    return values


def _check_columns(request: Request, names: list[str], findings: list[Diagnostic]) -> None:
    findings += [
        Diagnostic(
            Code.RUN_REQUEST_VALUE,
            f"the individuals have no column `{name}`",
            None,
            f"Their columns are {', '.join(f'`{key}`' for key in names)}.",
            nearest(name, names),
        )
        for name in request.columns or ()
        if name not in names
    ]
