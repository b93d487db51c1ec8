"""The model's share of the code: values that are set up once, right-hand side, Jacobian with its factors, solves."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from acinus.engine.compiled.complex_elimination import ComplexElimination
from acinus.engine.compiled.event_kernels import event_kernels
from acinus.engine.compiled.event_plan import EventPlan
from acinus.engine.compiled.kernel import Action, Kernel, Piece, put, put_behind
from acinus.engine.compiled.layout import CONTROL, Layout
from acinus.engine.compiled.pivot_check import PivotKernel, PivotPiece
from acinus.engine.compiled.radau import RadauMethod
from acinus.engine.compiled.rows import backward_order, elimination_rows
from acinus.engine.compiled.tape import LEAVES, Tape
from acinus.engine.compiled.vector_text import number
from acinus.errors import Code, Diagnostic, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from acinus.engine.compiled.rosenbrock import RosenbrockMethod
    from acinus.engine.compiled.rows import Row
    from acinus.engine.compiled.target import Target
    from acinus.system.graph.program import Program

__all__ = ["ModelCode"]


class ModelCode:
    """Writes the functions of one program; the layout it makes is that of the working memory.

    Attributes
    ----------
    layout : Layout
    unknowns : int
        Of the linear systems: the states, then the relays.
    mass : tuple of bool
        Of each unknown.
    rows, backward_rows : list of Row
        In the order of elimination and in that of backward substitution.
    jacobian : dict
        Row and column to place on the tape: the derivatives of the states and relays by the unknowns.
    hoisted : dict
        Place on the tape to slot, for what is computed once per individual.
    """

    #: Whether all stages are still there at the end of an attempt.
    keeps_stages = False

    def __init__(self, program: Program, method: RosenbrockMethod | RadauMethod, target: Target) -> None:
        self.program, self.method, self.target = program, method, target
        self.tape = Tape(program)
        of = self.tape.of_node
        self.derivative = [of[n] for n in program.derivative]
        self.by_time = [of[n] for n in program.time_derivative]
        self.unknowns = len(program.states) + len(program.relays)
        self.mass = (*program.mass, *[False] * len(program.relays))
        self.jacobian = {(i, j): of[n] for i, j, n in program.relayed_jacobian}
        self.rows = elimination_rows(program)
        self.backward_rows = backward_order(self.rows)
        self.uppers = {row.state: row.upper for row in self.rows}
        self.plan = EventPlan(program, self.tape)
        self.assigned = [of[a.node] for h in self.plan.happenings for a in h.assignments]
        self.scales = [
            of[a.scale] for h in self.plan.happenings for a in h.assignments if a.scale is not None
        ]
        self.moments = [of[b.time] for b in program.barriers]
        self.factors = [of[node] for _, node in program.species_slot]
        self.hoisted: dict[int, int] = {}
        #: Slots of the Jacobian's entries that one step's several systems share.
        self.kept: dict[tuple[int, int], int] = {}
        self.pairs = ComplexElimination(self) if isinstance(method, RadauMethod) else None
        self.layout = self._make_layout()

    @functools.cached_property
    def varying(self) -> list[int]:
        """States whose derivative depends on the time itself."""
        return [i for i, place in enumerate(self.by_time) if self.tape.constant(place) != 0.0]

    def text(self) -> str:
        """Return all functions of the model."""
        return "\n".join(self.texts())

    def texts(self) -> Iterator[str]:
        """Write the functions of the model, one after the other."""
        n = len(self.program.states)
        at_start = {"state": self.layout["state"], "param": self.layout["param"], "time": self.layout["time"]}
        at_first = at_start | ({"time": self.layout["start_time"]} if self.plan.known else {})
        at_stage = at_start | {"state": self.layout["stage_state"], "time": self.layout["stage_time"]}
        of = self.tape.of_node
        starts = [of[node] for _, node in self.program.param_start]
        idle, stages = self.idle_between_attempts, (self.layout["stages"], self.layout.sizes["stages"])
        if self.pairs is None:
            stages = (stages[0] + n, stages[1] - n)  # the first one is computed with the factors
        sample = (self.layout["sample_state"], n)
        yield self.kernel("start_values", at_start, {}, idle).text(self._puts(starts, self.layout["start"]))
        yield self.kernel("hoist", at_start, {}, idle).text(
            [put(place, slot) for place, slot in self.hoisted.items()]
        )
        yield self.kernel("initial", at_start, self.hoisted, idle).text(
            self._puts([of[node] for node in self.program.initial], self.layout["stage_state"])
        )
        for name, places in (
            ("barrier_values", self.assigned),
            ("barrier_scales", self.scales),
            ("add_factors", self.factors),
        ):
            yield self.kernel(name, at_start, self.hoisted, idle).text(_puts_behind(places), "%u")
        yield PivotKernel(
            self.tape, self.target, self.layout, "first", at_first, self.hoisted, [stages, sample]
        ).text([action for row in self.rows for action in self._start_row(row)])
        if self.pairs is None:
            yield _SolveKernel(
                self.tape, self.target, self.layout, "rhs", at_stage, self.hoisted, [sample]
            ).text([self._stage_value(row) for row in self.rows], "%u")
        else:
            yield self.kernel("slopes", at_stage, self.hoisted, [stages, sample]).text(
                _puts_behind(self.derivative), "%u"
            )
        yield self._solve()
        yield self._shortest()
        yield from event_kernels(self, at_start)
        if self.pairs is not None:
            yield self.pairs.text()

    # ----------------------------------------------------------------------------------------------- layout
    def _make_layout(self) -> Layout:
        program, layout = self.program, Layout()
        n = len(program.states)
        for name in CONTROL:
            layout.region(name, 1)
        layout.region("state", n)
        layout.region("stage_state", n)
        layout.region("relays", len(program.relays))
        self._lay_stages(layout)
        layout.region("factors", self._number_factors(layout.size))
        layout.region("by_time", len(self.varying))
        self._hoist(layout)
        layout.region("param", len(program.params))
        layout.region("largest", n)
        layout.region("mass", 0 if all(program.mass) else n)
        layout.region("settling", 0 if all(program.mass) else 1)  # 1.0 where unknowns are made consistent
        if self.pairs is not None:
            self._make_room_for_collocation(layout, self.pairs)
        # Between steps the stages are not needed; that is when individuals change.
        end = layout.share("start", len(self.program.param_start), "stages")
        if all(program.mass):
            end = layout.share("barrier_values", len(self.assigned), "stages", end)
        else:
            layout.region("barrier_values", len(self.assigned))  # must outlive a search for consistent values
        end = layout.share("barrier_again", len(self.assigned), "stages", end)
        end = layout.share("barrier_scales", len(self.scales), "stages", end)
        layout.share("add_factors", len(self.factors), "stages", end)
        layout.region("sample_state", n)
        self.plan.reserve(layout)
        self._reserve(layout)
        layout.region("scratch", 0)
        return layout

    def _lay_stages(self, layout: Layout) -> None:
        """Lay out the stages; what a Rosenbrock method folds them into takes their place, the last stage at the end."""
        n, method = len(self.program.states), self.method
        names = [f"stage_{s}" for s in range(method.stages)]
        if isinstance(method, RadauMethod):
            first, then = names, []
            layout.region("slope", n)
        else:
            first, last = names[: method.fold], names[method.fold :]
            later = [f"later_{s}" for s in range(method.fold + 1, method.stages)]
            then = [*later, *(f"dense_{r}" for r in range(len(method.dense))), *last]
        start = len(first) if self.keeps_stages else max(0, len(first) - len(then))
        layout.region("stages", n * max(len(first), start + len(then)))
        for k, name in [*enumerate(first), *enumerate(then, start)]:
            layout.share(name, n, "stages", k * n)
        if not isinstance(method, RadauMethod):
            layout.share("slope", n, "stages")

    def _reserve(self, layout: Layout) -> None:
        """Add the regions of more code than this, ahead of scratch memory."""

    def _make_room_for_collocation(self, layout: Layout, pairs: ComplexElimination) -> None:
        """Reserve what a collocation method needs besides; the slopes of the stages become Newton's corrections."""
        n, stages = len(self.program.states), self.method.stages
        for name in ("newton_active", "newton_failed", "newton_size", "newton_total"):
            layout.region(name, 1)
        layout.region("weight", n)
        layout.region("coordinates", n * stages)
        layout.region("correction", n)
        layout.region("bulge", n)
        layout.region("previous", n * stages)
        layout.region("pairs", pairs.size * (stages // 2))
        varying = [at for at, place in self.jacobian.items() if not self.tape.fixed[place]]
        first = layout.region("jacobian", len(varying))
        self.kept = {at: first + k for k, at in enumerate(varying)}

    def _hoist(self, layout: Layout) -> None:
        """Reserve slots for what depends on parameters alone and is used by what does not."""
        tape = self.tape
        roots = [*self.derivative, *self.by_time, *self.jacobian.values(), *self.moments]
        roots += [*self.assigned, *self.scales, *self.factors, *self.plan.watched, *self.plan.known]
        wanted: dict[int, None] = {}
        for place in tape.above(roots):
            if not tape.fixed[place]:
                wanted |= dict.fromkeys(a for a in tape.args[place] if tape.fixed[a])
        wanted |= dict.fromkeys(place for place in roots if tape.fixed[place])
        places = [place for place in wanted if tape.kinds[place] not in LEAVES]
        base = layout.region("hoisted", len(places))
        self.hoisted = {place: base + i for i, place in enumerate(places)}

    def slot_of(self, place: int) -> int | None:
        """Return where a value that is known before a step lies; None for a constant."""
        kind = self.tape.kinds[place]
        if kind == "const":
            return None
        if kind == "param":
            return self.layout["param"] + int(self.tape.values[place])
        return self.hoisted[place]

    def jacobian_entry(self, piece: Piece, i: int, j: int) -> str:
        """Return an entry of the Jacobian that the start of the step left in memory."""
        if (i, j) in self.kept:
            return piece.load(self.kept[i, j])
        place = self.jacobian[i, j]
        slot = self.slot_of(place)
        return number(self.tape.values[place]) if slot is None else piece.load(slot)

    def _number_factors(self, base: int) -> int:
        """Give the factors their slots from `base` on and return how many there are.

        Entries of U that no elimination touches are those of -J. They need no slot where J depends on parameters
        alone, and one where they are the same value; so do the pivots.
        """
        first = base
        self.diagonal: dict[int, int] = {}
        self.lower: dict[tuple[int, int], int] = {}
        self.upper: dict[tuple[int, int], int] = {}
        touched = {(row.state, j) for row in self.rows for k in row.lower for j in self.uppers[k]}
        shared: dict[int, int] = {}
        pivots: dict[tuple[bool, int | None], int] = {}
        self.touched_pivots = {i for i, j in touched if i == j}
        for row in self.rows:
            for k in row.lower:
                self.lower[row.state, k] = base
                base += 1
        for row in self.backward_rows:  # they are read most often in this order
            i = row.state
            pivot = None if i in self.touched_pivots else (self.mass[i], self.jacobian.get((i, i)))
            self.diagonal[i] = base if pivot is None else pivots.setdefault(pivot, base)
            base += self.diagonal[i] == base
            for k in reversed(row.upper):
                at = row.state, k
                if at not in touched and self.tape.fixed[self.jacobian[at]]:
                    continue
                self.upper[at] = base if at in touched else shared.setdefault(self.jacobian[at], base)
                base += self.upper[at] == base
        #: Which pivot, and which entry of U, of those that share a slot, is the first to be computed.
        self.first_of_diagonal: dict[int, int] = {}
        for row in self.rows:
            self.first_of_diagonal.setdefault(self.diagonal[row.state], row.state)
        self.first_of_upper: dict[int, tuple[int, int]] = {}
        for at in ((row.state, k) for row in self.rows for k in row.upper):
            if at in self.upper:
                self.first_of_upper.setdefault(self.upper[at], at)
        return base - first

    def times_upper(self, piece: Piece, factor: str, at: tuple[int, int]) -> tuple[str, bool]:
        """Return a factor times an entry of U, and whether that is the product with its sign changed."""
        if at in self.upper:
            return piece.loose("fmul", piece.load(self.upper[at]), factor), False
        return piece.loose("fmul", self.jacobian_entry(piece, *at), factor), True

    def is_relay(self, unknown: int) -> bool:
        """Say whether an unknown of the linear systems is a relay; zero is its right-hand side."""
        return unknown >= len(self.program.states)

    def unknown(self, unknown: int) -> tuple[str, int]:
        """Return where an unknown stands while a system is solved: behind which pointer, at which place."""
        if self.is_relay(unknown):
            return "%w", self.layout["relays"] + unknown - len(self.program.states)
        return "%u", unknown

    # ---------------------------------------------------------------------------------------------- actions
    @property
    def idle_between_attempts(self) -> list[tuple[int, int]]:
        """Memory that holds nothing from the end of one attempt of a step to the beginning of the next."""
        return [(self.layout["factors"], self.layout.sizes["factors"])]

    def kernel(
        self,
        name: str,
        leaves: dict[str, int],
        hoisted: dict[int, int],
        rooms: Sequence[tuple[int, int]] = (),
    ) -> Kernel:
        """Return an empty kernel over this program; `rooms` hold nothing while it runs."""
        return Kernel(self.tape, self.target, self.layout, name, leaves, hoisted, rooms)

    @staticmethod
    def _puts(places: Iterable[int], base: int) -> list[Action]:
        return [put(place, base + i) for i, place in enumerate(places)]

    def _start_row(self, row: Row) -> list[Action]:
        """Return what a step begins with for one unknown: its slope, its row of the matrix, the row's factors."""
        i = row.state
        target = self.layout["slope"] + i
        actions: list[Action] = []
        if i in self.varying:
            slot = self.layout["by_time"] + self.varying.index(i)

            def slope(piece: Piece, values: list[str]) -> None:
                piece.store(values[1], slot)
                weight = piece.load(self.layout["time_weight"])
                piece.store(piece.loose("fadd", values[0], piece.loose("fmul", weight, values[1])), target)

            actions.append(Action((self.derivative[i], self.by_time[i]), slope, 4))
        elif not self.is_relay(i):
            actions.append(put(self.derivative[i], target))
        columns = [j for j in (*row.lower, i, *row.upper) if (i, j) in self.jacobian and self._computes(i, j)]
        needs = tuple(self.jacobian[i, j] for j in columns)
        weight = len(columns) + sum(1 + len(self.uppers[k]) for k in row.lower)
        actions.append(
            Action(
                needs,
                lambda piece, values: self._factor_row(piece, row, dict(zip(columns, values, strict=True))),
                weight,
            )
        )
        return actions

    def _computes(self, i: int, j: int) -> bool:
        """Say whether the row of `i` computes its entry at `j`, rather than another row whose entry is the same value."""
        slot = self.upper.get((i, j))
        return slot is None or self.first_of_upper[slot] == (i, j) or (i, j) in self.kept

    def _factor_row(self, piece: Piece, row: Row, jacobian: dict[int, str]) -> None:
        """Eliminate one row of M / (gamma h) - J with the rows before it; the diagonal is kept inverted."""
        assert isinstance(piece, PivotPiece)
        i = row.state
        for j, value in jacobian.items():
            if (i, j) in self.kept:
                piece.store(value, self.kept[i, j])
        negative, positive = dict(jacobian), dict[int, str]()
        if self.mass[i]:
            gamma = piece.load(self.layout["inverse_gamma_step"])
            positive[i] = piece.loose("fsub", gamma, negative.pop(i)) if i in negative else gamma

        def entry(j: int) -> str | None:
            if j not in positive and j in negative:
                positive[j] = piece.negative(negative.pop(j))
            return positive.get(j)

        nothing = not self.mass[i] and self.tape.constant(self.jacobian[i, i]) == 0.0
        before = entry(i) if i in self.touched_pivots and not nothing else None
        for k in row.lower:
            value = entry(k)
            assert value is not None
            factor = piece.loose("fmul", value, piece.load(self.diagonal[k]))
            piece.store(factor, self.lower[i, k])
            for j in self.uppers[k]:
                product, turned = self.times_upper(piece, factor, (k, j))
                if j in positive:
                    positive[j] = piece.loose("fadd" if turned else "fsub", positive[j], product)
                elif j in negative:
                    # -(J + l u), negated where it is used
                    negative[j] = piece.loose("fsub" if turned else "fadd", negative[j], product)
                elif turned:
                    positive[j] = product
                else:
                    negative[j] = product
        if self.first_of_diagonal[self.diagonal[i]] == i:
            pivot = entry(i)
            if pivot is None:
                raise EngineError(
                    Diagnostic(
                        Code.PIVOT_MISSING,
                        f"the equation of `{self.program.states[i]}` does not contain it",
                        None,
                        "Elimination without pivoting cannot be used.",
                    )
                )
            inverse = piece.reciprocal(pivot, ordinary=True)
            if before is not None:
                piece.check(before, inverse, self.layout["pivot_doubt"])
            piece.store(inverse, self.diagonal[i])
        for j in row.upper:
            slot = self.upper.get((i, j))
            if slot is not None and self.first_of_upper[slot] == (i, j):
                value = entry(j)
                assert value is not None
                piece.store(value, slot)

    def _stage_value(self, row: Row) -> Action:
        """Add to the sums of a later stage what else enters its right-hand side, and eliminate what is before it.

        Slope and share of time are added, and the forward substitution is done at once: what it needs is at hand.
        """
        i = row.state
        if self.is_relay(i):
            return Action((), lambda piece, _values: self._eliminate(piece, row, number(0.0)), len(row.lower))

        def write(piece: Piece, values: list[str]) -> None:
            total = piece.loose("fadd", piece.load_at("%u", i), values[0])
            if i in self.varying:
                slope = piece.load(self.layout["by_time"] + self.varying.index(i))
                weight = piece.load(self.layout["time_weight"])
                total = piece.loose("fadd", total, piece.loose("fmul", weight, slope))
            self._eliminate(piece, row, total)

        return Action((self.derivative[i],), write, 2 + len(row.lower))

    def _shortest(self) -> str:
        """Return ``@shortest(w)``: into `theta` the largest inverse pivot of the states that have a mass.

        The horizon takes the place of a relay's mass: what grows through a relay takes from its pivot, which is one.
        """
        p = Piece(self.target)
        sizes = [
            p.call_one("fabs", p.load(self.diagonal[state]))
            for state, mass in enumerate(self.program.mass)
            if mass
        ]
        sizes += [
            p.loose("fmul", p.call_one("fabs", p.load(self.diagonal[relay])), p.load(self.layout["horizon"]))
            for relay in range(len(self.program.states), self.unknowns)
        ]
        most = sizes[0] if sizes else number(0.0)
        for size in sizes[1:]:
            # Unordered: what is not a number stays.
            most = p.select(p.compare("ugt", size, most), size, most)
        p.store(most, self.layout["theta"])
        return f"define internal void @shortest(ptr %w) #0 {{\n{p.text}\n  ret void\n}}"

    # ---------------------------------------------------------------------------------------------- solving
    def _solve(self) -> str:
        """Return ``@forward(w, u)`` and ``@backward(w, u)``: from a right-hand side to the solution in its place.

        ``@solve(w, u)`` does both.
        """
        forward = [self._forward(row) for row in self.rows if row.lower or self.is_relay(row.state)]
        backward = [self._backward(row) for row in self.backward_rows]
        both = "\n".join(f"  call void @{name}(ptr %w, ptr %u)" for name in ("forward", "backward"))
        return "\n".join(
            [
                *(
                    _SolveKernel(self.tape, self.target, self.layout, name, {}, {}).text(actions, "%u")
                    for name, actions in (("forward", forward), ("backward", backward))
                ),
                f"define internal void @solve(ptr %w, ptr %u) #0 {{\n{both}\n  ret void\n}}",
            ]
        )

    def _forward(self, row: Row) -> Action:
        def write(piece: Piece, _values: list[str]) -> None:
            relay = self.is_relay(row.state)
            self._eliminate(piece, row, number(0.0) if relay else piece.load_at(*self.unknown(row.state)))

        return Action((), write, 1 + len(row.lower))

    def _eliminate(self, piece: Piece, row: Row, total: str) -> None:
        """Take what was solved before from the right-hand side of a row."""
        assert isinstance(piece, _SolvePiece)
        for k in row.lower:
            known = piece.solved.get(k) or piece.load_at(*self.unknown(k))
            piece.solved[k] = known
            product = piece.loose("fmul", piece.load(self.lower[row.state, k]), known)
            total = piece.loose("fsub", total, product)
        piece.store_at(total, *self.unknown(row.state))
        piece.solved[row.state] = total

    def _backward(self, row: Row) -> Action:
        def write(piece: Piece, _values: list[str]) -> None:
            assert isinstance(piece, _SolvePiece)
            place = self.unknown(row.state)
            total = piece.load_at(*place)
            for k in reversed(row.upper):  # what was solved last comes last: nothing before it has to wait
                known = piece.solved.get(k) or piece.load_at(*self.unknown(k))
                piece.solved[k] = known
                product, turned = self.times_upper(piece, known, (row.state, k))
                total = piece.loose("fadd" if turned else "fsub", total, product)
            value = piece.loose("fmul", total, piece.load(self.diagonal[row.state]))
            piece.store_at(value, *place)
            piece.solved[row.state] = value

        return Action((), write, 2 + len(row.upper))


class _SolvePiece(Piece):
    """A piece that remembers where solved components are still at hand."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.solved: dict[int, str] = {}


class _SolveKernel(Kernel):
    """A kernel of triangular solves."""

    piece_type = _SolvePiece


def _puts_behind(places: Sequence[int]) -> list[Action]:
    return [put_behind(place, k) for k, place in enumerate(places)]
