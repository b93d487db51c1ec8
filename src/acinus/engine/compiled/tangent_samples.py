"""What is recorded of sensitivities: the dense output of S and the tangents of the outputs that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece, put_behind
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.tangent_code import TangentCode

__all__ = ["tangent_sample_code"]

_STATES_A_PIECE = 40


def tangent_sample_code(code: TangentCode, outputs: Sequence[int]) -> str:
    """Return ``@tangent_sample_within(w, u, out)`` and ``@tangent_sample_now(w, u, out)``.

    `u` is the block of one parameter. They are called right after `sample_within` and `sample_now`, whose place in the
    step and whose states they use, and write one vector per output behind `out`.
    """
    tape, at, n = code.tangent_tape, code.layout, code.block.states
    places = [tape.of_node[code.tangent.output_tangents[k]] for k in outputs]
    read = [int(tape.values[p]) - n for p in tape.above(places) if tape.kinds[p] == "state"]
    states = sorted(k for k in read if 0 <= k < n)
    inputs = sorted(k - n for k in read if n <= k < n + code.block.input_count)
    leaves = {"state": at["sample_state"], "param": at["param"], "time": at["sample_time"]}
    record = code.tangent_kernel("tangent_record", leaves).text(
        [put_behind(place, k) for k, place in enumerate(places)], "%u"
    )
    return "\n".join([record, *_entry(code, "within", states, inputs), *_entry(code, "now", states, inputs)])


def _entry(code: TangentCode, when: str, states: Sequence[int], inputs: Sequence[int]) -> list[str]:
    """Return the function that takes S at the place in the step as the direction, then records."""
    functions, calls = [], []
    for first in range(0, len(states), _STATES_A_PIECE):
        p = Piece(code.target)
        some = states[first : first + _STATES_A_PIECE]
        if when == "within":
            _dense(code, p, some)
        else:
            for i in some:
                p.store(p.load_at("%u", code.block.sensitivity + i), code.layout["direction"] + i)
        name = f"tangent_{when}_{first}"
        functions.append(f"define internal void @{name}(ptr %w, ptr %u) #0 {{\n{p.text}\n  ret void\n}}")
        calls.append(f"  call void @{name}(ptr %w, ptr %u)")
    p = Piece(code.target)
    for k in inputs:
        p.store(p.load_at("%u", code.block.inputs + k), code.layout["direction"] + code.block.states + k)
    body = "\n".join([*p.lines, *calls, "  call void @tangent_record(ptr %w, ptr %o)"])
    entry = f"define void @tangent_sample_{when}(ptr %w, ptr %u, ptr %o) #0 {{\n{body}\n  ret void\n}}"
    return [*functions, entry]


def _dense(code: TangentCode, p: Piece, states: Sequence[int]) -> None:
    at, method, block = code.layout, code.method, code.block
    theta = p.load(at["theta"])
    rest = p.op("fsub", number(1.0), theta)
    both = p.op("fmul", theta, rest)
    weights = []
    for j in range(method.stages):
        inner = number(method.dense[-1][j])
        for row in reversed(method.dense[:-1]):
            inner = p.fma(inner, theta, number(row[j]))
        weights.append(p.op("fmul", inner, both))
    for i in states:
        value = p.op("fmul", p.load_at("%u", block.sensitivity + i), rest)
        value = p.fma(p.load_at("%u", block.new + i), theta, value)
        for j in range(method.stages):
            value = p.fma(p.load_at("%u", block.stage(j) + i), weights[j], value)
        p.store(value, at["direction"] + i)
