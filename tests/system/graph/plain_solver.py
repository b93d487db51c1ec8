"""A plain reference integration of programs with SciPy: no batches, no compiled code, one step after the other.

It checks what a program *means* (equations, values at the start, outputs, events), not how fast it can be solved.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.integrate import LSODA

from acinus.system.graph import consistent_state, reachable, start_values
from acinus.system.graph.operations import OPERATIONS

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def compiled(program, nodes) -> Any:
    """Return a function of (t, y, p) that gives the values of some nodes as a list of NumPy scalars."""
    lines = []
    for n in reachable(program, nodes):
        op, args, value = program.nodes[n]
        if op == "const":
            text = f"F({value!r})" if np.isfinite(value) else f"F('{value}')"
        elif op == "time":
            text = "t"
        elif op in ("state", "param"):
            text = f"{'y' if op == 'state' else 'p'}[{int(value)}]"
        elif op in _INFIX:
            text = f"v{args[0]} {_INFIX[op]} v{args[1]}"
        elif op == "select":
            text = f"v{args[1]} if v{args[0]} else v{args[2]}"
        else:
            text = f"{op}_({', '.join(f'v{a}' for a in args)})"
        lines.append(f"    v{n} = {text}")
    body = "\n".join(lines)
    text = f"def f(t, y, p):\n{body}\n    return [{', '.join(f'v{n}' for n in nodes)}]"
    space: dict[str, Any] = {f"{op}_": function for op, function in OPERATIONS.items()} | {"F": np.float64}
    exec(text, space)
    return space["f"]


@dataclass
class Pending:
    """An event that triggered and waits for its execution."""

    event: int
    time: float
    values: list | None
    order: float


@dataclass
class PlainSolver:
    """One individual of one program, from time zero on."""

    program: Any
    relative: float = 1e-9
    absolute: float = 1e-14
    seed: int = 0
    samples: list = field(default_factory=list)

    def __post_init__(self):
        program = self.program
        self.p, self.y = start_values(program)
        self.t = 0.0
        self.derivative = compiled(program, program.derivative)
        # A barrier is an event like others; only its trigger has to be spelled out.
        self.happenings = [*program.events, *program.barriers]
        self.triggers = compiled(program, [e.trigger for e in program.events])
        self.barrier_times = compiled(program, [b.time for b in program.barriers])
        # Between two changes of any comparison that moves, the equations are smooth.
        compared = [
            n
            for n in reachable(program, [*program.derivative, *(e.trigger for e in program.events)])
            if program.nodes[n].op in ("lt", "le", "eq", "ne") and not program.parameter_only[n]
        ]
        self.comparisons = compiled(program, compared)
        self.watched = len(compared) > 0
        self.mass = np.array(program.mass, dtype=bool)
        self.jac = compiled(program, [n for _, _, n in program.jacobian])
        self.jac_rows = [i for i, _, _ in program.jacobian]
        self.jac_columns = [j for _, j, _ in program.jacobian]
        self.pending = []
        self.random = np.random.default_rng(self.seed)

    # Equations

    def full(self, t, y):
        """Return all states, algebraic unknowns solved for."""
        return y if self.mass.all() else consistent_state(self.program, t, y, self.p)

    def slope(self, t, part):
        y = self.y.copy()
        y[self.mass] = part
        y = self.full(t, y)
        return np.array(self.derivative(np.float64(t), y, self.p), dtype=float)[self.mass]

    def matrix(self, t, part):
        size = len(part)
        found = np.zeros((size, size))
        found[self.jac_rows, self.jac_columns] = self.jac(np.float64(t), part, self.p)
        return found

    # Events

    def held(self):
        """Return for each happening whether its trigger holds now; a strict one holds once its time has passed."""
        t = np.float64(self.t)
        found = [bool(v) for v in self.triggers(t, self.y, self.p)]
        for barrier, time in zip(self.program.barriers, self.barrier_times(t, self.y, self.p), strict=True):
            found.append(t > time if barrier.strict and t == 0.0 else t >= time)
        return found

    def run(self, times):
        """Return the (T, S) states and (T, P) parameters at increasing times."""
        times = np.asarray(times, dtype=float)
        with np.errstate(all="ignore"):
            self.truth = [h.initial_value for h in self.happenings]
            self.settle()
            states, params = [], []
            for end in times:
                self.advance(end)
                states.append(self.y.copy())
                params.append(self.p.copy())
        return np.array(states), np.array(params)

    def advance(self, end):
        for _ in range(100_000):
            if self.t >= end:
                return
            stops = [q.time for q in self.pending]
            times = self.barrier_times(np.float64(self.t), self.y, self.p)
            for time, barrier in zip(times, self.program.barriers, strict=True):
                stops.append(1e-12 if barrier.strict and time == self.t == 0.0 else time)
            stop = min([end, *(s for s in stops if s > self.t)])
            self.leap(stop)
            self.settle()
        raise AssertionError("the solver does not advance")

    def leap(self, stop):
        """Integrate to a time, or to just after the first change of a comparison before it."""
        span = stop - self.t
        if not self.mass.any():
            grid = np.linspace(self.t, stop, 101)
            for low, high in itertools.pairwise(grid):
                if self.watched and self.cross(low, high, lambda _: np.empty(0), stop):
                    return
            self.move(stop, np.empty(0))
            return
        part = self.y[self.mass]
        if not np.isfinite(part).all():
            part = np.nan_to_num(
                part
            )  # what has no value yet is not read, or the program would have been refused
        whole = self.mass.all()
        solver = LSODA(
            self.slope,
            self.t,
            part,
            stop,
            rtol=self.relative,
            atol=self.absolute,
            jac=self.matrix if whole else None,
            max_step=span / 20 if self.watched else np.inf,
        )
        lost = np.isnan(self.y[self.mass])
        dense = None
        while solver.status == "running":
            solver.step()
            if solver.status == "failed":
                self.t, self.y = stop, np.full(len(self.y), np.nan)
                return
            if self.watched:
                dense = solver.dense_output()
                grid = np.linspace(float(solver.t_old or 0.0), solver.t, 6)
                for low, high in itertools.pairwise(grid):
                    if self.cross(low, high, dense, solver.t):
                        return
        part = np.array(solver.y if dense is None else dense(stop))
        part[lost] = np.nan
        self.move(stop, part)

    def cross(self, low, high, dense, last):
        """Move to just after the first change of a comparison between two times, if there is one."""
        before = self.answers(low, dense(low)) if low > self.t else self.answers(self.t, self.y[self.mass])
        if self.answers(high, dense(high)) == before:
            return False
        while True:
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            if self.answers(middle, dense(middle)) == before:
                low = middle
            else:
                high = middle
        # A little beyond it, so that rounding in the next step does not cross back.
        high = min(high + 1e-12 * max(1.0, abs(high)), last)
        self.move(high, dense(high))
        return True

    def move(self, t, part):
        self.t = t
        y = self.y.copy()
        y[self.mass] = part
        self.y = self.full(t, y)

    def answers(self, t, part):
        y = self.y.copy()
        y[self.mass] = part
        return [bool(v) for v in self.comparisons(np.float64(t), self.full(t, y), self.p)]

    def settle(self):
        """Trigger and execute events until nothing more happens at this time."""
        for _ in range(10_000):
            now = self.held()
            for i, (held, before) in enumerate(zip(now, self.truth, strict=True)):
                if held and not before:
                    self.trigger(i)
                if before and not held:
                    self.pending = [
                        q
                        for q in self.pending
                        if q.event != i or getattr(self.happenings[i], "persistent", True)
                    ]
            self.truth = now
            due = [q for q in self.pending if q.time <= self.t]
            if not due:
                return
            priorities = [self.priority(q) for q in due]
            best = max(priorities)
            chosen = min(
                (q for q, n in zip(due, priorities, strict=True) if n == best), key=lambda q: q.order
            )
            self.pending.remove(chosen)
            self.execute(chosen)
        raise AssertionError("events without end")

    def value(self, node):
        return float(compiled(self.program, [node])(np.float64(self.t), self.y, self.p)[0])

    def trigger(self, i):
        event = self.happenings[i]
        delay = getattr(event, "delay", None)
        wait = 0.0 if delay is None else self.value(delay)
        values = None
        if event.use_values_from_trigger_time:
            values = [self.value(a.node) for a in event.assignments]
        self.pending.append(Pending(i, self.t + wait, values, self.random.random()))

    def priority(self, pending):
        priority = getattr(self.happenings[pending.event], "priority", None)
        number = -np.inf if priority is None else self.value(priority)
        return number if np.isfinite(number) else -np.inf

    def execute(self, pending):
        event = self.happenings[pending.event]
        values = pending.values or [self.value(a.node) for a in event.assignments]
        scales = [1.0 if a.scale is None else self.value(a.scale) for a in event.assignments]
        slots = {"state": self.y, "param": self.p}
        for assignment, value, scale in zip(event.assignments, values, scales, strict=True):
            slots[assignment.kind][assignment.index] = value * scale
        self.y = self.full(self.t, self.y)
