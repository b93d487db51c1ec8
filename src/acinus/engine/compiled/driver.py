"""The loop that carries individuals through time: one per lane, the next one in as soon as one is done.

It is written with LLVM's builder. Everything that concerns one lane alone (changes, samples, ends) is scalar code;
what all lanes do together is a call of a vector function. Nothing that is done for one lane is visible in another.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from acinus.engine.compiled.calling import ARGUMENTS, LANE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acinus.engine.compiled.model_code import ModelCode
    from acinus.system.graph.program import Barrier

__all__ = ["driver_text"]

_IDLE, _WANTS, _SETTLES, _RUNS = 0, 1, 2, 3

_I64, _F64, _PTR, _VOID = ir.IntType(64), ir.DoubleType(), ir.PointerType(), ir.VoidType()


def driver_text(code: ModelCode) -> str:
    """Return the functions of the loop; ``@integrate(arguments, w, lanes)`` is the one to call."""
    return _Driver(code).text()


class _Driver:
    def __init__(self, code: ModelCode) -> None:
        self.code, self.layout, self.program = code, code.layout, code.program
        self.lanes = code.target.lanes
        self.module = ir.Module("driver")
        self.vector_functions: dict[str, ir.Function] = {}

    def text(self) -> str:
        fill, settle, finish = self._declare("fill"), self._declare("settle"), self._declare("fail")
        self._functions = {"fill": fill, "settle": settle, "fail": finish}
        self._write_fill(fill)
        self._write_settle(settle)
        self._write_fail(finish)
        self._write_integrate()
        lines = str(self.module).splitlines()
        # The vector functions stand in the same text; their declarations would be second definitions.
        kept = [
            line
            for line in lines
            if not line.startswith(("declare", "target", "source_filename", "; ModuleID")) or "@llvm." in line
        ]
        return "\n".join(kept)

    # ---------------------------------------------------------------------------------------------- building
    def _declare(self, name: str) -> ir.Function:
        kind = ir.FunctionType(_VOID, [_PTR, _PTR, _PTR, _I64])
        function = ir.Function(self.module, kind, name)
        function.linkage = "internal"
        return function

    def _vector(self, b: _Builder, name: str, *pointers: Any) -> None:
        key = f"{name}"
        if key not in self.vector_functions:
            kind = ir.FunctionType(_VOID, [_PTR] * (1 + len(pointers)))
            self.vector_functions[key] = ir.Function(self.module, kind, name)
        b.b.call(self.vector_functions[key], [b.memory, *pointers])

    def _slot(self, region: str, offset: int = 0) -> int:
        return (self.layout[region] + offset) * self.lanes

    # -------------------------------------------------------------------------------------------------- fill
    def _write_fill(self, function: ir.Function) -> None:
        """Take the next individual into a lane and give it its state at time zero."""
        b = _Builder(self, function)
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
        if self.program.param_start:
            self._vector(b, "start_values")
            for k, (index, _) in enumerate(self.program.param_start):
                value = b.slot(self._slot("start", k), b.i(0), lane)
                b.set_slot(self._slot("param", index), b.i(0), lane, value)
        self._vector(b, "hoist")
        self._vector(b, "initial")
        with b.loop(b.i(len(self.program.states))) as i:
            value = b.slot(self._slot("stage_state"), i, lane)
            b.set_slot(self._slot("state"), i, lane, value)
            b.set_slot(self._slot("largest"), i, lane, b.absolute(value))
        for name in ("time", "last_error", "last_step", "rejected_before", "accepted"):
            b.set_slot(self._slot(name), b.i(0), lane, b.f(0.0))
        for name in ("sample", "steps", "since", "rejections", "pending"):
            b.set_field(name, lane, b.i(0))
        b.set_field("change", lane, b.load(b.argument_pointer("change_start"), taken, _I64))
        for k, barrier in enumerate(self.program.barriers):
            b.set_barrier(k, lane, self._over_at_start(b, k, barrier))
        b.set_field("phase", lane, b.i(_SETTLES))
        b.b.ret_void()

    def _moment(self, b: _Builder, k: int) -> Any:
        place = self.code.moments[k]
        slot = self.code.slot_of(place)
        if slot is None:
            return b.f(self.code.tape.values[place])
        return b.slot(slot * self.lanes, b.i(0), b.lane)

    def _over_at_start(self, b: _Builder, k: int, barrier: Barrier) -> Any:
        """Say whether a barrier at or before time zero counts as over: its trigger held before the start."""
        if not barrier.initial_value:
            return b.i(0)
        moment = self._moment(b, k)
        past = b.b.fcmp_ordered("<" if barrier.strict else "<=", moment, b.f(0.0))
        return b.b.zext(past, _I64)

    # ------------------------------------------------------------------------------------------------ settle
    def _write_settle(self, function: ir.Function) -> None:
        """Do what is due at the lane's time, find the next stop, record a sample that falls on this moment."""
        b = _Builder(self, function)
        lane = b.lane
        individual = b.field("individual", lane)
        time = b.slot(self._slot("time"), b.i(0), lane)
        size = b.absolute(time)
        size = b.b.select(b.b.fcmp_ordered(">", size, b.f(1.0)), size, b.f(1.0))
        horizon = b.b.fadd(time, b.b.fmul(size, b.f(1e-12)))
        self._apply_changes(b, individual, horizon)
        self._apply_barriers(b, horizon)
        with b.loop(b.i(len(self.program.states))) as i:
            size = b.absolute(b.slot(self._slot("state"), i, lane))
            most = b.slot(self._slot("largest"), i, lane)
            more = b.b.fcmp_ordered(">", size, most)
            b.set_slot(self._slot("largest"), i, lane, b.b.select(more, size, most))
        b.set_slot(self._slot("fresh"), b.i(0), lane, b.f(1.0))
        if not all(self.program.mass):
            self._vector(b, "consistent")
        self._find_stop(b, individual)
        self._sample_here(b, individual, horizon)
        b.set_field("since", lane, b.i(0))
        b.set_field("phase", lane, b.i(_RUNS))
        b.b.ret_void()

    def _apply_changes(self, b: _Builder, individual: Any, horizon: Any) -> None:
        lane = b.lane
        end = b.load(b.argument_pointer("change_start"), b.b.add(individual, b.i(1)), _I64)
        stale = b.variable(b.i(0))
        with b.forever() as leave:
            k = b.field("change", lane)
            leave(b.b.icmp_signed(">=", k, end))
            leave(b.b.fcmp_unordered(">", b.load(b.argument_pointer("change_time"), k), horizon))
            kind = b.load(b.argument_pointer("change_kind"), k, _I64)
            index = b.load(b.argument_pointer("change_index"), k, _I64)
            value = b.load(b.argument_pointer("change_value"), k)
            with b.choose(b.b.icmp_signed("==", kind, b.i(1))) as (sets, adds):
                with sets:
                    b.set_slot(self._slot("param"), index, lane, value)
                    b.put(stale, b.i(1))
                with adds:
                    with b.when(b.b.icmp_signed("==", b.get(stale), b.i(1))):
                        self._vector(b, "hoist")
                        b.put(stale, b.i(0))
                    if any(self.code.tape.constant(place) != 1.0 for place in self.code.factors):
                        self._vector(b, "add_factors", b.at(b.memory, self._slot("add_factors")))
                        value = b.b.fmul(value, b.slot(self._slot("add_factors"), index, lane))
                    slot = b.load(b.argument_pointer("slot_of_species"), index, _I64)
                    old = b.slot(self._slot("state"), slot, lane)
                    b.set_slot(self._slot("state"), slot, lane, b.b.fadd(old, value))
            b.set_field("change", lane, b.b.add(k, b.i(1)))
        with b.when(b.b.icmp_signed("==", b.get(stale), b.i(1))):
            self._vector(b, "hoist")

    def _apply_barriers(self, b: _Builder, horizon: Any) -> None:
        """Run the events whose time has come, again until none is left: one may move the time of another."""
        if not self.program.barriers:
            return
        lane = b.lane
        fired = [b.variable(b.i(0)) for _ in self.program.barriers]
        with b.forever() as leave:
            any_fired = b.i(0)
            for k in range(len(self.program.barriers)):
                due = b.b.fcmp_ordered("<=", self._moment(b, k), horizon)
                waiting = b.b.icmp_signed("==", b.barrier(k, lane), b.i(0))
                now = b.b.zext(b.b.and_(due, waiting), _I64)
                b.put(fired[k], now)
                any_fired = b.b.or_(any_fired, now)
            leave(b.b.icmp_signed("==", any_fired, b.i(0)))
            self._vector(b, "barrier_values", b.at(b.memory, self._slot("barrier_values")))
            value_at = scale_at = 0
            for k, barrier in enumerate(self.program.barriers):
                with b.when(b.b.icmp_signed("==", b.get(fired[k]), b.i(1))):
                    b.set_barrier(k, lane, b.i(1))
                    self._execute(b, barrier, value_at, scale_at)
                value_at += len(barrier.assignments)
                scale_at += sum(a.scale is not None for a in barrier.assignments)

    def _execute(self, b: _Builder, barrier: Barrier, value_at: int, scale_at: int) -> None:
        lane = b.lane
        region = "barrier_values"
        if not barrier.use_values_from_trigger_time and len(self.program.barriers) > 1:
            # Values of this moment, after the events executed before; those of the trigger time stay where they are.
            self._vector(b, "barrier_values", b.at(b.memory, self._slot("barrier_again")))
            region = "barrier_again"
        values = [
            b.slot(self._slot(region, value_at + i), b.i(0), lane) for i in range(len(barrier.assignments))
        ]
        sets = False
        for assignment, value in zip(barrier.assignments, values, strict=True):
            if assignment.scale is None:
                target = "state" if assignment.kind == "state" else "param"
                sets |= target == "param"
                b.set_slot(self._slot(target, assignment.index), b.i(0), lane, value)
        if sets:
            self._vector(b, "hoist")
        scaled = [(a, v) for a, v in zip(barrier.assignments, values, strict=True) if a.scale is not None]
        if scaled:
            self._vector(b, "barrier_scales", b.at(b.memory, self._slot("barrier_scales")))
        for i, (assignment, value) in enumerate(scaled):
            scale = b.slot(self._slot("barrier_scales", scale_at + i), b.i(0), lane)
            target = "state" if assignment.kind == "state" else "param"
            b.set_slot(self._slot(target, assignment.index), b.i(0), lane, b.b.fmul(value, scale))
        if any(a.kind == "param" for a, _ in scaled):
            self._vector(b, "hoist")

    def _find_stop(self, b: _Builder, individual: Any) -> None:
        lane = b.lane
        stop = b.variable(b.f(float("inf")))
        k = b.field("change", lane)
        end = b.load(b.argument_pointer("change_start"), b.b.add(individual, b.i(1)), _I64)
        with b.when(b.b.icmp_signed("<", k, end)):
            b.put(stop, b.load(b.argument_pointer("change_time"), k))
        for k in range(len(self.program.barriers)):
            moment = self._moment(b, k)
            waiting = b.b.icmp_signed("==", b.barrier(k, lane), b.i(0))
            sooner = b.b.and_(waiting, b.b.fcmp_ordered("<", moment, b.get(stop)))
            b.put(stop, b.b.select(sooner, moment, b.get(stop)))
        b.set_slot(self._slot("stop"), b.i(0), lane, b.get(stop))

    def _sample_here(self, b: _Builder, individual: Any, horizon: Any) -> None:
        lane = b.lane
        with b.when(self._sample_due(b, individual, horizon, "<=")):
            b.call_address("sample_now", b.memory, b.argument_pointer("output_buffer"))
            self._record(b, individual)
            with b.when(b.b.icmp_signed(">=", b.field("sample", lane), b.argument("time_count"))):
                self._end(b, 1)
                b.b.ret_void()

    def _sample_time(self, b: _Builder, individual: Any) -> Any:
        index = b.b.add(b.b.mul(individual, b.argument("time_stride")), b.field("sample", b.lane))
        return b.load(b.argument_pointer("times"), index)

    def _sample_due(self, b: _Builder, individual: Any, until: Any, how: str) -> Any:
        """Say whether the next sample of the lane lies before (or at) a time."""
        due = b.variable(b.bit(0), ir.IntType(1))
        with b.when(b.b.icmp_signed("<", b.field("sample", b.lane), b.argument("time_count"))):
            b.put(due, b.b.fcmp_ordered(how, self._sample_time(b, individual), until))
        return b.get(due, ir.IntType(1))

    def _record(self, b: _Builder, individual: Any) -> None:
        """Copy the lane's outputs to its row of the results and go on to its next sample."""
        lane = b.lane
        sample, count = b.field("sample", lane), b.argument("output_count")
        row = b.b.add(b.b.mul(individual, b.argument("time_count")), sample)
        target = b.at(b.argument_pointer("values"), b.b.mul(row, count))
        source = b.argument_pointer("output_buffer")
        with b.loop(count) as k:
            value = b.load(source, b.b.add(b.b.mul(k, b.i(self.lanes)), lane))
            b.store(target, k, value)
        b.store(b.argument_pointer("reached"), individual, self._sample_time(b, individual))
        b.set_field("sample", lane, b.b.add(sample, b.i(1)))
        b.set_field("since", lane, b.i(0))

    def _end(self, b: _Builder, how: int | Any) -> None:
        lane = b.lane
        individual = b.field("individual", lane)
        b.store(b.argument_pointer("ends"), individual, how if not isinstance(how, int) else b.i(how))
        b.store(b.argument_pointer("steps"), individual, b.field("steps", lane))
        b.store(b.argument_pointer("rejections"), individual, b.field("rejections", lane))
        b.set_field("phase", lane, b.i(_WANTS))

    # -------------------------------------------------------------------------------------------------- fail
    def _write_fail(self, function: ir.Function) -> None:
        """Give up on a lane: keep its memory for the report, and let the next individual in."""
        b = _Builder(self, function)
        lane = b.lane
        individual = b.field("individual", lane)
        dump = b.at(b.argument_pointer("dump"), b.b.mul(individual, b.argument("dump_stride")))
        with b.loop(b.i(self.layout["scratch"])) as i:
            b.store(dump, i, b.slot(0, i, lane))
        b.store(b.argument_pointer("reached"), individual, b.slot(self._slot("time"), b.i(0), lane))
        self._end(b, b.field("pending", lane))
        b.b.ret_void()

    # --------------------------------------------------------------------------------------------- integrate
    def _write_integrate(self) -> None:
        function = ir.Function(self.module, ir.FunctionType(_VOID, [_PTR, _PTR, _PTR]), "integrate")
        b = _Builder(self, function)
        lanes = b.i(self.lanes)
        with b.loop(lanes) as lane:
            b.set_field("phase", lane, b.i(_WANTS))
        with b.forever():
            with b.when(
                b.b.icmp_signed("!=", b.load(b.argument_pointer("stop_request"), b.i(0), _I64), b.i(0))
            ):
                b.b.ret_void()
            running, fresh = b.variable(b.i(0)), b.variable(b.i(0))
            with b.loop(lanes) as lane:
                with b.forever() as leave:
                    phase = b.field("phase", lane)
                    leave(
                        b.b.or_(
                            b.b.icmp_signed("==", phase, b.i(_IDLE)), b.b.icmp_signed("==", phase, b.i(_RUNS))
                        )
                    )
                    with b.choose(b.b.icmp_signed("==", phase, b.i(_WANTS))) as (wants, settles):
                        with wants:
                            b.b.call(self._functions["fill"], [b.arguments, b.memory, b.fields, lane])
                        with settles:
                            b.b.call(self._functions["settle"], [b.arguments, b.memory, b.fields, lane])
                            b.put(fresh, b.i(1))
                with b.when(b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))):
                    b.put(running, b.i(1))
            with b.when(b.b.icmp_signed("==", b.get(running), b.i(0))):
                b.b.ret_void()
            with b.when(b.b.icmp_signed("==", b.get(fresh), b.i(1))):
                self._vector(b, "guess")
            self._vector(b, "prepare")
            self._vector(b, "attempt")
            self._sample_step(b)
            self._vector(b, "commit")
            with b.loop(lanes) as lane, b.when(b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))):
                self._after_step(b, lane)
        b.b.unreachable()

    def _sample_step(self, b: _Builder) -> None:
        """Record the samples that lie within the step just made, one per lane at a time."""
        with b.forever() as leave:
            any_due = b.variable(b.i(0))
            with b.loop(b.i(self.lanes)) as lane:
                b.lane = lane
                b.set_field("pending", lane, b.i(0))
                runs = b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))
                accepted = b.b.fcmp_ordered(">", b.slot(self._slot("accepted"), b.i(0), lane), b.f(0.5))
                with b.when(b.b.and_(runs, accepted)):
                    individual = b.field("individual", lane)
                    with b.when(self._sample_due(b, individual, self._last_within(b), "<")):
                        start, step = (
                            b.slot(self._slot("time"), b.i(0), lane),
                            b.slot(self._slot("step"), b.i(0), lane),
                        )
                        when = self._sample_time(b, individual)
                        theta = b.b.fdiv(b.b.fsub(when, start), step)
                        theta = b.b.select(b.b.fcmp_ordered(">", theta, b.f(1.0)), b.f(1.0), theta)
                        theta = b.b.select(b.b.fcmp_ordered("<", theta, b.f(0.0)), b.f(0.0), theta)
                        b.set_slot(self._slot("theta"), b.i(0), lane, theta)
                        b.set_slot(self._slot("sample_time"), b.i(0), lane, when)
                        b.set_field("pending", lane, b.i(1))
                        b.put(any_due, b.i(1))
            leave(b.b.icmp_signed("==", b.get(any_due), b.i(0)))
            b.call_address("sample_within", b.memory, b.argument_pointer("output_buffer"))
            with b.loop(b.i(self.lanes)) as lane:
                b.lane = lane
                with b.when(b.b.icmp_signed("==", b.field("pending", lane), b.i(1))):
                    self._record(b, b.field("individual", lane))

    def _last_within(self, b: _Builder) -> Any:
        """Return up to where the dense output may be used: not to a stop itself, where the state will change."""
        end, stop = (
            b.slot(self._slot("next_time"), b.i(0), b.lane),
            b.slot(self._slot("stop"), b.i(0), b.lane),
        )
        size = b.absolute(end)
        size = b.b.select(b.b.fcmp_ordered(">", size, b.f(1.0)), size, b.f(1.0))
        before = b.b.fsub(end, b.b.fmul(size, b.f(1e-12)))
        return b.b.select(b.b.fcmp_ordered("==", end, stop), before, end)

    def _after_step(self, b: _Builder, lane: Any) -> None:
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
                with b.when(b.b.fcmp_ordered("==", time, stop)):
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
                    b.b.call(self._functions["fail"], [b.arguments, b.memory, b.fields, lane])
        still = b.b.icmp_signed("==", b.field("phase", lane), b.i(_RUNS))
        tired = b.b.icmp_signed(">=", since, b.argument("max_steps"))
        with b.when(b.b.and_(still, tired)):
            b.set_field("pending", lane, b.i(2))
            b.b.call(self._functions["fail"], [b.arguments, b.memory, b.fields, lane])


