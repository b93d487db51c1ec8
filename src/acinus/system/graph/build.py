"""From SBML text to a `Program`: the order in which the other modules are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, EquationError
from acinus.system.graph.algebraic import balance
from acinus.system.graph.conservation import conservation_laws
from acinus.system.graph.definitions import read_definitions
from acinus.system.graph.dependence import Circle
from acinus.system.graph.derivative import Derivatives
from acinus.system.graph.expression import Graph
from acinus.system.graph.freeze import Draft, freeze
from acinus.system.graph.happenings import events_of, roots_below
from acinus.system.graph.meaning import Meaning
from acinus.system.graph.refused import read_document
from acinus.system.graph.relays import relays
from acinus.system.graph.start import Start

if TYPE_CHECKING:
    from acinus.system.graph.definitions import Definitions
    from acinus.system.graph.program import Program

__all__ = ["build_program"]


def build_program(sbml: str, location: str | None = None) -> Program:
    """Return the equations of an SBML model as a program.

    Parameters
    ----------
    sbml : str
        SBML of Level 2 or 3 (Level 1 is read too). Submodels are flattened.
    location : str, optional
        File that the text came from; models it refers to are looked for beside it.

    Raises
    ------
    EquationError
        Everything that is refused, by construct and id: AC206 for unreadable text, AC302 for ids without a value, AC303
        for circles, AC320 to AC329 for what an ordinary differential equation cannot carry.
    """
    document, refused = read_document(sbml, location)
    if refused:
        raise EquationError(refused)
    model = read_definitions(document.getModel())
    graph = Graph()
    findings: list[Diagnostic] = []
    try:
        draft = _draft(model, graph, findings)
    except Circle:
        draft = None
    if findings or draft is None:
        raise EquationError(findings)
    return freeze(draft)


def _draft(model: Definitions, graph: Graph, findings: list[Diagnostic]) -> Draft | None:
    found = balance(model, graph, findings)
    if findings:
        return None
    meaning = Meaning(model, graph, found.unknowns, found.solved)
    meaning.findings = meaning.translator.findings = findings
    differential = [symbol for symbol in meaning.states if symbol not in found.unknowns]
    meaning.prepare(("slope", symbol) for symbol in differential)
    ids = (
        *model.parameters,
        *model.compartments,
        *model.species,
        *model.stoichiometries,
        *model.reactions,
    )
    meaning.prepare(("value", symbol) for symbol in ids)
    fluxes = {
        symbol: meaning.values[symbol] for symbol, item in model.reactions.items() if item.formula is not None
    }
    derivative = [*(meaning.slopes[symbol] for symbol in differential), *found.residuals]
    derivatives = Derivatives(graph, fluxes.values())
    gradients = [derivatives.gradient(node) for node in derivative]
    # An algebraic unknown may need all of its equation's diagonal for a pivot.
    leaves = [graph.state(symbol) for symbol in meaning.states]
    relaying = [] if found.residuals else relays(graph, leaves, derivative)
    if relaying:
        derivatives = Derivatives(graph, fluxes.values())
    relayed = [derivatives.relay(node) for node in relaying]
    relayed = [*(derivatives.gradient(node) for node in derivative), *relayed]
    barriers, events = events_of(meaning)
    start = Start(meaning)
    initial = start.nodes(meaning.states)
    fixed = [name for name in graph.param_names if name not in set(meaning.settable)]
    started = dict(zip(fixed, start.nodes(fixed), strict=True))
    draft = Draft(
        meaning=meaning,
        derivative=derivative,
        gradients=gradients,
        relays=relaying,
        relayed=relayed,
        initial=initial,
        started=started,
        fluxes=fluxes,
        values={symbol: meaning.values[symbol] for symbol in ids},
        amounts={symbol: meaning.amount(symbol) for symbol in model.species},
        barriers=barriers,
        events=events,
        switches=roots_below(derivative, graph),
        conserved=conservation_laws(meaning),
    )
    findings.extend(_without_value(draft, start))
    return draft


def _without_value(draft: Draft, start: Start) -> list[Diagnostic]:
    """Return a finding for each id without a value that the equations read before any event gives it one."""
    graph, meaning = draft.meaning.graph, draft.meaning
    missing = {
        symbol
        for symbol in (
            *start.missing,
            *(symbol for symbol in meaning.settable if _is_nan(graph.param_defaults, symbol)),
        )
        if symbol not in meaning.assigned
    }
    if not missing:
        return []
    read = {graph.name_of(leaf) for leaf in graph.leaves([*draft.derivative, *draft.initial])}
    missing_states = missing & set(meaning.states)
    return [
        Diagnostic(
            Code.NO_INITIAL_VALUE,
            f"the {_kind(meaning, symbol)} `{symbol}` has no value",
            None,
            "A run cannot start from an unknown value.",
            "Give it a value, an initial assignment or a rule.",
        )
        for symbol in sorted((missing & read) | missing_states)
    ]


def _is_nan(defaults: dict[str, float], symbol: str) -> bool:
    return symbol in defaults and defaults[symbol] != defaults[symbol]


def _kind(meaning: Meaning, symbol: str) -> str:
    """Return what an id is in the words of SBML."""
    model = meaning.model
    for kind, group in (
        ("species", model.species),
        ("compartment", model.compartments),
        ("parameter", model.parameters),
    ):
        if symbol in group:
            return kind
    return "stoichiometry"
