"""A step of a collocation method: Newton's method on all stages at once, each lane in as many rounds as it needs.

A round evaluates the slopes of all stages, turns the residual into the coordinates in which the system falls apart,
solves one real and some complex systems, and corrects the lanes that are not done. What a lane does follows from its
own numbers; rounds that only its neighbours need leave it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.step_code import StepCode
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.complex_elimination import ComplexElimination
    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.radau import RadauMethod
    from acinus.engine.compiled.target import Target

__all__ = ["CollocationCode"]

_MOST_ROUNDS = 10
#: The stages are done when what is left of their error is this share of what a step may err.
_DONE = 1e-2
#: Newton's method that does not converge counts as an error so large.
_ERROR_OF_FAILURE = 1e4


class CollocationCode(StepCode):
    """Writes the functions of a step of a Radau method."""

    def __init__(
        self,
        layout: Layout,
        method: RadauMethod,
        target: Target,
        states: int,
        pairs: ComplexElimination,
    ) -> None:
        super().__init__(layout, method, target, states)
        self.collocation, self.pairs = method, pairs

    @property
    def carried(self) -> list[tuple[int, int]]:
        """The increments of the stages, from which the next step is forecast."""
        previous = self.layout["previous"]
        return [(self._stage(s), previous + s * self.states) for s in range(self.collocation.stages)]

    def method_functions(self) -> list[str]:
        """Return ``@attempt(w)`` and what it calls."""
        places = [self._place(s) for s in range(self.collocation.stages)]
        return [
            self._foresee(),
            *places,
            self._transform(),
            self._correct_stages(),
            self._judge(),
            self._attempt(),
            self._leave_stages(),
            self._finish(),
        ]

    # ------------------------------------------------------------------------------------------------- memory
    def _pair(self, k: int) -> int:
        return self.layout["pairs"] + k * self.pairs.size

    def _right(self, s: int) -> int:
        """Return where the slope of stage s, and later the correction of coordinate s, lies."""
        if s == 0:
            return self.layout["correction"]
        part = self.pairs.imaginary if (s - 1) % 2 else self.pairs.real
        return self._pair((s - 1) // 2) + part

    def _rows(self, p: Piece, region: str) -> list[str]:
        first = self.layout[region]
        return [self._base(p, first + s * self.states) for s in range(self.collocation.stages)]

    def _weighed(self, p: Piece, weights: Sequence[float], values: Sequence[str]) -> str:
        total = p.loose("fmul", values[0], number(weights[0]))
        for weight, value in zip(weights[1:], values[1:], strict=True):
            total = p.loose("fadd", total, p.loose("fmul", value, number(weight)))
        return total

    # --------------------------------------------------------------------------------------------------- step
    def _attempt(self) -> str:
        """One step of every lane, up to its error and the proposal for the next."""
        at, method = self.layout, self.collocation
        e = Piece(self.target, "e")
        inverse = e.op("fdiv", number(1.0), e.load(at["step"]))
        e.store(inverse, at["inverse_step"])
        e.store(e.op("fmul", inverse, number(method.real)), at["inverse_gamma_step"])
        for name in ("time_weight", "pivot_doubt", "newton_failed", "newton_size"):
            e.store(number(0.0), at[name])
        e.store(number(1.0), at["newton_active"])
        e.raw("  call void @first(ptr %w)\n  call void @foresee(ptr %w)")
        for k, (real, imaginary) in enumerate(method.pairs):
            e.store(e.op("fmul", inverse, number(real)), self._pair(k))
            e.store(e.op("fmul", inverse, number(imaginary)), self._pair(k) + 1)
            e.raw(f"  call void @factor_pair(ptr %w, ptr {self._base(e, self._pair(k))})")
        r = Piece(self.target, "r")
        step, time = r.load(at["step"]), r.load(at["time"])
        for s, node in enumerate(method.nodes):
            r.store(self._in_branch(r, r.fma(step, number(node), time)), at["stage_time"])
            r.raw(f"  call void @place_{s}(ptr %w)")
            r.raw(f"  call void @slopes(ptr %w, ptr {self._base(r, self._right(s))})")
        r.raw("  call void @transform(ptr %w)")
        r.raw(f"  call void @solve(ptr %w, ptr {self._base(r, at['correction'])})")
        for k in range(len(method.pairs)):
            r.raw(f"  call void @solve_pair(ptr %w, ptr {self._base(r, self._pair(k))})")
        r.raw("  call void @correct_stages(ptr %w)\n  call void @judge(ptr %w)")
        active = r.compare("ogt", r.load(at["newton_active"]), number(0.5))
        bits = f"i{self.target.lanes}"
        word = r.result(f"bitcast {r.mask} {active} to {bits}")
        some = r.result(f"icmp ne {bits} {word}, 0")
        a = Piece(self.target, "a")
        # A lane that has used up its rounds is still active.
        unfinished = a.either(
            a.compare("ogt", a.load(at["newton_active"]), number(0.5)),
            a.compare("ogt", a.load(at["newton_failed"]), number(0.5)),
        )
        a.store(a.truth(unfinished), at["newton_failed"])
        a.raw("  call void @leave_stages(ptr %w)")
        a.raw(f"  call void @solve(ptr %w, ptr {self._base(a, at['correction'])})")
        a.raw("  call void @finish(ptr %w)")
        error = a.load(at["error"])
        large = a.op("fmul", a.load(at["newton_failed"]), number(_ERROR_OF_FAILURE**2 * self.states))
        a.store(a.op("fadd", error, large), at["error"])
        a.raw("  call void @control(ptr %w)")
        return "\n".join(
            [
                "define internal void @attempt(ptr %w) #0 {\nentry:",
                e.text,
                "  br label %round\nround:\n  %count = phi i64 [ 0, %entry ], [ %next, %round ]",
                r.text,
                f"  %next = add nuw nsw i64 %count, 1\n  %few = icmp ult i64 %next, {_MOST_ROUNDS}",
                f"  %again = and i1 %few, {some}\n  br i1 %again, label %round, label %after\nafter:",
                a.text,
                "  ret void\n}",
            ]
        )

    def _foresee(self) -> str:
        """Carry the polynomial of the last step on as a first guess; keep the scale of the step's start."""
        at, method = self.layout, self.collocation
        before = Piece(self.target)
        known = before.compare("ogt", before.load(at["last_error"]), number(0.0))
        ratio = before.op("fdiv", before.load(at["step"]), before.load(at["last_step"]))
        powers = [ratio]
        for _ in range(method.stages - 1):
            powers.append(before.op("fmul", powers[-1], ratio))
        relative, absolute = before.load(at["relative"]), before.load(at["absolute"])
        state, largest, weight = (self._base(before, at[name]) for name in ("state", "largest", "weight"))
        previous, coordinates = self._rows(before, "previous"), self._rows(before, "coordinates")

        def body(p: Piece, _totals: list[str]) -> list[str]:
            y = p.load_at(state, "%i")
            p.store_at(
                self._inverse_scale(p, y, y, p.load_at(largest, "%i"), relative, absolute), weight, "%i"
            )
            old = [p.load_at(row, "%i") for row in previous]
            taylor = [
                p.op("fmul", self._weighed(p, row, old), power)
                for row, power in zip(method.forecast, powers, strict=True)
            ]
            for row, target in zip(method.started, coordinates, strict=True):
                p.store_at(p.select(known, self._weighed(p, row, taylor), number(0.0)), target, "%i")
            return []

        return self._loop("foresee", before, body)

    def _place(self, s: int) -> str:
        before = Piece(self.target)
        state, stage_state = (self._base(before, self.layout[name]) for name in ("state", "stage_state"))
        coordinates = self._rows(before, "coordinates")

        def body(p: Piece, _totals: list[str]) -> list[str]:
            increment = self._weighed(
                p, self.collocation.to_stages[s], [p.load_at(row, "%i") for row in coordinates]
            )
            p.store_at(p.loose("fadd", p.load_at(state, "%i"), increment), stage_state, "%i")
            return []

        return self._loop(f"place_{s}", before, body)

    def _transform(self) -> str:
        """Turn the slopes of the stages into the right-hand sides of the systems."""
        at, method = self.layout, self.collocation
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        eigenvalues = [(number(method.real), number(0.0))]
        eigenvalues += [(number(a), number(b)) for a, b in method.pairs]
        over_step = [(before.op("fmul", inverse, a), before.op("fmul", inverse, b)) for a, b in eigenvalues]
        right = [self._base(before, self._right(s)) for s in range(method.stages)]
        coordinates = self._rows(before, "coordinates")
        mass = self._base(before, at["mass"]) if at.sizes["mass"] else None

        def body(p: Piece, _totals: list[str]) -> list[str]:
            slopes = [p.load_at(row, "%i") for row in right]
            w = [p.load_at(row, "%i") for row in coordinates]
            if mass is not None:
                m = p.load_at(mass, "%i")
                w = [p.op("fmul", value, m) for value in w]
            turned = [self._weighed(p, row, slopes) for row in method.from_stages]
            p.store_at(p.loose("fsub", turned[0], p.loose("fmul", over_step[0][0], w[0])), right[0], "%i")
            for k, (a, b) in enumerate(over_step[1:]):
                re, im = 2 * k + 1, 2 * k + 2
                first = p.loose("fsub", turned[re], p.loose("fmul", a, w[re]))
                p.store_at(p.loose("fadd", first, p.loose("fmul", b, w[im])), right[re], "%i")
                second = p.loose("fsub", turned[im], p.loose("fmul", b, w[re]))
                p.store_at(p.loose("fsub", second, p.loose("fmul", a, w[im])), right[im], "%i")
            return []

        return self._loop("transform", before, body)

    def _correct_stages(self) -> str:
        at = self.layout
        before = Piece(self.target)
        active = before.compare("ogt", before.load(at["newton_active"]), number(0.5))
        weight = self._base(before, at["weight"])
        right = [self._base(before, self._right(s)) for s in range(self.collocation.stages)]
        coordinates = self._rows(before, "coordinates")

        def body(p: Piece, totals: list[str]) -> list[str]:
            total, scale = totals[0], p.load_at(weight, "%i")
            for change, row in zip(right, coordinates, strict=True):
                d, w = p.load_at(change, "%i"), p.load_at(row, "%i")
                p.store_at(p.select(active, p.op("fadd", w, d), w), row, "%i")
                scaled = p.op("fmul", d, scale)
                total = p.loose("fadd", total, p.loose("fmul", scaled, scaled))
            return [total]

        return self._loop("correct_stages", before, body, ["newton_total"])

    def _judge(self) -> str:
        """Decide lane by lane whether Newton's method is done, goes on or has failed."""
        p, at = Piece(self.target), self.layout
        count = self.states * self.collocation.stages
        active = p.compare("ogt", p.load(at["newton_active"]), number(0.5))
        size = p.call_one("sqrt", p.op("fmul", p.load(at["newton_total"]), number(1.0 / count)))
        old = p.load(at["newton_size"])
        known = p.compare("ogt", old, number(0.0))
        ratio = p.op("fdiv", size, old)
        shrinks = p.both(known, p.compare("olt", ratio, number(1.0)))
        left = p.op("fdiv", p.op("fmul", size, ratio), p.op("fsub", number(1.0), ratio))
        done = p.either(
            p.compare("olt", size, number(_DONE)),
            p.both(shrinks, p.compare("olt", left, number(_DONE))),
        )
        grows = p.both(known, p.compare("uge", ratio, number(1.0)))
        lost = p.either(grows, p.compare("uno", size, size))
        failed = p.unless(done, lost)
        over = p.both(active, failed)
        p.store(p.select(over, number(1.0), p.load(at["newton_failed"])), at["newton_failed"])
        goes_on = p.unless(p.either(done, failed), active)
        p.store(p.truth(goes_on), at["newton_active"])
        p.store(p.select(active, size, old), at["newton_size"])
        return self._function("judge", p)

    def _leave_stages(self) -> str:
        """Form the increments and the new state, and what the error is estimated from.

        The estimate itself divides by the stiffness of a state, as its error at the end of the step does. Within the
        step the polynomial may stray further from a stiff state that is driven from outside. How far is seen from the
        change of its leading coefficient since the last step.
        """
        at, method = self.layout, self.collocation
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        known = before.compare("ogt", before.load(at["last_error"]), number(0.0))
        ratio = before.op("fdiv", before.load(at["step"]), before.load(at["last_step"]))
        power = ratio
        for _ in range(method.stages - 1):
            power = before.op("fmul", power, ratio)
        # Between the middles of both steps lie (1 + 1 / ratio) / 2 of this one.
        apart = before.op("fadd", number(0.5), before.op("fdiv", number(0.5), ratio))
        bulge = before.op("fdiv", number(method.bulge / (method.stages + 1)), apart)
        state, new, slope, correction = (
            self._base(before, at[name]) for name in ("state", "stage_state", "slope", "correction")
        )
        coordinates, stages = self._rows(before, "coordinates"), self._rows(before, "stages")
        previous, bulges = self._rows(before, "previous"), self._base(before, at["bulge"])
        mass = self._base(before, at["mass"]) if at.sizes["mass"] else None

        def body(p: Piece, _totals: list[str]) -> list[str]:
            w = [p.load_at(row, "%i") for row in coordinates]
            z = [self._weighed(p, row, w) for row in method.to_stages]
            for value, row in zip(z, stages, strict=True):
                p.store_at(value, row, "%i")
            old = self._weighed(p, method.forecast[-1], [p.load_at(row, "%i") for row in previous])
            turn = p.op("fsub", self._weighed(p, method.forecast[-1], z), p.op("fmul", old, power))
            p.store_at(p.select(known, p.op("fmul", turn, bulge), number(0.0)), bulges, "%i")
            p.store_at(p.op("fadd", p.load_at(state, "%i"), z[-1]), new, "%i")
            change = p.op("fmul", self._weighed(p, method.error, z), inverse)
            if mass is not None:
                change = p.op("fmul", change, p.load_at(mass, "%i"))
            p.store_at(p.op("fadd", p.load_at(slope, "%i"), change), correction, "%i")
            return []

        return self._loop("leave_stages", before, body)

    def _finish(self) -> str:
        """Form the root mean square of the scaled errors."""
        at = self.layout
        before = Piece(self.target)
        relative, absolute = before.load(at["relative"]), before.load(at["absolute"])
        state, new, largest, change, bulge = (
            self._base(before, at[name])
            for name in ("state", "stage_state", "largest", "correction", "bulge")
        )

        def body(p: Piece, totals: list[str]) -> list[str]:
            old, value = p.load_at(state, "%i"), p.load_at(new, "%i")
            inverse = self._inverse_scale(p, old, value, p.load_at(largest, "%i"), relative, absolute)
            # Whichever is larger, its sign aside; a sum would count the same error twice.
            end, within = (
                p.call_one("fabs", p.load_at(change, "%i")),
                p.call_one("fabs", p.load_at(bulge, "%i")),
            )
            wrong = p.select(p.compare("ogt", within, end), within, end)
            p.store_at(wrong, change, "%i")
            scaled = p.op("fmul", wrong, inverse)
            # An infinite new state would hide behind an infinite scale; times zero it is not a number.
            return [
                p.loose("fadd", totals[0], p.loose("fmul", scaled, scaled)),
                p.loose("fadd", totals[1], p.loose("fmul", value, number(0.0))),
            ]

        return self._loop("finish", before, body, ["error", "not_finite"])
