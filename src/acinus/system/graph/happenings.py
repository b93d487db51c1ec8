"""Events as nodes: what triggers them, what they assign, and which of them have a time known beforehand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.system.graph.expression import MOVES
from acinus.system.graph.program import Assignment, Barrier, Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.system.graph.definitions import Happening
    from acinus.system.graph.expression import Graph
    from acinus.system.graph.meaning import Meaning

__all__ = ["events_of", "roots_below"]


def events_of(meaning: Meaning) -> tuple[list[Barrier], list[Event]]:
    """Return the events of a model; nodes and slots are numbered as in the graph (`Assignment.index` is a leaf)."""
    happenings = meaning.model.happenings
    # Where priorities decide who is first, all events must be judged together.
    alone = all(h.priority is None for h in happenings)
    barriers: list[Barrier] = []
    events: list[Event] = []
    for happening in happenings:
        trigger = meaning.graph.truth(meaning.node(happening.trigger, f"the trigger of `{happening.id}`"))
        assignments = _assignments(happening, meaning)
        time = _known_time(trigger, meaning) if alone and happening.delay is None else None
        if time is not None:
            barriers.append(
                Barrier(
                    id=happening.id,
                    time=time,
                    strict=meaning.graph.op[trigger] == "lt",
                    initial_value=happening.initial_value,
                    use_values_from_trigger_time=happening.use_values_from_trigger_time,
                    assignments=assignments,
                )
            )
        else:
            events.append(_event(happening, trigger, assignments, meaning))
    return barriers, events


def _event(
    happening: Happening, trigger: int, assignments: tuple[Assignment, ...], meaning: Meaning
) -> Event:
    delay = priority = None
    if happening.delay is not None:
        delay = meaning.node(happening.delay, f"the delay of `{happening.id}`")
    if happening.priority is not None:
        priority = meaning.node(happening.priority, f"the priority of `{happening.id}`")
    return Event(
        id=happening.id,
        trigger=trigger,
        delay=delay,
        priority=priority,
        persistent=happening.persistent,
        initial_value=happening.initial_value,
        use_values_from_trigger_time=happening.use_values_from_trigger_time,
        assignments=assignments,
        roots=tuple(roots_below([trigger], meaning.graph)),
    )


def _known_time(trigger: int, meaning: Meaning) -> int | None:
    """Return the node of the time of a trigger ``time >= f`` or ``time > f`` if nothing in the run changes f."""
    graph = meaning.graph
    if graph.op[trigger] not in ("le", "lt"):
        return None
    time, other = graph.args[trigger][1], graph.args[trigger][0]
    if time != graph.time or graph.reads[other] & MOVES:
        return None
    changed = any(graph.name_of(leaf) in meaning.assigned for leaf in graph.leaves([other]))
    return None if changed else other


def roots_below(nodes: Iterable[int], graph: Graph) -> list[int]:
    """Return the continuous functions at whose zeros some comparison below the nodes changes its answer."""
    found: dict[int, None] = {}
    for node in graph.below(nodes, stop=lambda n: not graph.reads[n] & MOVES):
        extreme = graph.op[node] in ("min", "max") and node not in graph.without_switch
        if extreme or graph.op[node] in ("lt", "le", "eq", "ne"):
            found[graph.sub(*graph.args[node])] = None
    return list(found)


def _assignments(happening: Happening, meaning: Meaning) -> tuple[Assignment, ...]:
    graph, model = meaning.graph, meaning.model
    nodes: dict[str, int] = {}
    for target, formula in happening.assignments:
        if target in meaning.solved or target in meaning.unknowns:
            model.notes.append(
                f"the event `{happening.id}` assigns `{target}`, which an algebraic rule determines"
            )
        else:
            nodes[target] = meaning.node(formula, f"the event `{happening.id}`, which assigns `{target}`")
    found: list[Assignment] = []
    for target, node in nodes.items():
        scale = None
        item = model.species.get(target)
        if item is not None and not item.as_amount:
            kind, volume = meaning.kind(target), meaning.volume(target)
            if kind == "amount" and item.compartment in meaning.steady:
                node = graph.mul(node, volume)
            elif kind == "amount":
                scale = volume
            elif item.compartment in nodes:
                # The concentration is meant in the volume before the event, which the event itself changes.
                node, scale = graph.div(node, nodes[item.compartment]), volume
        state = target in meaning.states
        leaf = graph.state(target) if state else graph.param(target, math.nan)
        found.append(Assignment("state" if state else "param", leaf, node, scale))
    for symbol in meaning.states:
        # What is integrated as a concentration keeps its amount when its volume jumps.
        if meaning.kind(symbol) == "concentration" and symbol not in nodes and symbol not in meaning.unknowns:
            place = model.species[symbol].compartment
            if place in nodes:
                leaf = graph.state(symbol)
                amount = graph.mul(leaf, meaning.volume(symbol))
                found.append(Assignment("state", leaf, graph.reciprocal(nodes[place]), amount))
    return tuple(found)
