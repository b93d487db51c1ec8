"""Relays: values through which many states act on many equations, found so that linear systems may keep them.

A mean over thirty places of the liver which four equations read makes 120 entries of the Jacobian. As an unknown w of its
own, with the equation ``value(y) - w = 0``, it makes 34, and elimination fills in less.

Not every value may be one. Where a state acts on its own equation, the Jacobian's diagonal is to hold all of that
action: beside it a fast relaxation keeps its digits. And what is computed in a branch may be infinite where the branch is
not taken, so that it must be chosen before anything is multiplied by it.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from acinus.system.graph.derivative import BRANCHING, FLAT
from acinus.system.graph.expression import READS_STATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.system.graph.expression import Graph

__all__ = ["relays"]

#: Fewer entries saved are not worth a further unknown, which every solve computes and stores.
_LEAST_SAVING = 4


def relays(graph: Graph, states: Sequence[int], derivative: Sequence[int]) -> list[int]:
    """Return the nodes that linear systems should keep as unknowns, arguments first.

    Chosen one by one, each time what saves most entries of the Jacobian.

    Parameters
    ----------
    graph : Graph
    states : (S,) sequence of int
        Leaves.
    derivative : (S,) sequence of int
        The right-hand side of each state's equation.
    """
    return _Search(graph, states, derivative).best()


class _Search:
    """How states act on equations: both are bits of whole numbers, and so are the relays found.

    Attributes
    ----------
    parts : dict
        Node to those of its arguments through which states act on it; in the order of the nodes.
    sources, reached : dict
        Node to the states and relays it is made of; and to the equations and relays made of it. Relays shut off what
        lies behind them.
    """

    def __init__(self, graph: Graph, states: Sequence[int], derivative: Sequence[int]) -> None:
        found: dict[int, tuple[int, ...]] = {}
        todo = list(derivative)
        while todo:
            node = todo.pop()
            if node not in found and graph.reads[node] & READS_STATE:
                found[node] = _parts(graph, node)
                todo += found[node]
        self.parts = {node: found[node] for node in sorted(found)}
        self.uses: dict[int, list[int]] = {node: [] for node in self.parts}
        for node, parts in self.parts.items():
            for part in parts:
                self.uses[part].append(node)
        self.equations: dict[int, list[int]] = {}
        for i, node in enumerate(derivative):
            self.equations.setdefault(node, []).append(i)
        self.leaves = {leaf: 1 << i for i, leaf in enumerate(states)}
        self.chosen: dict[int, int] = {}
        self._spread()
        branches = self._in_branches(graph)
        self.candidates = [
            node
            for node, parts in self.parts.items()
            if parts and node not in branches and not self.sources[node] & self.reached[node]
        ]

    def best(self) -> list[int]:
        """Choose one after the other; what a node saves is counted again when its turn has come."""
        heap = [(-saved, node) for node in self.candidates if (saved := self._saved(node)) >= _LEAST_SAVING]
        heapq.heapify(heap)
        while heap:
            _, node = heapq.heappop(heap)
            saved = self._saved(node)
            if saved < _LEAST_SAVING:
                continue
            if heap and saved < -heap[0][0]:
                heapq.heappush(heap, (-saved, node))
                continue
            self.chosen[node] = 1 << len(self.leaves) + len(self.chosen)
            self._spread()
        return sorted(self.chosen)

    def _in_branches(self, graph: Graph) -> set[int]:
        found: set[int] = set()
        for node in reversed(self.parts):
            branching = graph.op[node] in BRANCHING and node not in graph.partials
            if branching or node in found:
                found.update(self.parts[node])
        return found

    def _spread(self) -> None:
        self.sources: dict[int, int] = {}
        for node, parts in self.parts.items():
            bits = self.leaves.get(node, 0)
            for part in parts:
                bits |= self._source(part)
            self.sources[node] = bits
        self.reached: dict[int, int] = {}
        for node in reversed(self.parts):
            bits = sum(1 << i for i in self.equations.get(node, ()))
            for use in self.uses[node]:
                bits |= self.chosen.get(use) or self.reached[use]
            self.reached[node] = bits

    def _source(self, node: int) -> int:
        return self.chosen.get(node) or self.sources[node]

    def _saved(self, relay: int) -> int:
        """Return how many entries fewer there are with one relay more."""
        sources, reached = self.sources[relay].bit_count(), self.reached[relay].bit_count()
        if sources * reached - sources - reached < _LEAST_SAVING:
            return 0
        left = {relay: 0}  # what nodes are still made of, besides the relay
        saved = sources * len(self.equations.get(relay, ())) - sources - reached
        waiting = list(self.uses[relay])
        heapq.heapify(waiting)
        while waiting:
            node = heapq.heappop(waiting)
            if node in left:
                continue
            left[node] = 0
            for part in self.parts[node]:
                left[node] |= left[part] if part in left else self._source(part)
            lost = (self.sources[node] & ~left[node]).bit_count()
            saved += lost * (len(self.equations.get(node, ())) + (node in self.chosen))
            if lost and node not in self.chosen:
                for use in self.uses[node]:
                    heapq.heappush(waiting, use)
        return saved


def _parts(graph: Graph, node: int) -> tuple[int, ...]:
    if node in graph.partials:
        found = [argument for argument, _ in graph.partials[node]]
    elif graph.op[node] in FLAT:
        found = []
    else:
        found = graph.args[node][1:] if graph.op[node] == "select" else graph.args[node]
    return tuple(dict.fromkeys(a for a in found if graph.reads[a] & READS_STATE))
