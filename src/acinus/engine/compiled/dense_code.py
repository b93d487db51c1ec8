"""The state within a step, from the place ``theta`` in it: the dense output of the method."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.rosenbrock import RosenbrockMethod
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.model_code import ModelCode

__all__ = ["dense_text"]

_LONGEST = 40


def dense_text(code: ModelCode, states: Sequence[int], name: str, *, of_lanes: bool = False) -> str:
    """Return ``@name(w)``, which fills `sample_state` with some states at `theta`.

    With `of_lanes` each place of the vectors is in the step of the lane that `sample_lane` says, else in that of its own.

    Every operation is rounded as written, so that a state has the same bits whichever function computes it. A state
    that stands still is returned as it is, and so are both ends of the step.
    """
    at, method = code.layout, code.method
    # A Rosenbrock step leaves sums of its stages, a collocation step the stages themselves.
    if isinstance(method, RosenbrockMethod):
        kept, polynomials = "dense", method.dense_sums.weights
    else:
        kept, polynomials = "stage", method.dense
    functions: list[str] = []
    calls: list[str] = []
    for first in range(0, len(states), _LONGEST):
        p = Piece(code.target)
        lanes = p.to_bits(p.load(at["sample_lane"])) if of_lanes else None
        load = p.load if lanes is None else partial(p.load_of_lanes, "%w", lanes=lanes)
        theta = p.load(at["theta"])
        rest = p.op("fsub", number(1.0), theta)
        both = p.op("fmul", theta, rest)
        late = p.compare("ogt", theta, number(0.5))
        way = p.select(late, p.negative(rest), theta)
        weights = _weights(p, polynomials, theta, both)
        for i in states[first : first + _LONGEST]:
            old, new = load(at["state"] + i), load(at["stage_state"] + i)
            value = p.fma(p.op("fsub", new, old), way, p.select(late, new, old))
            for j, weight in enumerate(weights):
                value = p.fma(load(at[f"{kept}_{j}"] + i), weight, value)
            p.store(value, at["sample_state"] + i)
        functions.append(f"define internal void @{name}_{first}(ptr %w) #0 {{\n{p.text}\n  ret void\n}}")
        calls.append(f"  call void @{name}_{first}(ptr %w)")
    body = "\n".join(calls)
    return "\n".join([*functions, f"define internal void @{name}(ptr %w) #0 {{\n{body}\n  ret void\n}}"])


def _weights(p: Piece, polynomials: Sequence[Sequence[float]], theta: str, both: str) -> list[str]:
    """Return what each kept vector weighs at a place in the step."""
    weights = []
    for column in zip(*polynomials, strict=True):
        inner = number(column[-1])
        for coefficient in reversed(column[:-1]):
            inner = p.fma(inner, theta, number(coefficient))
        weights.append(p.op("fmul", inner, both))
    return weights
