"""The model's functions one individual at a time, called from Python: for what is too rare for the compiled loop."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.kernel import put_behind
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.target import Target, host_target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.system.graph.program import Program

__all__ = ["Evaluator", "evaluator_for"]


class Evaluator:
    """Right-hand side and Jacobian of a program as compiled functions of one individual."""

    def __init__(self, program: Program, target: Target | None = None) -> None:
        from acinus.engine.compiled.assembly import object_code, whole_text

        self.program = program
        chosen = target or host_target()
        code = ModelCode(program, RODAS5, chosen)
        at = code.layout
        now = {"state": at["state"], "param": at["param"], "time": at["time"]}
        entries = [*(code.tape.of_node[node] for *_, node in program.jacobian), *code.by_time]
        parts = [code.text()]
        for name, places in (("entries", entries), ("slopes", code.derivative)):
            puts = [put_behind(place, k) for k, place in enumerate(places)]
            parts.append(code.kernel(name, now, code.hoisted).text(puts, "%u"))
        text = whole_text(parts, chosen, entry=False).replace("define internal", "define")
        names = ("hoist", "slopes", "entries")
        self._loaded = LoadedCode([object_code(text, chosen)], chosen, names)
        lanes = chosen.lanes
        raw = np.zeros((code.layout.size + 1) * lanes)
        offset = (-raw.ctypes.data % (8 * lanes)) // 8
        self._memory = raw[offset : offset + code.layout.size * lanes].reshape(-1, lanes)
        out = np.zeros((len(program.jacobian) + len(program.states) + 1) * lanes)
        offset = (-out.ctypes.data % (8 * lanes)) // 8
        self._out = out[offset:][: (len(program.jacobian) + len(program.states)) * lanes].reshape(-1, lanes)
        self._places = code.layout.places
        one, two = (
            ctypes.CFUNCTYPE(None, ctypes.c_void_p),
            ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p),
        )
        hoist, slopes, entries = map(self._loaded.address, names)
        self._hoist, self._slopes, self._entries = one(hoist), two(slopes), two(entries)
        self._rows = np.array([i for i, _, _ in program.jacobian], dtype=np.intp)
        self._columns = np.array([j for _, j, _ in program.jacobian], dtype=np.intp)

    def set_parameters(self, parameters: NDArray[np.float64]) -> None:
        """Take the (P,) values of all parameters."""
        first = self._places["param"]
        self._memory[first : first + len(parameters)] = parameters[:, None]
        self._hoist(self._memory.ctypes.data)

    def slope(self, time: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (S,) right-hand side."""
        self._set(time, state)
        self._slopes(self._memory.ctypes.data, self._out.ctypes.data)
        return self._out[: len(state), 0].copy()

    def jacobian(
        self, time: float, state: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the (S, S) Jacobian and the (S,) derivative by time."""
        self._set(time, state)
        count = len(state)
        self._entries(self._memory.ctypes.data, self._out.ctypes.data)
        matrix = np.zeros((count, count))
        matrix[self._rows, self._columns] = self._out[: len(self._rows), 0]
        return matrix, self._out[len(self._rows) :, 0].copy()

    def _set(self, time: float, state: NDArray[np.float64]) -> None:
        first = self._places["state"]
        self._memory[first : first + len(state)] = state[:, None]
        self._memory[self._places["time"]] = time


@functools.lru_cache(maxsize=4)
def evaluator_for(program: Program) -> Evaluator:
    """Return the functions of a program, compiled once."""
    return Evaluator(program)
