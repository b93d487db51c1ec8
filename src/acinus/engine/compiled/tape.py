"""The operations that are really computed: a program's graph, rewritten for a vector processor.

Divisions by what is constant for an individual become products; several divisions by one value become one
reciprocal; a power is that of the base's size, given its sign where the base may be negative. What depends on parameters
alone is marked, to be computed once per individual.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from acinus.engine.compiled.elementary import ELEMENTARY
from acinus.errors import Code, Diagnostic, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.system.graph.program import Program

__all__ = ["LEAVES", "LIBRARY", "Tape"]

LEAVES = frozenset({"const", "time", "state", "param"})

#: Functions computed lane by lane with the C library: too rare in models to deserve code of our own.
LIBRARY = frozenset(
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split()  # noqa: SIM905
)

_SAME = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "min": "min",
    "max": "max",
    "and": "and",
    "or": "or",
    "xor": "xor",
}
_SAME |= {
    name: name for name in ("lt", "le", "gt", "ge", "eq", "ne", "neg", "sqrt", "abs", "floor", "ceil", "not")
}
_SAME |= {name: name for name in ("select", "exp", "ln", *LIBRARY)}


class Tape:
    """Operations in an order in which each can be computed, no two alike.

    Attributes
    ----------
    kinds, args, values : lists
        Operation, operands (places on this tape) and number of a leaf.
    fixed : list of bool
        True where neither time nor state is read.
    of_node : list of int
        Where each node of the program stands.
    """

    def __init__(self, program: Program) -> None:
        self.kinds: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.values: list[float] = []
        self.fixed: list[bool] = []
        self.of_node: list[int] = []
        self._known: dict[tuple[str, tuple[int, ...], str], int] = {}
        shared = _shared_divisors(program)
        for i, node in enumerate(program.nodes):
            args = tuple(self.of_node[a] for a in node.args)
            self.of_node.append(
                self._translate(node.op, args, node.value, program, node.args, shared=i in shared)
            )

    def add(self, kind: str, args: tuple[int, ...] = (), value: float = 0.0) -> int:
        """Return the place of an operation, new or known."""
        key = (kind, args, value.hex() if args == () else "")
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = len(self.kinds)
            self.kinds.append(kind)
            self.args.append(args)
            self.values.append(value)
            self.fixed.append(kind not in ("time", "state") and all(self.fixed[a] for a in args))
        return place

    @staticmethod
    def is_array_function(kind: str) -> bool:
        """Say whether an operation is computed by a function over arrays."""
        return kind in ELEMENTARY or kind in LIBRARY

    def constant(self, place: int) -> float | None:
        """Return the number of a constant, None for anything else."""
        return self.values[place] if self.kinds[place] == "const" else None

    def above(self, roots: Iterable[int], stop: frozenset[int] | set[int] = frozenset()) -> list[int]:
        """Return the operations that roots need, in order, without those in `stop` and what only they need."""
        seen: set[int] = set()
        waiting = [root for root in roots if root not in stop]
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            waiting += [a for a in self.args[place] if a not in seen and a not in stop]
        return sorted(seen)

    def functions_above(self, roots: Iterable[int], stop: frozenset[int] | set[int]) -> dict[int, int]:
        """Return the array functions that roots, and what they need, need: as bits, numbered in order.

        Places in `stop`, and what only they need, do not count.
        """
        found: dict[int, int] = {}
        count = 0
        for place in self.above(roots, stop):
            bits = 0
            for a in self.args[place]:
                bits |= found.get(a, 0)
            if self.is_array_function(self.kinds[place]):
                bits |= 1 << count
                count += 1
            found[place] = bits
        return found

    def _translate(
        self,
        op: str,
        args: tuple[int, ...],
        value: float,
        program: Program,
        nodes: tuple[int, ...],
        *,
        shared: bool,
    ) -> int:
        if op in LEAVES:
            return self.add(op, (), value)
        if op == "div":
            return self._divide(*args, shared=shared)
        if op == "pow":
            return self._power(*args, positive=program.positive[nodes[0]])
        if op not in _SAME:
            raise EngineError(
                Diagnostic(
                    Code.OPERATION_UNKNOWN,
                    f"the compiled engine has no operation `{op}`",
                    None,
                    "The program was made for another engine.",
                    "This is a fault of ours; please report the model.",
                )
            )
        return self.add(op, args)

    def _divide(self, top: int, bottom: int, *, shared: bool) -> int:
        number = self.constant(bottom)
        if number is not None and number != 0.0 and abs(number) > 1e-300:
            return self.add("mul", (top, self.add("const", (), 1.0 / number)))
        if (self.fixed[bottom] and not self.fixed[top]) or shared:
            reciprocal = self.add("reciprocal", (bottom,))
            return reciprocal if self.constant(top) == 1.0 else self.add("mul", (top, reciprocal))
        return self.add("div", (top, bottom))

    def _power(self, base: int, exponent: int, *, positive: bool) -> int:
        number = self.constant(exponent)
        if number == 0.5 and positive:
            return self.add("sqrt", (base,))
        if number == -0.5 and positive:
            return self.add("reciprocal", (self.add("sqrt", (base,)),))
        size = base if positive else self.add("abs", (base,))
        power = self.add("power", (size, exponent))
        return power if positive else self.add("signed_power", (base, exponent, power))


def _shared_divisors(program: Program) -> set[int]:
    """Return the divisions whose divisor is that of another division too."""
    uses = Counter(node.args[1] for node in program.nodes if node.op == "div")
    return {i for i, node in enumerate(program.nodes) if node.op == "div" and uses[node.args[1]] > 1}
