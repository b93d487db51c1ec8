"""The last rung of the ladder: one individual, Rodas5P with a dense matrix and pivoting.

Slow, but without the two assumptions of the compiled loop: that elimination needs no pivoting, and that a lane's
first guess of a step is good enough. Also the way for systems whose algebraic equations do not contain their own
unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.evaluator import Evaluator, evaluator_for
from acinus.engine.compiled.rodas5p import RODAS5P

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from acinus.engine.records import Batch, Change, Tolerances
    from acinus.system.graph.program import Barrier, Program

__all__ = ["PivotedRun", "integrate_pivoted"]


@dataclass(frozen=True, eq=False)
class PivotedRun:
    """What came of one individual: (T, K) values, NaN where not reached; how it ended as in `driver.ENDS`."""

    values: NDArray[np.float64]
    end: str
    reached: float
    steps: int


def integrate_pivoted(
    program: Program, batch: Batch, tolerances: Tolerances, *, most_steps: int | None = None
) -> PivotedRun:
    """Integrate the only individual of a batch of one, in at most so many steps in all."""
    run = _Run(program, batch.parameters[0], batch.changes[0], batch.times_of(0), tolerances)
    run.most_steps = most_steps
    with np.errstate(all="ignore"):
        end = run.go()
        values = run.outputs([program.outputs[int(k)] for k in batch.outputs])
    return PivotedRun(values, end, run.time, run.steps)


class _Run:
    def __init__(
        self,
        program: Program,
        parameters: NDArray[np.float64],
        changes: Sequence[Change],
        times: NDArray[np.float64],
        tolerances: Tolerances,
    ) -> None:
        from acinus.system.graph.interpreter import start_values

        self.program, self.times, self.tolerances = program, times, tolerances
        with np.errstate(all="ignore"):
            self.parameters, self.state = start_values(program, parameters)
        self.model: Evaluator = evaluator_for(program)
        self.mass = np.array(program.mass, dtype=np.float64)
        self.changes, self.waiting = list(changes), list(program.barriers)
        self.time, self.steps, self.since = 0.0, 0, 0
        self.most_steps: int | None = None
        self.largest = np.abs(self.state)
        self.samples: list[NDArray[np.float64]] = []
        self.sample_parameters: list[NDArray[np.float64]] = []
        self.step = 0.0

    def go(self) -> str:
        """Integrate to the last sample and return how it ended."""
        self.waiting = [b for b in self.waiting if not (b.initial_value and self._is_over_at_start(b))]
        while True:
            stop = self._settle()
            if len(self.samples) == len(self.times):
                return "reached"
            end = self._advance(stop)
            if end is not None:
                return end

    def outputs(self, nodes: Sequence[int]) -> NDArray[np.float64]:
        """Return the (T, K) outputs of the samples."""
        from acinus.system.graph.interpreter import evaluate

        values = np.full((len(self.times), len(nodes)), np.nan)
        count = len(self.samples)
        if count and len(nodes):
            values[:count] = evaluate(
                self.program,
                nodes,
                self.times[:count],
                np.array(self.samples),
                np.array(self.sample_parameters),
            )
        return values

    # ---------------------------------------------------------------------------------------------- changes
    def _value(self, node: int) -> float:
        from acinus.system.graph.interpreter import evaluate

        return float(np.ravel(evaluate(self.program, [node], self.time, self.state, self.parameters))[0])

    def _is_over_at_start(self, barrier: Barrier) -> bool:
        moment = self._value(barrier.time)
        return moment < 0.0 if barrier.strict else moment <= 0.0

    def _settle(self) -> float:
        """Do what is due now, record a sample of this moment, and return the time of the next change."""
        from acinus.system.graph.interpreter import consistent_state

        horizon = self.time + 1e-12 * max(1.0, abs(self.time))
        while self.changes and self.changes[0].time <= horizon:
            change = self.changes.pop(0)
            if change.kind == "set":
                self.parameters[change.index] = change.value
            else:
                slot, factor = self.program.species_slot[change.index]
                self.state[slot] += change.value * self._value(factor)
        while True:
            due = [b for b in self.waiting if self._value(b.time) <= horizon]
            if not due:
                break
            before = {b.id: [self._value(a.node) for a in b.assignments] for b in due}
            for barrier in due:
                self.waiting.remove(barrier)
                self._execute(barrier, before[barrier.id])
        self.state = consistent_state(self.program, self.time, self.state, self.parameters)
        self.model.set_parameters(self.parameters)
        self.largest = np.maximum(self.largest, np.abs(self.state))
        self.step, self.since = 0.0, 0
        if len(self.samples) < len(self.times) and self.times[len(self.samples)] <= horizon:
            self._record(self.state)
        moments = [self._value(b.time) for b in self.waiting]
        return min([*moments, *(c.time for c in self.changes[:1])], default=math.inf)

    def _execute(self, barrier: Barrier, values: list[float]) -> None:
        if not barrier.use_values_from_trigger_time:
            values = [self._value(a.node) for a in barrier.assignments]
        factors = [1.0 if a.scale is None else self._value(a.scale) for a in barrier.assignments]
        for assignment, value, factor in zip(barrier.assignments, values, factors, strict=True):
            target = self.state if assignment.kind == "state" else self.parameters
            target[assignment.index] = value * factor

    def _record(self, state: NDArray[np.float64]) -> None:
        self.samples.append(state.copy())
        self.sample_parameters.append(self.parameters.copy())
        self.since = 0

    # ------------------------------------------------------------------------------------------------- steps
    def _advance(self, stop: float) -> str | None:
        """Step until the stop or the last sample; return how it ended if it ended."""
        if not np.isfinite(self.state).all():
            return "not_finite"
        step = self._first_step()
        while self.time < stop:
            if step >= 0.99 * (stop - self.time):
                step = stop - self.time
            new, stages, error = self._try(step)
            self.since += 1
            if error <= 1.0:
                self._sample_within(step, stop, new, stages)
                self.time = stop if step == stop - self.time else self.time + step
                self.state = new
                self.largest = np.maximum(self.largest, np.abs(new))
                self.steps += 1
                if len(self.samples) == len(self.times):
                    return "reached"
            elif step <= 4e-16 * abs(self.time) + 1e-60:
                return "step_too_small" if math.isfinite(error) else "not_finite"
            if self.since >= self.tolerances.max_steps or self.steps == self.most_steps:
                return "max_steps"
            step *= min(5.0, max(0.2, 0.9 * max(error, 1e-6) ** -0.2)) if math.isfinite(error) else 0.1
        return None

    def _first_step(self) -> float:
        scale = self._scale(self.state)
        slope = self.model.slope(self.time, self.state)
        size, speed = np.linalg.norm(self.state / scale), np.linalg.norm(slope / scale)
        step = 0.1 * self.tolerances.relative**0.2 * size / speed if speed > 0 and size > 0 else 1e-6
        return float(step) if math.isfinite(step) else 1e-6

    def _scale(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        size = np.maximum(np.abs(self.state), np.abs(state)) + 1e-3 * self.largest
        return self.tolerances.absolute + self.tolerances.relative * size

    def _try(self, step: float) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Return the new state, the stages and the error of one step."""
        from scipy.linalg import lu_factor, lu_solve

        method, count = RODAS5P, len(self.state)
        matrix, by_time = self.model.jacobian(self.time, self.state)
        stages = np.zeros((method.stages, count))
        system = np.diag(self.mass / (step * method.gamma)) - matrix
        if not np.isfinite(system).all():
            return self.state, stages, math.nan
        factors = lu_factor(system, check_finite=False)
        argument = self.state
        for s in range(method.stages):
            argument = self.state + np.array(method.a[s]) @ stages[:s] if s else self.state
            slope = self.model.slope(self.time + method.alpha[s] * step, argument)
            right = slope + method.d[s] * step * by_time
            if s:
                right += self.mass * (np.array(method.c[s]) @ stages[:s]) / step
            stages[s] = lu_solve(factors, right, check_finite=False)
        new = argument + stages[-1]
        error = math.sqrt(float(np.mean((stages[-1] / self._scale(new)) ** 2)))
        return new, stages, error if np.isfinite(new).all() else math.nan

    def _sample_within(
        self, step: float, stop: float, new: NDArray[np.float64], stages: NDArray[np.float64]
    ) -> None:
        end = self.time + step
        last = stop - 1e-12 * max(1.0, abs(stop)) if step == stop - self.time else end
        while len(self.samples) < len(self.times) and self.times[len(self.samples)] < last:
            theta = (self.times[len(self.samples)] - self.time) / step
            powers = theta ** np.arange(len(RODAS5P.dense))
            inner = (powers @ np.array(RODAS5P.dense)) @ stages
            self._record((1 - theta) * self.state + theta * (new + (1 - theta) * inner))
