"""The loop with sensitivities: beside each individual's state its tangents by the chosen parameters.

For each chosen parameter there is a block of memory (`tangent_layout`); loops over the blocks stand where the plain loop
leaves room for them. The state itself is computed by the very functions of the plain loop.

Where a barrier's time tau depends on a parameter, the state at the *moving* time has the tangent S + f tau'. That is what the
assignments of the barrier act upon; then the time is held again: S = (moving tangent) - f tau', with the f after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from acinus.engine.compiled.builder import F64, I64
from acinus.engine.compiled.driver import Driver
from acinus.engine.compiled.tangent_layout import TANGENT_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acinus.engine.compiled.builder import Builder
    from acinus.engine.compiled.tangent_code import TangentCode
    from acinus.system.graph.program import Barrier

__all__ = ["tangent_driver_text"]


def tangent_driver_text(code: TangentCode) -> str:
    """Return the functions of the loop; ``@integrate(arguments, w, lanes)`` is the one to call."""
    return TangentDriver(code).text()


class TangentDriver(Driver):
    """Writes the loop for the state and its tangents."""

    def __init__(self, code: TangentCode) -> None:
        super().__init__(code)
        self.block, self.tangent, self.tangent_tape = code.block, code.tangent, code.tangent_tape
        starts = [0]
        for barrier in self.program.barriers:
            starts.append(starts[-1] + len(barrier.assignments))
        self.first_assignment = starts

    # ---------------------------------------------------------------------------------------------- building
    def _word(self, b: Builder, name: str) -> Any:
        return b.load(b.argument_pointer("tangents"), b.i(TANGENT_WORDS.index(name)), I64)

    def _word_pointer(self, b: Builder, name: str) -> Any:
        return b.b.inttoptr(self._word(b, name), ir.PointerType())

    def _block(self, b: Builder, m: Any) -> Any:
        return b.at(self._word_pointer(b, "blocks"), b.b.mul(m, b.i(self.block.size * self.lanes)))

    def _place(self, b: Builder, offset: int, index: Any) -> Any:
        """Return where the lane's own number stands in the vector at an index."""
        return b.b.add(b.b.mul(b.b.add(index, b.i(offset)), b.i(self.lanes)), b.lane)

    def _get(self, b: Builder, block: Any, offset: int, index: Any) -> Any:
        return b.load(block, self._place(b, offset, index))

    def _put(self, b: Builder, block: Any, offset: int, index: Any, value: Any) -> None:
        b.store(block, self._place(b, offset, index), value)

    def _direct(self, b: Builder, block: Any) -> None:
        b.vector("tangent_direction", block)

    def _inputs(self, b: Builder) -> None:
        """Compute the tangents of the inputs from those of the parameters."""
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            b.vector("tangent_parameters", block)
            b.vector("tangent_inputs", block)

    # ----------------------------------------------------------------------------------- beginning, changes
    def _hoist(self, b: Builder) -> None:
        super()._hoist(b)
        b.vector("tangent_fix")
        self._inputs(b)

    def _filled(self, b: Builder) -> None:
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            with b.loop(b.i(self.block.parameter_count)) as p:
                self._put(b, block, self.block.parameters, p, b.f(0.0))
            chosen = b.load(self._word_pointer(b, "chosen"), m, I64)
            self._put(b, block, self.block.parameters, chosen, b.f(1.0))
            for name in (
                ("tangent_starts", "tangent_initial") if self.program.param_start else ("tangent_initial",)
            ):
                # The memory of other lanes holds states on their way: what is computed for them here is left aside.
                b.vector("tangent_parameters", block)
                self._aside(b, name, block)
        self._inputs(b)

    def _aside(self, b: Builder, name: str, block: Any) -> None:
        """Compute starting values of all lanes where nothing is kept, and take over those of the lane."""
        spare = b.at(b.memory, self._slot("start_tangents"))
        b.vector(name, spare)
        if name == "tangent_initial":
            with b.loop(b.i(self.block.states)) as i:
                self._put(b, block, self.block.sensitivity, i, self._get(b, spare, 0, i))
        else:
            for k, (index, _) in enumerate(self.tangent.start_tangents):
                value = self._get(b, spare, 0, b.i(k))
                self._put(b, block, self.block.parameters, b.i(index), value)

    def _parameter_set(self, b: Builder, index: Any) -> None:
        with b.loop(self._word(b, "count")) as m:
            self._put(b, self._block(b, m), self.block.parameters, index, b.f(0.0))

    def _amount_added(self, b: Builder, species: Any, slot: Any, amount: Any) -> None:
        tape = self.tangent_tape
        if all(tape.constant(tape.of_node[node]) == 0.0 for node in self.tangent.factor_tangents):
            return
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            self._direct(b, block)
            b.vector("tangent_factors")
            slope = b.slot(self._slot("factor_tangents"), species, b.lane)
            old = self._get(b, block, self.block.sensitivity, slot)
            self._put(b, block, self.block.sensitivity, slot, b.b.fadd(old, b.b.fmul(amount, slope)))

    # ---------------------------------------------------------------------------------------------- barriers
    def _keeps(self, barrier: Barrier) -> bool:
        """Say whether what a barrier assigns is computed before other barriers of the same moment are executed."""
        return barrier.use_values_from_trigger_time and len(self.program.barriers) > 1

    def _barriers_due(self, b: Builder, fired: list[Any]) -> None:
        if not self.block.assignments:
            return
        self._rate(b, "slope_before")
        for k, barrier in enumerate(self.program.barriers):
            if self._keeps(barrier) and barrier.assignments:
                with b.when(b.b.icmp_signed("==", b.get(fired[k]), b.i(1))):
                    for _, block in self._moving(b, k):
                        for a in range(self.first_assignment[k], self.first_assignment[k + 1]):
                            self._keep(b, block, a)

    def _keep(self, b: Builder, block: Any, a: int) -> None:
        zero = b.i(0)
        b.set_slot(
            self._slot("kept_values", a), zero, b.lane, b.slot(self._slot("assigned_values", a), zero, b.lane)
        )
        self._put(
            b, block, self.block.jumps, b.i(a), b.slot(self._slot("assigned_tangents", a), zero, b.lane)
        )

    def _moving(self, b: Builder, k: int) -> Iterator[tuple[Any, Any]]:
        """Go through the blocks with the direction of the moving time set and the tangents of barriers computed."""
        n, direction = self.block.states, self._slot("direction")
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            self._direct(b, block)
            moved = self._moment_tangent(b, k, block)
            if moved is not None:
                with b.loop(b.i(n)) as i:
                    slope = b.slot(self._slot("slope_before"), i, b.lane)
                    old = b.slot(direction, i, b.lane)
                    b.set_slot(direction, i, b.lane, b.b.fadd(old, b.b.fmul(slope, moved)))
                b.set_slot(direction, b.i(n + self.block.input_count), b.lane, moved)
            b.vector("tangent_events")
            yield m, block

    def _moment_tangent(self, b: Builder, k: int, block: Any) -> Any:
        """Return the tangent of a barrier's time; None where it is a number."""
        place = self.tangent.moments[k]
        return None if place is None else self._get(b, block, self.block.inputs, b.i(place))

    def _barrier_begins(self, b: Builder, k: int) -> None:
        barrier = self.program.barriers[k]
        if not barrier.assignments:
            return
        keeps, zero = self._keeps(barrier), b.i(0)
        self._rate(b, "slope_before")
        if keeps and all(a.scale is None for a in barrier.assignments):
            return
        scales = sum(
            a.scale is not None for earlier in self.program.barriers[:k] for a in earlier.assignments
        )
        for _, block in self._moving(b, k):
            scale_at = scales
            for a, assignment in enumerate(barrier.assignments, self.first_assignment[k]):
                if not keeps:
                    self._keep(b, block, a)
                if assignment.scale is not None:
                    value = b.slot(self._slot("kept_values", a), zero, b.lane)
                    tangent = self._get(b, block, self.block.jumps, b.i(a))
                    scale = b.slot(self._slot("scale_values", scale_at), zero, b.lane)
                    slope = b.slot(self._slot("scale_tangents", scale_at), zero, b.lane)
                    total = b.b.fadd(b.b.fmul(tangent, scale), b.b.fmul(value, slope))
                    self._put(b, block, self.block.jumps, b.i(a), total)
                    scale_at += 1

    def _barrier_ended(self, b: Builder, k: int) -> None:
        barrier = self.program.barriers[k]
        if not barrier.assignments:
            return
        self._rate(b, "slope_after")
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            moved = self._moment_tangent(b, k, block)
            if moved is not None:
                with b.loop(b.i(self.block.states)) as i:
                    before, after = (
                        b.slot(self._slot(name), i, b.lane) for name in ("slope_before", "slope_after")
                    )
                    old = self._get(b, block, self.block.sensitivity, i)
                    moving = b.b.fadd(old, b.b.fmul(b.b.fsub(before, after), moved))
                    self._put(b, block, self.block.sensitivity, i, moving)
            for a, assignment in enumerate(barrier.assignments, self.first_assignment[k]):
                value, index = self._get(b, block, self.block.jumps, b.i(a)), b.i(assignment.index)
                if assignment.kind == "param":
                    self._put(b, block, self.block.parameters, index, value)
                    continue
                if moved is not None:
                    after = b.slot(self._slot("slope_after"), index, b.lane)
                    value = b.b.fsub(value, b.b.fmul(after, moved))
                self._put(b, block, self.block.sensitivity, index, value)
        if any(a.kind == "param" for a in barrier.assignments):
            self._inputs(b)

    def _rate(self, b: Builder, region: str) -> None:
        b.vector("tangent_rate", b.at(b.memory, self._slot(region)))

    def _made_consistent(self, b: Builder) -> None:
        b.vector("tangent_hold")
        with b.loop(self._word(b, "count")) as m:
            block = self._block(b, m)
            b.vector("tangent_project", block)
            for i, has_mass in enumerate(self.program.mass):
                if not has_mass:
                    old = self._get(b, block, self.block.sensitivity, b.i(i))
                    missed = self._get(b, block, self.block.stage(0), b.i(i))
                    self._put(b, block, self.block.sensitivity, b.i(i), b.b.fadd(old, missed))

    # ------------------------------------------------------------------------------------------------- steps
    def _attempted(self, b: Builder) -> None:
        count, stages = self._word(b, "count"), range(self.block.stages)
        with b.when(b.b.icmp_signed(">", count, b.i(0))):
            b.vector("tangent_point")
            with b.loop(count) as m:
                block = self._block(b, m)
                self._direct(b, block)
                b.vector("tangent_curvature")
                for s in stages:
                    b.vector(f"tangent_curved_{s}", block)
            for s in stages:
                b.vector(f"tangent_linear_{s}")
                with b.loop(count) as m:
                    b.vector(f"tangent_stage_{s}", self._block(b, m))

    def _committed(self, b: Builder) -> None:
        with b.loop(self._word(b, "count")) as m:
            b.vector("tangent_commit", self._block(b, m))

    # ----------------------------------------------------------------------------------------------- samples
    def _sampled_now(self, b: Builder) -> None:
        with b.loop(self._word(b, "count")) as m:
            self._sample(b, m, "sample_now")
            self._record_tangent(b, m)

    def _sample_step(self, b: Builder) -> None:
        """Record the samples that lie within the step just made, one per lane at a time: tangents stay in their lanes."""
        with b.loop(b.i(self.lanes)) as lane:
            b.set_slot(self._slot("sample_lane"), b.i(0), lane, b.b.bitcast(lane, F64))
        with b.forever() as leave:
            any_due = b.variable(b.i(0))
            with b.loop(b.i(self.lanes)) as lane:
                b.lane = lane
                b.set_field("pending", lane, b.i(0))
                with (
                    b.when(self._moved(b)),
                    b.when(self._sample_due(b, b.field("individual", lane), self._last_within(b), "<")),
                ):
                    self._place_sample(b, lane)
                    b.set_field("pending", lane, b.i(1))
                    b.put(any_due, b.i(1))
            leave(b.b.icmp_signed("==", b.get(any_due), b.i(0)))
            b.call_address("sample_within", b.memory, b.argument_pointer("output_buffer"))
            with b.loop(self._word(b, "count")) as m:
                self._sample(b, m, "sample_within")
                with b.loop(b.i(self.lanes)) as lane:
                    b.lane = lane
                    with b.when(b.b.icmp_signed("==", b.field("pending", lane), b.i(1))):
                        self._record_tangent(b, m)
            with b.loop(b.i(self.lanes)) as lane:
                b.lane = lane
                with b.when(b.b.icmp_signed("==", b.field("pending", lane), b.i(1))):
                    self._record(b, lane, lane, b.field("sample", lane))
                    self._sample_taken(b, b.field("individual", lane))

    def _sample(self, b: Builder, m: Any, name: str) -> None:
        b.call_pointer(self._word(b, name), b.memory, self._block(b, m), self._word_pointer(b, "buffer"))

    def _record_tangent(self, b: Builder, m: Any) -> None:
        """Copy the lane's tangents of the outputs to their place in the results."""
        outputs = b.argument("output_count")
        row = b.b.add(
            b.b.mul(b.field("individual", b.lane), b.argument("time_count")), b.field("sample", b.lane)
        )
        first, count = b.b.mul(row, outputs), self._word(b, "count")
        source, target = self._word_pointer(b, "buffer"), self._word_pointer(b, "derivatives")
        with b.loop(outputs) as k:
            value = b.load(source, b.b.add(b.b.mul(k, b.i(self.lanes)), b.lane))
            b.store(target, b.b.add(b.b.mul(b.b.add(first, k), count), m), value)
