"""The graph computed node by node with NumPy: slow, and the reference for everything that is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.system.graph.operations import OPERATIONS, ROUNDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from acinus.system.graph.program import Program

_MOST_STEPS = 100  # Newton's method is quadratic; a start that needs more will not get there

__all__ = ["consistent_state", "evaluate", "reachable", "start_values"]


def reachable(program: Program, nodes: Sequence[int]) -> list[int]:
    """Return the numbers of all nodes that some nodes are made of, themselves included, arguments first."""
    found: set[int] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo.extend(program.nodes[node].args)
    return sorted(found)


def evaluate(
    program: Program, nodes: Sequence[int], t: ArrayLike, y: ArrayLike, p: ArrayLike
) -> NDArray[np.float64]:
    """Return the values of some nodes.

    Parameters
    ----------
    program : Program
    nodes : (K,) sequence of int
    t : float or (B,) array
    y : (S,) or (B, S) array
        Slots of the states.
    p : (P,) or (B, P) array
        All parameters of the program, those of `param_start` included.

    Returns
    -------
    (K,) array, or (B, K) array if any argument is given for several individuals
        An individual's values are the same to the last bit whoever stands beside it.
    """
    time, states, params = (np.asarray(a, dtype=np.float64) for a in (t, y, p))
    shape = np.broadcast_shapes(time.shape, states.shape[:-1], params.shape[:-1])
    values: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for number in reachable(program, nodes):
            op, args, value = program.nodes[number]
            if op == "const":
                values[number] = np.float64(value)
            elif op == "time":
                values[number] = time[()]
            elif op == "state":
                values[number] = states[..., int(value)]
            elif op == "param":
                values[number] = params[..., int(value)]
            elif op in ROUNDED:
                values[number] = _one_by_one(op, [values[a] for a in args])
            else:
                values[number] = OPERATIONS[op](*(values[a] for a in args))
    result = np.empty((*shape, len(nodes)))
    for k, node in enumerate(nodes):
        result[..., k] = values[node]
    return result


def _one_by_one(op: str, args: list[Any]) -> Any:
    function = OPERATIONS[op]
    if all(np.ndim(a) == 0 for a in args):
        return function(*(np.float64(a) for a in args))
    columns = np.broadcast_arrays(*args)
    flat = [
        function(*(np.float64(v) for v in row)) for row in zip(*(c.ravel() for c in columns), strict=True)
    ]
    return np.array(flat).reshape(columns[0].shape)


def start_values(
    program: Program, settable: ArrayLike | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the parameters and the states at time zero, before events at time zero.

    Parameters
    ----------
    program : Program
    settable : (settable,) or (B, settable) array, optional
        Values of the settable parameters; those of the model if absent.

    Returns
    -------
    p : (P,) or (B, P) array
    y : (S,) or (B, S) array
        Algebraic unknowns are solved for.
    """
    count = program.settable
    given = np.asarray(program.param_defaults[:count] if settable is None else settable, dtype=np.float64)
    p = np.empty((*given.shape[:-1], len(program.params)))
    p[...] = program.param_defaults
    p[..., :count] = given
    empty = np.zeros((*given.shape[:-1], len(program.states)))
    if program.param_start:
        places = [place for place, _ in program.param_start]
        p[..., places] = evaluate(program, [node for _, node in program.param_start], 0.0, empty, p)
    y = evaluate(program, program.initial, 0.0, empty, p).reshape(empty.shape)
    return p, consistent_state(program, 0.0, y, p)


def consistent_state(program: Program, t: ArrayLike, y: ArrayLike, p: ArrayLike) -> NDArray[np.float64]:
    """Return the states with the algebraic unknowns solved for by Newton's method, from where they stand.

    Shapes as in `evaluate`. An unknown that does not converge becomes NaN.
    """
    unknown = [i for i, mass in enumerate(program.mass) if not mass]
    y = np.array(y, dtype=np.float64)
    step = np.zeros((*y.shape[:-1], len(unknown)))
    if not unknown:
        return y
    place = {i: k for k, i in enumerate(unknown)}
    residual = [program.derivative[i] for i in unknown]
    entries = [(place[i], place[j], node) for i, j, node in program.jacobian if i in place and j in place]
    nodes = [*residual, *(node for _, _, node in entries)]
    size = len(unknown)
    settled = np.zeros(y.shape[:-1], dtype=bool)
    for _ in range(_MOST_STEPS):
        values = evaluate(program, nodes, t, y, p)
        matrix = np.zeros((*values.shape[:-1], size, size))
        for k, (i, j, _) in enumerate(entries):
            matrix[..., i, j] = values[..., size + k]
        finite = np.isfinite(values).all(axis=-1)
        good = finite & (np.linalg.matrix_rank(np.nan_to_num(matrix)) == size)
        safe = np.where(good[..., None, None], matrix, np.eye(size))
        step = np.linalg.solve(safe, values[..., :size, None])[..., 0]
        step[~good] = np.nan
        step[settled] = 0.0
        y[..., unknown] -= step
        settled |= np.asarray((np.abs(step) <= 4e-16 * np.abs(y[..., unknown]) + 1e-300).all(axis=-1) | ~good)
        if settled.all():
            return y
    # Rounding may keep the last step from vanishing; what is left of it says whether that was all.
    loose = np.asarray((np.abs(step) > 1e-9 * np.abs(y[..., unknown]) + 1e-300).any(axis=-1))
    y[..., unknown] = np.where(loose[..., None], np.nan, y[..., unknown])
    return y
