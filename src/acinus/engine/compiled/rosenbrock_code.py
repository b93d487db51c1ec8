"""A Rosenbrock step: sums of stages, new state, error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.step_code import StepCode
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.rosenbrock import RosenbrockMethod
    from acinus.engine.compiled.target import Target

__all__ = ["RosenbrockCode"]


class RosenbrockCode(StepCode):
    """Writes the functions of a step of a Rosenbrock method."""

    def __init__(self, layout: Layout, method: RosenbrockMethod, target: Target, states: int) -> None:
        super().__init__(layout, target, states, method.order)
        self.method = method

    def method_functions(self) -> list[str]:
        """Return ``@attempt(w)`` and what it calls."""
        return [*(self._combine(s) for s in range(1, self.method.stages)), self._attempt(), self._finish()]

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
            p.store(p.fma(step, number(self.method.alpha[s]), time), at["stage_time"])
            p.store(p.op("fmul", step, number(self.method.d[s])), at["time_weight"])
            p.raw(f"  call void @combine_{s}(ptr %w)")
            p.raw("  call void @rhs(ptr %w)")
            p.raw(f"  call void @solve(ptr %w, ptr {self._base(p, self._stage(s))})")
        p.raw("  call void @finish(ptr %w)\n  call void @control(ptr %w)")
        return self._function("attempt", p)

    def _combine(self, s: int) -> str:
        """Form the argument of stage s, and the sums that enter its right-hand side."""
        at, method = self.layout, self.method
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        stages = [self._base(before, self._stage(j)) for j in range(s)]
        state, stage_state = self._base(before, at["state"]), self._base(before, at["stage_state"])
        sums = self._base(before, at["sums"])
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
            total = p.loose("fmul", u[0], number(method.c[s][0]))
            for j in range(1, s):
                total = p.loose("fadd", total, p.loose("fmul", u[j], number(method.c[s][j])))
            total = p.op("fmul", total, inverse)
            p.store_at(p.op("fmul", total, p.load_at(mass, "%i")) if mass else total, sums, "%i")
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

        def body(p: Piece, totals: list[str]) -> list[str]:
            u = p.load_at(last, "%i")
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
