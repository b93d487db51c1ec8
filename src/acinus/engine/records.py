"""What goes into and comes out of every engine."""

from __future__ import annotations

import enum
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from acinus.errors import Code, Diagnostic, EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from acinus.system import OdeSystem

__all__ = ["Batch", "Change", "Failure", "Solution", "Status", "Tolerances"]


@enum.unique
class Status(enum.Enum):
    """How an individual ended; the value is the sentence for the reader."""

    REACHED_END = "Integrated to the end."
    MAX_STEPS = "The step limit was reached. Raise `max_steps` or loosen the relative tolerance."
    STEP_TOO_SMALL = "The step became too small: the equations may blow up at this time."
    NEWTON_FAILED = "The implicit stage did not converge at the smallest step."
    NOT_FINITE = "A value became NaN or infinite."
    NOT_CONSISTENT = "No solution of the algebraic equations was found from where the unknowns stood."
    EVENTS_WITHOUT_END = "Events triggered each other at one time without end."
    EVENT_QUEUE_FULL = "More delayed events waited at one time than the engine keeps."
    SOLVER_ERROR = "The solver gave up for a reason that it did not name."


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to one individual at one time.

    Attributes
    ----------
    time : float, h
        When; not before 0.
    kind : "add" or "set"
        `add` adds `value` to the amount of a species; `set` gives a parameter the value from then on.
    index : int
        Place in `OdeSystem.species` for `add`, in `OdeSystem.parameters` for `set`.
    value : float
        In the model's own unit.
    """

    time: float
    kind: Literal["add", "set"]
    index: int
    value: float


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How exactly to integrate.

    The local error of a state is kept below ``relative * |state| + absolute``; the state is an amount. The compiled
    engine adds a thousandth of the largest value so far to ``|state|``, so a state that has decayed by many decades keeps
    its absolute and loses its relative exactness. With the
    defaults a curve of the human model is right to some 5e-7 of its largest value, and no state swings below zero
    by more than 1e-9 of it.

    Attributes
    ----------
    relative : float
    absolute : float, unit of amount of the model
    max_steps : int
        Most steps between one sample or change and the next.
    """

    relative: float = 1e-8
    absolute: float = 1e-12
    max_steps: int = 100_000

    def __post_init__(self) -> None:
        findings = [
            Diagnostic(
                Code.TOLERANCE_INVALID,
                f"the tolerance `{name}` is {value!r}",
                None,
                "",
                f"Choose it between {low:g} and {high:g}.",
            )
            for name, value, low, high in (
                ("relative", self.relative, 1e-13, 1e-1),
                ("absolute", self.absolute, 1e-300, 1e300),
                ("max_steps", self.max_steps, 1, 10**9),
            )
            if not (math.isfinite(value) and low <= value <= high)
        ]
        if findings:
            raise EngineError(findings)


