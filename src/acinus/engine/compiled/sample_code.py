"""What is recorded: the dense output of a step and the outputs that were asked for, compiled once per set of outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.dense_code import dense_text
from acinus.engine.compiled.kernel import Kernel, Piece, put_behind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.model_code import ModelCode

__all__ = ["sample_code"]


def sample_code(code: ModelCode, outputs: Sequence[int]) -> str:
    """Return ``@sample_within(w, out)`` and ``@sample_now(w, out)`` for some outputs of the program.

    The first reads from ``theta`` the place in the step of the lane that ``sample_lane`` says, so that a lane with many
    samples in a step fills places of those that have none. The second takes the state of each lane as it is. Each
    writes one vector per output behind ``out``.
    """
    tape, layout = code.tape, code.layout
    places = [tape.of_node[code.program.outputs[k]] for k in outputs]
    needed = tape.above(places)
    states = sorted({int(tape.values[p]) for p in needed if tape.kinds[p] == "state"})
    leaves = {"state": layout["sample_state"], "param": layout["param"], "time": layout["sample_time"]}
    kernel = _SampleKernel(
        tape, code.target, layout, "record", leaves, code.hoisted, code.idle_between_attempts
    )
    record = kernel.text([put_behind(place, k) for k, place in enumerate(places)], "%u")
    within = [
        "define void @sample_within(ptr %w, ptr %u) #0 {",
        "  call void @dense(ptr %w)",
        "  call void @record(ptr %w, ptr %u)",
        "  ret void\n}",
    ]
    return "\n".join([record, dense_text(code, states, "dense", of_lanes=True), *within, *_now(code, states)])


class _SampleKernel(Kernel):
    """Takes parameters, and what was made of them, from the lane that `sample_lane` says."""

    _now: Piece | None = None
    _lanes = ""

    def _given(self, piece: Piece, slot: int) -> str:
        if piece is not self._now:
            self._now, self._lanes = piece, piece.to_bits(piece.load(self.layout["sample_lane"]))
        return piece.load_of_lanes("%w", slot, self._lanes)


def _now(code: ModelCode, states: Sequence[int]) -> list[str]:
    p, at = Piece(code.target), code.layout
    own = ", ".join(f"i64 {lane}" for lane in range(code.target.lanes))
    p.store(p.from_bits(f"<{own}>"), at["sample_lane"])
    p.store(p.load(at["time"]), at["sample_time"])
    for i in states:
        p.store(p.load(at["state"] + i), at["sample_state"] + i)
    p.raw("  call void @record(ptr %w, ptr %u)")
    return [f"define void @sample_now(ptr %w, ptr %u) #0 {{\n{p.text}\n  ret void\n}}"]
