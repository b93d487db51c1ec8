"""What is recorded: the dense output of a step and the outputs that were asked for, compiled once per set of outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Action, Kernel, Piece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.model_code import ModelCode

__all__ = ["sample_code"]


def sample_code(code: ModelCode, outputs: Sequence[int]) -> str:
    """Return ``@sample_within(w, out)`` and ``@sample_now(w, out)`` for some outputs of the program.

    The first reads the place in the step from ``theta``, the second takes the state as it is. Each writes one vector
    per output behind ``out``.
    """
    tape, layout = code.tape, code.layout
    places = [tape.of_node[code.program.outputs[k]] for k in outputs]
    needed = tape.above(places)
    states = sorted({int(tape.values[p]) for p in needed if tape.kinds[p] == "state"})
    leaves = {"state": layout["sample_state"], "param": layout["param"], "time": layout["sample_time"]}
    kernel = Kernel(tape, code.target, layout, "record", leaves, code.hoisted)
    record = kernel.text([_put(place, k) for k, place in enumerate(places)], pointer=True)
    return "\n".join([record, *_within(code, states), *_now(code, states)])


def _put(place: int, index: int) -> Action:
    return Action((place,), lambda piece, values: piece.store_at(values[0], "%u", index))


def _within(code: ModelCode, states: Sequence[int]) -> list[str]:
    """Weigh the stages for the place in the step, then form the states that are needed."""
    at, method = code.layout, code.method
    n = len(code.program.states)
    functions: list[str] = []
    calls: list[str] = []
    for first in range(0, len(states), 40):
        p = Piece(code.target)
        theta = p.load(at["theta"])
        rest = p.op("fsub", number(1.0), theta)
        both = p.op("fmul", theta, rest)
        weights = []
        for j in range(method.stages):
            inner = number(method.dense[-1][j])
            for row in reversed(method.dense[:-1]):
                inner = p.fma(inner, theta, number(row[j]))
            weights.append(p.op("fmul", inner, both))
        for i in states[first : first + 40]:
            value = p.op("fmul", p.load(at["state"] + i), rest)
            value = p.fma(p.load(at["stage_state"] + i), theta, value)
            for j in range(method.stages):
                value = p.fma(p.load(at["stages"] + j * n + i), weights[j], value)
            p.store(value, at["sample_state"] + i)
        functions.append(f"define internal void @dense_{first}(ptr %w) #0 {{\n{p.text}\n  ret void\n}}")
        calls.append(f"  call void @dense_{first}(ptr %w)")
    calls.append("  call void @record(ptr %w, ptr %u)")
    body = "\n".join(calls)
    return [*functions, f"define void @sample_within(ptr %w, ptr %u) #0 {{\n{body}\n  ret void\n}}"]


def _now(code: ModelCode, states: Sequence[int]) -> list[str]:
    p, at = Piece(code.target), code.layout
    p.store(p.load(at["time"]), at["sample_time"])
    for i in states:
        p.store(p.load(at["state"] + i), at["sample_state"] + i)
    p.raw("  call void @record(ptr %w, ptr %u)")
    return [f"define void @sample_now(ptr %w, ptr %u) #0 {{\n{p.text}\n  ret void\n}}"]
