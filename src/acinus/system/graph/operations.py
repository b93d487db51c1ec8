"""What each operation of the graph computes, on NumPy double-precision values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BOOLEAN", "LEAVES", "OPERATIONS", "ROUNDED", "apply"]

LEAVES = frozenset({"const", "time", "state", "param"})
BOOLEAN = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "not"})

# Results that the standard does not fix to the last bit: NumPy may compute them differently for different places
# in an array, so the interpreter computes them one by one.
ROUNDED = frozenset(
    "pow exp ln sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split()  # noqa: SIM905
)


def _truth(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: np.asarray(function(*args), dtype=np.float64)[()]


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "neg": np.negative,
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "lt": _truth(np.less),
    "le": _truth(np.less_equal),
    "gt": _truth(np.greater),
    "ge": _truth(np.greater_equal),
    "eq": _truth(np.equal),
    "ne": _truth(np.not_equal),
    "and": _truth(np.logical_and),
    "or": _truth(np.logical_or),
    "xor": _truth(np.logical_xor),
    "not": _truth(np.logical_not),
    "select": lambda c, a, b: np.where(np.not_equal(c, 0.0), a, b)[()],
}


def apply(op: str, *values: float) -> float:
    """Return one operation on numbers, by IEEE rules (1/0 is infinite, 0/0 is NaN)."""
    with np.errstate(all="ignore"):
        return float(OPERATIONS[op](*(np.float64(v) for v in values)))