@dataclass(frozen=True, eq=False)
class Batch:
    """Individuals to integrate from time 0.

    Attributes
    ----------
    parameters : (B, P) array
        One row per individual, columns as in `OdeSystem.parameters`.
    changes : tuple of B tuples of Change
        Each sorted by time. What happens at one time is applied together, before the sample at that time.
    times : (T,) or (B, T) array, h
        Sampling times, strictly increasing, not before 0.
    outputs : (K,) array of int
        What to record: places in `OdeSystem.outputs`.
    """

    parameters: NDArray[np.float64]
    changes: tuple[tuple[Change, ...], ...]
    times: NDArray[np.float64]
    outputs: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of individuals B."""
        return self.parameters.shape[0]

    def times_of(self, individual: int) -> NDArray[np.float64]:
        """Return the (T,) sampling times of one individual, h."""
        return self.times if self.times.ndim == 1 else self.times[individual]

    def take(self, individuals: range) -> Batch:
        """Return the batch of some of the individuals."""
        rows = slice(individuals.start, individuals.stop)
        times = self.times if self.times.ndim == 1 else self.times[rows]
        return Batch(self.parameters[rows], self.changes[rows], times, self.outputs)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong for one individual, and what was tried then; plain values, ready for a table or JSON.

    Attributes
    ----------
    status : str
        Name of the `Status` of the first attempt.
    time : float, h
        How far the first attempt came.
    steps : int
        Steps of the first attempt.
    step_limit : int or None
        The limit of steps between one sample or change and the next, where that ended it.
    not_finite : tuple of kind and id, or None
        What was NaN or infinite there: the first `flux`, else `state`, `rate` of a state, or recorded `output`.
    states : tuple of (id, value, error)
        The states with the largest errors in units of the tolerance, largest first; None for what is not finite.
    pivot_doubt : bool
        Elimination without pivoting had lost its digits.
    rungs : tuple of str
        The attempts after the first, in order.
    left_out : tuple of str
        Attempts that were not made, each with the reason.
    reached_on : str or None
        The rung that reached the end; None where none did.
    """

    status: str
    time: float
    steps: int
    step_limit: int | None = None
    not_finite: tuple[str, str] | None = None
    states: tuple[tuple[str, float | None, float | None], ...] = ()
    pivot_doubt: bool = False
    rungs: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    reached_on: str | None = None

    @property
    def sentence(self) -> str:
        """When it failed and why, in words."""
        if self.not_finite is not None:
            kind, name = self.not_finite
            what = {"flux": f"the flux `{name}`", "rate": f"the rate of `{name}`"}.get(kind, f"`{name}`")
            reason = f"{what} is not finite"
        else:
            reason = "elimination without pivoting lost its digits; " if self.pivot_doubt else ""
            if self.step_limit is not None:
                reason += f"{self.step_limit} steps since the last sample or change; "
            names = ", ".join(f"`{name}`" for name, _, _ in self.states)
            what = "no solution" if self.status == Status.NOT_CONSISTENT.name else "the error is largest"
            reason += f"{what} in {names}" if names else ""
        where = f"at {self.time:g} h: {reason.removesuffix('; ')}" if reason else f"at {self.time:g} h"
        if self.reached_on is not None:
            return f"reached the end with {self.reached_on}, after a failure {where}"
        return where


@dataclass(frozen=True, eq=False)
class Solution:
    """What came of a batch.

    Attributes
    ----------
    values : (B, T, K) array
        NaN from the first sample that an individual did not reach.
    status : tuple of B Status
    message : tuple of B str
        The particulars of a failure: time, what was not finite, what the solver said. Empty at the end.
    reached : (B,) array, h
        The last time each individual reached.
    steps : (B,) array of int
        Steps taken, or -1 where the engine does not count them.
    failures : tuple of B (Failure or None)
        None for who reached the end at once; empty where the engine does not keep such records.
    """

    values: NDArray[np.float64]
    status: tuple[Status, ...]
    message: tuple[str, ...]
    reached: NDArray[np.float64]
    steps: NDArray[np.int64]
    failures: tuple[Failure | None, ...] = ()


def check_batch(system: OdeSystem, batch: Batch) -> None:
    """Raise `EngineError`: AC401 if the batch does not fit the system."""
    import numpy as np

    findings: list[Diagnostic] = []

    def refuse(what: str, why: str = "") -> None:
        findings.append(
            Diagnostic(Code.BATCH_INVALID, what, None, why, "This is a fault of the caller of the engine.")
        )

    shape, count = batch.parameters.shape, len(system.parameters)
    if batch.parameters.ndim != 2 or shape[1] != count:
        refuse(f"the parameters have shape {shape}, where (individuals, {count}) is needed")
    if len(batch.changes) != batch.size:
        refuse(f"changes for {len(batch.changes)} individuals in a batch of {batch.size}")
    times = np.atleast_2d(batch.times)
    if (
        batch.times.ndim not in (1, 2)
        or times.shape[1] == 0
        or (batch.times.ndim == 2 and len(times) != batch.size)
    ):
        refuse(f"the sampling times have shape {batch.times.shape}", "At least one time is needed.")
    elif not np.isfinite(times).all() or (times < 0).any() or (np.diff(times, axis=1) <= 0).any():
        refuse("the sampling times do not increase strictly from 0 or later")
    if batch.outputs.size and not ((batch.outputs >= 0) & (batch.outputs < len(system.outputs))).all():
        refuse(f"an output lies outside the {len(system.outputs)} that can be recorded")
    for individual, changes in enumerate(batch.changes):
        limits = {"add": len(system.species), "set": count}
        if any(not 0 <= c.index < limits[c.kind] for c in changes):
            refuse(f"a change of individual {individual} has no such species or parameter")
        if any(not (math.isfinite(c.time) and c.time >= 0) for c in changes):
            refuse(f"a change of individual {individual} has no time from 0 on")
        if any(a.time > b.time for a, b in itertools.pairwise(changes)):
            refuse(f"the changes of individual {individual} are not sorted by time")
    if findings:
        raise EngineError(findings)
