"""The state within a step, from the place ``theta`` in it: the dense output of the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.model_code import ModelCode

__all__ = ["dense_text"]

_LONGEST = 40


def dense_text(code: ModelCode, states: Sequence[int], name: str) -> str:
    """Return ``@name(w)``, which fills `sample_state` with some states at `theta`.

    Every operation is rounded as written, so that a state has the same bits whichever function computes it. A state
    that stands still is returned as it is, and so are both ends of the step.
    """
    at, method = code.layout, code.method
    count = len(code.program.states)
    functions: list[str] = []
    calls: list[str] = []
    for first in range(0, len(states), _LONGEST):
        p = Piece(code.target)
        theta = p.load(at["theta"])
        rest = p.op("fsub", number(1.0), theta)
        both = p.op("fmul", theta, rest)
        late = p.compare("ogt", theta, number(0.5))
        way = p.select(late, p.negative(rest), theta)
        weights = []
        for j in range(method.stages):
            inner = number(method.dense[-1][j])
            for row in reversed(method.dense[:-1]):
                inner = p.fma(inner, theta, number(row[j]))
            weights.append(p.op("fmul", inner, both))
        for i in states[first : first + _LONGEST]:
            old, new = p.load(at["state"] + i), p.load(at["stage_state"] + i)
            value = p.fma(p.op("fsub", new, old), way, p.select(late, new, old))
            for j in range(method.stages):
                value = p.fma(p.load(at["stages"] + j * count + i), weights[j], value)
            p.store(value, at["sample_state"] + i)
        functions.append(f"define internal void @{name}_{first}(ptr %w) #0 {{\n{p.text}\n  ret void\n}}")
        calls.append(f"  call void @{name}_{first}(ptr %w)")
    body = "\n".join(calls)
    return "\n".join([*functions, f"define internal void @{name}(ptr %w) #0 {{\n{body}\n  ret void\n}}"])
