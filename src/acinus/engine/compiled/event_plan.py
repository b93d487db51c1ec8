"""What a program's events and comparisons ask of the loop: what to watch, where to stop, what to remember per lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.known_times import COMPARISONS, KnownTimes

if TYPE_CHECKING:
    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.tape import Tape
    from acinus.system.graph.program import Barrier, Event, Program

__all__ = ["EventPlan"]

_SPARE = 16  # executions that may wait beside four of each event


class EventPlan:
    """The events of a program in terms of its tape.

    Attributes
    ----------
    happenings : tuple
        Barriers, then events; numbers of happenings are places in it.
    watched : list of int
        Places of what is looked at: the triggers of the events, then every comparison below them that moves. A step
        ends where one of the comparisons changes.
    states : list of int
        States that `watched` reads.
    known : list of int
        Places of the times at which a comparison of the equations or of a trigger changes whatever the states do.
    limited : bool
        A trigger is no affine function of states and time, and no times are known either: steps must not become long,
        or it could change and change back unseen.
    waiting : int
        Executions that may wait at one time.
    snapshot : int
        Most values that one waiting execution keeps.
    """

    def __init__(self, program: Program, tape: Tape) -> None:
        of = tape.of_node
        self.events: tuple[Event, ...] = program.events
        self.barriers: tuple[Barrier, ...] = program.barriers
        self.happenings: tuple[Barrier | Event, ...] = (*program.barriers, *program.events)
        triggers = [of[event.trigger] for event in program.events]
        below = [p for p in tape.above(triggers) if not tape.fixed[p]]
        comparisons = [p for p in below if tape.kinds[p] in COMPARISONS]
        # Equality holds at a point; on which side of it a function lies is what can be seen to change.
        sides = [tape.add("lt", tape.args[p]) for p in comparisons if tape.kinds[p] in ("eq", "ne")]
        self.watched = [*triggers, *dict.fromkeys([*comparisons, *sides])]
        read = tape.above(self.watched)
        self.states = sorted({int(tape.values[p]) for p in read if tape.kinds[p] == "state"})
        self.known, self.limited = self._known(program, tape, triggers)
        self.delays = [of[event.delay] for event in program.events if event.delay is not None]
        self.priorities = [of[event.priority] for event in program.events if event.priority is not None]
        self.waiting = 4 * len(self.happenings) + _SPARE
        self.snapshot = max(
            (len(h.assignments) for h in self.happenings if h.use_values_from_trigger_time), default=0
        )

    def reserve(self, layout: Layout) -> None:
        """Reserve what each lane needs in the working memory; nothing for a program that has none of it."""
        if self.known:
            for name in ("first_stage", "last_stage"):  # stages of a step look at times between these
                layout.region(name, 1)
            layout.region("start_time", 1)  # what the first stage takes for the time
            layout.region("known", len(self.known))
        if self.limited:
            layout.region("most_step", 1)
        if not self.events:
            return
        layout.region("watched", len(self.watched))
        layout.region("truth", len(self.watched))  # as seen last
        for name in ("crossed", "cut_low", "cut_high"):
            layout.region(name, 1)
        layout.region("rising", len(self.happenings))
        layout.region("delays", len(self.delays))
        layout.region("priorities", len(self.priorities))
        for name in ("queue_time", "queue_happening", "queue_draw"):
            layout.region(name, self.waiting)
        layout.region("queue_values", self.waiting * self.snapshot)

    @staticmethod
    def _known(program: Program, tape: Tape, triggers: list[int]) -> tuple[list[int], bool]:
        of, times = tape.of_node, KnownTimes(tape)
        equations = [of[n] for n in program.derivative]
        for root in program.switches:
            times.watch(of[root])
        roots = [of[root] for event in program.events for root in event.roots]
        opaque = [root for root in roots if not times.watch(root) and not _is_straight(tape, root)]
        for place in tape.above([*equations, *triggers]):
            if tape.kinds[place] in ("floor", "ceil") and not tape.fixed[place]:
                times.affine(place)
        return times.moments, bool(opaque)


def _is_straight(tape: Tape, root: int) -> bool:
    """Say whether a function is affine in states and time: within a step it is as smooth as the states are."""
    straight: dict[int, bool] = {}
    for p in tape.above([root]):
        args = tape.args[p]
        if tape.fixed[p] or tape.kinds[p] in ("state", "time"):
            straight[p] = True
        elif tape.kinds[p] in ("add", "sub", "neg"):
            straight[p] = all(straight[a] for a in args)
        elif tape.kinds[p] in ("mul", "div"):
            a, b = args
            factor = tape.fixed[b] or (tape.kinds[p] == "mul" and tape.fixed[a])
            straight[p] = factor and straight[a] and straight[b]
        else:
            straight[p] = False
    return straight[root]
