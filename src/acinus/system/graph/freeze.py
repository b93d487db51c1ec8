"""From the growing graph to the finished `Program`: what is needed, renumbered without gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.system.graph.elimination import elimination
from acinus.system.graph.expression import MOVES
from acinus.system.graph.program import Assignment, Barrier, Event, Node, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from acinus.system.graph.meaning import Meaning

__all__ = ["Draft", "freeze"]


@dataclass(frozen=True)
class Draft:
    """All that goes into a program, in the numbers of the growing graph."""

    meaning: Meaning
    derivative: list[int]
    gradients: list[dict[int, int]]
    relays: list[int]
    relayed: list[dict[int, int]]
    initial: list[int]
    started: dict[str, int]
    fluxes: dict[str, int]
    values: dict[str, int]
    amounts: dict[str, int]
    barriers: list[Barrier]
    events: list[Event]
    switches: list[int]
    conserved: tuple[tuple[tuple[int, float], ...], ...]


def freeze(draft: Draft) -> Program:
    """Return the program of a draft."""
    meaning, graph = draft.meaning, draft.meaning.graph
    model = meaning.model
    states = meaning.states
    state_of = {graph.state(symbol): i for i, symbol in enumerate(states)}
    params = (*meaning.settable, *draft.started)
    defaults = _defaults(draft, params)
    param_of = {graph.param(symbol, math.nan): i for i, symbol in enumerate(params)}
    unknown_of = state_of | {node: i for i, node in enumerate(draft.relays, len(states))}
    entries = _entries(draft.gradients, unknown_of, [graph.zero] * len(states))
    itself = [*[graph.zero] * len(states), *[graph.const(-1.0)] * len(draft.relays)]
    relayed = _entries(draft.relayed, unknown_of, itself)
    unknown = set(meaning.unknowns)
    mass = tuple(symbol not in unknown for symbol in states)
    order, pattern = elimination(len(unknown_of), ((i, j) for i, j, _ in relayed))
    species = [symbol for symbol in states if symbol in model.species and symbol not in unknown]
    factors = {
        symbol: graph.one if meaning.kind(symbol) == "amount" or model.species[symbol].as_amount
        else graph.reciprocal(meaning.volume(symbol))
        for symbol in species
    }  # fmt: skip
    outputs = _outputs(draft)
    roots = [
        *draft.derivative,
        *(node for _, _, node in (*entries, *relayed)),
        *(node for gradient in draft.gradients for node in gradient.values()),
        *draft.initial,
        *draft.started.values(),
        *draft.fluxes.values(),
        *draft.values.values(),
        *draft.amounts.values(),
        *draft.switches,
        *factors.values(),
        *_event_nodes(draft),
        graph.zero,
    ]
    needed = graph.below(roots)
    new = {old: i for i, old in enumerate(needed)}

    def renumbered(old: int) -> Node:
        op, value = graph.op[old], graph.value[old]
        if op == "state":
            value = float(state_of[old])
        elif op == "param":
            value = float(param_of[old])
        return Node(op, tuple(new[a] for a in graph.args[old]), value)

    place = {**state_of, **param_of}

    def assignments(items: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
        return tuple(
            Assignment(a.kind, place[a.index], new[a.node], None if a.scale is None else new[a.scale])
            for a in items
        )

    def optional(node: int | None) -> int | None:
        return None if node is None else new[node]

    return Program(
        nodes=tuple(renumbered(old) for old in needed),
        parameter_only=tuple(not graph.reads[old] & MOVES for old in needed),
        positive=tuple(graph.positive[old] for old in needed),
        states=tuple(states),
        state_kinds=tuple(meaning.kind(symbol) for symbol in states),
        mass=mass,
        params=params,
        settable=len(meaning.settable),
        param_defaults=defaults,
        param_start=tuple(
            (i, new[draft.started[symbol]])
            for i, symbol in enumerate(params)
            if symbol in draft.started and graph.op[draft.started[symbol]] != "const"
        ),
        derivative=tuple(new[n] for n in draft.derivative),
        jacobian=tuple((i, j, new[n]) for i, j, n in entries),
        relays=tuple(new[n] for n in draft.relays),
        relayed_jacobian=tuple((i, j, new[n]) for i, j, n in relayed),
        time_derivative=tuple(new[g.get(graph.time, graph.zero)] for g in draft.gradients),
        initial=tuple(new[n] for n in draft.initial),
        output_names=outputs,
        outputs=tuple(new[draft.values[symbol]] for symbol in outputs),
        species=tuple(species),
        species_slot=tuple((states.index(symbol), new[factors[symbol]]) for symbol in species),
        symbols=tuple((symbol, new[n]) for symbol, n in draft.values.items()),
        amounts=tuple((symbol, new[n]) for symbol, n in draft.amounts.items()),
        flux_names=tuple((symbol, new[n]) for symbol, n in draft.fluxes.items()),
        barriers=tuple(
            b._replace(time=new[b.time], assignments=assignments(b.assignments)) for b in draft.barriers
        ),
        events=tuple(
            e._replace(
                trigger=new[e.trigger],
                delay=optional(e.delay),
                priority=optional(e.priority),
                assignments=assignments(e.assignments),
                roots=tuple(new[r] for r in e.roots),
            )
            for e in draft.events
        ),
        switches=tuple(new[n] for n in draft.switches),
        order=order,
        pattern=pattern,
        conserved=draft.conserved,
        notes=tuple(dict.fromkeys(model.notes)),
    )


def _entries(
    gradients: Sequence[dict[int, int]], unknown_of: dict[int, int], itself: Sequence[int]
) -> list[tuple[int, int, int]]:
    """Return (row, column, node) for each entry of a Jacobian, sorted; `itself` fills gaps in its diagonal."""
    found = {(i, i): node for i, node in enumerate(itself)}
    for i, gradient in enumerate(gradients):
        found |= {(i, unknown_of[leaf]): node for leaf, node in gradient.items() if leaf in unknown_of}
    return sorted((i, j, node) for (i, j), node in found.items())


def _defaults(draft: Draft, params: tuple[str, ...]) -> tuple[float, ...]:
    """Return the values of all parameters in the model, those fixed at the start included."""
    model, graph = draft.meaning.model, draft.meaning.graph
    found = []
    for symbol in params:
        if symbol in draft.started:
            found.append(graph.default(draft.started[symbol]))
            continue
        item = model.parameters.get(symbol) or model.compartments[symbol]
        graph.param(symbol, math.nan if item.value is None else item.value)
        found.append(graph.param_defaults[symbol])
    return tuple(found)


def _outputs(draft: Draft) -> tuple[str, ...]:
    """Return every id that can be recorded: species, and parameters and compartments that change."""
    meaning = draft.meaning
    model = meaning.model
    changed = model.rules.keys() | model.rates.keys() | meaning.assigned
    changed |= set(meaning.unknowns) | meaning.solved.keys()
    return (
        *model.species,
        *(symbol for symbol in model.parameters if symbol in changed),
        *(symbol for symbol in model.compartments if symbol in changed),
    )


def _event_nodes(draft: Draft) -> Iterator[int]:
    for barrier in draft.barriers:
        yield barrier.time
    for event in draft.events:
        yield event.trigger
        yield from event.roots
        yield from (node for node in (event.delay, event.priority) if node is not None)
    for happening in (*draft.barriers, *draft.events):
        for assignment in happening.assignments:
            yield assignment.node
            if assignment.scale is not None:
                yield assignment.scale
