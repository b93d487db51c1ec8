"""The generated equations compiled by Numba, and an individual cut into pieces between its events."""

from __future__ import annotations

import functools
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from acinus.system.graph import build_program
from benchmarks.generated import BRANCHES, VOCABULARY, equations_source
from benchmarks.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.system.graph import Barrier
    from benchmarks.problem import Problem

__all__ = ["NumbaPeer"]


class NumbaPeer(Peer):
    """A solver for functions: it is given compiled equations, and started afresh at every event."""

    absolute = "1e-3 x relative x typical size of the state, a vector"

    def __init__(self, problem: Problem, sizes: NDArray[np.float64], folder: Path) -> None:
        del folder
        self.problem = problem
        self.sizes = sizes
        self.program = build_program(problem.sbml)
        sources = equations_source(self.program)
        self.hoist = _compiled(sources.hoist, "hoist")
        self.slope = _compiled(sources.slope, "slope")
        self.jacobian = _compiled(sources.jacobian, "jacobian")
        self.moments = _compiled(sources.moments, "moments")
        self.assign = [_compiled(source, "assign") for source in sources.assignments]
        self.held = np.zeros(sources.hoisted)

    @abstractmethod
    def piece(
        self, times: NDArray[np.float64], state: NDArray[np.float64], relative: float
    ) -> NDArray[np.float64]:
        """Return the (M, S) states at M increasing times, the first of which has the given state."""

    def solve(self, individual: int, relative: float) -> NDArray[np.float64]:
        """Return the recorded states; see `Peer.solve`."""
        times, end = self.problem.times, float(self.problem.times[-1])
        params = self.problem.start_values[individual].copy()
        state = self.problem.start_states[individual].copy()
        values = np.empty((len(times), len(state)))
        now, filled = 0.0, 0
        for moment, barriers in [*self.schedule(params, end), (end, [])]:
            self.hoist(params, self.held)
            last = int(np.searchsorted(times, moment, side="left"))
            if moment > now:
                grid = np.concatenate(([now], times[filled:last][times[filled:last] > now], [moment]))
                found = self.piece(grid, state, relative)
                first = 0 if filled < last and times[filled] == now else 1
                values[filled:last] = found[first:-1]
                state, now, filled = found[-1].copy(), moment, last
            state, params = self.after(moment, state, params, barriers)
        values[filled:] = state
        return values * self.problem.factor[individual]

    def schedule(self, params: NDArray[np.float64], end: float) -> list[tuple[float, list[int]]]:
        """Return the times of events with their barriers, in order."""
        times = np.empty(len(self.program.barriers))
        self.moments(params, times)
        grouped: dict[float, list[int]] = {}
        for k in np.argsort(times, kind="stable"):
            moment = max(float(times[k]), 0.0)
            if moment <= end and not (times[k] <= 0.0 and self.program.barriers[k].initial_value):
                grouped.setdefault(moment, []).append(int(k))
        return list(grouped.items())

    def after(
        self, time: float, state: NDArray[np.float64], params: NDArray[np.float64], barriers: list[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return states and parameters after all events of one time, computed from before any of them."""
        slots = {"state": state.copy(), "param": params.copy()}
        for k in barriers:
            barrier: Barrier = self.program.barriers[k]
            new = np.empty(len(barrier.assignments))
            self.assign[k](time, state, params, new)
            for assignment, value in zip(barrier.assignments, new, strict=True):
                slots[assignment.kind][assignment.index] = value
        return slots["state"], slots["param"]


def _compiled(sources: tuple[str, ...], name: str) -> Any:
    """Return a function whose pieces are compiled one by one."""
    space = dict(_compiled_vocabulary())
    for source in sources:
        before = set(space)
        exec(source, space)
        for new in set(space) - before - {"__builtins__"}:
            space[new] = _jit(space[new])
    return space[name]


def _jit(function: Any) -> Any:
    return numba.njit(function, error_model="numpy", fastmath={"contract"})


@functools.cache
def _compiled_vocabulary() -> dict[str, Any]:
    own = {name: _jit(function) for name, function in BRANCHES.items()}
    return {**VOCABULARY, **own}
