"""What each id of a model means while time runs: its value, and its rate of change, as nodes of the graph.

A species that reactions or events change is integrated as an amount, whatever its id means in formulas, so that a
change of its compartment's size is exact. A species under a rate rule is integrated in the meaning of its id.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest
from acinus.system.graph.dependence import Circle, in_order
from acinus.system.graph.derivative import Derivatives
from acinus.system.graph.formula import parts
from acinus.system.graph.translate import Translator, reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from acinus.system.graph.definitions import Definitions, Species
    from acinus.system.graph.expression import Graph
    from acinus.system.graph.formula import Formula
    from acinus.system.graph.translate import Key

__all__ = ["Meaning"]


class Meaning:
    """The ids of one model as nodes.

    Parameters
    ----------
    model : Definitions
    graph : Graph
    unknowns : iterable of str
        Ids that algebraic rules determine; each is a state.
    solved : dict of str to int
        Ids that algebraic rules determine explicitly, by their nodes.
    """

    def __init__(
        self,
        model: Definitions,
        graph: Graph,
        unknowns: Iterable[str] = (),
        solved: dict[str, int] | None = None,
    ) -> None:
        self.model, self.graph = model, graph
        self.unknowns = tuple(unknowns)
        self.solved = solved or {}
        self.findings: list[Diagnostic] = []
        self.assigned = model.assigned()
        self.values: dict[str, int] = {}
        self.rates: dict[str, int] = {}
        self.slopes: dict[str, int] = {}
        self.derivatives = Derivatives(graph)
        self.translator = Translator(
            graph, model.functions, self.values.__getitem__, self.rates.__getitem__, self.findings
        )
        determined = model.rules.keys() | model.rates.keys() | set(self.unknowns) | self.solved.keys()
        self.steady = {
            symbol
            for symbol in model.compartments
            if symbol not in determined and symbol not in self.assigned
        }
        open_ids = determined | model.starts.keys()
        self.settable = (
            *(symbol for symbol in model.parameters if symbol not in open_ids),
            *(
                symbol
                for symbol, item in model.compartments.items()
                if symbol not in open_ids and item.value is not None
            ),
        )
        self.states = self._states(determined)
        self._state_set = set(self.states)
        self.influences = self._influences()

    def _states(self, determined: set[str]) -> tuple[str, ...]:
        model = self.model
        species = [
            symbol
            for symbol, item in model.species.items()
            if not item.constant
            and symbol not in model.rules
            and symbol not in self.solved
            and symbol not in self.unknowns
        ]
        others = [
            symbol
            for group in (model.parameters, model.compartments, model.stoichiometries)
            for symbol in group
            if symbol in model.rates and symbol in determined
        ]
        return (*species, *others, *self.unknowns)

    def _influences(self) -> dict[str, list[tuple[str, int]]]:
        """Return, for each species that reactions change, the reactions and the places of its participants."""
        model = self.model
        changing = {
            symbol
            for symbol in self.states
            if symbol in model.species and not model.species[symbol].boundary and symbol not in model.rates
        }
        found: dict[str, list[tuple[str, int]]] = {symbol: [] for symbol in changing}
        for name, reaction in model.reactions.items():
            if reaction.formula is None:
                continue
            for i, participant in enumerate(reaction.participants):
                if participant.species in found:
                    found[participant.species].append((name, i))
        return found

    def kind(self, state: str) -> str:
        """Return what the slot of a state holds: `amount`, `concentration` or `value`."""
        species = self.model.species.get(state)
        if species is None:
            return "value"
        own = state in self.model.rates or state in self.unknowns
        return "concentration" if own and not species.as_amount else "amount"

    # Resolving in the order of dependence

    def prepare(self, keys: Iterable[Key]) -> None:
        """Build the nodes of values and rates, and of all they need."""
        stores = {"value": self.values, "rate": self.rates, "slope": self.slopes}
        builders = {"value": self._value, "rate": self._rate, "slope": self._slope}
        try:
            for kind, symbol in in_order(keys, self._needs, lambda key: key[1] in stores[key[0]]):
                stores[kind][symbol] = builders[kind](symbol)
        except Circle as circle:
            chain = " -> ".join(f"`{key[1]}`" for key in circle.chain if isinstance(key, tuple))
            self.findings.append(
                Diagnostic(
                    Code.CIRCULAR_DEFINITION,
                    f"a definition needs itself: {chain}",
                    None,
                    "Its value cannot be computed.",
                    "Break the circle, or write it as an algebraic rule.",
                )
            )
            raise

    def node(self, formula: Formula, where: str) -> int:
        """Return the node of any formula of the model."""
        self.prepare(self.reads(formula))
        return self.translator.translate(formula, where)

    def reads(self, formula: Formula) -> list[Key]:
        """Return the keys that a formula needs; names of undefined ids included."""
        return reads(formula, self.model.functions)

    def value(self, symbol: str) -> int:
        """Return the node of what an id means."""
        self.prepare([("value", symbol)])
        return self.values[symbol]

    def slope(self, state: str) -> int:
        """Return the node of the derivative of a differential state's slot."""
        self.prepare([("slope", state)])
        return self.slopes[state]

    def volume(self, species: str) -> int:
        """Return the node of the size of a species' compartment."""
        return self.value(self.model.species[species].compartment)

    def amount(self, species: str) -> int:
        """Return the node of the amount of a species."""
        if species in self._state_set and self.kind(species) == "amount":
            return self.graph.state(species)
        value = self.value(species)
        item = self.model.species[species]
        return value if item.as_amount else self.graph.mul(value, self.volume(species))

    def _needs(self, key: Key) -> Iterator[Key]:
        kind, symbol = key
        model = self.model
        if kind == "value":
            if symbol in self.solved or symbol in self.unknowns:
                return
            if symbol in model.rules:
                yield from self.reads(model.rules[symbol])
            elif symbol in model.species:
                if symbol not in model.rates:
                    yield from self._needs_volume(model.species[symbol])
            elif symbol in model.reactions:
                formula = model.reactions[symbol].formula
                yield from self.reads(formula) if formula is not None else ()
        elif kind == "slope":
            yield from self._needs_slope(symbol)
        elif symbol in self.solved or symbol in model.rules:
            yield "value", symbol
            for leaf in self._moving(self.value(symbol)):
                yield "slope", leaf
        elif symbol in self._state_set:
            yield "slope", symbol
            if symbol in model.species:
                yield "value", symbol
        if kind == "rate" and symbol in model.species and not model.species[symbol].as_amount:
            yield "value", symbol
            yield "value", model.species[symbol].compartment
            yield "rate", model.species[symbol].compartment

    def _needs_volume(self, species: Species) -> Iterator[Key]:
        if not species.as_amount:
            yield "value", species.compartment

    def _needs_slope(self, symbol: str) -> Iterator[Key]:
        model = self.model
        if symbol in model.rates:
            yield from self.reads(model.rates[symbol])
        for name, place in self.influences.get(symbol, ()):
            yield "value", name
            participant = model.reactions[name].participants[place]
            if participant.formula is not None:
                yield from self.reads(participant.formula)
            elif self._is_named(participant.id):
                yield "value", participant.id
        conversion = model.species[symbol].conversion if self.influences.get(symbol) else None
        if conversion is not None:
            yield "value", conversion

    def _moving(self, node: int) -> list[str]:
        graph = self.graph
        return [graph.name_of(leaf) for leaf in self.derivatives.gradient(node) if graph.op[leaf] == "state"]

    # Values

    def _value(self, symbol: str) -> int:
        model, graph = self.model, self.graph
        if symbol in self.solved:
            return self.solved[symbol]
        if symbol in self.unknowns:
            return graph.state(symbol)
        if symbol in model.rules:
            return self.translator.translate(model.rules[symbol], f"the rule of `{symbol}`")
        if symbol in model.species:
            return self._species(symbol)
        if symbol in model.rates:
            return graph.state(symbol)
        if symbol in model.reactions:
            formula = model.reactions[symbol].formula
            return (
                graph.zero
                if formula is None
                else self.translator.translate(formula, f"the rate law of `{symbol}`")
            )
        for group in (model.parameters, model.compartments, model.stoichiometries):
            if symbol in group:
                return self._constant(symbol, group[symbol].value)
        known = [*model.parameters, *model.compartments, *model.species, *model.reactions]
        self.findings.append(
            Diagnostic(
                Code.ID_UNDEFINED,
                f"`{symbol}` is used, but not defined",
                None,
                nearest(symbol, known),
                "Define it, or correct its name.",
            )
        )
        return graph.const(math.nan)

    def _constant(self, symbol: str, value: float | None) -> int:
        graph = self.graph
        start = self.model.starts.get(symbol)
        if start is not None:
            if symbol not in self.assigned and all(
                part[0] not in ("name", "time", "rate") for part in parts(start)
            ):
                return self.translator.translate(start, f"the initial assignment of `{symbol}`")
            return graph.param(symbol, math.nan)
        number = math.nan if value is None else value
        if symbol in self.settable or symbol in self.assigned or value is None:
            return graph.param(symbol, number)
        return graph.const(number)

    def _species(self, symbol: str) -> int:
        graph, item = self.graph, self.model.species[symbol]
        if symbol in self._state_set:
            leaf = graph.state(symbol)
            own = item.as_amount or self.kind(symbol) == "concentration"
            return leaf if own else graph.div(leaf, self.values[item.compartment])
        return self._constant_species(symbol, item)

    def _constant_species(self, symbol: str, item: Species) -> int:
        graph = self.graph
        if item.as_amount:
            if symbol in self.model.starts or item.amount is None:
                return graph.param(symbol, math.nan)
            return graph.const(item.amount)
        volume = self.values[item.compartment]
        if item.compartment in self.steady:
            if symbol in self.model.starts:
                return graph.param(symbol, math.nan)
            if item.concentration is not None:
                return graph.const(item.concentration)
        if item.amount is not None and symbol not in self.model.starts:
            return graph.div(graph.const(item.amount), volume)
        return graph.div(graph.param(symbol, math.nan), volume)

    def constant_species_is_amount(self, symbol: str) -> bool:
        """Say whether the parameter that stands for a constant species holds its amount."""
        item = self.model.species[symbol]
        return item.as_amount or item.compartment not in self.steady or symbol not in self.model.starts

    # Rates of change

    def _rate(self, symbol: str) -> int:
        model, graph = self.model, self.graph
        if symbol in self.solved or symbol in model.rules:
            return self._total_derivative(self.values[symbol])
        if symbol in self.unknowns:
            self.findings.append(
                Diagnostic(
                    Code.RATE_OF_RULE,
                    f"the rate of change of `{symbol}` is asked for, which an algebraic rule gives only implicitly",
                    None,
                    "",
                    "Solve the algebraic rule for it.",
                )
            )
            return graph.const(math.nan)
        item = model.species.get(symbol)
        slope = self.slopes[symbol] if symbol in self._state_set else graph.zero
        if item is None or item.as_amount or self.kind(symbol) == "concentration":
            return slope
        size, growth = self.values[item.compartment], self.rates[item.compartment]
        if growth != graph.zero:
            slope = graph.sub(slope, graph.mul(self.values[symbol], growth))
        return graph.zero if slope == graph.zero else graph.div(slope, size)

    def _total_derivative(self, node: int) -> int:
        graph = self.graph
        terms = []
        for leaf, part in self.derivatives.gradient(node).items():
            if graph.op[leaf] == "time":
                terms.append(part)
            else:
                slope = self.slopes[graph.name_of(leaf)]
                terms.append(graph.zero if slope == graph.zero else graph.mul(part, slope))
        return graph.sum(terms)

    def _slope(self, symbol: str) -> int:
        model = self.model
        if symbol in self.unknowns:
            return self._rate(symbol)
        if symbol in model.rates:
            return self.translator.translate(model.rates[symbol], f"the rate rule of `{symbol}`")
        return self._reaction_slope(symbol)

    def _is_named(self, symbol: str) -> bool:
        """Say whether the stoichiometry of a species reference is more than the number written beside it."""
        model = self.model
        groups = (model.rules, model.rates, model.starts, self.assigned, self.solved, self.unknowns)
        return bool(symbol) and any(symbol in group for group in groups)

    def _reaction_slope(self, symbol: str) -> int:
        graph, model = self.graph, self.model
        numbers: dict[str, float] = {}
        terms: list[tuple[int, int]] = []
        for name, place in self.influences.get(symbol, ()):
            participant = model.reactions[name].participants[place]
            flux = self.values[name]
            if participant.formula is not None or self._is_named(participant.id):
                if participant.formula is not None:
                    where = f"the stoichiometry of `{symbol}` in `{name}`"
                    factor = self.translator.translate(participant.formula, where)
                else:
                    factor = self.values[participant.id]
                terms.append((participant.sign, graph.mul(factor, flux)))
            else:
                number = participant.number
                if number is None:
                    self._no_stoichiometry(symbol, name)
                    number = math.nan
                numbers[name] = numbers.get(name, 0.0) + participant.sign * number
        for name, number in numbers.items():
            if number != 0.0:
                term = graph.mul(graph.const(abs(number)), self.values[name])
                terms.append((1 if number > 0 or number != number else -1, term))
        total = graph.zero
        for sign, term in sorted(terms, key=lambda item: -item[0]):
            total = graph.add(total, term) if sign > 0 else graph.sub(total, term)
        conversion = model.species[symbol].conversion
        if conversion is not None and total != graph.zero:
            total = graph.mul(self.values[conversion], total)
        return total

    def _no_stoichiometry(self, species: str, reaction: str) -> None:
        self.findings.append(
            Diagnostic(
                Code.NO_INITIAL_VALUE,
                f"`{species}` takes part in `{reaction}` without a stoichiometry",
                None,
                "How much of it is made or used is not defined.",
                "Give the stoichiometry.",
            )
        )
