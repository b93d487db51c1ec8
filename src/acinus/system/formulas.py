"""Formulas as Python text: a libSBML formula tree becomes an expression over NumPy double-precision scalars.

Scalars and not arrays: NumPy's vector loops may round differently by position, and an individual must not
depend on who stands beside it. Scalars follow IEEE rules (1/0 is infinite), where Python floats would raise.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FUNCTIONS", "symbols_in", "to_python"]

AVOGADRO = 6.02214179e23  # the value fixed by the SBML Level 3 specification for its avogadro symbol


def _piecewise(*parts: Any) -> Any:
    pairs, rest = parts[: len(parts) // 2 * 2], parts[len(parts) // 2 * 2 :]
    for value, condition in zip(pairs[::2], pairs[1::2], strict=True):
        if condition():
            return value()
    return rest[0]() if rest else np.float64("nan")


def _chain(compare: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *terms: np.float64(all(compare(a, b) for a, b in itertools.pairwise(terms)))


def _factorial(n: Any) -> Any:
    import math

    return np.float64(math.gamma(n + 1.0)) if n >= 0 else np.float64("nan")


FUNCTIONS: Mapping[str, Any] = {
    "F": np.float64,
    "abs": np.abs,
    "ceil": np.ceil,
    "exp": np.exp,
    "factorial": _factorial,
    "floor": np.floor,
    "log": np.log,
    "power": lambda a, b: np.power(np.float64(a), np.float64(b)),
    "minimum": lambda *x: np.float64(min(x)),
    "maximum": lambda *x: np.float64(max(x)),
    "quotient": lambda a, b: np.trunc(a / b),
    "remainder": lambda a, b: np.fmod(a, b),
    "piecewise": _piecewise,
    "conjunction": lambda *x: np.float64(all(x)),
    "disjunction": lambda *x: np.float64(any(x)),
    "exclusive": lambda *x: np.float64(sum(bool(i) for i in x) % 2),
    "negation": lambda x: np.float64(not x),
    "implication": lambda a, b: np.float64(not a or bool(b)),
    "equal": _chain(lambda a, b: a == b),
    "unequal": _chain(lambda a, b: a != b),
    "less": _chain(lambda a, b: a < b),
    "at_most": _chain(lambda a, b: a <= b),
    "greater": _chain(lambda a, b: a > b),
    "at_least": _chain(lambda a, b: a >= b),
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh")},
}


def symbols_in(node: Any) -> set[str]:
    """Return every id that a formula reads."""
    import libsbml

    found = {node.getName()} if node.getType() == libsbml.AST_NAME else set()
    for i in range(node.getNumChildren()):
        found |= symbols_in(node.getChild(i))
    return found


def to_python(node: Any, name_of: Callable[[str], str]) -> str:
    """Return a formula as a Python expression over the names in `FUNCTIONS`.

    Parameters
    ----------
    node : libsbml.ASTNode
        The formula; function definitions must have been expanded.
    name_of : function
        Gives the Python text that stands for an id.

    Raises
    ------
    ValueError
        If an operator has no counterpart here; the message names it.
    """
    import libsbml

    kind = node.getType()
    parts = [node.getChild(i) for i in range(node.getNumChildren())]
    if kind in (libsbml.AST_INTEGER, libsbml.AST_REAL, libsbml.AST_REAL_E, libsbml.AST_RATIONAL):
        return f"F({node.getValue()!r})" if np.isfinite(node.getValue()) else f"F('{node.getValue()}')"
    if kind == libsbml.AST_NAME:
        return name_of(node.getName())
    constants = {
        libsbml.AST_NAME_TIME: "F(0.0)",
        libsbml.AST_NAME_AVOGADRO: f"F({AVOGADRO!r})",
        libsbml.AST_CONSTANT_E: f"F({np.e!r})",
        libsbml.AST_CONSTANT_PI: f"F({np.pi!r})",
        libsbml.AST_CONSTANT_TRUE: "F(1.0)",
        libsbml.AST_CONSTANT_FALSE: "F(0.0)",
    }
    if kind in constants:
        return constants[kind]
    terms = [to_python(part, name_of) for part in parts]
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return f"piecewise({', '.join(f'lambda: {term}' for term in terms)})"
    if kind == libsbml.AST_PLUS:
        return f"({' + '.join(terms)})" if terms else "F(0.0)"
    if kind == libsbml.AST_TIMES:
        return f"({' * '.join(terms)})" if terms else "F(1.0)"
    if kind == libsbml.AST_MINUS:
        return f"(-{terms[0]})" if len(terms) == 1 else f"({terms[0]} - {terms[1]})"
    if kind == libsbml.AST_DIVIDE:
        return f"({terms[0]} / {terms[1]})"
    if kind == libsbml.AST_FUNCTION_ROOT:
        return f"power({terms[1]}, 1 / {terms[0]})" if len(terms) == 2 else f"power({terms[0]}, 0.5)"
    if kind == libsbml.AST_FUNCTION_LOG:
        return (
            f"(log({terms[1]}) / log({terms[0]}))" if len(terms) == 2 else f"(log({terms[0]}) / log(F(10.0)))"
        )
    reciprocal = _RECIPROCAL.get(_kind_name(kind))
    if reciprocal is not None:
        return f"(1 / {reciprocal}({terms[0]}))"
    inverse = _INVERSE_RECIPROCAL.get(_kind_name(kind))
    if inverse is not None:
        return f"{inverse}(1 / {terms[0]})"
    function = _CALLS.get(_kind_name(kind))
    if function is None:
        raise ValueError(f"the operator `{node.getName() or _kind_name(kind)}` has no counterpart here")
    return f"{function}({', '.join(terms)})"


def _kind_name(kind: int) -> str:
    return _kind_names()[kind]


@functools.cache
def _kind_names() -> Mapping[int, str]:
    import libsbml

    # Other AST_ constants of the module are not kinds of formula nodes and share numbers with them.
    prefixes = ("AST_FUNCTION", "AST_LOGICAL", "AST_RELATIONAL", "AST_POWER")
    names = [name for name in dir(libsbml) if name.startswith(prefixes)]
    return {getattr(libsbml, name): name.removeprefix("AST_") for name in names}


_RECIPROCAL = {
    "FUNCTION_SEC": "cos",
    "FUNCTION_CSC": "sin",
    "FUNCTION_COT": "tan",
    "FUNCTION_SECH": "cosh",
    "FUNCTION_CSCH": "sinh",
    "FUNCTION_COTH": "tanh",
}
_INVERSE_RECIPROCAL = {
    "FUNCTION_ARCSEC": "arccos",
    "FUNCTION_ARCCSC": "arcsin",
    "FUNCTION_ARCCOT": "arctan",
    "FUNCTION_ARCSECH": "arccosh",
    "FUNCTION_ARCCSCH": "arcsinh",
    "FUNCTION_ARCCOTH": "arctanh",
}
_CALLS = {
    "POWER": "power",
    "FUNCTION_POWER": "power",
    "FUNCTION_ABS": "abs",
    "FUNCTION_CEILING": "ceil",
    "FUNCTION_EXP": "exp",
    "FUNCTION_FACTORIAL": "factorial",
    "FUNCTION_FLOOR": "floor",
    "FUNCTION_LN": "log",
    "FUNCTION_MIN": "minimum",
    "FUNCTION_MAX": "maximum",
    "FUNCTION_QUOTIENT": "quotient",
    "FUNCTION_REM": "remainder",
    "LOGICAL_AND": "conjunction",
    "LOGICAL_OR": "disjunction",
    "LOGICAL_XOR": "exclusive",
    "LOGICAL_NOT": "negation",
    "LOGICAL_IMPLIES": "implication",
    "RELATIONAL_EQ": "equal",
    "RELATIONAL_NEQ": "unequal",
    "RELATIONAL_LT": "less",
    "RELATIONAL_LEQ": "at_most",
    "RELATIONAL_GT": "greater",
    "RELATIONAL_GEQ": "at_least",
    **{f"FUNCTION_{n.upper()}": n for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"FUNCTION_ARC{n.upper()}": f"arc{n}" for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
