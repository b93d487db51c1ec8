"""From formulas to nodes: every operator of MathML by what it computes, function definitions inlined."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.system.graph.formula import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from acinus.system.graph.expression import Graph
    from acinus.system.graph.formula import Formula, Function

__all__ = ["Key", "Translator", "reads"]

Key = tuple[str, str]  # ("value" or "rate", id)

_LAST_FACTORIAL = 170  # the next one exceeds double precision

_PLAIN = {
    "abs": "abs",
    "exp": "exp",
    "ln": "ln",
    "floor": "floor",
    "ceil": "ceil",
    **{f"{name}{h}": f"{name}{h}" for name in ("sin", "cos", "tan") for h in ("", "h")},
    **{f"arc{name}{h}": f"a{name}{h}" for name in ("sin", "cos", "tan") for h in ("", "h")},
}
_RECIPROCAL = {
    f"{name}{h}": f"{of}{h}"
    for name, of in (("sec", "cos"), ("csc", "sin"), ("cot", "tan"))
    for h in ("", "h")
}
_OF_RECIPROCAL = {f"arc{name}": f"a{of}" for name, of in _RECIPROCAL.items()}
_COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})


def reads(formula: Formula, functions: Mapping[str, Function]) -> list[Key]:
    """Return what a formula reads: values of ids, and rates of change of ids."""
    found: dict[Key, None] = {}
    for kind, *rest in parts(formula):
        asked = rest[:1] if kind == "rate" else []
        if kind == "name":
            found["value", rest[0]] = None
        elif kind == "call" and _asks_rate(rest[0], functions):
            asked = rest[1:]
        for operand in asked:
            if operand[0] == "name":
                found["rate", operand[1]] = None
    return list(found)


def _asks_rate(name: str, functions: Mapping[str, Function], depth: int = 0) -> bool:
    body = functions[name].body if name in functions else None
    if body is None or depth > len(functions):
        return False
    return any(
        part[0] == "rate" or (part[0] == "call" and _asks_rate(part[1], functions, depth + 1))
        for part in parts(body)
    )


class Translator:
    """Turns formulas into nodes of one graph.

    Parameters
    ----------
    graph : Graph
    functions : mapping of str to Function
    value, rate : functions of an id
        Give the node of what an id means, and of its rate of change.
    findings : list of Diagnostic
        What is refused is added here; the formula then becomes NaN, so that all refusals are found.
    """

    def __init__(
        self,
        graph: Graph,
        functions: Mapping[str, Function],
        value: Callable[[str], int],
        rate: Callable[[str], int],
        findings: list[Diagnostic],
    ) -> None:
        self.graph, self.functions, self.value, self.rate, self.findings = (
            graph,
            functions,
            value,
            rate,
            findings,
        )
        self._where = ""
        self._open: list[str] = []

    def translate(self, formula: Formula, where: str) -> int:
        """Return the node of a formula; `where` names it in refusals."""
        self._where = where
        return self._node(formula, {})

    def _refuse(self, code: Code, what: str, why: str, remedy: str) -> int:
        finding = Diagnostic(code, f"{what} in {self._where}", None, why, remedy)
        if finding not in self.findings:
            self.findings.append(finding)
        return self.graph.const(math.nan)

    def _node(self, formula: Formula, bound: Mapping[str, tuple[int, Formula]]) -> int:
        kind = formula[0]
        graph = self.graph
        if kind == "number":
            return graph.const(formula[1])
        if kind == "name":
            return bound[formula[1]][0] if formula[1] in bound else self.value(formula[1])
        if kind == "time":
            return graph.time
        if kind == "call":
            return self._call(formula, bound)
        if kind == "rate":
            return self._rate(formula, bound)
        if kind == "delay":
            return self._refuse(
                Code.DELAY_IN_FORMULA,
                "the symbol `delay` is used",
                "A delay differential equation needs the past of the solution.",
                "Write a chain of compartments, or an event with a delay.",
            )
        if kind == "unknown":
            return self._refuse(
                Code.OPERATOR_UNKNOWN,
                f"the operator `{formula[1]}` is used",
                "It has no meaning in an ordinary differential equation of core SBML.",
                "Write the formula with operators of core SBML.",
            )
        return self._operator(kind, [self._node(part, bound) for part in formula[1:]])

    def _call(self, formula: Formula, bound: Mapping[str, tuple[int, Formula]]) -> int:
        name = formula[1]
        function = self.functions.get(name)
        if function is None or function.body is None or len(function.arguments) != len(formula) - 2:
            return self._refuse(
                Code.ID_UNDEFINED,
                f"the function `{name}` with {len(formula) - 2} arguments is not defined, but used",
                "",
                "Define it, or correct its name or the number of its arguments.",
            )
        if name in self._open:
            return self._refuse(
                Code.CIRCULAR_DEFINITION, f"the function `{name}` calls itself", "", "Break the circle."
            )
        inner = {
            argument: (self._node(part, bound), self._resolved(part, bound))
            for argument, part in zip(function.arguments, formula[2:], strict=True)
        }
        self._open.append(name)
        node = self._node(function.body, inner)
        self._open.pop()
        return node

    def _resolved(self, part: Formula, bound: Mapping[str, tuple[int, Formula]]) -> Formula:
        return bound[part[1]][1] if part[0] == "name" and part[1] in bound else part

    def _rate(self, formula: Formula, bound: Mapping[str, tuple[int, Formula]]) -> int:
        of = self._resolved(formula[1], bound) if len(formula) == 2 else ("unknown", "")
        if of[0] == "number":
            return self.graph.zero
        if of[0] == "name":
            return self.rate(of[1])
        return self._refuse(
            Code.OPERATOR_UNKNOWN,
            "the symbol `rateOf` is used on something that is not an id",
            "",
            "Ask for the rate of change of an id.",
        )

    def _operator(self, op: str, args: list[int]) -> int:
        graph = self.graph
        first = args[0] if args else graph.zero
        match op, args:
            case "plus", _:
                return graph.sum(args)
            case "times", _:
                return graph.product(args)
            case "minus", [a]:
                return graph.neg(a)
            case "minus", [a, b]:
                return graph.sub(a, b)
            case "divide", [a, b]:
                return graph.div(a, b)
            case "power", [a, b]:
                return graph.pow(a, b)
            case "root", [a]:
                return graph.unary("sqrt", a)
            case "root", [degree, a]:
                return graph.pow(a, graph.reciprocal(degree))
            case "log", [a]:
                return graph.div(graph.unary("ln", a), graph.const(math.log(10.0)))
            case "log", [base, a]:
                return graph.div(graph.unary("ln", a), graph.unary("ln", base))
            case "quotient", [a, b]:
                return self._quotient(a, b)
            case "rem", [a, b]:
                return graph.sub(a, graph.mul(b, self._quotient(a, b)))
            case "factorial", [a]:
                return self._factorial(a)
            case "implies", [a, b]:
                return graph.logic("or", graph.negation(a), b)
            case "not", [a]:
                return graph.negation(a)
            case "piecewise", _:
                return self._piecewise(args)
            case (("and" | "or" | "xor"), _):
                node = graph.one if op == "and" else graph.zero
                for a in args:
                    node = graph.logic(op, node, a)
                return node
            case (("min" | "max"), [_, *others]):
                for a in others:
                    first = graph.extreme(op, first, a)
                return first
        if op in _COMPARISONS and args:
            node = graph.one
            for a, b in itertools.pairwise(args):
                node = graph.logic("and", node, graph.compare(op, a, b))
            return node
        if len(args) == 1:
            if op in _PLAIN:
                return graph.unary(_PLAIN[op], first)
            if op in _RECIPROCAL:
                return graph.reciprocal(graph.unary(_RECIPROCAL[op], first))
            if op in _OF_RECIPROCAL:
                if op == "arccot":
                    # Not atan(1/x) at zero, where the reciprocal has no sign.
                    half_pi = graph.const(math.pi / 2)
                    other = graph.unary("atan", graph.reciprocal(first))
                    return graph.select(graph.compare("eq", first, graph.zero), half_pi, other)
                return graph.unary(_OF_RECIPROCAL[op], graph.reciprocal(first))
        return self._refuse(
            Code.OPERATOR_UNKNOWN,
            f"the operator `{op}` with {len(args)} arguments is used",
            "It is not defined for so many arguments.",
            "Correct the formula.",
        )

    def _quotient(self, a: int, b: int) -> int:
        graph = self.graph
        ratio = graph.div(a, b)
        down, up = graph.unary("floor", ratio), graph.unary("ceil", ratio)
        return graph.select(graph.compare("lt", ratio, graph.zero), up, down)

    def _factorial(self, a: int) -> int:
        """Return n! for whole numbers from 0 to 170 by a table, infinity above, NaN for everything else."""
        graph = self.graph
        if graph.op[a] == "const":
            n = graph.value[a]
            if n < 0 or n != math.floor(n):
                return graph.const(math.nan)
            return graph.const(math.gamma(n + 1) if n <= _LAST_FACTORIAL else math.inf)

        def between(low: int, high: int) -> int:
            if low == high:
                return graph.const(math.gamma(low + 1))
            middle = (low + high) // 2
            small = graph.compare("le", a, graph.const(float(middle)))
            return graph.select(small, between(low, middle), between(middle + 1, high))

        whole = graph.logic(
            "and", graph.compare("eq", a, graph.unary("floor", a)), graph.compare("le", graph.zero, a)
        )
        above = graph.compare("lt", graph.const(float(_LAST_FACTORIAL)), a)
        table = graph.select(above, graph.const(math.inf), between(0, _LAST_FACTORIAL))
        return graph.select(whole, table, graph.const(math.nan))

    def _piecewise(self, args: list[int]) -> int:
        graph = self.graph
        node = args[-1] if len(args) % 2 else graph.const(math.nan)
        for i in range(len(args) // 2 * 2 - 2, -1, -2):
            node = graph.select(args[i + 1], args[i], node)
        return node
