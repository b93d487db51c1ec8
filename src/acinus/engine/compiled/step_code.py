"""The method's share of the code: sums of stages, error, step control, dense output; loops over the states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.rosenbrock import RosenbrockMethod
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.radau import RadauMethod
    from acinus.engine.compiled.target import Target

__all__ = ["SHARE_OF_LARGEST", "StepCode"]

_Body = Callable[[Piece, list[str]], list[str]]

#: A state counts as at least this share of its largest value so far when its error is judged.
SHARE_OF_LARGEST = 1e-3

_SAFETY = 0.9
_MOST_GROWTH = 10.0
_MOST_SHRINKAGE = 0.2
_AFTER_NAN = 0.1
_FIRST_SHARE = 0.5
_LEAST_PIVOT = 0.5  # times one over the horizon
_NEWTON_STILL = 4e-16
_NEWTON_CLOSE = 1e-9


class StepCode:
    """Writes the functions that are the same for all models of one size: those of a Rosenbrock method.

    Another kind of method puts `method_functions` and `carried` of its own in their place.
    """

    def __init__(
        self, layout: Layout, method: RosenbrockMethod | RadauMethod, target: Target, states: int
    ) -> None:
        self.layout, self.error_order, self.target, self.states = layout, method.error_order, target, states
        self._method = method

    @property
    def method(self) -> RosenbrockMethod:
        """The Rosenbrock method."""
        assert isinstance(self._method, RosenbrockMethod)
        return self._method

    @property
    def carried(self) -> list[tuple[int, int]]:
        """What an accepted step leaves for the next besides its state: from and to which slot, S vectors each."""
        return []

    def method_functions(self) -> list[str]:
        """Return ``@attempt(w)`` and what it calls: a step of every lane, its error, the proposal for the next.

        It leaves the new state in `stage_state`, and in `stages` what the dense output weighs.
        """
        combinations = [self._combine(s) for s in range(1, self.method.stages)]
        return [*combinations, self._attempt(), self._finish()]

    def text(self) -> str:
        """Return all functions."""
        parts = self.method_functions()
        if self.layout.sizes["mass"]:
            parts += self._consistent()
        parts += [
            self._control(),
            self._prepare(),
            self._commit(),
            *self._guess(),
        ]
        return "\n".join(parts)

    # ----------------------------------------------------------------------------------------------- frames
    def _function(self, name: str, piece: Piece) -> str:
        return f"define internal void @{name}(ptr %w) #0 {{\n{piece.text}\n  ret void\n}}"

    def _stage(self, s: int) -> int:
        return self.layout[f"stage_{s}"]

    def _loop(self, name: str, before: Piece, body: _Body, totals: Sequence[str] = ()) -> str:
        """Return a function that runs over the states; `before` comes first and `totals` start at zero."""
        v = before.vector
        lines = ["entry:", *before.lines, "  br label %again", "again:"]
        lines.append("  %i = phi i64 [ 0, %entry ], [ %next, %again ]")
        piece = Piece(self.target, "x")
        sums = [f"%total_{t}" for t in totals]
        new = body(piece, sums)
        for t, name_of_new in zip(totals, new, strict=True):
            lines.append(f"  %total_{t} = phi {v} [ zeroinitializer, %entry ], [ {name_of_new}, %again ]")
        lines += piece.lines
        lines += ["  %next = add nuw nsw i64 %i, 1", f"  %done = icmp eq i64 %next, {self.states}"]
        lines += ["  br i1 %done, label %end, label %again", "end:"]
        after = Piece(self.target, "e")
        for t, name_of_new in zip(totals, new, strict=True):
            after.store(name_of_new, self.layout[t])
        return "\n".join(
            [f"define internal void @{name}(ptr %w) #0 {{", *lines, *after.lines, "  ret void\n}"]
        )

    def _base(self, piece: Piece, slot: int) -> str:
        return piece.place("%w", slot)

    # ------------------------------------------------------------------------------------------------ stages
    def _attempt(self) -> str:
        """One step of every lane, up to its error and the proposal for the next."""
        p, at = Piece(self.target), self.layout
        step = p.load(at["step"])
        inverse = p.op("fdiv", number(1.0), step)
        p.store(inverse, at["inverse_step"])
        p.store(p.op("fmul", inverse, number(1.0 / self.method.gamma)), at["inverse_gamma_step"])
        p.store(p.op("fmul", step, number(self.method.d[0])), at["time_weight"])
        p.store(number(0.0), at["pivot_doubt"])
        p.raw("  call void @first(ptr %w)")
        p.raw(f"  call void @solve(ptr %w, ptr {self._base(p, self._stage(0))})")
        for s in range(1, self.method.stages):
            step, time = p.load(at["step"]), p.load(at["time"])
            p.store(
                self._in_branch(p, p.fma(step, number(self.method.alpha[s]), time)),
                at["stage_time"],
            )
            p.store(p.op("fmul", step, number(self.method.d[s])), at["time_weight"])
            p.raw(f"  call void @combine_{s}(ptr %w)")
            stage = self._base(p, self._stage(s))
            p.raw(f"  call void @rhs(ptr %w, ptr {stage})\n  call void @backward(ptr %w, ptr {stage})")
        p.raw("  call void @finish(ptr %w)\n  call void @control(ptr %w)")
        return self._function("attempt", p)

    def _in_branch(self, p: Piece, stage_time: str) -> str:
        """Return the time of a stage, kept between the known times of comparisons that bound the step."""
        at = self.layout
        if "last_stage" not in at.places:
            return stage_time
        last = p.load(at["last_stage"])
        stage_time = p.select(p.compare("olt", last, stage_time), last, stage_time)
        first = p.load(at["first_stage"])
        return p.select(p.compare("ogt", first, stage_time), first, stage_time)

    def _combine(self, s: int) -> str:
        """Form the argument of stage s and, in its own place, the sums that enter its right-hand side."""
        if s >= self.method.fold:
            return self._combine_folded(s)
        at, method = self.layout, self.method
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        stages = [self._base(before, self._stage(j)) for j in range(s)]
        state, stage_state = self._base(before, at["state"]), self._base(before, at["stage_state"])
        sums = self._base(before, self._stage(s))
        mass = self._base(before, at["mass"]) if at.sizes["mass"] else None

        def body(p: Piece, _totals: list[str]) -> list[str]:
            u = [p.load_at(stages[j], "%i") for j in range(s)]
            if method.extends(s):
                argument = p.loose("fadd", p.load_at(stage_state, "%i"), u[s - 1])
            else:
                argument = p.load_at(state, "%i")
                for j in range(s):
                    if method.a[s][j]:
                        argument = p.loose("fadd", argument, p.loose("fmul", u[j], number(method.a[s][j])))
            p.store_at(argument, stage_state, "%i")
            total = p.op("fmul", _weighed(p, method.c[s], u), inverse)
            p.store_at(p.op("fmul", total, p.load_at(mass, "%i")) if mass else total, sums, "%i")
            return []

        return self._loop(f"combine_{s}", before, body)

    def _combine_folded(self, s: int) -> str:
        """As `_combine`, from the fold on: add the stages that are new to all that is still needed of them."""
        at, method = self.layout, self.method
        begins = s == method.fold
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        new = range(s) if begins else range(s - 1, s)
        stages = [self._base(before, self._stage(j)) for j in new]
        state, stage_state = self._base(before, at["state"]), self._base(before, at["stage_state"])
        sums = self._base(before, self._stage(s))
        here = None if begins else self._base(before, at[f"later_{s}"])
        kept = [(f"later_{t}", method.c[t]) for t in range(s + 1, method.stages)]
        kept += [(f"dense_{r}", row) for r, row in enumerate(method.dense_sums.rows)]
        places = [(self._base(before, at[name]), row) for name, row in kept if any(row[new.start : s])]
        mass = self._base(before, at["mass"]) if at.sizes["mass"] else None

        def body(p: Piece, _totals: list[str]) -> list[str]:
            u = [p.load_at(stage, "%i") for stage in stages]
            if method.extends(s):
                argument = p.loose("fadd", p.load_at(stage_state, "%i"), u[-1])
            else:
                argument = p.load_at(state, "%i")
                for weight, value in zip(method.a[s], u, strict=True):
                    if weight:
                        argument = p.loose("fadd", argument, p.loose("fmul", value, number(weight)))
            p.store_at(argument, stage_state, "%i")
            total = _weighed(p, method.c[s][new.start :], u, here and p.load_at(here, "%i"))
            total = p.op("fmul", total, inverse)
            p.store_at(p.op("fmul", total, p.load_at(mass, "%i")) if mass else total, sums, "%i")
            for place, row in places:
                old = None if begins else p.load_at(place, "%i")
                p.store_at(_weighed(p, row[new.start : s], u, old), place, "%i")
            return []

        return self._loop(f"combine_{s}", before, body)

    def _finish(self) -> str:
        """Form the new state and the root mean square of its scaled errors."""
        at = self.layout
        before = Piece(self.target)
        relative, absolute = before.load(at["relative"]), before.load(at["absolute"])
        state, new = self._base(before, at["state"]), self._base(before, at["stage_state"])
        last = self._base(before, self._stage(self.method.stages - 1))
        largest = self._base(before, at["largest"])
        polynomials = [
            (self._base(before, at[f"dense_{r}"]), row[-1])
            for r, row in enumerate(self.method.dense_sums.rows)
            if row[-1]
        ]

        def body(p: Piece, totals: list[str]) -> list[str]:
            u = p.load_at(last, "%i")
            for place, weight in polynomials:
                p.store_at(_weighed(p, (weight,), (u,), p.load_at(place, "%i")), place, "%i")
            old = p.load_at(state, "%i")
            value = p.op("fadd", p.load_at(new, "%i"), u)
            p.store_at(value, new, "%i")
            inverse = self._inverse_scale(p, old, value, p.load_at(largest, "%i"), relative, absolute)
            scaled = p.op("fmul", u, inverse)
            # An infinite new state would hide behind an infinite scale; times zero it is not a number.
            return [
                p.loose("fadd", totals[0], p.loose("fmul", scaled, scaled)),
                p.loose("fadd", totals[1], p.loose("fmul", value, number(0.0))),
            ]

        return self._loop("finish", before, body, ["error", "not_finite"])

    def _inverse_scale(self, p: Piece, old: str, new: str, largest: str, relative: str, absolute: str) -> str:
        size_old, size_new = p.call_one("fabs", old), p.call_one("fabs", new)
        size = p.select(p.compare("ogt", size_old, size_new), size_old, size_new)
        size = p.loose("fadd", size, p.loose("fmul", largest, number(SHARE_OF_LARGEST)))
        scale = p.loose("fadd", absolute, p.loose("fmul", relative, size))
        return p.rough_reciprocal(scale)

    def _control(self) -> str:
        """Judge the step and propose the next (Gustafsson's predictive controller; Hairer and Wanner, IV.8)."""
        p, at = Piece(self.target), self.layout
        mean = p.op(
            "fmul", p.op("fadd", p.load(at["error"]), p.load(at["not_finite"])), number(1.0 / self.states)
        )
        error = p.call_one("sqrt", mean)
        p.store(error, at["error"])
        step, last_step = p.load(at["step"]), p.load(at["last_step"])
        doubt = p.compare("ogt", p.load(at["pivot_doubt"]), number(0.5))
        accepted = p.unless(doubt, p.compare("ole", error, number(1.0)))
        p.store(p.truth(accepted), at["accepted"])
        floor = number(1e-6)
        bounded = p.select(p.compare("ogt", error, floor), error, floor)
        factor = p.op("fmul", self._power(p, bounded, -1.0 / self.error_order), number(_SAFETY))
        # What the last two accepted steps say about how the error changes.
        last_error = p.load(at["last_error"])
        ratio = p.op("fdiv", last_error, p.op("fmul", bounded, bounded))
        predicted = self._power(p, ratio, 1.0 / self.error_order)
        predicted = p.op("fmul", p.op("fmul", predicted, number(_SAFETY)), p.op("fdiv", step, last_step))
        known = p.compare("ogt", last_error, number(0.0))
        smaller = p.select(p.compare("olt", predicted, factor), predicted, factor)
        accepted_factor = p.select(known, smaller, factor)
        most = p.select(
            p.compare("ogt", p.load(at["rejected_before"]), number(0.5)), number(1.0), number(_MOST_GROWTH)
        )
        accepted_factor = p.select(p.compare("olt", accepted_factor, most), accepted_factor, most)
        final = p.select(accepted, accepted_factor, factor)
        final = p.select(p.compare("ogt", final, number(_MOST_SHRINKAGE)), final, number(_MOST_SHRINKAGE))
        final = p.select(doubt, number(_MOST_SHRINKAGE), final)
        final = p.select(p.compare("uno", error, error), number(_AFTER_NAN), final)
        p.store(p.op("fmul", step, final), at["proposal"])
        floor = number(1e-2)
        p.store(
            p.select(accepted, p.select(p.compare("ogt", error, floor), error, floor), last_error),
            at["last_error"],
        )
        p.store(p.select(accepted, step, last_step), at["last_step"])
        p.store(p.select(accepted, number(0.0), number(1.0)), at["rejected_before"])
        return self._function("control", p)

    def _power(self, p: Piece, x: str, exponent: float) -> str:
        return p.result(f"call {p.vector} @power({p.vector} {x}, {p.vector} {p.operand(number(exponent))})")

    def _prepare(self) -> str:
        """Fit the step to the next change: reach it exactly, and not with a sliver of a last step."""
        p, at = Piece(self.target), self.layout
        proposal, time, stop = p.load(at["proposal"]), p.load(at["time"]), p.load(at["stop"])
        rest = p.op("fsub", stop, time)
        near = p.compare("oge", p.op("fmul", proposal, number(1.01)), rest)
        halves = p.compare("ogt", p.op("fmul", proposal, number(2.0)), rest)
        half = p.op("fmul", rest, number(0.5))
        step = p.select(near, rest, p.select(halves, half, proposal))
        p.store(step, at["step"])
        p.store(p.select(near, stop, p.op("fadd", time, step)), at["next_time"])
        if "start_time" in at.places:
            first = p.load(at["first_stage"])
            p.store(p.select(p.compare("ogt", first, time), first, time), at["start_time"])
        return self._function("prepare", p)

    def _commit(self) -> str:
        """Move on the lanes whose step was accepted."""
        at = self.layout
        before = Piece(self.target)
        accepted = before.compare("ogt", before.load(at["accepted"]), number(0.5))
        time = before.select(accepted, before.load(at["next_time"]), before.load(at["time"]))
        before.store(time, at["time"])
        state, new = self._base(before, at["state"]), self._base(before, at["stage_state"])
        largest = self._base(before, at["largest"])
        carried = [
            (self._base(before, source), self._base(before, target)) for source, target in self.carried
        ]

        def body(p: Piece, _totals: list[str]) -> list[str]:
            value = p.select(accepted, p.load_at(new, "%i"), p.load_at(state, "%i"))
            p.store_at(value, state, "%i")
            size, most = p.call_one("fabs", value), p.load_at(largest, "%i")
            p.store_at(p.select(p.compare("ogt", size, most), size, most), largest, "%i")
            for source, target in carried:
                kept = p.select(accepted, p.load_at(source, "%i"), p.load_at(target, "%i"))
                p.store_at(kept, target, "%i")
            return []

        return self._loop("commit", before, body)

    def _guess(self) -> list[str]:
        """Start fresh lanes: forecast how large their states will become, then guess a first step.

        A state that has just begun to grow from zero needs no relative accuracy yet, but nothing so far says how
        large it will be. One linearly implicit Euler step over the model's own horizon does: it carries a dose
        through the whole chain of what comes after it. What it says counts as if it had been reached.

        Where states decay or pass on what they hold, no pivot of that step is smaller than one over the horizon. A
        state that grows by itself takes from its pivot, and near zero the step forecasts any size whatever; an error
        judged by it would pass unseen. The forecast of a lane with such a pivot is left out.
        """
        at = self.layout
        p = Piece(self.target)
        inverse = p.op("fdiv", number(1.0), p.load(at["horizon"]))
        p.store(inverse, at["inverse_gamma_step"])
        p.store(inverse, at["inverse_step"])
        p.store(number(0.0), at["time_weight"])
        slope = self._base(p, at["slope"])
        p.raw(
            f"  call void @first(ptr %w)\n  call void @keep_slope(ptr %w)\n  call void @solve(ptr %w, ptr {slope})"
        )
        p.raw("  call void @shortest(ptr %w)\n  call void @forecast(ptr %w)\n  call void @guess_size(ptr %w)")
        size, speed = p.call_one("sqrt", p.load(at["theta"])), p.call_one("sqrt", p.load(at["sample_time"]))
        share = p.op(
            "fmul", self._power(p, p.load(at["relative"]), 1.0 / self.error_order), number(_FIRST_SHARE)
        )
        step = p.op("fmul", p.op("fdiv", size, speed), share)
        still = p.either(p.compare("ult", size, number(1e-5)), p.compare("ult", speed, number(1e-5)))
        step = p.select(still, p.op("fmul", p.load(at["horizon"]), number(1e-6)), step)
        step = p.op("fmul", step, p.load(at["first_factor"]))
        fresh = p.compare("ogt", p.load(at["fresh"]), number(0.5))
        p.store(p.select(fresh, step, p.load(at["proposal"])), at["proposal"])
        p.store(p.select(fresh, number(0.0), p.load(at["last_error"])), at["last_error"])
        p.store(p.select(fresh, number(0.0), p.load(at["rejected_before"])), at["rejected_before"])
        p.store(number(0.0), at["fresh"])
        return [self._keep_slope(), self._forecast(), self._guess_size(), self._function("guess", p)]

    def _consistent(self) -> list[str]:
        """One step of Newton's method for the algebraic unknowns of the lanes that ask for it in `settling`.

        A vanishing step makes the matrix hold what has a mass and leaves minus the Jacobian elsewhere. `error` counts
        the unknowns that still move, `not_finite` those that move by more than rounding can explain.
        """
        at = self.layout
        before = Piece(self.target)
        chosen = before.compare("ogt", before.load(at["settling"]), number(0.5))
        state, change = self._base(before, at["state"]), self._base(before, at["slope"])
        mass, absolute = self._base(before, at["mass"]), before.load(at["absolute"])

        def body(p: Piece, totals: list[str]) -> list[str]:
            y, by = p.load_at(state, "%i"), p.load_at(change, "%i")
            free = p.compare("olt", p.load_at(mass, "%i"), number(0.5))
            new = p.op("fadd", y, by)
            p.store_at(p.select(p.both(chosen, free), new, y), state, "%i")
            by, size = p.call_one("fabs", by), p.call_one("fabs", new)
            # An unknown that has run away to infinity would else move by no more than rounding of itself.
            size = p.select(p.compare("olt", size, number(1e300)), size, number(1e300))
            still = p.op("fadd", p.op("fmul", size, number(_NEWTON_STILL)), number(1e-300))
            close = p.op("fadd", p.op("fmul", size, number(_NEWTON_CLOSE)), absolute)
            moves = p.truth(p.both(free, p.compare("ugt", by, still)))
            strays = p.truth(p.both(free, p.compare("ugt", by, close)))
            return [p.op("fadd", totals[0], moves), p.op("fadd", totals[1], strays)]

        correct = self._loop("correct", before, body, ["error", "not_finite"])
        p = Piece(self.target)
        p.store(number(1e30), at["inverse_gamma_step"])
        p.store(number(0.0), at["time_weight"])
        slope = self._base(p, at["slope"])
        p.raw(
            f"  call void @first(ptr %w)\n  call void @solve(ptr %w, ptr {slope})\n  call void @correct(ptr %w)"
        )
        return [correct, self._function("newton", p)]

    def _keep_slope(self) -> str:
        before = Piece(self.target)
        slope, kept = self._base(before, self.layout["slope"]), self._base(before, self.layout["stage_state"])

        def body(p: Piece, _totals: list[str]) -> list[str]:
            p.store_at(p.load_at(slope, "%i"), kept, "%i")
            return []

        return self._loop("keep_slope", before, body)

    def _forecast(self) -> str:
        at = self.layout
        before = Piece(self.target)
        fresh = before.compare("ogt", before.load(at["fresh"]), number(0.5))
        bound = before.op("fmul", before.load(at["horizon"]), number(1.0 / _LEAST_PIVOT))
        fresh = before.both(fresh, before.compare("ole", before.load(at["theta"]), bound))
        state, change = self._base(before, at["state"]), self._base(before, at["slope"])
        largest = self._base(before, at["largest"])

        def body(p: Piece, _totals: list[str]) -> list[str]:
            most = p.load_at(largest, "%i")
            later = p.call_one("fabs", p.op("fadd", p.load_at(state, "%i"), p.load_at(change, "%i")))
            more = p.both(fresh, p.compare("ogt", later, most))
            more = p.both(more, p.compare("olt", later, number(float("inf"))))
            p.store_at(p.select(more, later, most), largest, "%i")
            return []

        return self._loop("forecast", before, body)

    def _guess_size(self) -> str:
        at = self.layout
        before = Piece(self.target)
        relative, absolute = before.load(at["relative"]), before.load(at["absolute"])
        state, slopes = self._base(before, at["state"]), self._base(before, at["stage_state"])
        largest = self._base(before, at["largest"])

        def body(p: Piece, totals: list[str]) -> list[str]:
            y, slope = p.load_at(state, "%i"), p.load_at(slopes, "%i")
            inverse = self._inverse_scale(p, y, y, p.load_at(largest, "%i"), relative, absolute)
            a, b = p.op("fmul", y, inverse), p.op("fmul", slope, inverse)
            return [
                p.loose("fadd", totals[0], p.loose("fmul", a, a)),
                p.loose("fadd", totals[1], p.loose("fmul", b, b)),
            ]

        return self._loop("guess_size", before, body, ["theta", "sample_time"])


def _weighed(p: Piece, weights: Sequence[float], values: Sequence[str], total: str | None = None) -> str:
    """Add weighed values to a total, or to nothing, one after the other: in whichever parts, with the same bits."""
    for weight, value in zip(weights, values, strict=True):
        part = p.loose("fmul", value, number(weight))
        total = part if total is None else p.loose("fadd", total, part)
    assert total is not None
    return total
