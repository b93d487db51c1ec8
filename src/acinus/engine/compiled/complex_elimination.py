"""Factors and solves of (a + i b) M / h - J: the complex systems of a collocation method.

One copy of the code serves every pair of eigenvalues: behind ``%u`` lie a / h and b / h, the right-hand side that
becomes the solution, and the factors. What no elimination has touched is real and stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Action, Kernel, Piece
from acinus.engine.compiled.pivot_check import PivotKernel, PivotPiece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.model_code import ModelCode
    from acinus.engine.compiled.rows import Row
    from acinus.engine.compiled.target import Target

__all__ = ["HEAD", "ComplexElimination"]

#: Vectors before the right-hand side.
HEAD = 2

_Entry = tuple[str, str | None]  # real part, and imaginary part where there is one


class ComplexElimination:
    """Writes ``@factor_pair(w, u)`` and ``@solve_pair(w, u)``.

    Attributes
    ----------
    size : int
        Vectors behind ``%u``: the head, the unknowns' real and imaginary parts, the factors.
    """

    def __init__(self, code: ModelCode) -> None:
        self.code = code
        count = code.unknowns
        self.real, self.imaginary = HEAD, HEAD + count
        self.lower: dict[tuple[int, int], int] = {}
        self.upper: dict[tuple[int, int], int] = {}
        self.diagonal: dict[int, int] = {}
        base = HEAD + 2 * count
        for row in code.rows:
            for k in row.lower:
                self.lower[row.state, k] = base
                base += 2
        for row in code.backward_rows:
            self.diagonal[row.state] = base
            base += 2
            for k in row.upper:
                self.upper[row.state, k] = base
                base += 2
        self.size = base
        self._real_upper: set[tuple[int, int]] = set()

    def text(self) -> str:
        """Return both functions."""
        code = self.code
        factors = [Action((), self._factor(row), self._weight(row)) for row in code.rows]
        solves = [
            Action((), self._forward(row), 4 * len(row.lower) + 2)
            for row in code.rows
            if row.lower or code.is_relay(row.state)
        ]
        solves += [Action((), self._backward(row), 4 * len(row.upper) + 6) for row in code.backward_rows]
        arguments = (code.tape, code.target, code.layout)
        return "\n".join(
            [
                PivotKernel(*arguments, "factor_pair", {}, {}).text(factors, "%u"),
                _SolveKernel(*arguments, "solve_pair", {}, {}).text(solves, "%u"),
            ]
        )

    def _weight(self, row: Row) -> int:
        return 8 + 4 * len(row.lower) + sum(4 * len(self.code.uppers[k]) for k in row.lower)

    # ---------------------------------------------------------------------------------------------- factors
    def _factor(self, row: Row):
        def write(piece: Piece, _values: list[str]) -> None:
            assert isinstance(piece, PivotPiece)
            self._factor_row(piece, row)

        return write

    def _factor_row(self, p: PivotPiece, row: Row) -> None:
        code, i = self.code, row.state
        entries: dict[int, _Entry] = {}
        for j in (*row.lower, i, *row.upper):
            if (i, j) in code.jacobian:
                entries[j] = (p.negative(code.jacobian_entry(p, i, j)), None)
        if code.mass[i]:
            real = p.load_at("%u", 0)
            if i in entries:
                real = p.loose("fadd", real, entries[i][0])
            entries[i] = (real, p.load_at("%u", 1))
        nothing = not code.mass[i] and code.tape.constant(code.jacobian[i, i]) == 0.0
        before = _size_squared(p, entries[i]) if row.lower and not nothing else None
        for k in row.lower:
            factor = _multiplied(p, entries[k], self._pair(p, self.diagonal[k]))
            self._store(p, factor, self.lower[i, k])
            for j in self.code.uppers[k]:
                known = self._upper(p, k, j)
                entries[j] = _less(p, entries.get(j), factor, known)
        re, im = entries[i]
        size = _size_squared(p, entries[i])
        inverse = p.reciprocal(size, ordinary=True)
        if before is not None:
            p.check(before, inverse, code.layout["pivot_doubt"], squared=True)
        turned = p.negative(p.loose("fmul", im, inverse)) if im is not None else number(0.0)
        self._store(p, (p.loose("fmul", re, inverse), turned), self.diagonal[i])
        for j in row.upper:
            if entries[j][1] is None:
                self._real_upper.add((i, j))
                p.store_at(entries[j][0], "%u", self.upper[i, j])
            else:
                self._store(p, entries[j], self.upper[i, j])

    def _upper(self, p: Piece, k: int, j: int) -> _Entry:
        slot = self.upper[k, j]
        if (k, j) in self._real_upper:
            return p.load_at("%u", slot), None
        return self._pair(p, slot)

    @staticmethod
    def _pair(p: Piece, slot: int) -> _Entry:
        return p.load_at("%u", slot), p.load_at("%u", slot + 1)

    @staticmethod
    def _store(p: Piece, entry: _Entry, slot: int) -> None:
        p.store_at(entry[0], "%u", slot)
        p.store_at(entry[1] or number(0.0), "%u", slot + 1)

    # ----------------------------------------------------------------------------------------------- solves
    def _forward(self, row: Row):
        def write(p: Piece, _values: list[str]) -> None:
            assert isinstance(p, _SolvePiece)
            total: _Entry = (
                (number(0.0), None) if self.code.is_relay(row.state) else self._right(p, row.state)
            )
            for k in row.lower:
                known = p.forward.get(k) or self._right(p, k)
                p.forward[k] = known
                total = _less(p, total, self._pair(p, self.lower[row.state, k]), known)
            self._keep(p, total, row.state)
            p.forward[row.state] = total

        return write

    def _backward(self, row: Row):
        def write(p: Piece, _values: list[str]) -> None:
            assert isinstance(p, _SolvePiece)
            total: _Entry = p.forward.get(row.state) or self._right(p, row.state)
            for k in row.upper:
                known = p.backward.get(k) or self._right(p, k)
                p.backward[k] = known
                total = _less(p, total, self._upper(p, row.state, k), known)
            value = _multiplied(p, total, self._pair(p, self.diagonal[row.state]))
            self._keep(p, value, row.state)
            p.backward[row.state] = value

        return write

    def _right(self, p: Piece, state: int) -> _Entry:
        return p.load_at("%u", self.real + state), p.load_at("%u", self.imaginary + state)

    def _keep(self, p: Piece, value: _Entry, state: int) -> None:
        p.store_at(value[0], "%u", self.real + state)
        p.store_at(value[1] or number(0.0), "%u", self.imaginary + state)


class _SolvePiece(Piece):
    """A piece that remembers where solved components are still at hand."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.forward: dict[int, _Entry] = {}
        self.backward: dict[int, _Entry] = {}


