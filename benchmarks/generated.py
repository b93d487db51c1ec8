"""The equations of a program as Python source: straight lines that Numba compiles and that run without it, too.

Sub-expressions of parameters alone are computed once per individual (`hoist`), as the peers' users would write it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.system.graph import reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.system.graph import Program

__all__ = ["BRANCHES", "VOCABULARY", "Equations", "equations_source"]

# Functions with a choice in them. Written out in line, hundreds of branches make Numba's analysis take minutes.
BRANCHES: dict[str, Any] = {
    "lt": lambda a, b: 1.0 if a < b else 0.0,
    "le": lambda a, b: 1.0 if a <= b else 0.0,
    "gt": lambda a, b: 1.0 if a > b else 0.0,
    "ge": lambda a, b: 1.0 if a >= b else 0.0,
    "eq": lambda a, b: 1.0 if a == b else 0.0,
    "ne": lambda a, b: 1.0 if a != b else 0.0,
    "and_": lambda a, b: 1.0 if a != 0.0 and b != 0.0 else 0.0,
    "or_": lambda a, b: 1.0 if a != 0.0 or b != 0.0 else 0.0,
    "xor": lambda a, b: 1.0 if (a != 0.0) != (b != 0.0) else 0.0,
    "not_": lambda a: 0.0 if a != 0.0 else 1.0,
    "select": lambda c, a, b: a if c != 0.0 else b,
    "least": lambda a, b: a if a < b else b,
    "largest": lambda a, b: a if a > b else b,
}
VOCABULARY: dict[str, Any] = {
    **{key: getattr(math, key) for key in dir(math) if not key.startswith("_")},
    "floor": np.floor,
    "ceil": np.ceil,
    "empty": np.empty,
    "float_inf": math.inf,
    "float_minus_inf": -math.inf,
    "float_nan": math.nan,
}

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
_PIECE = 300  # lines; the time Numba needs for a function grows faster than its length
_NAMES = {
    "ln": "log",
    "abs": "fabs",
    "min": "least",
    "max": "largest",
    **{k: f"{k}_" for k in ("and", "or", "not")},
}


@dataclass(frozen=True)
class Equations:
    """Sources of the functions of a program; the last of each defines the function, the ones before its pieces.

    Attributes
    ----------
    hoist : tuple of str
        ``hoist(p, h)`` fills what depends on parameters alone.
    slope : tuple of str
        ``slope(t, y, h, out)`` fills the (S,) right-hand side.
    jacobian : tuple of str
        ``jacobian(t, y, h, out)`` fills the dense (S, S) matrix.
    moments : tuple of str
        ``moments(p, out)`` fills the times of the program's barriers.
    assignments : tuple of tuple of str
        ``assign(t, y, p, out)`` for each barrier: the new values, in the order of its assignments.
    hoisted : int
        Length of `h`.
    """

    hoist: tuple[str, ...]
    slope: tuple[str, ...]
    jacobian: tuple[str, ...]
    moments: tuple[str, ...]
    assignments: tuple[tuple[str, ...], ...]
    hoisted: int


def equations_source(program: Program) -> Equations:
    """Return the functions of a program as source."""
    entries = [node for _, _, node in program.jacobian]
    border = _border(program, [*program.derivative, *entries])
    held = {node: f"h[{k}]" for k, node in enumerate(border)}
    width = len(program.states)
    matrix = [f"out[{i}, {j}]" for i, j, _ in program.jacobian]
    return Equations(
        hoist=_function(program, "hoist(p, h)", border, [f"h[{k}]" for k in range(len(border))], {}),
        slope=_function(
            program, "slope(t, y, h, out)", program.derivative, [f"out[{i}]" for i in range(width)], held
        ),
        jacobian=_function(program, "jacobian(t, y, h, out)", entries, matrix, held, first="out[:, :] = 0.0"),
        moments=_function(
            program,
            "moments(p, out)",
            [barrier.time for barrier in program.barriers],
            [f"out[{k}]" for k in range(len(program.barriers))],
            {},
        ),
        assignments=tuple(
            _function(
                program,
                "assign(t, y, p, out)",
                [assignment.node for assignment in barrier.assignments],
                [f"out[{k}]" for k in range(len(barrier.assignments))],
                {},
            )
            for barrier in program.barriers
        ),
        hoisted=len(border),
    )


def _border(program: Program, nodes: Sequence[int]) -> list[int]:
    """Return the nodes of parameters alone that others, or the reader, ask for."""
    asked = {node for node in nodes if program.parameter_only[node]}
    for node in reachable(program, nodes):
        if not program.parameter_only[node]:
            asked |= {arg for arg in program.nodes[node].args if program.parameter_only[arg]}
    return sorted(node for node in asked if program.nodes[node].op != "const")


def _function(
    program: Program,
    head: str,
    nodes: Sequence[int],
    targets: Sequence[str],
    held: dict[int, str],
    first: str = "pass",
) -> tuple[str, ...]:
    """Return the definitions of a function: its pieces, then itself, which calls them."""
    leaves, computed = _leaves_and_computed(program, nodes, held)
    piece_of = {number: k // _PIECE for k, number in enumerate(computed)}
    crossing = sorted(
        {
            arg
            for number in computed
            for arg in program.nodes[number].args
            if arg in piece_of and piece_of[arg] != piece_of[number]
        }
    )
    carried = {number: f"w[{k}]" for k, number in enumerate(crossing)}
    wanted: dict[int, list[str]] = {}
    for target, node in zip(targets, nodes, strict=True):
        wanted.setdefault(node, []).append(target)
    name, arguments = head.removesuffix(")").split("(")
    sources, calls = [], []
    for k, start in enumerate(range(0, len(computed), _PIECE)):
        own = computed[start : start + _PIECE]
        names = {**leaves, **carried, **{number: f"v{number}" for number in own}}
        lines = [f"def {name}_{k}({arguments}, w):"]
        for number in own:
            op, args, _ = program.nodes[number]
            lines.append(f"    v{number} = {_expression(op, [names[arg] for arg in args])}")
            places = [*wanted.get(number, ()), *([carried[number]] if number in carried else [])]
            lines += [f"    {place} = v{number}" for place in places]
        sources.append("\n".join(lines) + "\n")
        calls.append(f"    {name}_{k}({arguments}, w)")
    lines = [f"def {head}:", f"    {first}", f"    w = empty({len(crossing)})", *calls]
    lines += [
        f"    {target} = {leaves[node]}"
        for node, places in wanted.items()
        if node in leaves
        for target in places
    ]
    return (*sources, "\n".join(lines) + "\n")


def _leaves_and_computed(
    program: Program, nodes: Sequence[int], held: dict[int, str]
) -> tuple[dict[int, str], list[int]]:
    """Return what is read by name, and the nodes to compute, arguments first."""
    leaves, computed = dict(held), []
    for number in _needed(program, nodes, held):
        op, _, value = program.nodes[number]
        if op == "const":
            leaves[number] = _constant(value)
        elif op == "time":
            leaves[number] = "t"
        elif op in ("state", "param"):
            leaves[number] = f"{'y' if op == 'state' else 'p'}[{int(value)}]"
        else:
            computed.append(number)
    return leaves, computed


def _needed(program: Program, nodes: Sequence[int], held: dict[int, str]) -> list[int]:
    """Return the nodes to compute, arguments first, without what is held already or lies below it."""
    found: set[int] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node not in found and node not in held:
            found.add(node)
            todo.extend(program.nodes[node].args)
    return sorted(found)


def _constant(value: float) -> str:
    text = repr(float(value))
    return f"({text})" if text[-1].isdigit() else f"float_{text.replace('-', 'minus_')}"


def _expression(op: str, args: Sequence[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op == "neg":
        return f"-{args[0]}"
    return f"{_NAMES.get(op, op)}({', '.join(args)})"
