"""Forward-mode derivatives: how everything a program computes moves when one parameter does.

What moves is told by directions, further leaves behind the states:

- the tangent of each state, S = dy/dp;
- the tangent of each *input*: a value made of parameters alone that something reads which moves with time or state;
- the tangent of the time itself, for what happens at a time that depends on the parameter;
- the tangent of each parameter, which decides those of the inputs.

All tangents are linear in the directions, and the same code serves every parameter: only the directions differ.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.system.graph.derivative import Derivatives
from acinus.system.graph.expression import MOVES, READS_PARAM, Graph
from acinus.system.graph.program import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from acinus.system.graph.program import Program

__all__ = ["TangentProgram", "tangent_program"]

#: Functions with an infinite slope where they are finite themselves.
_STEEP = frozenset({"pow", "sqrt", "asin", "acos", "acosh"})


@dataclass(frozen=True, eq=False)
class TangentProgram:
    """A program together with the tangents of all that it computes.

    S states, P parameters, Q inputs. Directions are `state` leaves from number S on: S for states, Q for inputs, one for
    the time, P for parameters.

    Attributes
    ----------
    program : Program
        The original with nodes added behind its own; all its numbers stay valid.
    inputs : (Q,) tuple of int
    input_tangents : (Q,) tuple of int
        These and the next two read the directions of parameters; all others those of states, inputs and time.
    start_tangents : tuple of (parameter, node)
        As `Program.param_start`.
    initial_tangents : (S,) tuple of int
    input_slopes : tuple of (row, input, node)
        Partial derivatives of `Program.derivative` with respect to the inputs; they read no direction.
    jacobian_tangents : tuple of (row, column, node)
        Those entries of the Jacobian that do not stay as they are. The time is held.
    time_tangents : (S,) tuple of int
        Of `Program.time_derivative`. The time is held.
    output_tangents : (K,) tuple of int
        The time is held.
    factor_tangents : tuple of int
        Of the factors in `Program.species_slot`. The time is held.
    moments : tuple of int or None
        For each barrier, which of the inputs its time is; None for a number.
    assigned_tangents, scale_tangents : tuples of int
        Of the assignments of all barriers, in their order, and of the scales of those that have one.
    """

    program: Program
    inputs: tuple[int, ...]
    input_tangents: tuple[int, ...]
    start_tangents: tuple[tuple[int, int], ...]
    initial_tangents: tuple[int, ...]
    input_slopes: tuple[tuple[int, int, int], ...]
    jacobian_tangents: tuple[tuple[int, int, int], ...]
    time_tangents: tuple[int, ...]
    output_tangents: tuple[int, ...]
    factor_tangents: tuple[int, ...]
    moments: tuple[int | None, ...]
    assigned_tangents: tuple[int, ...]
    scale_tangents: tuple[int, ...]

    @property
    def directions(self) -> int:
        """Number of directions: S + Q + 1 + P."""
        return len(self.program.states) + len(self.inputs) + 1 + len(self.program.params)


@functools.lru_cache(maxsize=8)
def tangent_program(program: Program) -> TangentProgram:
    """Return a program with its tangents."""
    return _Builder(program).build()


class _Builder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.graph = graph = Graph()
        self.states = [graph.state(f"state {name}") for name in program.states]
        self.params = [
            graph.param(name, value)
            for name, value in zip(program.params, program.param_defaults, strict=True)
        ]
        self.image: list[int] = []
        for node in program.nodes:
            self.image.append(self._copy(node))

    def _copy(self, node: Node) -> int:
        graph = self.graph
        match node.op:
            case "const":
                return graph.const(node.value)
            case "time":
                return graph.time
            case "state":
                return self.states[int(node.value)]
            case "param":
                return self.params[int(node.value)]
        return graph.rebuild(node.op, tuple(self.image[a] for a in node.args))

    def build(self) -> TangentProgram:
        program, graph = self.program, self.graph
        derivative = self._of(program.derivative)
        jacobian = self._of([node for _, _, node in program.jacobian])
        by_time = self._of(program.time_derivative)
        outputs = self._of(program.outputs)
        factors = self._of([node for _, node in program.species_slot])
        assignments = [a for barrier in program.barriers for a in barrier.assignments]
        assigned = self._of([a.node for a in assignments])
        scales = self._of([a.scale for a in assignments if a.scale is not None])
        moments = self._of([barrier.time for barrier in program.barriers])
        inputs = self._inputs(
            [*derivative, *jacobian, *by_time, *outputs, *factors, *assigned, *scales], moments
        )

        direction = [graph.state(f"tangent of state {name}") for name in program.states]
        of_input = {node: graph.state(f"tangent of input {k}") for k, node in enumerate(inputs)}
        of_time = graph.state("tangent of time")
        of_param = {leaf: graph.state(f"tangent of parameter {k}") for k, leaf in enumerate(self.params)}
        chosen = Derivatives(graph, moves=MOVES | READS_PARAM)
        held = dict(zip(self.states, direction, strict=True)) | of_input
        still = _Tangents(graph, chosen, held | {graph.time: graph.zero})
        moving = _Tangents(graph, chosen, held | {graph.time: of_time})
        fixed = _Tangents(graph, chosen, of_param)
        rows = [(i, j, still.of(node)) for (i, j, _), node in zip(program.jacobian, jacobian, strict=True)]
        found = {
            "input_tangents": [fixed.of(node) for node in inputs],
            "initial_tangents": [fixed.of(node) for node in self._of(program.initial)],
            "time_tangents": [still.of(node) for node in by_time],
            "output_tangents": [still.of(node) for node in outputs],
            "factor_tangents": [still.of(node) for node in factors],
            "assigned_tangents": [moving.of(node) for node in assigned],
            "scale_tangents": [moving.of(node) for node in scales],
        }
        pairs = {
            "start_tangents": [(k, fixed.of(self.image[node])) for k, node in program.param_start],
        }
        triples = {
            "jacobian_tangents": [row for row in rows if row[2] != graph.zero],
            "input_slopes": self._input_slopes(derivative, inputs),
        }
        new, extended = self._extended(
            [
                *(node for nodes in found.values() for node in nodes),
                *(item[-1] for items in (*pairs.values(), *triples.values()) for item in items),
                *inputs,
            ]
        )
        return TangentProgram(
            program=extended,
            inputs=tuple(new[node] for node in inputs),
            **{name: tuple(new[node] for node in nodes) for name, nodes in found.items()},
            start_tangents=tuple((k, new[node]) for k, node in pairs["start_tangents"]),
            jacobian_tangents=tuple((i, j, new[node]) for i, j, node in triples["jacobian_tangents"]),
            input_slopes=tuple((i, k, new[node]) for i, k, node in triples["input_slopes"]),
            moments=tuple(inputs.index(node) if node in of_input else None for node in moments),
        )

    def _of(self, nodes: Iterable[int]) -> list[int]:
        return [self.image[node] for node in nodes]

    def _inputs(self, roots: Sequence[int], alone: Sequence[int]) -> list[int]:
        """Return what is made of parameters alone and read by what moves, or asked for itself."""
        graph = self.graph

        def only_parameters(node: int) -> bool:
            return not graph.reads[node] & MOVES and bool(graph.reads[node] & READS_PARAM)

        found = {node: None for node in (*roots, *alone) if only_parameters(node)}
        for node in graph.below(roots, stop=lambda n: not graph.reads[n] & MOVES):
            found |= {a: None for a in graph.args[node] if only_parameters(a)}
        return sorted(found)

    def _input_slopes(self, derivative: Sequence[int], inputs: Sequence[int]) -> list[tuple[int, int, int]]:
        fluxes = self._of([node for _, node in self.program.flux_names])
        place = {node: k for k, node in enumerate(inputs)}
        shared = [node for node in fluxes if self.graph.reads[node] & MOVES]
        slopes = Derivatives(self.graph, shared, inputs, MOVES | READS_PARAM)
        return [
            (i, place[variable], node)
            for i, row in enumerate(derivative)
            for variable, node in sorted(slopes.gradient(row).items())
            if variable in place
        ]

    def _extended(self, roots: Iterable[int]) -> tuple[dict[int, int], Program]:
        """Return the program with the nodes added that the roots need, and where each of them stands."""
        graph, program = self.graph, self.program
        new: dict[int, int] = {}
        for number, node in enumerate(self.image):
            new.setdefault(node, number)
        nodes = list(program.nodes)
        positive, parameter_only = list(program.positive), list(program.parameter_only)
        for node in graph.below(roots, stop=new.__contains__):
            new[node] = len(nodes)
            nodes.append(Node(graph.op[node], tuple(new[a] for a in graph.args[node]), graph.value[node]))
            positive.append(graph.positive[node])
            parameter_only.append(not graph.reads[node] & MOVES)
        extended = dataclasses.replace(
            program, nodes=tuple(nodes), positive=tuple(positive), parameter_only=tuple(parameter_only)
        )
        return new, extended


class _Tangents:
    """Tangents of nodes, each computed once, from those that are given."""

    def __init__(self, graph: Graph, derivatives: Derivatives, given: dict[int, int]) -> None:
        self.graph, self.derivatives = graph, derivatives
        self._found = dict(given)

    def of(self, root: int) -> int:
        for node in self.graph.below([root], stop=self._found.__contains__):
            self._found[node] = self._tangent(node)
        return self._found[root]

    def _tangent(self, node: int) -> int:
        graph, found = self.graph, self._found
        if all(found[a] == graph.zero for a in graph.args[node]):
            return graph.zero
        choice = self.derivatives.branches(node)
        if choice is not None:
            condition, a, b = choice
            return graph.select(condition, found[a], found[b])
        steep = graph.op[node] in _STEEP and not graph.reads[node] & MOVES
        total = graph.zero
        for argument, slope in self.derivatives.partials(node):
            tangent = found[argument]
            if graph.zero in (tangent, slope):
                continue
            part = graph.mul(slope, tangent)
            if steep:
                # Nothing changes with a parameter that is not read, however steep the function is.
                part = graph.select(graph.compare("eq", tangent, graph.zero), graph.zero, part)
            total = graph.add(total, part)
        return total
