"""The model's share of the code for sensitivities: coefficients at a stage, curvature, tangents of what jumps.

What does not depend on the direction is computed once for all chosen parameters: the Jacobian and the slopes by the
inputs at each stage, and the values that the curvature is made of at the start of the step. For each parameter there
remain sums of products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Action, Kernel, Piece, put, put_behind
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.tangent_layout import Block
from acinus.engine.compiled.tape import LEAVES, Tape
from acinus.engine.compiled.vector_text import number
from acinus.system.graph.tangent import tangent_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.rosenbrock import RosenbrockMethod
    from acinus.engine.compiled.target import Target
    from acinus.system.graph.program import Program

__all__ = ["TangentCode"]


class TangentCode(ModelCode):
    """Writes the functions of one program and of its tangents.

    Attributes
    ----------
    tangent : TangentProgram
    tangent_tape : Tape
        Of the extended program; the functions of the program itself keep their own, and with it their bits.
    block : Block
    """

    keeps_stages = True

    def __init__(self, program: Program, method: RosenbrockMethod, target: Target) -> None:
        self.tangent = tangent_program(program)
        self.tangent_tape = Tape(self.tangent.program)
        self.block = Block(
            len(program.states),
            method.stages,
            len(self.tangent.inputs),
            len(program.params),
            sum(len(barrier.assignments) for barrier in program.barriers),
        )
        super().__init__(program, method, target)

    # ----------------------------------------------------------------------------------------------- layout
    def _reserve(self, layout: Layout) -> None:
        program, tangent, tape = self.program, self.tangent, self.tangent_tape
        n, of = len(program.states), tape.of_node
        layout.region("direction", tangent.directions)
        layout.region("tangent_state", n)
        layout.region("tangent_time", 1)
        layout.share("start_tangents", max(n, len(tangent.start_tangents)), "stages")
        self._directions = {
            place: layout["direction"] + int(tape.values[place]) - n
            for place, kind in enumerate(tape.kinds)
            if kind == "state" and tape.values[place] >= n
        }
        self._rows_by_state = [(i, j, of[node]) for i, j, node in program.jacobian]
        self._rows_by_input = [(i, k, of[node]) for i, k, node in tangent.input_slopes]
        self._rows_of_curvature = [(i, j, of[node]) for i, j, node in tangent.jacobian_tangents]
        self._curving = [*dict.fromkeys(place for _, _, place in self._rows_of_curvature)]
        times = [of[node] for node in tangent.time_tangents]
        self._time_curving = {i: place for i, place in enumerate(times) if tape.constant(place) != 0.0}
        self._fix(layout)
        slopes = [place for *_, place in (*self._rows_by_state, *self._rows_by_input)]
        kept = [place for place in dict.fromkeys(slopes) if not tape.fixed[place]]
        base = layout.region("stage_slopes", len(kept))
        self._stage_slopes = {place: base + i for i, place in enumerate(kept)}
        curving = [*dict.fromkeys((*self._curving, *self._time_curving.values()))]
        curving = [place for place in curving if tape.constant(place) is None]
        base = layout.region("curvature", len(curving))
        self._curvature = {place: base + i for i, place in enumerate(curving)}
        points = self.without_direction(curving)
        base = layout.region("point", len(points))
        self._points = {place: base + i for i, place in enumerate(points)}
        count, scaled = self.block.assignments, len(self.scales)
        layout.region("slope_before", n if count else 0)
        layout.region("slope_after", n if count else 0)
        layout.region("assigned_values", count)
        layout.region("assigned_tangents", count)
        layout.region("scale_values", scaled)
        layout.region("scale_tangents", scaled)
        layout.region("kept_values", count)
        layout.region("factor_tangents", len(program.species_slot))

    def _fix(self, layout: Layout) -> None:
        """Reserve slots for what the steps need of parameters alone."""
        tape, of = self.tangent_tape, self.tangent_tape.of_node
        roots = [place for *_, place in (*self._rows_by_state, *self._rows_by_input)]
        roots += [*self._curving, *self._time_curving.values()]
        roots += [of[node] for node in self.tangent.output_tangents]
        wanted = dict.fromkeys(place for place in roots if tape.fixed[place])
        for place in tape.above(roots):
            if not tape.fixed[place]:
                wanted |= dict.fromkeys(a for a in tape.args[place] if tape.fixed[a])
        places = [place for place in wanted if tape.kinds[place] not in LEAVES]
        base = layout.region("tangent_fixed", len(places))
        self._fixed = {place: base + i for i, place in enumerate(places)}

    def without_direction(self, roots: Iterable[int]) -> list[int]:
        """Return the operations without any direction that tangents read, fixed ones left out."""
        tape = self.tangent_tape
        directed: set[int] = set()
        found: dict[int, None] = {}
        for place in tape.above(roots):
            if place in self._directions or any(a in directed for a in tape.args[place]):
                directed.add(place)
        for place in sorted(directed):
            found |= {
                a: None
                for a in tape.args[place]
                if a not in directed and a not in self._fixed and tape.kinds[a] not in LEAVES
            }
        return list(found)

    # ------------------------------------------------------------------------------------------------- code
    def tangent_kernel(
        self, name: str, leaves: Mapping[str, int], more: Mapping[int, int] | None = None
    ) -> Kernel:
        """Return an empty kernel over the extended program; `more` are slots of what was computed before."""
        known = {**self._directions, **self._fixed, **(more or {})}
        return Kernel(self.tangent_tape, self.target, self.layout, name, leaves, known)

    def tangent_text(self) -> str:
        """Return all functions of the tangents."""
        at, of, tangent = self.layout, self.tangent_tape.of_node, self.tangent
        now = {"state": at["state"], "param": at["param"], "time": at["time"]}
        there = {"state": at["tangent_state"], "param": at["param"], "time": at["tangent_time"]}
        behind = [
            ("tangent_starts", [(k, node) for k, (_, node) in enumerate(tangent.start_tangents)]),
            (
                "tangent_inputs",
                [(self.block.inputs + k, node) for k, node in enumerate(tangent.input_tangents)],
            ),
            ("tangent_initial", [(i, node) for i, node in enumerate(tangent.initial_tangents)]),
        ]
        fixed = Kernel(self.tangent_tape, self.target, at, "tangent_fix", now, {})
        parts = [fixed.text(_puts(self._fixed))]
        parts += [
            self.tangent_kernel(name, now).text([put_behind(of[node], k) for k, node in items], "%u")
            for name, items in behind
        ]
        factors = [of[node] for node in tangent.factor_tangents]
        parts += [
            self.tangent_kernel("tangent_point", now).text(_puts(self._points)),
            self.tangent_kernel("tangent_curvature", now, self._points).text(_puts(self._curvature)),
            self.tangent_kernel("tangent_slopes", there).text(_puts(self._stage_slopes)),
            self._stage_product(),
            self._curvature_product(),
            self.tangent_kernel("tangent_factors", now).text(_puts_from(factors, at["factor_tangents"])),
        ]
        if self.block.assignments:
            parts += [self._events(now), self._slope(now)]
        return "\n".join(parts)

    def _events(self, now: Mapping[str, int]) -> str:
        at, of, tape = self.layout, self.tangent_tape.of_node, self.tangent
        assignments = [a for barrier in self.program.barriers for a in barrier.assignments]
        regions = {
            "assigned_values": [a.node for a in assignments],
            "assigned_tangents": tape.assigned_tangents,
            "scale_values": [a.scale for a in assignments if a.scale is not None],
            "scale_tangents": tape.scale_tangents,
        }
        puts = [
            put for region, nodes in regions.items() for put in _puts_from([of[n] for n in nodes], at[region])
        ]
        return self.tangent_kernel("tangent_events", now).text(puts)

    def _slope(self, now: Mapping[str, int]) -> str:
        """Return ``@tangent_rate(w, u)``: the right-hand side as it is now."""
        puts = [put_behind(place, i) for i, place in enumerate(self.derivative)]
        return self.kernel("tangent_rate", dict(now), self.hoisted).text(puts, "%u")

    def _coefficient(self, piece: Piece, place: int, slots: Mapping[int, int]) -> str:
        tape = self.tangent_tape
        constant = tape.constant(place)
        if constant is not None:
            return number(constant)
        if tape.kinds[place] == "param":
            return piece.load(self.layout["param"] + int(tape.values[place]))
        return piece.load(slots[place] if place in slots else self._fixed[place])

    def _stage_product(self) -> str:
        """Return ``@tangent_stage_product(w, u, b)``: add the tangent of the right-hand side to what stands at `b`."""
        direction, inputs = self.layout["direction"], self.block.inputs

        def row(i: int, by_state: list[tuple[int, int]], by_input: list[tuple[int, int]]) -> Action:
            def write(piece: Piece, _values: list[str]) -> None:
                total = piece.load_at("%b", i)
                for place, known in (
                    *((place, piece.load(direction + j)) for j, place in by_state),
                    *((place, piece.load_at("%u", inputs + k)) for k, place in by_input),
                ):
                    slope = self._coefficient(piece, place, self._stage_slopes)
                    total = piece.loose("fadd", total, piece.loose("fmul", slope, known))
                piece.store_at(total, "%b", i)

            return Action((), write, 1 + len(by_state) + len(by_input))

        actions = []
        for i in range(self.block.states):
            by_state = self._without_zero((j, place) for r, j, place in self._rows_by_state if r == i)
            by_input = self._without_zero((k, place) for r, k, place in self._rows_by_input if r == i)
            if by_state or by_input:
                actions.append(row(i, by_state, by_input))
        return self._product("tangent_stage_product", actions)

    def _curvature_product(self) -> str:
        """Return ``@tangent_curvature_product(w, u, b)``: leave the change of the Jacobian times a stage at `b`."""

        def row(i: int, entries: list[tuple[int, int]]) -> Action:
            def write(piece: Piece, _values: list[str]) -> None:
                total = number(0.0)
                if i in self._time_curving:
                    slope = self._coefficient(piece, self._time_curving[i], self._curvature)
                    total = piece.loose("fmul", piece.load(self.layout["time_weight"]), slope)
                for j, place in entries:
                    product = piece.loose(
                        "fmul", self._coefficient(piece, place, self._curvature), piece.load_at("%u", j)
                    )
                    total = piece.loose("fadd", total, product)
                piece.store_at(total, "%b", i)

            return Action((), write, 2 + len(entries))

        rows: list[list[tuple[int, int]]] = [[] for _ in range(self.block.states)]
        for i, j, place in self._rows_of_curvature:
            rows[i].append((j, place))
        return self._product("tangent_curvature_product", [row(i, entries) for i, entries in enumerate(rows)])

    def _without_zero(self, entries: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(k, place) for k, place in entries if self.tangent_tape.constant(place) != 0.0]

    def _product(self, name: str, actions: Sequence[Action]) -> str:
        return Kernel(self.tangent_tape, self.target, self.layout, name, {}, {}).text(actions, "%u", "%b")


def _puts(slots: Mapping[int, int]) -> list[Action]:
    return [put(place, slot) for place, slot in slots.items()]


def _puts_from(places: Sequence[int], base: int) -> list[Action]:
    return [put(place, base + i) for i, place in enumerate(places)]
