"""What becomes of individuals that did not reach the end: second attempts, and the reason in words.

The ladder: a much shorter first step; then another method with a dense matrix and pivoting. Whoever gets to the end
on a later rung has reached the end, and the message says on which rung. An individual that ran out of steps is not
tried again: the limit is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.integration import RawSolution, integrate
from acinus.engine.compiled.pivoted import integrate_pivoted
from acinus.engine.compiled.step_code import SHARE_OF_LARGEST
from acinus.engine.records import Batch, Solution, Status, Tolerances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.engine.compiled.machine import Machine
    from acinus.system.graph.program import Program

__all__ = ["finished_solution", "pivoted_solution"]

_STATUS = {
    "reached": Status.REACHED_END,
    "max_steps": Status.MAX_STEPS,
    "step_too_small": Status.STEP_TOO_SMALL,
    "not_finite": Status.NOT_FINITE,
}

_SHORTER_START = 1e-6
_PATIENCE = 4000  # steps of the slow way before an individual is given up


@dataclass(slots=True)
class _Outcome:
    values: NDArray[np.float64]
    end: str
    reached: float
    steps: int
    message: str = ""


def finished_solution(
    machine: Machine, batch: Batch, output_names: tuple[str, ...], tolerances: Tolerances, raw: RawSolution
) -> Solution:
    """Return the solution of a batch, after second attempts for those that failed."""
    values, reached, steps = raw.values, raw.reached, raw.steps
    status = [_STATUS.get(ENDS[int(end)], Status.SOLVER_ERROR) for end in raw.ends]
    message = [""] * len(status)
    for i in np.flatnonzero(raw.ends != ENDS.index("reached")):
        alone = batch.take(range(i, i + 1))
        outcome = _try_again(machine, alone, tolerances, ENDS[int(raw.ends[i])])
        values[i], reached[i], steps[i] = outcome.values, outcome.reached, outcome.steps
        status[i], message[i] = _STATUS[outcome.end], outcome.message
    _mark_gaps(batch, output_names, values, status, message, reached)
    return Solution(values, tuple(status), tuple(message), reached, steps)


def pivoted_solution(
    program: Program, batch: Batch, output_names: tuple[str, ...], tolerances: Tolerances
) -> Solution:
    """Return the solution of a batch whose matrix needs pivoting: one individual after the other."""
    runs = [integrate_pivoted(program, batch.take(range(i, i + 1)), tolerances) for i in range(batch.size)]
    values = np.array([run.values for run in runs]).reshape(
        batch.size, batch.times.shape[-1], len(batch.outputs)
    )
    reached = np.array([run.reached for run in runs])
    status = [_STATUS[run.end] for run in runs]
    message = ["" if run.end == "reached" else f"at {run.reached:g} h" for run in runs]
    _mark_gaps(batch, output_names, values, status, message, reached)
    steps = np.array([run.steps for run in runs], dtype=np.int64)
    return Solution(values, tuple(status), tuple(message), reached, steps)


def _mark_gaps(
    batch: Batch,
    output_names: tuple[str, ...],
    values: NDArray[np.float64],
    status: list[Status],
    message: list[str],
    reached: NDArray[np.float64],
) -> None:
    """Turn ends with a recorded value that is not finite into failures at that time."""
    for i in np.flatnonzero(~np.isfinite(values).all(axis=(1, 2))):
        if status[i] is Status.REACHED_END:
            time, name = _cut_at_first_gap(values[i], batch.times_of(int(i)), output_names, batch)
            status[i], message[i], reached[i] = (
                Status.NOT_FINITE,
                f"at {time:g} h: `{name}` is not finite",
                time,
            )


def _try_again(machine: Machine, alone: Batch, tolerances: Tolerances, end: str) -> _Outcome:
    first = integrate(machine, alone, tolerances)
    reason, hopeless = _reason(machine, first, tolerances, end)
    failed = _Outcome(first.values[0], end, float(first.reached[0]), int(first.steps[0]), reason)
    if end == "max_steps":
        return failed
    second = integrate(machine, alone, tolerances, first_factor=_SHORTER_START)
    if ENDS[int(second.ends[0])] == "reached":
        note = f"reached the end with a shorter first step, after a failure {reason}"
        return _Outcome(second.values[0], "reached", float(second.reached[0]), int(second.steps[0]), note)
    if hopeless:
        return failed
    third = integrate_pivoted(machine.program, alone, tolerances, most_steps=_PATIENCE)
    if third.end == "reached":
        note = f"reached the end with a dense matrix and pivoting, after a failure {reason}"
        return _Outcome(third.values, "reached", float(alone.times_of(0)[-1]), third.steps, note)
    return failed


def _reason(machine: Machine, raw: RawSolution, tolerances: Tolerances, end: str) -> tuple[str, bool]:
    """Say when it failed, which rate law was not finite or else which states had the largest errors.

    The second value is True where the equations themselves are not finite, which no other method can mend.
    """
    at, program = machine.places, machine.program
    count = len(program.states)
    time = float(raw.reached[0])
    state = raw.dump[at["state"] : at["state"] + count]
    parameters = raw.dump[at["param"] : at["param"] + len(program.params)]
    broken = _broken(machine, time, state, parameters)
    if broken:
        return f"at {time:g} h: {broken}", True
    last = at["correction"] if "correction" in at else at["stages"] + (machine.method.stages - 1) * count
    new = raw.dump[at["stage_state"] : at["stage_state"] + count]
    largest = raw.dump[at["largest"] : at["largest"] + count]
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(state), np.abs(new)) + SHARE_OF_LARGEST * largest
        error = np.abs(raw.dump[last : last + count]) / (tolerances.absolute + tolerances.relative * scale)
    error = np.where(np.isfinite(error), error, np.inf)
    worst = [f"`{program.states[i]}`" for i in np.argsort(-error, kind="stable")[:3]]
    limit = f"{tolerances.max_steps} steps since the last sample or change; " if end == "max_steps" else ""
    return f"at {time:g} h: {limit}the error is largest in {', '.join(worst)}", False


def _broken(
    machine: Machine, time: float, state: NDArray[np.float64], parameters: NDArray[np.float64]
) -> str:
    from acinus.system.graph.interpreter import evaluate

    program = machine.program
    wrong = [name for name, value in zip(program.states, state, strict=True) if not np.isfinite(value)]
    if wrong:
        return f"`{wrong[0]}` is not finite"
    with np.errstate(all="ignore"):
        fluxes = np.ravel(
            evaluate(program, [node for _, node in program.flux_names], time, state, parameters)
        )
        slopes = np.ravel(evaluate(program, list(program.derivative), time, state, parameters))
    for (name, _), value in zip(program.flux_names, fluxes, strict=True):
        if not np.isfinite(value):
            return f"the flux `{name}` is not finite"
    for name, value in zip(program.states, slopes, strict=True):
        if not np.isfinite(value):
            return f"the rate of `{name}` is not finite"
    return ""


def _cut_at_first_gap(
    values: NDArray[np.float64], times: NDArray[np.float64], names: tuple[str, ...], batch: Batch
) -> tuple[float, str]:
    """Blank a (T, K) result from its first value that is not finite on; return when and which that was."""
    gap = ~np.isfinite(values)
    row = int(np.flatnonzero(gap.any(axis=1))[0])
    column = int(np.flatnonzero(gap[row])[0])
    values[row:] = np.nan
    return float(times[row]), names[int(batch.outputs[column])]