class _SolveKernel(Kernel):
    piece_type = _SolvePiece


def _size_squared(p: Piece, a: _Entry) -> str:
    size = p.loose("fmul", a[0], a[0])
    return size if a[1] is None else p.loose("fadd", size, p.loose("fmul", a[1], a[1]))


def _multiplied(p: Piece, a: _Entry, b: _Entry) -> _Entry:
    if a[1] is None and b[1] is None:
        return p.loose("fmul", a[0], b[0]), None
    if a[1] is None or b[1] is None:
        plain, whole = (a[0], b) if a[1] is None else (b[0], a)
        assert whole[1] is not None
        return p.loose("fmul", plain, whole[0]), p.loose("fmul", plain, whole[1])
    re = p.loose("fsub", p.loose("fmul", a[0], b[0]), p.loose("fmul", a[1], b[1]))
    im = p.loose("fadd", p.loose("fmul", a[0], b[1]), p.loose("fmul", a[1], b[0]))
    return re, im


def _less(p: Piece, total: _Entry | None, a: _Entry, b: _Entry) -> _Entry:
    """Return total - a b, in sums that can be fused."""
    if total is None:
        re, im = _multiplied(p, a, b)
        return p.negative(re), p.negative(im) if im is not None else None
    re, im = total
    re = p.loose("fsub", re, p.loose("fmul", a[0], b[0]))
    if a[1] is not None and b[1] is not None:
        re = p.loose("fadd", re, p.loose("fmul", a[1], b[1]))
    for x, y in ((a[0], b[1]), (a[1], b[0])):
        if x is not None and y is not None:
            product = p.loose("fmul", x, y)
            im = p.negative(product) if im is None else p.loose("fsub", im, product)
    return re, im
