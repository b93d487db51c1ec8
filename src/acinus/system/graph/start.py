"""Where states and fixed values start: nodes that read the settable parameters and nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.system.graph.dependence import Circle, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.system.graph.meaning import Meaning

__all__ = ["Start"]


class Start:
    """The values at time zero of the states and of the parameters that are not settable.

    Attributes
    ----------
    missing : set of str
        Ids to which the model gives no value at all.
    """

    def __init__(self, meaning: Meaning) -> None:
        self.meaning, self.graph = meaning, meaning.graph
        self.missing: set[str] = set()
        self._raw: dict[str, int] = {}
        self._settable = set(meaning.settable)
        self._image: dict[int, int] = {self.graph.time: self.graph.zero}
        self._memo: dict[int, int] = dict(self._image)
        self._done: dict[str, int] = {}

    def nodes(self, ids: Iterable[str]) -> list[int]:
        """Return the nodes of the values at time zero of states or parameters."""
        ids = list(ids)
        try:
            for symbol in in_order(ids, self._needs, self._done.__contains__):
                node = self.graph.substitute(self._written(symbol), {}, self._memo)
                self._done[symbol] = node
                for leaf in self._leaves_of(symbol):
                    self._memo[leaf] = node
        except Circle as circle:
            chain = " -> ".join(f"`{symbol}`" for symbol in circle.chain)
            self.meaning.findings.append(
                Diagnostic(
                    Code.CIRCULAR_DEFINITION,
                    f"a value at the start needs itself: {chain}",
                    None,
                    "It cannot be computed.",
                    "Break the circle by giving one of them a number.",
                )
            )
            raise
        return [self._done[symbol] for symbol in ids]

    def _leaves_of(self, symbol: str) -> list[int]:
        """Return the leaf of an id; a constant species and a state may have the same name only once."""
        graph = self.graph
        if symbol in self.meaning.states:
            return [graph.state(symbol)]
        return [graph.param(symbol, math.nan)]

    def _needs(self, symbol: str) -> list[str]:
        graph = self.graph
        found = []
        for leaf in graph.leaves([self._written(symbol)]):
            name = graph.name_of(leaf)
            if graph.op[leaf] == "param" and name in self._settable:
                continue
            if name in self.meaning.unknowns and symbol not in self.meaning.unknowns:
                self._implicit(symbol, name)
            found.append(name)
        return found

    def _implicit(self, symbol: str, unknown: str) -> None:
        finding = Diagnostic(
            Code.START_NOT_EXPLICIT,
            f"the value of `{symbol}` at the start needs `{unknown}`, which an algebraic rule gives only implicitly",
            None,
            "Values at the start are computed before algebraic rules are solved.",
            f"Give `{symbol}` a number, or solve the algebraic rule for `{unknown}`.",
        )
        if finding not in self.meaning.findings:
            self.meaning.findings.append(finding)

    def _written(self, symbol: str) -> int:
        """Return the value at the start as the model writes it, in terms of other ids."""
        if symbol not in self._raw:
            self._raw[symbol] = self._write(symbol)
        return self._raw[symbol]

    def _write(self, symbol: str) -> int:
        meaning, graph, model = self.meaning, self.graph, self.meaning.model
        start = model.starts.get(symbol)
        own = None if start is None else meaning.node(start, f"the initial assignment of `{symbol}`")
        if symbol in model.species:
            return self._species(symbol, own)
        if own is not None:
            return own
        for group in (model.parameters, model.compartments, model.stoichiometries):
            value = group[symbol].value if symbol in group else None
            if value is not None:
                return graph.const(value)
        return self._unknown(symbol)

    def _species(self, symbol: str, own: int | None) -> int:
        meaning, graph, item = self.meaning, self.graph, self.meaning.model.species[symbol]
        moves = symbol in meaning.states
        as_amount = meaning.kind(symbol) == "amount" if moves else meaning.constant_species_is_amount(symbol)
        if own is not None:
            given_amount = item.as_amount
        elif item.amount is not None:
            own, given_amount = graph.const(item.amount), True
        elif item.concentration is not None:
            own, given_amount = graph.const(item.concentration), False
        else:
            return self._unknown(symbol)
        if given_amount == as_amount:
            return own
        volume = meaning.volume(symbol)
        return graph.mul(own, volume) if as_amount else graph.div(own, volume)

    def _unknown(self, symbol: str) -> int:
        if symbol in self.meaning.unknowns:
            return self.graph.one  # only a first guess
        self.missing.add(symbol)
        return self.graph.const(math.nan)
