"""The loop that carries individuals through time: one per lane, the next one in as soon as one is done.

It is written with LLVM's builder. Everything that concerns one lane alone (changes, samples, ends) is scalar code;
what all lanes do together is a call of a vector function. Nothing that is done for one lane is visible in another.

A step ends at the next stop of its lane: a change from outside, an event whose time is known, the end of a delay, or
a time at which a comparison is known to change its answer (`KnownTimes`). At such a time everything is looked at
twice, at the time itself and just after it; the stages of the step before look no later than just before it and see
the old branch, those of the step after it no earlier than just after it and see the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from acinus.engine.compiled.builder import F64, I64, POINTER, VOID, Builder, Frame
from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.event_code import EventCode

if TYPE_CHECKING:
    from acinus.engine.compiled.model_code import ModelCode
    from acinus.system.graph.program import Barrier

__all__ = ["driver_text"]

_IDLE, _WANTS, _SETTLES, _RUNS = 0, 1, 2, 3

_TOGETHER = 1e-12  # changes and events no farther apart than this, relative to the time, happen together
_SAME_TIME = 2.0**-48  # of a time: known times of comparisons that differ by rounding alone
_JUST_AFTER = 2.0**-47  # of a time: the first that a step looks at after a known time of a comparison
_SHARE_OF_RUN = 0.02  # of the time to the last sample: the longest step where one is set
_MOST_NEWTON_STEPS = 100


def driver_text(code: ModelCode) -> str:
    """Return the functions of the loop; ``@integrate(arguments, w, lanes)`` is the one to call."""
    return Driver(code).text()


class Driver:
    """Writes the loop; a richer one overrides what the plain one leaves room for."""

    def __init__(self, code: ModelCode) -> None:
        self.code, self.layout, self.program = code, code.layout, code.program
        self.plan = code.plan
        self.lanes = code.target.lanes
        self.frame = Frame(code.layout, self.lanes)
        self.events = EventCode(self.frame, code, self._moment) if self.plan.events else None
        self.constrained = not all(self.program.mass)
        self._defaults = self.frame.table(
            "param_defaults", self.program.param_defaults[self.program.settable :], F64
        )

    def text(self) -> str:
        """Return all functions."""
        fill, settle, fail = (self.frame.declare(name) for name in ("fill", "settle", "fail"))
        if self.constrained:
            self._write_restore(self.frame.declare("restore"))
        if self.events is not None:
            self.events.write_happen(self.frame.declare("happen"), self._horizon)
        self._write_fill(fill)
        self._write_settle(settle)
        self._write_fail(fail)
        self._write_integrate()
        return self.frame.text()

    def _slot(self, region: str, offset: int = 0) -> int:
        return self.frame.slot(region, offset)

    def _hoist(self, b: Builder) -> None:
        """Compute again what is made of parameters alone."""
        b.vector("hoist")

    # ------------------------------------------------------------------------------- what a richer loop adds
    def _filled(self, b: Builder) -> None:
        """Do more for a lane with a new individual, its parameters and its states."""

    def _parameter_set(self, b: Builder, index: Any) -> None:
        """Do more after a change gave a parameter a value, before what is made of it is computed again."""

    def _amount_added(self, b: Builder, species: Any, slot: Any, amount: Any) -> None:
        """Do more after a change added an amount of a species."""

    def _barriers_due(self, b: Builder, fired: list[Any]) -> None:
        """Do more before some barriers are executed; `fired` says which."""

    def _barrier_begins(self, b: Builder, k: int) -> None:
        """Do more before a barrier assigns anything."""

    def _barrier_ended(self, b: Builder, k: int) -> None:
        """Do more once a barrier has assigned all, and what is made of parameters is computed again."""

    def _made_consistent(self, b: Builder) -> None:
        """Do more once the algebraic unknowns of the lane fit its other states."""

    def _attempted(self, b: Builder) -> None:
        """Do more after all lanes have tried a step, before any sample within it and before it is committed."""

    def _committed(self, b: Builder) -> None:
        """Do more after the lanes whose step was accepted have moved on."""

    def _sampled_now(self, b: Builder) -> None:
        """Do more before the outputs of the lane at its time are recorded."""

    # -------------------------------------------------------------------------------------------------- fill
    def _write_fill(self, function: ir.Function) -> None:
        """Take the next individual into a lane and give it its state at time zero."""
        b = Builder(self.frame, function)
        lane = b.lane
        queue = b.argument_pointer("queue")
        taken = b.b.atomic_rmw("add", queue, b.i(1), "monotonic")
        with b.when(b.b.icmp_signed(">=", taken, b.argument("count"))):
            b.set_field("phase", lane, b.i(_IDLE))
            b.b.ret_void()
        b.set_field("individual", lane, taken)
        settable = self.program.settable
        source = b.argument_pointer("parameters")
        first = b.b.mul(taken, b.i(settable))
        param = self._slot("param")
        with b.loop(b.i(settable)) as i:
            value = b.load(source, b.b.add(first, i))
            b.set_slot(param, i, lane, value)
        with b.loop(b.i(len(self.program.params) - settable)) as i:
            b.set_slot(self._slot("param", settable), i, lane, b.load(self._defaults, i))
        if self.program.param_start:
            b.vector("start_values")
            for k, (index, _) in enumerate(self.program.param_start):
                value = b.slot(self._slot("start", k), b.i(0), lane)
                b.set_slot(self._slot("param", index), b.i(0), lane, value)
        self._hoist(b)
        b.vector("initial")
        with b.loop(b.i(len(self.program.states))) as i:
            value = b.slot(self._slot("stage_state"), i, lane)
            b.set_slot(self._slot("state"), i, lane, value)
            b.set_slot(self._slot("largest"), i, lane, b.absolute(value))
        for name in ("time", "last_error", "last_step", "rejected_before", "accepted"):
            b.set_slot(self._slot(name), b.i(0), lane, b.f(0.0))
        for name in ("sample", "steps", "since", "rejections", "pending", "late", "search"):
            b.set_field(name, lane, b.i(0))
        b.set_field("happened", lane, b.i(1))
        if self.events is not None:
            self.events.begin(b)
        if self.plan.limited:
            b.set_control("most_step", b.b.fmul(self._last_sample(b, taken), b.f(_SHARE_OF_RUN)))
        b.set_field("change", lane, b.load(b.argument_pointer("change_start"), taken, I64))
        for k, barrier in enumerate(self.program.barriers):
            b.set_barrier(k, lane, self._over_at_start(b, k, barrier))
        self._filled(b)
        b.set_field("phase", lane, b.i(_SETTLES))
        b.b.ret_void()

    def _moment(self, b: Builder, k: int) -> Any:
        place = self.code.moments[k]
        slot = self.code.slot_of(place)
        if slot is None:
            return b.f(self.code.tape.values[place])
        return b.slot(slot * self.lanes, b.i(0), b.lane)

    def _over_at_start(self, b: Builder, k: int, barrier: Barrier) -> Any:
        """Say whether a barrier at or before time zero counts as over: its trigger held before the start."""
        if not barrier.initial_value:
            return b.i(0)
        moment = self._moment(b, k)
        past = b.b.fcmp_ordered("<" if barrier.strict else "<=", moment, b.f(0.0))
        return b.b.zext(past, I64)

    # ------------------------------------------------------------------------------------------------ settle
    def _write_settle(self, function: ir.Function) -> None:
        """Do what is due at the lane's time, record a sample that falls on this moment, find the next stop."""
        b = Builder(self.frame, function)
        lane = b.lane
        individual, time = b.field("individual", lane), b.control("time")
        horizon = self._horizon(b)
        b.set_field("pending", lane, b.i(0))
        self._apply_changes(b, individual, horizon)
        with b.when(b.b.icmp_signed("!=", b.field("happened", lane), b.i(0))):
            self._make_consistent(b)
        self._make_happen(b, horizon)
        if not self._looks_twice:
            self._sample_here(b, individual, horizon)
        else:
            # What begins just after a moment shows in a sample at that moment, unless that is the very start.
            starts = b.b.fcmp_ordered("==", time, b.f(0.0))
            with b.when(b.b.not_(starts)):
                self._look_again(b, time)
            after = b.control("time")
            b.set_control("time", time)
            self._sample_here(b, individual, horizon)
            b.set_control("time", after)
            with b.when(starts):
                b.set_field("late", lane, b.i(1))
                self._look_again(b, time)
                b.set_field("late", lane, b.i(0))
        with b.loop(b.i(len(self.program.states))) as i:
            size = b.absolute(b.slot(self._slot("state"), i, lane))
            most = b.slot(self._slot("largest"), i, lane)
            more = b.b.fcmp_ordered(">", size, most)
            b.set_slot(self._slot("largest"), i, lane, b.b.select(more, size, most))
        self._find_stop(b, individual)
        if self.plan.known:
            self._begin_after(b, time)
        b.set_control("fresh", b.b.sitofp(b.field("happened", lane), F64))
        b.set_field("happened", lane, b.i(0))
        b.set_field("phase", lane, b.i(_RUNS))
        b.b.ret_void()

    def _horizon(self, b: Builder) -> Any:
        """Return until when things count as happening at the lane's time."""
        time = b.control("time")
        size = b.absolute(time)
        size = b.b.select(b.b.fcmp_ordered(">", size, b.f(1.0)), size, b.f(1.0))
        return b.b.fadd(time, b.b.fmul(size, b.f(_TOGETHER)))

    @property
    def _looks_twice(self) -> bool:
        return bool(self.plan.known) or any(barrier.strict for barrier in self.program.barriers)

    def _make_happen(self, b: Builder, horizon: Any, *, late: bool = False) -> None:
        """Let the events of this moment happen; return from the function where one of them ended the individual."""
        if self.events is None:
            self._apply_barriers(b, horizon, late=late)
            return
        b.call("happen")
        self._return_if_ended(b)

    def _return_if_ended(self, b: Builder) -> None:
        with b.when(b.b.icmp_signed("!=", b.field("pending", b.lane), b.i(0))):
            b.b.ret_void()

    def _look_again(self, b: Builder, time: Any) -> None:
        """Go to just after a known time of a comparison, and let happen what happens there."""
        if self.plan.known:
            size = b.absolute(time)
            near = b.b.fadd(b.b.fmul(size, b.f(_SAME_TIME)), b.f(1e-250))
            here = b.variable(b.bit(0), ir.IntType(1))
            b.vector("known")
            for k in range(len(self.plan.known)):
                away = b.absolute(b.b.fsub(b.entry_of("known", b.i(k)), time))
                b.put(here, b.b.or_(b.get(here), b.b.fcmp_ordered("<=", away, near)))
            with b.when(b.get(here)):
                more = b.b.fadd(b.b.fmul(size, b.f(_JUST_AFTER)), b.f(1e-200))
                b.set_control("time", b.b.fadd(time, more))
                b.set_field("happened", b.lane, b.i(1))
                self._make_consistent(b)
                if self.events is not None:
                    self._make_happen(b, None, late=True)
        if any(barrier.strict for barrier in self.program.barriers):
            self._make_happen(b, self._horizon(b), late=True)

    def _make_consistent(self, b: Builder) -> None:
        if self.constrained:
            b.call("restore")
            self._return_if_ended(b)
            self._made_consistent(b)

    def _write_restore(self, function: ir.Function) -> None:
        """Solve the algebraic equations of a lane by Newton's method; where that fails the individual ends.

        As `acinus.system.graph.consistent_state` does, from where the unknowns stand.
        """
        b = Builder(self.frame, function)
        lane = b.lane
        b.set_control("settling", b.f(1.0))
        if self.plan.known:
            b.set_control("start_time", b.control("time"))
        rounds = b.variable(b.i(0))
        with b.forever() as leave:
            b.vector("newton")
            again = b.b.add(b.get(rounds), b.i(1))
            b.put(rounds, again)
            done = b.b.fcmp_ordered("==", b.control("error"), b.f(0.0))
            leave(b.b.or_(done, b.b.icmp_signed(">=", again, b.i(_MOST_NEWTON_STEPS))))
        b.set_control("settling", b.f(0.0))
        with b.when(b.b.fcmp_ordered(">", b.control("not_finite"), b.f(0.0))):
            b.set_field("pending", lane, b.i(ENDS.index("not_consistent")))
            b.call("fail")
        b.b.ret_void()

    def _apply_changes(self, b: Builder, individual: Any, horizon: Any) -> None:
        lane = b.lane
        end = b.load(b.argument_pointer("change_start"), b.b.add(individual, b.i(1)), I64)
        stale = b.variable(b.i(0))
        with b.forever() as leave:
            k = b.field("change", lane)
            leave(b.b.icmp_signed(">=", k, end))
            leave(b.b.fcmp_unordered(">", b.load(b.argument_pointer("change_time"), k), horizon))
            kind = b.load(b.argument_pointer("change_kind"), k, I64)
            index = b.load(b.argument_pointer("change_index"), k, I64)
            value = b.load(b.argument_pointer("change_value"), k)
            with b.choose(b.b.icmp_signed("==", kind, b.i(1))) as (sets, adds):
                with sets:
                    b.set_slot(self._slot("param"), index, lane, value)
                    self._parameter_set(b, index)
                    b.put(stale, b.i(1))
                with adds:
                    with b.when(b.b.icmp_signed("==", b.get(stale), b.i(1))):
                        self._hoist(b)
                        b.put(stale, b.i(0))
                    given = value
                    if any(self.code.tape.constant(place) != 1.0 for place in self.code.factors):
                        b.vector("add_factors", b.at(b.memory, self._slot("add_factors")))
                        value = b.b.fmul(value, b.slot(self._slot("add_factors"), index, lane))
                    slot = b.load(b.argument_pointer("slot_of_species"), index, I64)
                    old = b.slot(self._slot("state"), slot, lane)
                    b.set_slot(self._slot("state"), slot, lane, b.b.fadd(old, value))
                    self._amount_added(b, index, slot, given)
            b.set_field("change", lane, b.b.add(k, b.i(1)))
            b.set_field("since", lane, b.i(0))
            b.set_field("happened", lane, b.i(1))
        with b.when(b.b.icmp_signed("==", b.get(stale), b.i(1))):
            self._hoist(b)

    def _apply_barriers(self, b: Builder, horizon: Any, *, late: bool) -> None:
        """Run the events whose time has come, again until none is left: one may move the time of another.

        An event ``time > 0`` at time zero is `late`: it comes after the sample at time zero.
        """
        if not self.program.barriers:
            return
        lane = b.lane
        fired = [b.variable(b.i(0)) for _ in self.program.barriers]
        with b.forever() as leave:
            any_fired = b.i(0)
            for k, barrier in enumerate(self.program.barriers):
                moment = self._moment(b, k)
                due = b.b.fcmp_ordered("<=", moment, horizon)
                if barrier.strict and not late:
                    passed = b.b.fcmp_ordered("<", moment, b.f(0.0))
                    runs = b.b.fcmp_ordered(">", b.control("time"), b.f(0.0))
                    due = b.b.and_(due, b.b.or_(passed, runs))
                waiting = b.b.icmp_signed("==", b.barrier(k, lane), b.i(0))
                now = b.b.zext(b.b.and_(due, waiting), I64)
                b.put(fired[k], now)
                any_fired = b.b.or_(any_fired, now)
            leave(b.b.icmp_signed("==", any_fired, b.i(0)))
            b.set_field("since", lane, b.i(0))
            b.set_field("happened", lane, b.i(1))
            b.vector("barrier_values", b.at(b.memory, self._slot("barrier_values")))
            self._barriers_due(b, fired)
            value_at = scale_at = 0
            for k, barrier in enumerate(self.program.barriers):
                with b.when(b.b.icmp_signed("==", b.get(fired[k]), b.i(1))):
                    b.set_barrier(k, lane, b.i(1))
                    self._execute(b, k, value_at, scale_at)
                value_at += len(barrier.assignments)
                scale_at += sum(a.scale is not None for a in barrier.assignments)

    def _execute(self, b: Builder, k: int, value_at: int, scale_at: int) -> None:
        lane, barrier = b.lane, self.program.barriers[k]
        region = "barrier_values"
        if not barrier.use_values_from_trigger_time and len(self.program.barriers) > 1:
            # Values of this moment, after the events executed before; those of the trigger time stay where they are.
            b.vector("barrier_values", b.at(b.memory, self._slot("barrier_again")))
            region = "barrier_again"
        values = [
            b.slot(self._slot(region, value_at + i), b.i(0), lane) for i in range(len(barrier.assignments))
        ]
        self._barrier_begins(b, k)
        if any(assignment.scale is not None for assignment in barrier.assignments):
            b.vector("barrier_scales", b.at(b.memory, self._slot("barrier_scales")))
        for assignment, value in zip(barrier.assignments, values, strict=True):
            new = value
            if assignment.scale is not None:
                new = b.b.fmul(value, b.slot(self._slot("barrier_scales", scale_at), b.i(0), lane))
                scale_at += 1
            target = "state" if assignment.kind == "state" else "param"
            b.set_slot(self._slot(target, assignment.index), b.i(0), lane, new)
        if any(assignment.kind == "param" for assignment in barrier.assignments):
            self._hoist(b)
        self._make_consistent(b)
        self._barrier_ended(b, k)
        if self.constrained:
            self._made_consistent(b)

    def _find_stop(self, b: Builder, individual: Any) -> None:
        lane = b.lane
        stop = b.variable(b.f(float("inf")))
        k = b.field("change", lane)
        end = b.load(b.argument_pointer("change_start"), b.b.add(individual, b.i(1)), I64)
        with b.when(b.b.icmp_signed("<", k, end)):
            b.put(stop, b.load(b.argument_pointer("change_time"), k))
        for k in range(len(self.program.barriers)):
            moment = self._moment(b, k)
            waiting = b.b.icmp_signed("==", b.barrier(k, lane), b.i(0))
            sooner = b.b.and_(waiting, b.b.fcmp_ordered("<", moment, b.get(stop)))
            b.put(stop, b.b.select(sooner, moment, b.get(stop)))
        if self.events is not None:
            with b.loop(b.field("queued", lane)) as i:
                due = b.entry_of("queue_time", i)
                sooner = b.b.fcmp_ordered("<", due, b.get(stop))
                b.put(stop, b.b.select(sooner, due, b.get(stop)))
        if self.plan.known:
            self._stop_at_known_times(b, stop)
        b.set_slot(self._slot("stop"), b.i(0), lane, b.get(stop))

    def _begin_after(self, b: Builder, time: Any) -> None:
        """Go back from just after the present time to the time itself; only the stages keep what is after it."""
        b.set_control("start_time", b.control("time"))
        b.set_control("first_stage", b.control("time"))
        b.set_control("time", time)

    def _stop_at_known_times(self, b: Builder, stop: Any) -> None:
        """Stop where a comparison will change, and keep the stages of the steps before any stop before it."""
        time = b.control("time")
        past = b.b.fadd(time, b.b.fmul(b.absolute(time), b.f(_SAME_TIME)))
        b.vector("known")
        for k in range(len(self.plan.known)):
            moment = b.entry_of("known", b.i(k))
            ahead = b.b.fcmp_ordered(">", moment, past)
            sooner = b.b.and_(ahead, b.b.fcmp_ordered("<", moment, b.get(stop)))
            b.put(stop, b.b.select(sooner, moment, b.get(stop)))
        end = b.get(stop)
        before = b.b.fsub(end, b.b.fmul(b.absolute(end), b.f(_SAME_TIME)))
        some = b.b.fcmp_ordered("<", end, b.f(float("inf")))
        b.set_control("last_stage", b.b.select(some, before, end))

    def _sample_here(self, b: Builder, individual: Any, horizon: Any) -> None:
        lane = b.lane
        with b.when(self._sample_due(b, individual, horizon, "<=")):
            b.call_address("sample_now", b.memory, b.argument_pointer("output_buffer"))
            self._sampled_now(b)
            self._record(b, lane, lane, b.field("sample", lane))
            self._sample_taken(b, individual)
            with b.when(b.b.icmp_signed(">=", b.field("sample", lane), b.argument("time_count"))):
                self._end(b, 1)
                b.b.ret_void()

    def _last_sample(self, b: Builder, individual: Any) -> Any:
        last = b.b.sub(b.argument("time_count"), b.i(1))
        index = b.b.add(b.b.mul(individual, b.argument("time_stride")), last)
        return b.load(b.argument_pointer("times"), index)

    def _sample_time(self, b: Builder, individual: Any) -> Any:
        index = b.b.add(b.b.mul(individual, b.argument("time_stride")), b.field("sample", b.lane))
        return b.load(b.argument_pointer("times"), index)

    def _sample_due(self, b: Builder, individual: Any, until: Any, how: str) -> Any:
        """Say whether the next sample of the lane lies before (or at) a time."""
        due = b.variable(b.bit(0), ir.IntType(1))
        with b.when(b.b.icmp_signed("<", b.field("sample", b.lane), b.argument("time_count"))):
            b.put(due, b.b.fcmp_ordered(how, self._sample_time(b, individual), until))
        return b.get(due, ir.IntType(1))

    def _record(self, b: Builder, column: Any, lane: Any, sample: Any) -> None:
        """Copy a column of the outputs to the row that a sample of a lane has in the results."""
        individual, count = b.field("individual", lane), b.argument("output_count")
        row = b.b.add(b.b.mul(individual, b.argument("time_count")), sample)
        target = b.at(b.argument_pointer("values"), b.b.mul(row, count))
        source = b.argument_pointer("output_buffer")
        gap = b.variable(b.i(0))
        with b.loop(count) as k:
            bits = b.load(source, b.b.add(b.b.mul(k, b.i(self.lanes)), column), I64)
            b.store(target, k, bits)
            # One more in the exponent reaches the sign if the exponent was that of infinity and of what is no number.
            exponent = b.b.and_(bits, b.i(0x7FF << 52))
            b.put(gap, b.b.or_(b.get(gap), b.b.add(exponent, b.i(1 << 52))))
        with b.when(b.b.icmp_signed("<", b.get(gap), b.i(0))):
            b.store(b.argument_pointer("gaps"), individual, b.i(1))

    def _sample_taken(self, b: Builder, individual: Any) -> None:
        """Go on to the lane's next sample."""
        lane = b.lane
        b.store(b.argument_pointer("reached"), individual, self._sample_time(b, individual))
        b.set_field("sample", lane, b.b.add(b.field("sample", lane), b.i(1)))
        b.set_field("since", lane, b.i(0))

    def _end(self, b: Builder, how: int | Any) -> None:
        lane = b.lane
        individual = b.field("individual", lane)
        b.store(b.argument_pointer("ends"), individual, how if not isinstance(how, int) else b.i(how))
        b.store(b.argument_pointer("steps"), individual, b.field("steps", lane))
        b.store(b.argument_pointer("rejections"), individual, b.field("rejections", lane))
        b.set_field("phase", lane, b.i(_WANTS))

    # -------------------------------------------------------------------------------------------------- fail
    def _write_fail(self, function: ir.Function) -> None:
        """Give up on a lane: keep its memory for the report, and let the next individual in."""
        b = Builder(self.frame, function)
        lane = b.lane
        individual = b.field("individual", lane)
        dump = b.at(b.argument_pointer("dump"), b.b.mul(individual, b.argument("dump_stride")))
        with b.loop(b.i(self.layout["scratch"])) as i:
            b.store(dump, i, b.slot(0, i, lane))
        b.store(b.argument_pointer("reached"), individual, b.slot(self._slot("time"), b.i(0), lane))
        self._blank(b, individual)
        self._end(b, b.field("pending", lane))
        b.b.ret_void()

    def _blank(self, b: Builder, individual: Any) -> None:
        """Put no number where a sample was not reached; the memory of the results is not set up beforehand."""
        count, recorded = b.argument("output_count"), b.field("sample", b.lane)
        row = b.b.add(b.b.mul(individual, b.argument("time_count")), recorded)
        rest = b.at(b.argument_pointer("values"), b.b.mul(row, count))
        missing = b.b.mul(b.b.sub(b.argument("time_count"), recorded), count)
        with b.loop(missing) as k:
            b.store(rest, k, b.f(float("nan")))

    # --------------------------------------------------------------------------------------------- integrate
    def _write_integrate(self) -> None:
        function = ir.Function(
            self.frame.module, ir.FunctionType(VOID, [POINTER, POINTER, POINTER]), "integrate"
        )
        b = Builder(self.frame, function)
        lanes = b.i(self.lanes)
        with b.loop(lanes) as lane:
            b.set_field("phase", lane, b.i(_WANTS))
        with b.forever():
            with b.when(
                b.b.icmp_signed("!=", b.load(b.argument_pointer("stop_request"), b.i(0), I64), b.i(0))
            ):
                b.b.ret_void()
            running, fresh = b.variable(b.i(0)), b.variable(b.i(0))
            with b.loop(lanes) as lane:
                b.lane = lane
                with b.forever() as leave:
                    phase = b.field("phase", lane)
                    leave(
                        b.b.or_(
                            b.b.icmp_signed("==", phase, b.i(_IDLE)), b.b.icmp_signed("==", phase, b.i(_RUNS))
                        )
                    )
                    with b.choose(b.b.icmp_signed("==", phase, b.i(_WANTS))) as (wants, settles):
                        with wants:
                            b.call("fill")
                        with settles:
                            b.call("settle")
                            b.put(fresh, b.i(1))
                with b.when(b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))):
                    b.put(running, b.i(1))
            with b.when(b.b.icmp_signed("==", b.get(running), b.i(0))):
                b.b.ret_void()
            with b.when(b.b.icmp_signed("==", b.get(fresh), b.i(1))):
                b.vector("guess")
            if self.plan.limited:
                self._limit_steps(b)
            b.vector("prepare")
            b.vector("attempt")
            self._attempted(b)
            if self.events is not None:
                self.events.locate(b, self._moved)
            self._sample_step(b)
            if self.events is not None:
                self.events.cut(b)
            b.vector("commit")
            self._committed(b)
            with b.loop(lanes) as lane, b.when(b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))):
                self._after_step(b, lane)
        b.b.unreachable()

    def _limit_steps(self, b: Builder) -> None:
        with b.loop(b.i(self.lanes)) as lane:
            b.lane = lane
            step, most = b.control("proposal"), b.control("most_step")
            b.set_control("proposal", b.b.select(b.b.fcmp_ordered(">", step, most), most, step))

    def _moved(self, b: Builder) -> Any:
        """Say whether the lane has just made a step that was accepted."""
        runs = b.b.icmp_signed("==", b.field("phase", b.lane), b.i(_RUNS))
        return b.b.and_(runs, b.b.fcmp_ordered(">", b.control("accepted"), b.f(0.5)))

    def _sample_step(self, b: Builder) -> None:
        """Record the samples that lie within the step just made, as many at a time as a vector has places."""
        with b.forever() as leave:
            filled = b.variable(b.i(0))
            with b.loop(b.i(self.lanes)) as lane:
                b.lane = lane
                with b.when(self._moved(b)), b.forever() as next_lane:
                    due = self._sample_due(b, b.field("individual", lane), self._last_within(b), "<")
                    room = b.b.icmp_signed("<", b.get(filled), b.i(self.lanes))
                    next_lane(b.b.not_(b.b.and_(due, room)))
                    place = b.get(filled)
                    self._place_sample(b, place)
                    b.set_slot(self._slot("sample_lane"), b.i(0), place, b.b.bitcast(lane, F64))
                    b.set_field("column", place, b.field("sample", lane))
                    self._sample_taken(b, b.field("individual", lane))
                    b.put(filled, b.b.add(place, b.i(1)))
            leave(b.b.icmp_signed("==", b.get(filled), b.i(0)))
            b.call_address("sample_within", b.memory, b.argument_pointer("output_buffer"))
            with b.loop(b.get(filled)) as place:
                lane = b.b.bitcast(b.slot(self._slot("sample_lane"), b.i(0), place), I64)
                self._record(b, place, lane, b.field("column", place))

    def _place_sample(self, b: Builder, place: Any) -> None:
        """Put the lane's next sample, as a place in its step, into a place of the vectors."""
        when = self._sample_time(b, b.field("individual", b.lane))
        theta = b.b.fdiv(b.b.fsub(when, b.control("time")), b.control("step"))
        theta = b.b.select(b.b.fcmp_ordered(">", theta, b.f(1.0)), b.f(1.0), theta)
        theta = b.b.select(b.b.fcmp_ordered("<", theta, b.f(0.0)), b.f(0.0), theta)
        b.set_slot(self._slot("theta"), b.i(0), place, theta)
        b.set_slot(self._slot("sample_time"), b.i(0), place, when)

    def _last_within(self, b: Builder) -> Any:
        """Return up to where the dense output may be used: not to a stop itself, where the state will change."""
        end, stop = (
            b.slot(self._slot("next_time"), b.i(0), b.lane),
            b.slot(self._slot("stop"), b.i(0), b.lane),
        )
        size = b.absolute(end)
        size = b.b.select(b.b.fcmp_ordered(">", size, b.f(1.0)), size, b.f(1.0))
        before = b.b.fsub(end, b.b.fmul(size, b.f(1e-12)))
        return b.b.select(b.b.fcmp_ordered("==", end, stop), before, end)

    def _after_step(self, b: Builder, lane: Any) -> None:
        b.lane = lane
        accepted = b.b.fcmp_ordered(">", b.slot(self._slot("accepted"), b.i(0), lane), b.f(0.5))
        since = b.b.add(b.field("since", lane), b.i(1))
        b.set_field("since", lane, since)
        with b.choose(accepted) as (yes, no):
            with yes:
                b.set_field("steps", lane, b.b.add(b.field("steps", lane), b.i(1)))
                time, stop = (
                    b.slot(self._slot("time"), b.i(0), lane),
                    b.slot(self._slot("stop"), b.i(0), lane),
                )
                arrived = b.b.fcmp_ordered("==", time, stop)
                if self.events is not None:
                    arrived = b.b.or_(arrived, self.events.located(b))
                with b.when(arrived):
                    b.set_field("phase", lane, b.i(_SETTLES))
                with b.when(b.b.icmp_signed(">=", b.field("sample", lane), b.argument("time_count"))):
                    self._end(b, 1)
            with no:
                b.set_field("rejections", lane, b.b.add(b.field("rejections", lane), b.i(1)))
                step = b.slot(self._slot("proposal"), b.i(0), lane)
                least = b.b.fmul(b.absolute(b.slot(self._slot("time"), b.i(0), lane)), b.f(4e-16))
                least = b.b.fadd(least, b.f(1e-60))
                with b.when(b.b.fcmp_unordered("<", step, least)):
                    error = b.slot(self._slot("error"), b.i(0), lane)
                    broken = b.b.fcmp_unordered("uno", error, error)
                    b.set_field("pending", lane, b.b.select(broken, b.i(4), b.i(3)))
                    b.call("fail")
        # One event after the other without a sample between them counts as well.
        goes_on = b.i(_SETTLES if self.events is not None else _RUNS)
        still = b.b.icmp_signed(">=", b.field("phase", lane), goes_on)
        tired = b.b.icmp_signed(">=", since, b.argument("max_steps"))
        with b.when(b.b.and_(still, tired)):
            b.set_field("pending", lane, b.i(2))
            b.call("fail")
