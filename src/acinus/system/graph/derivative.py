"""Exact derivatives of nodes: reverse accumulation, with what several formulas share computed once.

Where a formula branches, the derivative of each branch is computed on its own and then chosen: a branch that is not
taken may be infinite, and zero times infinity must not reach the branch that is.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from acinus.system.graph.expression import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.system.graph.expression import Graph

__all__ = ["BRANCHING", "FLAT", "Derivatives"]

BRANCHING = frozenset({"select", "min", "max"})
FLAT = frozenset({"floor", "ceil", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "not"})


class Derivatives:
    """Gradients of nodes with respect to the states and to time, each computed once.

    Parameters
    ----------
    graph : Graph
    shared : iterable of int
        Nodes whose gradient many others need: rate laws.
    variables : iterable of int
        Further nodes that count as variables of their own, whatever they are made of.
    moves : int
        What a node must read to depend on a variable; the default leaves parameters out.
    """

    def __init__(
        self, graph: Graph, shared: Iterable[int] = (), variables: Iterable[int] = (), moves: int = MOVES
    ) -> None:
        self.graph = graph
        self.shared = set(shared)
        self.moves = moves
        self._found: dict[int, dict[int, int]] = {node: {node: graph.one} for node in variables}

    def gradient(self, target: int) -> dict[int, int]:
        """Return state or time leaf -> node of the derivative; leaves that do not matter are absent."""
        graph = self.graph
        found = self._found
        if target not in found:
            for node in graph.below([target], stop=lambda n: n in found or not graph.reads[n] & self.moves):
                if node == target or node in self.shared or graph.op[node] in BRANCHING:
                    found[node] = self._gradient(node)
            found.setdefault(target, {})
        return found[target]

    def relay(self, node: int) -> dict[int, int]:
        """Return the gradient of a node that counts as a variable of its own from now on."""
        gradient = self.gradient(node)
        self._found[node] = {node: self.graph.one}
        return gradient

    def partials(self, node: int) -> list[tuple[int, int]]:
        """Return the arguments of a node that depend on a variable, and the partial derivative by each."""
        return self._parts(node, self.graph.one)

    def branches(self, node: int) -> tuple[int, int, int] | None:
        """Return what a branching node chooses by, and between: condition, value if it holds, value elsewhere."""
        graph = self.graph
        op, args = graph.op[node], graph.args[node]
        if node in graph.partials or op not in BRANCHING:
            return None
        if op == "select":
            condition, a, b = args
        else:
            a, b = args
            condition = graph.compare("le", b, a) if op == "max" else graph.compare("le", a, b)
        return condition, a, b

    def _gradient(self, node: int) -> dict[int, int]:
        graph = self.graph
        choice = self.branches(node)
        if choice is None:
            return self._sweep(node)
        condition, a, b = choice
        one, other = self._sweep(a), self._sweep(b)
        leaves = sorted(one.keys() | other.keys())
        chosen = {
            leaf: graph.select(condition, one.get(leaf, graph.zero), other.get(leaf, graph.zero))
            for leaf in leaves
        }
        return {leaf: value for leaf, value in chosen.items() if value != graph.zero}

    def _sweep(self, target: int) -> dict[int, int]:
        """Walk from a node down to the leaves, carrying the derivative of the target by each node passed."""
        graph = self.graph
        if not graph.reads[target] & self.moves:
            return {}
        result: dict[int, int] = {}
        weights = {target: graph.one}
        todo = [-target]
        while todo:
            node = -heapq.heappop(todo)
            weight = weights.pop(node)
            if weight == graph.zero:
                continue
            if node in self._found:
                for leaf, slope in self._found[node].items():
                    part = self._times(weight, slope)
                    result[leaf] = graph.add(result[leaf], part) if leaf in result else part
                continue
            if not graph.args[node]:
                result[node] = graph.add(result[node], weight) if node in result else weight
                continue
            for arg, part in self._parts(node, weight):
                if arg in weights:
                    weights[arg] = graph.add(weights[arg], part)
                else:
                    weights[arg] = part
                    heapq.heappush(todo, -arg)
        return {leaf: value for leaf, value in result.items() if value != graph.zero}

    def _parts(self, node: int, weight: int) -> list[tuple[int, int]]:
        """Return the weight that each argument of a node gets."""
        graph = self.graph
        reads = graph.reads
        if node in graph.partials:
            return [(arg, self._times(weight, slope)) for arg, slope in graph.partials[node]]
        op, args = graph.op[node], graph.args[node]
        if op in FLAT:
            return []
        moving = [bool(reads[a] & self.moves) for a in args]
        if op in ("add", "sub"):
            signs = (weight, weight if op == "add" else graph.neg(weight))
            return [(a, w) for a, w, m in zip(args, signs, moving, strict=True) if m]
        if op == "mul":
            a, b = args
            if a == b:
                return [(a, graph.mul(graph.mul(graph.const(2.0), weight), a))]
            return [(x, self._times(weight, y)) for x, y in ((a, b), (b, a)) if reads[x] & self.moves]
        if op == "div":
            a, b = args
            found = [(a, self._times(weight, graph.reciprocal(b)))] if moving[0] else []
            if moving[1]:
                # (weight * quotient) is often the rate law itself, which is there already.
                quotient = self._times(weight, node)
                over = node if a == graph.one else graph.reciprocal(b)
                found.append((b, graph.neg(graph.mul(quotient, over))))
            return found
        if op == "pow":
            return self._power(node, weight)
        (a,) = args
        return [(a, self._times(weight, self._slope(op, a, node)))]

    def _times(self, weight: int, slope: int) -> int:
        """Return a product in which a slope of zero means that there is no dependence at all."""
        graph = self.graph
        return graph.zero if graph.zero in (weight, slope) else graph.mul(weight, slope)

    def _power(self, node: int, weight: int) -> list[tuple[int, int]]:
        graph = self.graph
        base, exponent = graph.args[node]
        found = []
        if graph.reads[base] & self.moves:
            if graph.positive[base]:
                lower = graph.mul(node, graph.reciprocal(base))
            else:
                lower = graph.raw_pow(base, graph.sub(exponent, graph.one))
            found.append((base, self._times(weight, graph.mul(exponent, lower))))
        if graph.reads[exponent] & self.moves:
            slope = graph.mul(node, graph.unary("ln", base))
            if not graph.positive[base]:
                # The power of zero is constant in its exponent, where the logarithm does not exist.
                slope = graph.select(graph.compare("eq", base, graph.zero), graph.zero, slope)
            found.append((exponent, self._times(weight, slope)))
        return found

    def _slope(self, op: str, a: int, node: int) -> int:
        graph = self.graph
        square = lambda: graph.mul(a, a)  # noqa: E731
        root = lambda x: graph.reciprocal(graph.unary("sqrt", x))  # noqa: E731
        match op:
            case "neg":
                return graph.const(-1.0)
            case "exp":
                return node
            case "ln":
                return graph.reciprocal(a)
            case "sqrt":
                return graph.mul(graph.const(0.5), graph.reciprocal(node))
            case "abs":
                return graph.select(graph.compare("lt", a, graph.zero), graph.const(-1.0), graph.one)
            case "sin":
                return graph.unary("cos", a)
            case "cos":
                return graph.neg(graph.unary("sin", a))
            case "tan":
                return graph.add(graph.one, graph.mul(node, node))
            case "asin":
                return root(graph.sub(graph.one, square()))
            case "acos":
                return graph.neg(root(graph.sub(graph.one, square())))
            case "atan":
                return graph.reciprocal(graph.add(graph.one, square()))
            case "sinh":
                return graph.unary("cosh", a)
            case "cosh":
                return graph.unary("sinh", a)
            case "tanh":
                return graph.sub(graph.one, graph.mul(node, node))
            case "asinh":
                return root(graph.add(graph.one, square()))
            case "acosh":
                return root(graph.sub(square(), graph.one))
            case "atanh":
                return graph.reciprocal(graph.sub(graph.one, square()))
        raise AssertionError(op)
