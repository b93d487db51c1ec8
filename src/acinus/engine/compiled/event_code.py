"""Events whose time follows from the run: found within a step, executed between steps, lane by lane.

A step is looked at in four places (quarters of it and its end). Where a comparison below some trigger differs from
what it was, the first quarter with a difference is halved until the place is known to the last bit; the step then ends
there, just after the change. What changes and changes back between two places is not seen. Along a step the states
are smooth, and so is a trigger that compares affine functions of states and time; where a trigger is anything else
(``sin(x) > 0`` with x a clock: `EventPlan.limited`) a step is no longer than a fiftieth of the time to the last
sample. That is the one case in which the samples asked for have a say in the steps.

Between steps the events of a lane are settled: triggers that turned true put their executions into the lane's queue,
the due one of highest priority is executed, and the triggers are looked at again, until nothing is due. Executions of
one priority come in an order that is drawn at random, from the same numbers for every individual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acinus.engine.compiled.builder import F64, I64, Builder
from acinus.engine.compiled.calling import ENDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from llvmlite import ir

    from acinus.engine.compiled.builder import Frame
    from acinus.engine.compiled.model_code import ModelCode
    from acinus.system.graph.program import Assignment

__all__ = ["SEED", "EventCode"]

#: Where every individual's random order begins.
SEED = 0x5DEECE66D

_MOST_ROUNDS = 10_000
_MOST_HALVINGS = 64
_PLACES = (0.25, 0.5, 0.75, 1.0)
_LEAST_ADVANCE = 2.0**-51  # of the time: a step is at least some roundings long

_NOTHING, _SEARCHES, _FOUND = 0, 1, 2


class EventCode:
    """Writes the functions ``@happen`` and ``@locate`` of a program with events.

    Parameters
    ----------
    frame : Frame
    code : ModelCode
    moment : function of (Builder, int)
        Gives the time of a barrier as a value in the function being built.
    """

    def __init__(self, frame: Frame, code: ModelCode, moment: Callable[[Builder, int], Any]) -> None:
        self.frame, self.code, self.plan, self.moment = frame, code, code.plan, moment
        self.capacity = self.plan.waiting
        self._tables()

    def _tables(self) -> None:
        """Write out what is different from one happening to the next, so that one loop serves them all."""
        plan, table = self.plan, self.frame.table
        first = delay = priority = scale = 0
        rows: list[tuple[int, ...]] = []
        targets: list[int] = []
        scales: list[int] = []
        for happening in plan.happenings:
            waits = getattr(happening, "delay", None) is not None
            ranked = getattr(happening, "priority", None) is not None
            sets = any(a.kind == "param" for a in happening.assignments)
            rows.append(
                (
                    first,
                    len(happening.assignments),
                    int(happening.use_values_from_trigger_time),
                    int(getattr(happening, "persistent", True)),
                    delay if waits else -1,
                    priority if ranked else -1,
                    int(sets),
                    int(happening.initial_value),
                )
            )
            delay, priority = delay + waits, priority + ranked
            first += len(happening.assignments)
            for assignment in happening.assignments:
                targets.append(self._target(assignment))
                scales.append(scale if assignment.scale is not None else -1)
                scale += assignment.scale is not None
        names = ("first", "count", "keeps", "persists", "delay", "priority", "sets", "initial")
        columns = zip(*rows, strict=True)
        self.table = {
            name: table(f"happening_{name}", column) for name, column in zip(names, columns, strict=True)
        }
        self.table["target"], self.table["scale"] = (
            table("assigned_target", targets),
            table("assigned_scale", scales),
        )
        self.table["state"] = table("watched_states", plan.states)

    def _target(self, assignment: Assignment) -> int:
        return self.frame.layout["state" if assignment.kind == "state" else "param"] + assignment.index

    def _of(self, b: Builder, name: str, index: Any) -> Any:
        return b.load(self.table[name], index, I64)

    # ------------------------------------------------------------------------------------------------- start
    def begin(self, b: Builder) -> None:
        """Set up a lane for an individual: no event has happened, triggers are what they were before time zero."""
        for name, value in (("queued", 0), ("random", SEED), ("search", _NOTHING)):
            b.set_field(name, b.lane, b.i(value))
        count = len(self.plan.barriers)
        with b.loop(b.i(len(self.plan.events))) as k:
            initial = self._of(b, "initial", b.b.add(k, b.i(count)))
            b.set_entry("truth", k, b.b.sitofp(initial, F64))

    # ------------------------------------------------------------------------------------------------ happen
    def write_happen(self, function: ir.Function, horizon: Callable[[Builder], Any]) -> None:
        """Trigger and execute until nothing more happens at the lane's time; failures end the individual here.

        A barrier ``time > 0`` at time zero waits until `late` says that the sample at time zero was recorded.
        """
        b = Builder(self.frame, function)
        until = horizon(b)
        rounds = b.variable(b.i(0))
        with b.forever() as leave:
            risen = self._look(b, until)
            with b.when(b.b.icmp_signed("!=", risen, b.i(0))):
                self._push_risen(b)
            chosen = self._choose(b, until)
            leave(b.b.icmp_signed("<", chosen, b.i(0)))
            self._execute(b, chosen)
            again = b.b.add(b.get(rounds), b.i(1))
            b.put(rounds, again)
            with b.when(b.b.icmp_signed(">", again, b.i(_MOST_ROUNDS))):
                self._give_up(b, "events_without_end")
        b.b.ret_void()

    def _give_up(self, b: Builder, end: str) -> None:
        b.set_field("pending", b.lane, b.i(ENDS.index(end)))
        b.call("fail")
        b.b.ret_void()

    def _look(self, b: Builder, until: Any) -> Any:
        """Compare all triggers with what they were; mark those that rose, forget what fell before its execution."""
        lane, barriers = b.lane, len(self.plan.barriers)
        with b.loop(b.i(len(self.plan.states))) as k:
            i = self._of(b, "state", k)
            b.set_entry("sample_state", i, b.entry_of("state", i))
        b.set_control("sample_time", b.control("time"))
        b.vector("watch")
        risen = b.variable(b.i(0))
        late = b.b.icmp_signed("!=", b.field("late", lane), b.i(0))
        late = b.b.or_(late, b.b.fcmp_ordered(">", b.control("time"), b.f(0.0)))
        for k, barrier in enumerate(self.plan.barriers):
            moment = self.moment(b, k)
            due = b.b.fcmp_ordered("<=", moment, until)
            if barrier.strict:
                due = b.b.and_(due, b.b.or_(late, b.b.fcmp_ordered("<", moment, b.f(0.0))))
            waiting = b.b.icmp_signed("==", b.barrier(k, lane), b.i(0))
            rises = b.b.and_(due, waiting)
            b.set_barrier(k, lane, b.b.select(rises, b.i(1), b.barrier(k, lane)))
            b.set_entry("rising", b.i(k), b.b.uitofp(rises, F64))
            b.put(risen, b.b.or_(b.get(risen), b.b.zext(rises, b.i(0).type)))
        with b.loop(b.i(len(self.plan.events))) as k:
            h = b.b.add(k, b.i(barriers))
            now = b.b.fcmp_ordered(">", b.entry_of("watched", k), b.f(0.5))
            before = b.b.fcmp_ordered(">", b.entry_of("truth", k), b.f(0.5))
            rises = b.b.and_(now, b.b.not_(before))
            falls = b.b.and_(before, b.b.not_(now))
            b.set_entry("rising", h, b.b.uitofp(rises, F64))
            b.put(risen, b.b.or_(b.get(risen), b.b.zext(rises, b.i(0).type)))
            fleeting = b.b.icmp_signed("==", self._of(b, "persists", h), b.i(0))
            with b.when(b.b.and_(falls, fleeting)):
                self._forget(b, h)
        with b.loop(b.i(len(self.plan.watched))) as k:
            b.set_entry("truth", k, b.entry_of("watched", k))
        return b.get(risen)

    def _forget(self, b: Builder, happening: Any) -> None:
        """Take all waiting executions of a happening out of the queue."""
        place = b.variable(b.i(0))
        with b.forever() as leave:
            i = b.get(place)
            leave(b.b.icmp_signed(">=", i, b.field("queued", b.lane)))
            same = b.b.icmp_signed("==", b.whole("queue_happening", i), happening)
            with b.choose(same) as (yes, no):
                with yes:
                    self._remove(b, i)
                with no:
                    b.put(place, b.b.add(i, b.i(1)))

    def _remove(self, b: Builder, i: Any) -> None:
        """Close the gap at a place of the queue with its last entry; the order in the queue means nothing."""
        last = b.b.sub(b.field("queued", b.lane), b.i(1))
        for name in ("queue_time", "queue_happening", "queue_draw"):
            b.set_entry(name, i, b.whole(name, last))
        if self.plan.snapshot:
            width = b.i(self.plan.snapshot)
            to, source = b.b.mul(i, width), b.b.mul(last, width)
            with b.loop(width) as k:
                value = b.entry_of("queue_values", b.b.add(source, k))
                b.set_entry("queue_values", b.b.add(to, k), value)
        b.set_field("queued", b.lane, last)

    def _push_risen(self, b: Builder) -> None:
        """Queue an execution for each trigger that rose, its delay and values those of this moment."""
        if self.plan.snapshot:
            b.vector("barrier_values", b.at(b.memory, self.frame.slot("barrier_values")))
        if self.plan.delays:
            b.vector("delays")
        with b.loop(b.i(len(self.plan.happenings))) as h:
            rises = b.b.fcmp_ordered(">", b.entry_of("rising", h), b.f(0.5))
            with b.when(rises):
                place = b.field("queued", b.lane)
                with b.when(b.b.icmp_signed(">=", place, b.i(self.capacity))):
                    self._give_up(b, "queue_full")
                b.set_field("queued", b.lane, b.b.add(place, b.i(1)))
                due = b.variable(b.control("time"))
                if self.plan.delays:
                    at = self._of(b, "delay", h)
                    with b.when(b.b.icmp_signed(">=", at, b.i(0))):
                        delay = b.entry_of("delays", at)
                        with b.when(b.b.fcmp_unordered("uno", delay, delay)):
                            self._give_up(b, "not_finite")
                        b.put(due, b.b.fadd(b.get(due), delay))
                b.set_entry("queue_time", place, b.get(due))
                b.set_entry("queue_happening", place, h)
                b.set_entry("queue_draw", place, self._draw(b))
                if self.plan.snapshot:
                    with b.when(b.b.icmp_signed("!=", self._of(b, "keeps", h), b.i(0))):
                        to = b.b.mul(place, b.i(self.plan.snapshot))
                        first = self._of(b, "first", h)
                        with b.loop(self._of(b, "count", h)) as k:
                            value = b.entry_of("barrier_values", b.b.add(first, k))
                            b.set_entry("queue_values", b.b.add(to, k), value)

    def _draw(self, b: Builder) -> Any:
        """Return the lane's next random number, a positive whole one (SplitMix64: Steele, Lea and Flood, 2014)."""
        x = b.b.add(b.field("random", b.lane), b.i(0x9E3779B97F4A7C15 - 2**64))
        b.set_field("random", b.lane, x)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9 - 2**64), (27, 0x94D049BB133111EB - 2**64)):
            x = b.b.mul(b.b.xor(x, b.b.lshr(x, b.i(shift))), b.i(factor))
        return b.b.lshr(b.b.xor(x, b.b.lshr(x, b.i(31))), b.i(1))

    def _choose(self, b: Builder, until: Any) -> Any:
        """Return the place of the due execution of highest priority, -1 if none is due."""
        if self.plan.priorities:
            with b.when(b.b.icmp_signed(">", b.field("queued", b.lane), b.i(0))):
                b.vector("priorities")
        lowest = b.f(float("-inf"))
        best, rank, draw = b.variable(b.i(-1)), b.variable(lowest), b.variable(b.i(0))
        with b.loop(b.field("queued", b.lane)) as i:
            due = b.b.fcmp_ordered("<=", b.entry_of("queue_time", i), until)
            with b.when(due):
                own = b.variable(lowest)
                if self.plan.priorities:
                    at = self._of(b, "priority", b.whole("queue_happening", i))
                    with b.when(b.b.icmp_signed(">=", at, b.i(0))):
                        value = b.entry_of("priorities", at)
                        finite = b.b.fcmp_ordered("==", b.b.fsub(value, value), b.f(0.0))
                        b.put(own, b.b.select(finite, value, lowest))
                other = b.whole("queue_draw", i)
                none = b.b.icmp_signed("<", b.get(best), b.i(0))
                higher = b.b.fcmp_ordered(">", b.get(own), b.get(rank))
                equal = b.b.fcmp_ordered("==", b.get(own), b.get(rank))
                sooner = b.b.and_(equal, b.b.icmp_signed("<", other, b.get(draw)))
                with b.when(b.b.or_(none, b.b.or_(higher, sooner))):
                    b.put(best, i)
                    b.put(rank, b.get(own))
                    b.put(draw, other)
        return b.get(best)

    def _execute(self, b: Builder, place: Any) -> None:
        """Carry out a waiting execution and take it out of the queue."""
        values = "barrier_values"
        happening = b.whole("queue_happening", place)
        first, count = self._of(b, "first", happening), self._of(b, "count", happening)
        b.vector("barrier_values", b.at(b.memory, self.frame.slot(values)))
        if self.plan.snapshot:
            with b.when(b.b.icmp_signed("!=", self._of(b, "keeps", happening), b.i(0))):
                source = b.b.mul(place, b.i(self.plan.snapshot))
                with b.loop(count) as k:
                    b.set_entry(values, b.b.add(first, k), b.entry_of("queue_values", b.b.add(source, k)))
        self._remove(b, place)
        if self.code.scales:
            b.vector("barrier_scales", b.at(b.memory, self.frame.slot("barrier_scales")))
        with b.loop(count) as k:
            i = b.b.add(first, k)
            value = b.variable(b.entry_of(values, i))
            if self.code.scales:
                scale = self._of(b, "scale", i)
                with b.when(b.b.icmp_signed(">=", scale, b.i(0))):
                    b.put(value, b.b.fmul(b.get(value), b.entry_of("barrier_scales", scale)))
            b.set_slot(0, self._of(b, "target", i), b.lane, b.get(value))
        with b.when(b.b.icmp_signed("!=", self._of(b, "sets", happening), b.i(0))):
            b.vector("hoist")
        b.set_field("happened", b.lane, b.i(1))
        if not all(self.code.program.mass):
            b.call("restore")
            with b.when(b.b.icmp_signed("!=", b.field("pending", b.lane), b.i(0))):
                b.b.ret_void()

    # ------------------------------------------------------------------------------------------------ locate
    def locate(self, b: Builder, candidate: Callable[[Builder], Any]) -> None:
        """End the step just made of each lane where the first of its comparisons changes.

        What is recorded until then still comes from the whole step; `cut` then replaces the new state.
        """
        lanes = b.i(self.frame.lanes)
        with b.loop(lanes) as lane:
            b.lane = lane
            b.set_field("search", lane, b.b.select(candidate(b), b.i(_SEARCHES), b.i(_NOTHING)))
        found = b.variable(b.i(0))
        for low, high in zip((0.0, *_PLACES), _PLACES, strict=False):
            with b.loop(lanes) as lane:
                b.lane = lane
                self._look_at(b, b.f(high))
            b.vector("dense_watched")
            b.vector("watch")
            with b.loop(lanes) as lane:
                b.lane = lane
                searches = b.b.icmp_signed("==", b.field("search", lane), b.i(_SEARCHES))
                crossed = b.b.fcmp_ordered(">", b.control("crossed"), b.f(0.5))
                with b.when(b.b.and_(searches, crossed)):
                    b.set_field("search", lane, b.i(_FOUND))
                    self._bracket(b, low, high)
                    b.put(found, b.i(1))
        with b.when(b.b.icmp_signed("!=", b.get(found), b.i(0))):
            self._halve(b)
            with b.loop(lanes) as lane:
                b.lane = lane
                with b.when(b.b.icmp_signed("==", b.field("search", lane), b.i(_FOUND))):
                    self._end_step(b)

    def _bracket(self, b: Builder, low: float, high: float) -> None:
        """Begin the search between two places, but not before time has advanced by some roundings.

        A state that an event left on its threshold would otherwise be found there again and again. A step too short
        for that is left whole.
        """
        size = b.absolute(b.control("time"))
        least = b.b.fadd(b.b.fmul(size, b.f(_LEAST_ADVANCE)), b.f(1e-200))
        first = b.b.fdiv(least, b.control("step"))
        first = b.b.select(b.b.fcmp_ordered(">", first, b.f(low)), first, b.f(low))
        short = b.b.fcmp_ordered(">=", first, b.f(high))
        b.set_control("cut_low", b.b.select(short, b.f(1.0), first))
        b.set_control("cut_high", b.b.select(short, b.f(1.0), b.f(high)))

    def _look_at(self, b: Builder, theta: Any) -> None:
        b.set_control("theta", theta)
        b.set_control("sample_time", self._time_at(b, theta))

    def _time_at(self, b: Builder, theta: Any) -> Any:
        """Return the time at a place in the step, at its end exactly the time that the step leads to."""
        within = b.b.fadd(b.control("time"), b.b.fmul(theta, b.control("step")))
        whole = b.b.fcmp_ordered(">=", theta, b.f(1.0))
        found = b.b.select(whole, b.control("next_time"), within)
        if not self.plan.known:
            return found
        first, last = b.control("first_stage"), b.control("last_stage")
        found = b.b.select(b.b.fcmp_ordered("<", last, found), last, found)
        return b.b.select(b.b.fcmp_ordered(">", first, found), first, found)

    def _halve(self, b: Builder) -> None:
        """Halve the brackets of all lanes that have one until their ends are neighbours."""
        lanes = b.i(self.frame.lanes)
        with b.loop(b.i(_MOST_HALVINGS)):
            with b.loop(lanes) as lane:
                b.lane = lane
                self._look_at(b, self._middle(b))
            b.vector("dense_watched")
            b.vector("watch")
            with b.loop(lanes) as lane:
                b.lane = lane
                low, high, middle = b.control("cut_low"), b.control("cut_high"), self._middle(b)
                found = b.b.icmp_signed("==", b.field("search", lane), b.i(_FOUND))
                between = b.b.fcmp_ordered("<", low, middle)
                between = b.b.and_(between, b.b.fcmp_ordered("<", middle, high))
                with b.when(b.b.and_(found, between)):
                    crossed = b.b.fcmp_ordered(">", b.control("crossed"), b.f(0.5))
                    b.set_control("cut_low", b.b.select(crossed, low, middle))
                    b.set_control("cut_high", b.b.select(crossed, middle, high))

    def _middle(self, b: Builder) -> Any:
        return b.b.fmul(b.f(0.5), b.b.fadd(b.control("cut_low"), b.control("cut_high")))

    def _end_step(self, b: Builder) -> None:
        """Let the step end at the upper end of the bracket, where the change was seen."""
        high = b.control("cut_high")
        inside = b.b.fcmp_ordered("<", high, b.f(1.0))
        within = b.b.fadd(b.control("time"), b.b.fmul(high, b.control("step")))
        when = b.b.select(inside, within, b.control("next_time"))
        b.set_control("next_time", when)

    def cut(self, b: Builder) -> None:
        """Put the state at the found place in the place of the new state."""
        cuts = b.variable(b.i(0))
        with b.loop(b.i(self.frame.lanes)) as lane:
            b.lane = lane
            with b.when(self._was_cut(b)):
                b.set_control("theta", b.control("cut_high"))
                b.put(cuts, b.i(1))
        with b.when(b.b.icmp_signed("!=", b.get(cuts), b.i(0))):
            b.vector("dense")
            with b.loop(b.i(self.frame.lanes)) as lane:
                b.lane = lane
                with b.when(self._was_cut(b)), b.loop(b.i(len(self.code.program.states))) as i:
                    b.set_entry("stage_state", i, b.entry_of("sample_state", i))

    def _was_cut(self, b: Builder) -> Any:
        found = b.b.icmp_signed("==", b.field("search", b.lane), b.i(_FOUND))
        return b.b.and_(found, b.b.fcmp_ordered("<", b.control("cut_high"), b.f(1.0)))

    def located(self, b: Builder) -> Any:
        """Say whether the step of the lane ended because a comparison changed."""
        return b.b.icmp_signed("==", b.field("search", b.lane), b.i(_FOUND))
