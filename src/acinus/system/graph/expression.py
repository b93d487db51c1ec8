"""The expression graph while it is being built: hash-consed, simplified as it grows.

Only rewrites are made that keep the value up to rounding for every argument, infinite and NaN included, except that a
division becomes a product with a reciprocal (so that equal denominators are divided by once, and denominators that
hold parameters only are divided by once per individual).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.system.graph.operations import BOOLEAN, apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["MOVES", "READS_PARAM", "READS_STATE", "READS_TIME", "Graph"]

READS_STATE, READS_TIME, READS_PARAM = 1, 2, 4
MOVES = READS_STATE | READS_TIME

_TINY = 1e-300  # smallest base of a power: far below every amount, and its reciprocal is still finite
_LONGEST_PRODUCT = 32  # whole exponents up to this become products


class Graph:
    """Nodes by number; each constructor returns the number of a node that means what was asked for."""

    def __init__(self) -> None:
        self.op: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.value: list[float] = []
        self.reads: list[int] = []
        self.positive: list[bool] = []
        self.state_names: list[str] = []
        self.param_names: list[str] = []
        self.param_defaults: dict[str, float] = {}
        # Partial derivatives that are cheaper or better behaved than the chain rule through the parts.
        self.partials: dict[int, tuple[tuple[int, int], ...]] = {}
        # Parts of a power law whose kink lies at zero and is no event of the model.
        self.without_switch: set[int] = set()
        self._known: dict[tuple[object, ...], int] = {}
        self._leaves: dict[tuple[str, str], int] = {}
        self.zero = self.const(0.0)
        self.one = self.const(1.0)
        self.time = self._intern("time", ())

    # Leaves

    def const(self, value: float) -> int:
        """Return the node of a number."""
        if value != value:  # NaN is unequal to itself, and so no key of a dictionary
            key: tuple[object, ...] = ("const", "nan")
        elif value == 0.0:
            key, value = ("const", 0.0), 0.0
        else:
            key = ("const", value)
        found = self._known.get(key)
        if found is None:
            found = self._append("const", (), float(value), 0, positive=value > 0)
            self._known[key] = found
        return found

    def state(self, name: str) -> int:
        """Return the leaf of a state."""
        return self._leaf("state", name, self.state_names, READS_STATE)

    def param(self, name: str, default: float) -> int:
        """Return the leaf of a parameter."""
        self.param_defaults.setdefault(name, default)
        return self._leaf("param", name, self.param_names, READS_PARAM)

    def _leaf(self, op: str, name: str, names: list[str], reads: int) -> int:
        found = self._leaves.get((op, name))
        if found is None:
            names.append(name)
            found = self._append(op, (), float(len(names) - 1), reads, positive=False)
            self._leaves[op, name] = found
        return found

    def name_of(self, leaf: int) -> str:
        """Return the id of a state or parameter leaf."""
        names = self.state_names if self.op[leaf] == "state" else self.param_names
        return names[int(self.value[leaf])]

    # Arithmetic

    def add(self, a: int, b: int) -> int:
        """Return a + b."""
        op = self.op
        if op[a] == "const":
            if op[b] == "const":
                return self._fold("add", a, b)
            if a == self.zero:
                return b
        elif b == self.zero:
            return a
        if op[b] == "neg":
            return self.sub(a, self.args[b][0])
        if op[a] == "neg":
            return self.sub(b, self.args[a][0])
        if a == b:
            return self.mul(self.const(2.0), a)
        return self._intern("add", (a, b) if a < b else (b, a))

    def sub(self, a: int, b: int) -> int:
        """Return a - b."""
        op = self.op
        if op[a] == "const" and op[b] == "const":
            return self._fold("sub", a, b)
        if b == self.zero:
            return a
        if a == self.zero:
            return self.neg(b)
        if op[b] == "neg":
            return self.add(a, self.args[b][0])
        if op[a] == "neg":
            return self.neg(self.add(self.args[a][0], b))
        return self._intern("sub", (a, b))

    def neg(self, a: int) -> int:
        """Return -a."""
        op = self.op[a]
        if op == "const":
            return self.const(-self.value[a])
        if op == "neg":
            return self.args[a][0]
        if op == "sub":
            return self._intern("sub", self.args[a][::-1])
        return self._intern("neg", (a,))

    def mul(self, a: int, b: int) -> int:
        """Return a * b, with factors that only read parameters gathered in front."""
        op, reads = self.op, self.reads
        if op[a] == "const" and op[b] == "const":
            return self._fold("mul", a, b)
        if a == self.one:
            return b
        if b == self.one:
            return a
        if op[a] == "neg":
            return self.neg(self.mul(self.args[a][0], b))
        if op[b] == "neg":
            return self.neg(self.mul(a, self.args[b][0]))
        if reads[b] & MOVES < reads[a] & MOVES or (op[b] == "const" and not reads[a] & MOVES):
            a, b = b, a
        if op[a] == "const" and self.value[a] == -1.0:
            return self.neg(b)
        if not reads[a] & MOVES and op[b] == "mul":
            front, back = self.args[b]
            if op[front] == "const" and op[a] == "const":
                product = self.value[front] * self.value[a]
                if math.isfinite(product) and abs(product) > _TINY:
                    return self.mul(self.const(product), back)
            elif reads[b] & MOVES and not reads[front] & MOVES:
                return self.mul(self.mul(a, front), back)
        if (reads[a] & MOVES) == (reads[b] & MOVES) and op[a] != "const" and a > b:
            a, b = b, a
        return self._intern("mul", (a, b))

    def div(self, a: int, b: int) -> int:
        """Return a / b as a product with a reciprocal, unless both only read parameters."""
        op, reads = self.op, self.reads
        if op[a] == "const" and op[b] == "const":
            return self._fold("div", a, b)
        if b == self.one:
            return a
        if op[b] == "neg":
            return self.neg(self.div(a, self.args[b][0]))
        if op[a] == "neg":
            return self.neg(self.div(self.args[a][0], b))
        if a == self.one:
            return self.reciprocal(b)
        if op[b] == "const" and not math.isfinite(apply("div", 1.0, self.value[b])):
            return self._intern("div", (a, b))
        if not (reads[a] | reads[b]) & MOVES and op[b] != "const":
            return self._intern("div", (a, b))
        return self.mul(a, self.reciprocal(b))

    def reciprocal(self, a: int) -> int:
        """Return 1 / a."""
        op = self.op[a]
        if op == "const":
            return self.const(apply("div", 1.0, self.value[a]))
        if op == "neg":
            return self.neg(self.reciprocal(self.args[a][0]))
        if op == "div" and self.args[a][0] == self.one:
            return self.args[a][1]
        return self._intern("div", (self.one, a))

    def sum(self, terms: Sequence[int]) -> int:
        """Return the sum of many; those that only read parameters are added first."""
        total = self.zero
        for term in self._parameters_first(terms):
            total = self.add(total, term)
        return total

    def product(self, factors: Sequence[int]) -> int:
        """Return the product of many; those that only read parameters are multiplied first."""
        front, back = self.one, self.one
        for factor in factors:
            if self.reads[factor] & MOVES:
                back = self.mul(back, factor)
            else:
                front = self.mul(front, factor)
        return self.mul(front, back)

    def _parameters_first(self, nodes: Sequence[int]) -> list[int]:
        return sorted(nodes, key=lambda node: bool(self.reads[node] & MOVES))

    # Powers

    def pow(self, base: int, exponent: int) -> int:
        """Return base to the power of exponent, without NaN where a state lies just below zero.

        For a real exponent h > 1 it is ``x * max(x, tiny)^(h - 1)``; a whole exponent becomes a product. For an
        exponent that is a parameter, ``f * max(|x|, tiny)^(h - 1)`` where f is x, or its size if h is even: right for
        all x if h is whole, and for all x >= 0 otherwise.
        """
        op, reads = self.op, self.reads
        if op[exponent] == "const":
            return self._pow_number(base, self.value[exponent])
        if not reads[base] & MOVES or reads[exponent] & MOVES or self.positive[base]:
            return self.raw_pow(base, exponent)
        default = self.default(exponent)
        if default < 0.0:
            return self.reciprocal(self._pow_parameter(base, self.neg(exponent)))
        return self._pow_parameter(base, exponent)

    def raw_pow(self, base: int, exponent: int) -> int:
        """Return the general power."""
        if self.op[base] == "const" and self.op[exponent] == "const":
            return self._fold("pow", base, exponent)
        if exponent == self.zero:
            return self.one
        if exponent == self.one:
            return base
        return self._intern("pow", (base, exponent))

    def _pow_number(self, base: int, exponent: float) -> int:
        if self.op[base] == "const":
            return self._fold("pow", base, self.const(exponent))
        if exponent == 0.0:
            return self.one
        if exponent == 1.0:
            return base
        if exponent == 0.5:
            return self.unary("sqrt", base)
        if exponent.is_integer() and abs(exponent) <= _LONGEST_PRODUCT:
            product = self._whole_power(base, int(abs(exponent)))
            return product if exponent > 0 else self.reciprocal(product)
        if exponent < 1.0 or exponent.is_integer() or self.positive[base] or not math.isfinite(exponent):
            return self.raw_pow(base, self.const(exponent))
        if not self.reads[base] & MOVES:
            return self.raw_pow(base, self.const(exponent))
        safe = self._intern("max", (base, self.const(_TINY)))
        self.without_switch.add(safe)
        core = self._pow_number(safe, exponent - 1.0)
        whole = self.mul(base, core)
        self.partials.setdefault(whole, ((base, self.mul(self.const(exponent), core)),))
        return whole

    def _whole_power(self, base: int, exponent: int) -> int:
        result, square = self.one, base
        while True:
            if exponent & 1:
                result = self.mul(result, square)
            exponent >>= 1
            if not exponent:
                return result
            square = self.mul(square, square)

    def _pow_parameter(self, base: int, exponent: int) -> int:
        half = self.unary("floor", self.mul(self.const(0.5), exponent))
        even = self.compare("eq", exponent, self.mul(self.const(2.0), half))
        none = self.compare("eq", exponent, self.zero)
        size = self._intern("abs", (base,))
        safe = self._intern("max", (size, self.const(_TINY)))
        self.without_switch |= {size, safe}
        core = self.raw_pow(safe, self.select(none, self.zero, self.sub(exponent, self.one)))
        factor = self.select(even, self.select(none, self.one, size), base)
        whole = self.mul(factor, core)
        sign = self.select(self.compare("lt", base, self.zero), self.const(-1.0), self.one)
        slope = self.mul(self.mul(exponent, self.select(even, sign, self.one)), core)
        self.partials.setdefault(whole, ((base, slope),))
        return whole

    def default(self, node: int) -> float:
        """Return the value of a node that reads parameters only, at their values in the model."""
        values: dict[int, float] = {}
        for n in self.below([node]):
            op = self.op[n]
            if op == "const":
                values[n] = self.value[n]
            elif op == "param":
                values[n] = self.param_defaults[self.name_of(n)]
            else:
                values[n] = apply(op, *(values[a] for a in self.args[n]))
        return values[node]

    # Functions, comparisons, logic

    def unary(self, op: str, a: int) -> int:
        """Return a function of one argument."""
        if op == "neg":
            return self.neg(a)
        if op == "not":
            return self.negation(a)
        if self.op[a] == "const":
            return self._fold(op, a)
        return self._intern(op, (a,))

    def extreme(self, op: str, a: int, b: int) -> int:
        """Return `min` or `max` of two."""
        if self.op[a] == "const" and self.op[b] == "const":
            return self._fold(op, a, b)
        if a == b:
            return a
        return self._intern(op, (a, b) if a < b else (b, a))

    def compare(self, op: str, a: int, b: int) -> int:
        """Return a comparison; `gt` and `ge` become `lt` and `le` with the sides exchanged."""
        if self.op[a] == "const" and self.op[b] == "const":
            return self._fold(op, a, b)
        if op in ("gt", "ge"):
            op, a, b = ("lt" if op == "gt" else "le"), b, a
        if op in ("eq", "ne") and a > b:
            a, b = b, a
        return self._intern(op, (a, b))

    def truth(self, a: int) -> int:
        """Return 1.0 where a number is not zero and 0.0 where it is."""
        op = self.op[a]
        if op in BOOLEAN or (op == "const" and self.value[a] in (0.0, 1.0)):
            return a
        return self.compare("ne", a, self.zero)

    def logic(self, op: str, a: int, b: int) -> int:
        """Return `and`, `or` or `xor` of two truths."""
        a, b = self.truth(a), self.truth(b)
        for one, other in ((a, b), (b, a)):
            if self.op[one] == "const":
                holds = self.value[one] != 0.0
                if op == "xor":
                    return self.negation(other) if holds else other
                return (other if holds else self.zero) if op == "and" else (self.one if holds else other)
        if a == b:
            return self.zero if op == "xor" else a
        return self._intern(op, (a, b) if a < b else (b, a))

    def negation(self, a: int) -> int:
        """Return the opposite of a truth."""
        a = self.truth(a)
        if self.op[a] == "const":
            return self.zero if self.value[a] != 0.0 else self.one
        if self.op[a] == "not":
            return self.args[a][0]
        return self._intern("not", (a,))

    def select(self, condition: int, a: int, b: int) -> int:
        """Return a where the condition holds and b elsewhere."""
        condition = self.truth(condition)
        if self.op[condition] == "const":
            return a if self.value[condition] != 0.0 else b
        if a == b:
            return a
        if self.op[condition] == "not":
            return self.select(self.args[condition][0], b, a)
        return self._intern("select", (condition, a, b))

    # The graph as a whole

    def below(self, roots: Iterable[int], stop: Callable[[int], bool] | None = None) -> list[int]:
        """Return the nodes that the roots are made of, roots included, arguments first.

        Nodes for which `stop` holds are left out, together with what only they need.
        """
        found: set[int] = set()
        todo = list(roots)
        while todo:
            node = todo.pop()
            if node in found or (stop is not None and stop(node)):
                continue
            found.add(node)
            todo.extend(self.args[node])
        return sorted(found)

    def leaves(self, roots: Iterable[int]) -> list[int]:
        """Return the states and parameters that the roots read."""
        return [n for n in self.below(roots) if self.op[n] in ("state", "param")]

    def substitute(self, root: int, image: Mapping[int, int], memo: dict[int, int] | None = None) -> int:
        """Return a node with some nodes replaced; `memo` is kept between calls with the same replacements."""
        memo = {} if memo is None else memo
        memo.update(image)
        for node in self.below([root], stop=memo.__contains__):
            args = self.args[node]
            new = tuple(memo[a] for a in args)
            memo[node] = node if new == args else self.rebuild(self.op[node], new)
        return memo[root]

    def rebuild(self, op: str, args: tuple[int, ...]) -> int:
        """Return an operation on new arguments, simplified."""
        if op in ("add", "sub", "mul", "div", "neg", "select"):
            return getattr(self, op)(*args)
        if op == "pow":
            return self.raw_pow(*args)
        if op in ("min", "max"):
            return self.extreme(op, *args)
        if op in ("and", "or", "xor"):
            return self.logic(op, *args)
        if op in BOOLEAN and op != "not":
            return self.compare(op, *args)
        return self.unary(op, *args)

    def _fold(self, op: str, *args: int) -> int:
        return self.const(apply(op, *(self.value[a] for a in args)))

    def _intern(self, op: str, args: tuple[int, ...]) -> int:
        key = (op, *args)
        found = self._known.get(key)
        if found is None:
            reads = READS_TIME if op == "time" else 0
            for a in args:
                reads |= self.reads[a]
            found = self._append(op, args, 0.0, reads, positive=self._is_positive(op, args))
            self._known[key] = found
        return found

    def _is_positive(self, op: str, args: tuple[int, ...]) -> bool:
        positive = self.positive
        if op in ("exp", "cosh"):
            return True
        if op in ("max",):
            return positive[args[0]] or positive[args[1]]
        if op == "add" and (positive[args[0]] or positive[args[1]]):
            return self._not_negative(args[0]) and self._not_negative(args[1])
        if op in ("mul", "div", "min"):
            return positive[args[0]] and positive[args[1]]
        if op == "select":
            return positive[args[1]] and positive[args[2]]
        return op in ("pow", "sqrt", "abs") and positive[args[0]]

    def _not_negative(self, node: int) -> bool:
        """Say whether a node is plainly zero at least: a square, a size, a root, or positive."""
        op, args = self.op[node], self.args[node]
        return self.positive[node] or op in ("abs", "sqrt") or (op == "mul" and args[0] == args[1])

    def _append(self, op: str, args: tuple[int, ...], value: float, reads: int, *, positive: bool) -> int:
        self.op.append(op)
        self.args.append(args)
        self.value.append(value)
        self.reads.append(reads)
        self.positive.append(positive)
        return len(self.op) - 1
