"""Functions over all lanes that the events of a program need: what is watched, delays, priorities, known times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.dense_code import dense_text
from acinus.engine.compiled.kernel import Action, put
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.kernel import Piece
    from acinus.engine.compiled.model_code import ModelCode

__all__ = ["event_kernels"]


def event_kernels(code: ModelCode, at_start: dict[str, int]) -> list[str]:
    """Return the functions; none for a program without events and known times.

    ``@watch(w)`` looks at `sample_state` at `sample_time`, fills `watched`, and `crossed` with 1.0 where that differs
    from `truth`. One and the same function looks between steps and within them, so that both see the same bits.
    ``@delays(w)``, ``@priorities(w)`` and ``@known(w)`` fill the regions of their names from the present state.
    """
    plan, layout = code.plan, code.layout
    found: list[str] = []
    if plan.known:
        found.append(_filled(code, "known", plan.known, at_start))
    if not plan.events:
        return found
    leaves = {"state": layout["sample_state"], "param": layout["param"], "time": layout["sample_time"]}
    watch = code.kernel("watch", leaves, code.hoisted, code.idle_between_attempts).text(
        [*_watch_actions(code)]
    )
    whole = range(len(code.program.states))
    return [
        *found,
        watch,
        _filled(code, "delays", plan.delays, at_start),
        _filled(code, "priorities", plan.priorities, at_start),
        dense_text(code, plan.states, "dense_watched"),
        dense_text(code, whole, "dense"),
    ]


def _filled(code: ModelCode, name: str, places: list[int], leaves: dict[str, int]) -> str:
    base = code.layout[name]
    kernel = code.kernel(name, leaves, code.hoisted, code.idle_between_attempts)
    return kernel.text([put(p, base + i) for i, p in enumerate(places)])


def _watch_actions(code: ModelCode) -> list[Action]:
    plan, at = code.plan, code.layout

    def look(k: int):
        def write(piece: Piece, values: list[str]) -> None:
            piece.store(values[0], at["watched"] + k)
            differs = piece.compare("une", values[0], piece.load(at["truth"] + k))
            before = number(0.0) if k == 0 else piece.load(at["crossed"])
            piece.store(piece.select(differs, number(1.0), before), at["crossed"])

        return write

    return [Action((place,), look(k), 3) for k, place in enumerate(plan.watched)]
