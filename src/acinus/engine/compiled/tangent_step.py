"""The method's share of the code for sensitivities: the derivative of the step, stage by stage.

With u_i the stages of the step just made, S the tangent of the state at its start, W = M / (gamma h) - J and a prime for
the derivative by one parameter,

    W v_i = [f(t_i, Y_i)]' + M sum_j (c_ij / h) v_j + d_i h [df/dt]' + J' u_i,   Y_i' = S + sum_j a_ij v_j.

It is the exact derivative of the discrete step with its length held, so its error is of the step's own order; the
factors of W are those of the step. S at the end is Y' of the last stage plus the last v, and the dense output of S has
the weights of that of the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Piece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.rosenbrock import RosenbrockMethod
    from acinus.engine.compiled.tangent_layout import Block
    from acinus.engine.compiled.target import Target

__all__ = ["TangentStep"]

_HELD = 1e30  # weight that keeps a state where it is while algebraic equations are solved


class TangentStep:
    """Writes the functions that are the same for all models of one size."""

    def __init__(self, layout: Layout, block: Block, method: RosenbrockMethod, target: Target) -> None:
        self.layout, self.block, self.method, self.target = layout, block, method, target

    def text(self) -> str:
        """Return all functions; each takes the working memory and the block of one parameter."""
        parts = [self._copy(), self._direction(), self._parameters(), self._commit()]
        for s in range(self.method.stages):
            parts += [
                self._curvature(s),
                self._argument(s),
                self._linear(s),
                self._combine(s),
                self._stage(s),
            ]
        parts.append(self._finish())
        if self.layout.sizes["mass"]:
            parts += [self._hold(), *self._project()]
        return "\n".join(parts)

    # ----------------------------------------------------------------------------------------------- frames
    def _function(self, name: str, piece: Piece, pointer: str = ", ptr %u") -> str:
        return f"define internal void @{name}(ptr %w{pointer}) #0 {{\n{piece.text}\n  ret void\n}}"

    def _loop(
        self, name: str, before: Piece, body: Callable[[Piece], None], pointer: str = ", ptr %u"
    ) -> str:
        piece = Piece(self.target, "x")
        body(piece)
        lines = [
            f"define internal void @{name}(ptr %w{pointer}) #0 {{",
            "entry:",
            *before.lines,
            "  br label %again",
            "again:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %again ]",
            *piece.lines,
            "  %next = add nuw nsw i64 %i, 1",
            f"  %done = icmp eq i64 %next, {self.block.states}",
            "  br i1 %done, label %end, label %again",
            "end:",
            "  ret void",
            "}",
        ]
        return "\n".join(lines)

    def _copy(self) -> str:
        piece = Piece(self.target, "x")
        piece.store_at(piece.load_at("%from", "%i"), "%to", "%i")
        lines = [
            "define internal void @tangent_copy(ptr %from, ptr %to, i64 %count) #0 {",
            "entry:",
            "  br label %head",
            "head:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %again ]",
            "  %more = icmp slt i64 %i, %count",
            "  br i1 %more, label %again, label %end",
            "again:",
            *piece.lines,
            "  %next = add nuw nsw i64 %i, 1",
            "  br label %head",
            "end:",
            "  ret void",
            "}",
        ]
        return "\n".join(lines)

    @staticmethod
    def _call_copy(p: Piece, source: str, target: str, count: int) -> None:
        p.raw(f"  call void @tangent_copy(ptr {source}, ptr {target}, i64 {count})")

    # ------------------------------------------------------------------------------------------- directions
    def _direction(self) -> str:
        """Take the direction of one parameter: tangents of states and inputs, the time held."""
        p, block, direction = Piece(self.target), self.block, self.layout["direction"]
        self._call_copy(p, p.place("%u", block.sensitivity), p.place("%w", direction), block.states)
        inputs = direction + block.states
        self._call_copy(p, p.place("%u", block.inputs), p.place("%w", inputs), block.input_count)
        p.store(number(0.0), inputs + block.input_count)
        return self._function("tangent_direction", p)

    def _parameters(self) -> str:
        """Take the tangents of the parameters as the direction."""
        p, block = Piece(self.target), self.block
        target = self.layout["direction"] + block.states + block.input_count + 1
        self._call_copy(p, p.place("%u", block.parameters), p.place("%w", target), block.parameter_count)
        return self._function("tangent_parameters", p)

    # ------------------------------------------------------------------------------------------------ stages
    def _curvature(self, s: int) -> str:
        """Leave J' u and the share of time where the tangent of a stage will stand."""
        p, at, block = Piece(self.target), self.layout, self.block
        p.store(p.op("fmul", p.load(at["step"]), number(self.method.d[s])), at["time_weight"])
        stage, target = p.place("%w", at[f"stage_{s}"]), p.place("%u", block.stage(s))
        p.raw(f"  call void @tangent_curvature_product(ptr %w, ptr {stage}, ptr {target})")
        return self._function(f"tangent_curved_{s}", p)

    def _argument(self, s: int) -> str:
        """Form the argument of stage s and its time again."""
        at, method = self.layout, self.method
        before = Piece(self.target)
        time = before.load(at["time"])
        if method.alpha[s]:
            time = before.fma(before.load(at["step"]), number(method.alpha[s]), time)
        before.store(time, at["tangent_time"])
        state, there = before.place("%w", at["state"]), before.place("%w", at["tangent_state"])
        stages = [before.place("%w", at[f"stage_{j}"]) for j in range(s)]

        def body(p: Piece) -> None:
            if method.extends(s):
                value = p.loose("fadd", p.load_at(there, "%i"), p.load_at(stages[s - 1], "%i"))
            else:
                value = p.load_at(state, "%i")
                for j in range(s):
                    if method.a[s][j]:
                        part = p.loose("fmul", p.load_at(stages[j], "%i"), number(method.a[s][j]))
                        value = p.loose("fadd", value, part)
            p.store_at(value, there, "%i")

        return self._loop(f"tangent_argument_{s}", before, body, pointer="")

    def _linear(self, s: int) -> str:
        """Compute the slopes at stage s, for all parameters."""
        p = Piece(self.target)
        p.raw(f"  call void @tangent_argument_{s}(ptr %w)\n  call void @tangent_slopes(ptr %w)")
        return self._function(f"tangent_linear_{s}", p, pointer="")

    def _combine(self, s: int) -> str:
        """Form the tangent of the argument of stage s and, in its own place, the sums that enter its right-hand side."""
        at, method, block = self.layout, self.method, self.block
        before = Piece(self.target)
        inverse = before.load(at["inverse_step"])
        start, direction = before.place("%u", block.sensitivity), before.place("%w", at["direction"])
        stages = [before.place("%u", block.stage(j)) for j in range(s + 1)]
        mass = before.place("%w", at["mass"]) if at.sizes["mass"] else None

        def body(p: Piece) -> None:
            v = [p.load_at(stages[j], "%i") for j in range(s)]
            argument, total = p.load_at(start, "%i"), None
            for j in range(s):
                if method.a[s][j]:
                    argument = p.loose("fadd", argument, p.loose("fmul", v[j], number(method.a[s][j])))
                part = p.loose("fmul", v[j], number(method.c[s][j]))
                total = part if total is None else p.loose("fadd", total, part)
            p.store_at(argument, direction, "%i")
            known = p.load_at(stages[s], "%i")
            if total is not None:
                total = p.op("fmul", total, inverse)
                total = p.op("fmul", total, p.load_at(mass, "%i")) if mass else total
                known = p.op("fadd", known, total)
            p.store_at(known, stages[s], "%i")

        return self._loop(f"tangent_combine_{s}", before, body)

    def _stage(self, s: int) -> str:
        p = Piece(self.target)
        p.raw(f"  call void @tangent_combine_{s}(ptr %w, ptr %u)")
        stage = p.place("%u", self.block.stage(s))
        p.raw(f"  call void @tangent_stage_product(ptr %w, ptr %u, ptr {stage})")
        p.raw(f"  call void @solve(ptr %w, ptr {stage})")
        if s == self.method.stages - 1:
            p.raw("  call void @tangent_finish(ptr %w, ptr %u)")
        return self._function(f"tangent_stage_{s}", p)

    def _finish(self) -> str:
        before = Piece(self.target)
        argument = before.place("%w", self.layout["direction"])
        last = before.place("%u", self.block.stage(self.method.stages - 1))
        new = before.place("%u", self.block.new)

        def body(p: Piece) -> None:
            p.store_at(p.op("fadd", p.load_at(argument, "%i"), p.load_at(last, "%i")), new, "%i")

        return self._loop("tangent_finish", before, body)

    def _commit(self) -> str:
        """Move on the lanes whose step was accepted."""
        before = Piece(self.target)
        accepted = before.compare("ogt", before.load(self.layout["accepted"]), number(0.5))
        old, new = before.place("%u", self.block.sensitivity), before.place("%u", self.block.new)

        def body(p: Piece) -> None:
            p.store_at(p.select(accepted, p.load_at(new, "%i"), p.load_at(old, "%i")), old, "%i")

        return self._loop("tangent_commit", before, body)

    def _hold(self) -> str:
        """Factor the matrix that holds what has a mass and solves the algebraic equations; find the slopes here."""
        p, at = Piece(self.target), self.layout
        p.store(number(_HELD), at["inverse_gamma_step"])
        p.store(number(0.0), at["time_weight"])
        p.raw("  call void @first(ptr %w)\n  call void @tangent_linear_0(ptr %w)")
        return self._function("tangent_hold", p, pointer="")

    def _project(self) -> list[str]:
        """Leave by how much the tangents miss the linearised algebraic equations where the first stage's stands."""
        before = Piece(self.target)
        missed = before.place("%u", self.block.stage(0))
        clear = self._loop("tangent_clear", before, lambda p: p.store_at(number(0.0), missed, "%i"))
        p = Piece(self.target)
        p.raw("  call void @tangent_direction(ptr %w, ptr %u)\n  call void @tangent_clear(ptr %w, ptr %u)")
        missed = p.place("%u", self.block.stage(0))
        p.raw(f"  call void @tangent_stage_product(ptr %w, ptr %u, ptr {missed})")
        p.raw(f"  call void @solve(ptr %w, ptr {missed})")
        return [clear, self._function("tangent_project", p)]
