"""Formulas as plain nested tuples: what is left of a libSBML formula tree once its spelling is forgotten.

A formula is one of ``("number", value)``, ``("name", id)``, ``("time",)``, ``("rate", formula)``,
``("call", function, *formulas)``, ``("delay", *formulas)``, ``("unknown", text)`` and ``(operator, *formulas)`` with
the operators named in `_table`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Formula", "Function", "parts", "read_formula", "read_function"]

Formula: TypeAlias = "tuple[Any, ...]"

AVOGADRO = 6.02214179e23  # the value fixed by the SBML Level 3 specification for its avogadro symbol


@dataclass(frozen=True)
class Function:
    """A function definition: the names of its arguments, and its formula (None where the model leaves it out)."""

    arguments: tuple[str, ...]
    body: Formula | None


def parts(formula: Formula) -> Iterator[Formula]:
    """Yield a formula and all formulas in it."""
    todo = [formula]
    while todo:
        part = todo.pop()
        yield part
        todo.extend(p for p in part[1:] if isinstance(p, tuple))


@functools.cache
def _table() -> tuple[Mapping[int, str], Mapping[int, Formula], Mapping[str, int]]:
    import libsbml

    operators = {
        libsbml.AST_PLUS: "plus",
        libsbml.AST_MINUS: "minus",
        libsbml.AST_TIMES: "times",
        libsbml.AST_DIVIDE: "divide",
        libsbml.AST_POWER: "power",
        libsbml.AST_FUNCTION_POWER: "power",
        libsbml.AST_FUNCTION_ROOT: "root",
        libsbml.AST_FUNCTION_LOG: "log",
        libsbml.AST_FUNCTION_LN: "ln",
        libsbml.AST_FUNCTION_CEILING: "ceil",
        libsbml.AST_FUNCTION_PIECEWISE: "piecewise",
        libsbml.AST_FUNCTION_QUOTIENT: "quotient",
        libsbml.AST_FUNCTION_REM: "rem",
        libsbml.AST_FUNCTION_DELAY: "delay",
        libsbml.AST_FUNCTION_RATE_OF: "rate",
        libsbml.AST_LOGICAL_IMPLIES: "implies",
        libsbml.AST_RELATIONAL_EQ: "eq",
        libsbml.AST_RELATIONAL_NEQ: "ne",
        libsbml.AST_RELATIONAL_LT: "lt",
        libsbml.AST_RELATIONAL_LEQ: "le",
        libsbml.AST_RELATIONAL_GT: "gt",
        libsbml.AST_RELATIONAL_GEQ: "ge",
    }
    for name in ("abs", "exp", "floor", "factorial", "min", "max"):
        operators[getattr(libsbml, f"AST_FUNCTION_{name.upper()}")] = name
    for name in ("and", "or", "xor", "not"):
        operators[getattr(libsbml, f"AST_LOGICAL_{name.upper()}")] = name
    for name in ("sin", "cos", "tan", "sec", "csc", "cot"):
        for kind in (name, f"{name}h"):
            operators[getattr(libsbml, f"AST_FUNCTION_{kind.upper()}")] = kind
            operators[getattr(libsbml, f"AST_FUNCTION_ARC{kind.upper()}")] = f"arc{kind}"
    constants: dict[int, Formula] = {
        libsbml.AST_NAME_TIME: ("time",),
        libsbml.AST_CONSTANT_E: ("number", math.e),
        libsbml.AST_CONSTANT_PI: ("number", math.pi),
        libsbml.AST_CONSTANT_TRUE: ("number", 1.0),
        libsbml.AST_CONSTANT_FALSE: ("number", 0.0),
    }
    kinds = {
        "name": libsbml.AST_NAME,
        "function": libsbml.AST_FUNCTION,
        "avogadro": libsbml.AST_NAME_AVOGADRO,
        "plus": libsbml.AST_PLUS,
        "times": libsbml.AST_TIMES,
    }
    return operators, constants, kinds


def read_formula(node: Any, local: Mapping[str, float]) -> Formula:
    """Return a libSBML formula tree as nested tuples.

    Parameters
    ----------
    node : libsbml.ASTNode
    local : mapping of str to float
        Values of the local parameters of a rate law; they hide ids of the model.
    """
    operators, constants, kinds = _table()

    def read(node: Any) -> Formula:
        kind = node.getType()
        if kind == kinds["name"]:
            name = node.getName()
            return ("number", local[name]) if name in local else ("name", name)
        operator = operators.get(kind)
        if operator is not None:
            if operator in ("plus", "times"):
                return (operator, *(read(n) for n in _flat(node, kind)))
            return (operator, *(read(node.getChild(i)) for i in range(node.getNumChildren())))
        if kind in constants:
            return constants[kind]
        if node.isNumber():
            return ("number", float(node.getValue()))
        if kind == kinds["avogadro"]:
            return ("number", AVOGADRO)
        if kind == kinds["function"]:
            return (
                "call",
                node.getName(),
                *(read(node.getChild(i)) for i in range(node.getNumChildren())),
            )
        return ("unknown", node.getName() or node.getOperatorName() or f"kind {kind}")

    return read(node)


def _flat(node: Any, kind: int) -> list[Any]:
    """Return the terms of a sum of sums (or product of products), however deeply it is nested to the left."""
    found = []
    todo = [node]
    while todo:
        part = todo.pop()
        if part.getType() == kind:
            todo.extend(part.getChild(i) for i in reversed(range(part.getNumChildren())))
        else:
            found.append(part)
    return found


def read_function(math: Any) -> Function:
    """Return a function definition from its lambda."""
    count = math.getNumChildren()
    arguments = tuple(math.getChild(i).getName() for i in range(count - 1))
    return Function(arguments, read_formula(math.getChild(count - 1), {}) if count else None)
