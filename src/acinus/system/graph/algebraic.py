"""Algebraic rules: which variable each determines, and which can be written out.

A rule that is affine in its variable is solved for it once and for all, and becomes an assignment rule in effect.
The rest stay equations: their variables are states without a mass, and the residual is what must be zero (index 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.system.graph.derivative import Derivatives
from acinus.system.graph.expression import MOVES
from acinus.system.graph.meaning import Meaning

if TYPE_CHECKING:
    from acinus.system.graph.definitions import Definitions
    from acinus.system.graph.expression import Graph

__all__ = ["Balance", "balance"]


@dataclass(frozen=True)
class Balance:
    """What algebraic rules determine.

    Attributes
    ----------
    solved : dict of str to int
        Variables by the nodes that they equal.
    unknowns : tuple of str
        Variables that stay implicit.
    residuals : tuple of int
        For each of the unknowns, the node that must be zero.
    """

    solved: dict[str, int]
    unknowns: tuple[str, ...]
    residuals: tuple[int, ...]


def balance(model: Definitions, graph: Graph, findings: list[Diagnostic]) -> Balance:
    """Return what the algebraic rules of a model determine; refusals are added to `findings`."""
    if not model.constraints:
        return Balance({}, (), ())
    free = _free(model)
    trial = Meaning(model, graph, free)
    rules = [trial.node(formula, "an algebraic rule") for formula in model.constraints]
    findings.extend(trial.findings)
    chosen = _match(rules, free, Derivatives(graph), graph)
    if chosen is None:
        findings.append(_undetermined(len(rules), free))
        return Balance({}, (), ())
    # Variables that were not chosen mean what they always do; only the chosen ones stay open.
    trial = Meaning(model, graph, chosen)
    rules = [trial.node(formula, "an algebraic rule") for formula in model.constraints]
    found = _solve(rules, chosen, graph)
    if _each_contains_its_own(found, graph):
        return found
    # What was written out has taken a variable out of its equation.
    order = _match(list(found.residuals), list(found.unknowns), Derivatives(graph), graph)
    if order is None:
        findings.append(_undetermined(len(rules), free))
        return Balance({}, (), ())
    return Balance(found.solved, tuple(order), found.residuals)


def _each_contains_its_own(found: Balance, graph: Graph) -> bool:
    derivatives = Derivatives(graph)
    return all(
        graph.state(symbol) in derivatives.gradient(residual)
        for symbol, residual in zip(found.unknowns, found.residuals, strict=True)
    )


def _undetermined(count: int, free: list[str]) -> Diagnostic:
    return Diagnostic(
        Code.ALGEBRAIC_RULE_UNSOLVABLE,
        f"the {count} algebraic rules do not determine a variable each",
        None,
        "Free variables are those that no other rule or reaction changes: "
        + (", ".join(f"`{symbol}`" for symbol in free) or "there are none")
        + ".",
        "Leave one free variable for each rule, or write rules that do not need each other's derivatives.",
    )


def _free(model: Definitions) -> list[str]:
    """Return the variables that an algebraic rule may determine, the likeliest first."""
    determined = model.rules.keys() | model.rates.keys()
    reacting = {
        participant.species
        for reaction in model.reactions.values()
        for participant in reaction.participants
        if reaction.formula is not None
    }
    found = [
        symbol
        for symbol, item in model.species.items()
        if not item.constant and (item.boundary or symbol not in reacting) and symbol not in determined
    ]
    for group in (model.parameters, model.compartments, model.stoichiometries):
        found += [symbol for symbol, item in group.items() if not item.constant and symbol not in determined]
    changed = model.assigned()
    return sorted(found, key=lambda symbol: (symbol in changed, symbol in model.starts))


def _match(rules: list[int], free: list[str], derivatives: Derivatives, graph: Graph) -> list[str] | None:
    """Return a variable for each rule whose derivative by it is not zero everywhere, or None."""
    leaves = {graph.state(symbol): symbol for symbol in free}
    place = {symbol: i for i, symbol in enumerate(free)}
    options = [
        sorted((leaves[n] for n in derivatives.gradient(rule) if n in leaves), key=place.__getitem__)
        for rule in rules
    ]
    owner: dict[str, int] = {}

    def settle(rule: int, tried: set[str]) -> bool:
        for symbol in options[rule]:
            if symbol not in tried:
                tried.add(symbol)
                if symbol not in owner or settle(owner[symbol], tried):
                    owner[symbol] = rule
                    return True
        return False

    if not all(settle(rule, set()) for rule in range(len(rules))):
        return None
    return [symbol for symbol, _ in sorted(owner.items(), key=lambda item: item[1])]


def _solve(rules: list[int], unknowns: list[str], graph: Graph) -> Balance:
    """Eliminate the variables of affine rules, one after the other."""
    leaves = {graph.state(symbol): symbol for symbol in unknowns}
    solved: dict[str, int] = {}
    left: list[tuple[str, int]] = []
    for rule, symbol in zip(rules, unknowns, strict=True):
        image = {graph.state(other): node for other, node in solved.items()}
        residual = graph.substitute(rule, image)
        explicit = _explicit(residual, graph.state(symbol), leaves, graph)
        if explicit is None:
            left.append((symbol, rule))
            continue
        here = {graph.state(symbol): explicit}
        solved = {other: graph.substitute(node, here) for other, node in solved.items()}
        solved[symbol] = explicit
    image = {graph.state(other): node for other, node in solved.items()}
    residuals = tuple(graph.substitute(rule, image) for _, rule in left)
    return Balance(solved, tuple(symbol for symbol, _ in left), residuals)


def _explicit(residual: int, leaf: int, leaves: dict[int, str], graph: Graph) -> int | None:
    """Return the value of a variable for which an affine residual is zero, or None."""
    slope = Derivatives(graph).gradient(residual).get(leaf)
    if slope is None or any(n in leaves for n in graph.below([slope])):
        return None
    if graph.reads[slope] & MOVES:
        # A slope that changes may pass through zero, where only the equation itself knows what happens.
        return None
    rest = graph.substitute(residual, {leaf: graph.zero})
    return graph.neg(graph.div(rest, slope))
