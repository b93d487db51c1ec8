"""Where the rates of a program jump, other than in its events: what a derivative by a parameter would miss.

A kink is harmless: S follows both sides. A jump of the rates at a time that depends on a parameter adds to S, and only
events with a known time are integrated with their share of it.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from acinus.system.graph.expression import Graph
from acinus.system.graph.interpreter import reachable
from acinus.system.graph.operations import apply

if TYPE_CHECKING:
    from acinus.system.graph.program import Program

__all__ = ["jumps_of_rates", "reads_unknown_at_moving_time"]

_COMPARISONS = frozenset({"lt", "le", "eq", "ne"})
_POINTS = 20
_STEPS = frozenset({"floor", "ceil"})


def jumps_of_rates(program: Program) -> list[tuple[str, str]]:
    """Return the states whose rate may jump at a time that depends on a parameter, and where it does.

    Left out are jumps at a time that is a number, and choices between formulas that agree where the choice changes.
    """
    below = reachable(program, program.derivative)
    uses: dict[int, list[int]] = {}
    for node in below:
        for argument in program.nodes[node].args:
            uses.setdefault(argument, []).append(node)
    suspects = [
        node
        for node in below
        if not program.parameter_only[node]
        and program.nodes[node].op in _COMPARISONS | _STEPS
        and not _at_fixed_time(program, node)
    ]
    if not suspects:
        return []
    graph, image = _copy(program, below)
    jumping = [
        node
        for node in suspects
        if node in program.derivative
        or not all(_agrees(program, graph, image, node, use) for use in uses[node])
    ]
    found = []
    for node in jumping:
        op = program.nodes[node].op
        what = "a whole number is formed" if op in _STEPS else "a comparison changes its answer"
        name = next(
            name
            for name, rate in zip(program.states, program.derivative, strict=True)
            if node in set(reachable(program, [rate]))
        )
        if (name, what) not in found:
            found.append((name, what))
    return found


def reads_unknown_at_moving_time(program: Program) -> list[str]:
    """Return the events of known time that assign what depends on an algebraic unknown, at a time of parameters."""
    found = []
    for barrier in program.barriers:
        roots = [n for a in barrier.assignments for n in (a.node, a.scale) if n is not None]
        read = {
            int(program.nodes[n].value) for n in reachable(program, roots) if program.nodes[n].op == "state"
        }
        moves = program.nodes[barrier.time].op != "const"
        if moves and any(not program.mass[i] for i in read):
            found.append(barrier.id)
    return found


def _at_fixed_time(program: Program, node: int) -> bool:
    ops = [program.nodes[a].op for a in program.nodes[node].args]
    return sorted(ops) == ["const", "time"]


def _agrees(program: Program, graph: Graph, image: dict[int, int], node: int, use: int) -> bool:
    """Say whether a choice that hangs on a comparison alone is between formulas that are equal where both sides are."""
    op, args, _ = program.nodes[node]
    chooser = program.nodes[use]
    if op in _STEPS or chooser.op != "select" or chooser.args[0] != node or node in chooser.args[1:]:
        return False
    if op in ("eq", "ne"):
        return True  # one moment only, which no integral sees
    one, other = (image[a] for a in chooser.args[1:])
    left, right = (image[a] for a in args)
    return any(
        _are_equal(graph, graph.substitute(one, {a: b}), graph.substitute(other, {a: b}))
        for a, b in ((left, right), (right, left))
    )


def _are_equal(graph: Graph, one: int, other: int) -> bool:
    """Say whether two formulas are equal: the same nodes, or the same numbers at whatever points they are defined."""
    if one == other:
        return True
    random = Random(1)
    order = graph.below([one, other])
    compared = 0
    for _ in range(_POINTS):
        values: dict[int, float] = {}
        for node in order:
            if graph.op[node] == "const":
                values[node] = graph.value[node]
            elif graph.args[node]:
                values[node] = apply(graph.op[node], *(values[a] for a in graph.args[node]))
            else:
                values[node] = random.uniform(0.1, 3.0)
        a, b = values[one], values[other]
        if math.isfinite(a) and math.isfinite(b):
            compared += 1
            if abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)):
                return False
    return compared > 0


def _copy(program: Program, nodes: list[int]) -> tuple[Graph, dict[int, int]]:
    graph, image = Graph(), dict[int, int]()
    for number in nodes:
        op, args, value = program.nodes[number]
        match op:
            case "const":
                image[number] = graph.const(value)
            case "time":
                image[number] = graph.time
            case "state":
                image[number] = graph.state(program.states[int(value)])
            case "param":
                image[number] = graph.param(program.params[int(value)], value)
            case _:
                image[number] = graph.rebuild(op, tuple(image[a] for a in args))
    return graph, image
