"""Shares of a virtual population: how many of whom something happens to, and what was counted or is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.condition import Condition, read_condition
from acinus.calibration.entry import Entry
from acinus.calibration.expectation import EXPECTATION_KEYS, Expectation, Limits, read_expectation
from acinus.calibration.scalar import prepare_endpoints
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.calibration.bench import Bench, Experiment
    from acinus.calibration.statement import Statement
    from acinus.documents import Node

__all__ = ["Counts", "ShareCheck", "Tally", "members_of", "needs_people", "read_share"]


@dataclass(frozen=True)
class Counts:
    """What a study counted: events among some."""

    events: int
    of: int


@dataclass(frozen=True)
class Tally:
    """What was counted in virtual people.

    Attributes
    ----------
    events : float
        Those to whom it happened; the sum of their chances where levels were smoothed.
    of : int
        Those who were counted.
    asked : int
        Those who should have been: counted, or without a reading.
    n_in, n_ok : int
        Individuals simulated and finished.
    """

    events: float
    of: int
    asked: int
    n_in: int
    n_ok: int

    @property
    def share(self) -> float:
        """The share itself."""
        return self.events / self.of


@dataclass(frozen=True, eq=False)
class ShareCheck:
    """A share, read: `that` among those who are in `among`; either `observed` or an expectation."""

    statement: Statement
    that: Condition
    among: Condition | None
    observed: Counts | None
    expectation: Expectation | None
    confidence: float

    @property
    def limits(self) -> Limits:
        """The expectation as numbers."""
        return (self.expectation or Expectation("")).in_unit("dimensionless")

    def prepare(self, bench: Bench) -> tuple[Experiment, ...]:
        """Return the one experiment."""
        nodes = self.that.endpoints + (self.among.endpoints if self.among is not None else ())
        return (prepare_endpoints(bench, self.statement, nodes),)

    def find(self, bench: Bench, experiments: tuple[Experiment, ...], smoothing: float = 0.0) -> Tally:
        """Return the count over all people of the experiments.

        Parameters
        ----------
        bench : Bench
        experiments : tuple of Experiment
            Of this check, with whatever people.
        smoothing : float
            Width of the logistic, in the logarithm of endpoint over level, that stands for the step at a level of
            `that`; 0 counts events as they are.

        Raises
        ------
        RequestError
            AC910 if nobody is counted.
        AcinusError
            As from `Condition.of`.
        """
        events, of, asked, n_in, n_ok = 0.0, 0, 0, 0, 0
        for experiment in experiments:
            run = bench.run(experiment)
            chances = self.that.of(run) if smoothing == 0 else self.that.chances(run, smoothing)
            members = members_of(run.ok, self.among.of(run) if self.among is not None else None)
            counted = members & np.isfinite(chances)
            events += float(chances[counted].sum())
            of += int(counted.sum())
            asked += int(members.sum())
            n_in += int(np.size(run.ok))
            n_ok += int(np.sum(run.ok))
        if of == 0:
            raise RequestError(
                Diagnostic(
                    Code.CLAIM_NO_READING,
                    f"nobody of {n_in} is counted in `{self.statement.id}`",
                    self.statement.node.place,
                    "A share of nobody is not a number.",
                    "Look at `among`, or draw more people.",
                )
            )
        return Tally(events, of, asked, n_in, n_ok)


def members_of(ok: NDArray[np.bool_], among: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """Return who finished and belongs to those asked about, (B,)."""
    finished = np.asarray(ok, dtype=bool)
    return finished if among is None else finished & (among == 1)


def read_share(statement: Statement, findings: list[Diagnostic]) -> ShareCheck | None:
    """Return the share of a statement; None, and findings, if it cannot be used."""
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
        observed = _counts(counts, entry)
    else:
        expectation = read_expectation(entry)
    needs_people(statement, entry)
    if len(findings) > before or that is None:
        return None
    return ShareCheck(statement, that, among, observed, expectation, confidence)


def _counts(node: Node, entry: Entry) -> Counts | None:
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
    return Counts(events, of)


def needs_people(statement: Statement, entry: Entry) -> None:
    """Note a statement about shares of people that names no population."""
    if statement.setting.population is None:
        entry.refuse(
            f"the claim `{statement.id}` names no population",
            statement.node.place,
            "It speaks of a share of people.",
            "Add `population: {name: ..., n: 400, seed: 1}`.",
            Code.CLAIM_KEY,
        )