class _Builder:
    """LLVM's builder with the few forms that the driver needs."""

    def __init__(self, driver: _Driver, function: ir.Function) -> None:
        self.driver, self.function = driver, function
        self.entry = function.append_basic_block("entry")
        body = function.append_basic_block("body")
        self.b = ir.IRBuilder(self.entry)
        self.b.branch(body)
        self.b.position_at_end(body)
        self.arguments, self.memory, self.fields = function.args[:3]
        self.lane: Any = function.args[3] if len(function.args) > 3 else None

    # Constants, variables, memory
    def i(self, value: int) -> Any:
        return ir.Constant(_I64, value)

    def f(self, value: float) -> Any:
        return ir.Constant(_F64, value)

    def bit(self, value: int) -> Any:
        return ir.Constant(ir.IntType(1), value)

    def variable(self, start: Any, kind: Any = None) -> Any:
        with self.b.goto_block(self.entry):
            place = self.b.alloca(kind or start.type)
        self.b.store(start, place)
        return place, kind or start.type

    def get(self, variable: Any, kind: Any = None) -> Any:
        return self.b.load(variable[0], typ=kind or variable[1])

    def put(self, variable: Any, value: Any) -> None:
        self.b.store(value, variable[0])

    def at(self, base: Any, index: Any, kind: Any = _F64) -> Any:
        return self.b.gep(base, [self.i(index) if isinstance(index, int) else index], source_etype=kind)

    def load(self, base: Any, index: Any, kind: Any = _F64) -> Any:
        return self.b.load(self.at(base, index, kind), typ=kind)

    def store(self, base: Any, index: Any, value: Any) -> None:
        self.b.store(value, self.at(base, index, value.type))

    def absolute(self, value: Any) -> Any:
        return self.b.select(self.b.fcmp_ordered("<", value, self.f(0.0)), self.b.fneg(value), value)

    # The caller's arguments, a lane's memory and fields
    def argument(self, name: str) -> Any:
        return self.load(self.arguments, self.i(ARGUMENTS.index(name)), _I64)

    def argument_pointer(self, name: str) -> Any:
        return self.b.inttoptr(self.argument(name), _PTR)

    def call_address(self, name: str, *pointers: Any) -> None:
        kind = ir.FunctionType(_VOID, [_PTR] * len(pointers))
        address = self.b.inttoptr(self.argument(name), ir.PointerType())
        self.b.call(_Indirect(address, kind), list(pointers))

    def slot(self, first: int, index: Any, lane: Any) -> Any:
        return self.load(self.memory, self._place(first, index, lane))

    def set_slot(self, first: int, index: Any, lane: Any, value: Any) -> None:
        self.store(self.memory, self._place(first, index, lane), value)

    def _place(self, first: int, index: Any, lane: Any) -> Any:
        offset = self.b.mul(index, self.i(self.driver.lanes))
        return self.b.add(self.b.add(offset, self.i(first)), lane)

    def _field_place(self, row: int, lane: Any) -> Any:
        return self.b.add(self.i(row * self.driver.lanes), lane)

    def field(self, name: str, lane: Any) -> Any:
        return self.load(self.fields, self._field_place(LANE_FIELDS.index(name), lane), _I64)

    def set_field(self, name: str, lane: Any, value: Any) -> None:
        self.store(self.fields, self._field_place(LANE_FIELDS.index(name), lane), value)

    def barrier(self, k: int, lane: Any) -> Any:
        return self.load(self.fields, self._field_place(len(LANE_FIELDS) + k, lane), _I64)

    def set_barrier(self, k: int, lane: Any, value: Any) -> None:
        self.store(self.fields, self._field_place(len(LANE_FIELDS) + k, lane), value)

    # Structure
    def _left(self) -> bool:
        return self.b.block is not None and self.b.block.is_terminated

    @contextmanager
    def when(self, condition: Any) -> Iterator[None]:
        yes = self.function.append_basic_block("when")
        after = self.function.append_basic_block("after")
        self.b.cbranch(condition, yes, after)
        self.b.position_at_end(yes)
        yield
        if not self._left():
            self.b.branch(after)
        self.b.position_at_end(after)

    @contextmanager
    def choose(self, condition: Any) -> Iterator[tuple[Any, Any]]:
        with self.b.if_else(condition) as (yes, no):
            yield yes, no

    @contextmanager
    def loop(self, count: Any) -> Iterator[Any]:
        counter = self.variable(self.i(0))
        head, body, after = (self.function.append_basic_block(n) for n in ("head", "body", "after"))
        self.b.branch(head)
        self.b.position_at_end(head)
        i = self.get(counter)
        self.b.cbranch(self.b.icmp_signed("<", i, count), body, after)
        self.b.position_at_end(body)
        yield i
        if not self._left():
            self.put(counter, self.b.add(i, self.i(1)))
            self.b.branch(head)
        self.b.position_at_end(after)

    @contextmanager
    def forever(self) -> Iterator[Callable[[Any], None]]:
        head, after = self.function.append_basic_block("again"), self.function.append_basic_block("left")
        self.b.branch(head)
        self.b.position_at_end(head)

        def leave(condition: Any) -> None:
            stay = self.function.append_basic_block("stay")
            self.b.cbranch(condition, after, stay)
            self.b.position_at_end(stay)

        yield leave
        if not self._left():
            self.b.branch(head)
        self.b.position_at_end(after)


class _Indirect:
    """An address with the type of the function behind it, as the builder's `call` wants it."""

    def __init__(self, address: Any, kind: ir.FunctionType) -> None:
        self.address, self.function_type = address, kind
        self.type, self.args = address.type, ()

    def get_reference(self) -> str:
        return self.address.get_reference()
