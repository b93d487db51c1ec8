"""Straight-line vector code as the text of LLVM's language: faster to write out than any tree of objects."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.engine.compiled.target import Target

__all__ = ["VectorText", "number"]


class _Number(str):
    """A constant that is the same in every lane; its text is LLVM's hexadecimal notation."""

    __slots__ = ()


def number(value: float) -> str:
    """Return a constant operand for `VectorText`."""
    return _Number(f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}")


class VectorText:
    """Instructions over vectors of W doubles, one line each, every result in a new name.

    Arithmetic is written exactly as asked unless `loose` is used, which lets LLVM fuse a product into a sum where the
    processor can; nothing is ever reordered.
    """

    def __init__(self, target: Target, prefix: str = "v") -> None:
        self.target = target
        self.vector = f"<{target.lanes} x double>"
        self.whole_vector = f"<{target.lanes} x i64>"
        self.mask = f"<{target.lanes} x i1>"
        self.alignment = 8 * target.lanes
        self.lines: list[str] = []
        self._prefix = prefix
        self._count = 0

    @property
    def text(self) -> str:
        """The instructions so far."""
        return "\n".join(self.lines)

    def raw(self, line: str) -> None:
        """Add a line as it is."""
        self.lines.append(line)

    def result(self, instruction: str) -> str:
        """Add an instruction and return the name of its result, a new one."""
        self._count += 1
        name = f"%{self._prefix}{self._count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def operand(self, value: str) -> str:
        """Return an operand as text: a name, or a constant in every lane."""
        return f"splat (double {value})" if isinstance(value, _Number) else value

    def op(self, what: str, left: str, right: str) -> str:
        """Add `fadd`, `fsub`, `fmul` or `fdiv`, rounded once."""
        return self.result(f"{what} {self.vector} {self.operand(left)}, {self.operand(right)}")

    def loose(self, what: str, left: str, right: str) -> str:
        """Add an operation that LLVM may fuse with its neighbour."""
        return self.result(f"{what} contract {self.vector} {self.operand(left)}, {self.operand(right)}")

    def negative(self, value: str) -> str:
        """Add the negative of a value."""
        return self.result(f"fneg contract {self.vector} {self.operand(value)}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Add a b + c, rounded once where the processor can and twice where it cannot."""
        if self.target.fused:
            operands = ", ".join(f"{self.vector} {self.operand(v)}" for v in (a, b, c))
            return self.result(f"call {self.vector} @llvm.fma.v{self.target.lanes}f64({operands})")
        return self.op("fadd", self.op("fmul", a, b), c)

    def rough_reciprocal(self, value: str) -> str:
        """Add 1 / value with at least 25 digits in base two: enough for weighing errors."""
        if not self.target.approximate_reciprocal:
            return self.op("fdiv", number(1.0), value)
        return self._closer(self._first_reciprocal(value), value)

    def reciprocal(self, value: str, *, ordinary: bool = False) -> str:
        """Add 1 / value, within 1 unit in the last place; `ordinary` promises neither 0 nor infinity."""
        if not self.target.slow_division:
            return self.op("fdiv", number(1.0), value)
        guess = self._first_reciprocal(value)
        better = self._closer(self._closer(guess, value), value)
        if ordinary:
            return better
        # Newton's method makes 0 * infinity of the reciprocals of 0 and infinity, which the guess has right.
        zero_or_infinite = 2 + 4 + 8 + 16
        edge = self.result(
            f"call {self.mask} @llvm.x86.avx512.fpclass.pd.512({self.vector} {guess}, i32 {zero_or_infinite})"
        )
        return self.select(edge, guess, better)

    def quotient(self, top: str, bottom: str) -> str:
        """Add top / bottom, within 2 units in the last place."""
        if not self.target.slow_division:
            return self.op("fdiv", top, bottom)
        return self.loose("fmul", top, self.reciprocal(bottom))

    def _first_reciprocal(self, value: str) -> str:
        v = self.vector
        return self.result(f"call {v} @llvm.x86.avx512.rcp14.pd.512({v} {value}, {v} zeroinitializer, i8 -1)")

    def _closer(self, guess: str, value: str) -> str:
        wrong = self.fma(self.negative(guess), value, number(1.0))
        return self.fma(guess, wrong, guess)

    def call_one(self, intrinsic: str, value: str) -> str:
        """Add an intrinsic of one vector, such as ``sqrt``."""
        lanes = self.target.lanes
        return self.result(
            f"call {self.vector} @llvm.{intrinsic}.v{lanes}f64({self.vector} {self.operand(value)})"
        )

    def product_low(self, a: str, b: str, product: str) -> str:
        """Add the error of a rounded product: a b - product, exactly."""
        if self.target.fused:
            return self.fma(a, b, self.negative(product))
        a_high, a_low = self._halves(a)
        b_high, b_low = self._halves(b)
        rest = self.op("fsub", self.op("fmul", a_high, b_high), product)
        rest = self.op("fadd", rest, self.op("fmul", a_high, b_low))
        rest = self.op("fadd", rest, self.op("fmul", a_low, b_high))
        return self.op("fadd", rest, self.op("fmul", a_low, b_low))

    def minus_product_exact(self, c: str, a: str, b: str) -> str:
        """Add c - a b with one rounding at most, for a b close to c."""
        if self.target.fused:
            return self.fma(self.negative(a), b, c)
        product = self.op("fmul", a, b)
        return self.op("fsub", self.op("fsub", c, product), self.product_low(a, b, product))

    def _halves(self, value: str) -> tuple[str, str]:
        """Split a value into two of half the digits, by cutting off the low 27 bits."""
        if isinstance(value, _Number):
            bits = int(value, 16) & ~((1 << 27) - 1)
            high = _Number(f"0x{bits:016X}")
            return high, self.op("fsub", value, high)
        high = self.from_bits(self.whole("and", self.to_bits(value), self.whole_number(-(1 << 27))))
        return high, self.op("fsub", value, high)

    def polynomial(self, x: str, coefficients: Sequence[str]) -> str:
        """Add a polynomial: even and odd powers by Horner's scheme each, side by side."""
        square = self.op("fmul", x, x)
        terms = [number(float.fromhex(c)) for c in coefficients]
        even, odd = (self._horner(square, terms[first::2]) for first in (0, 1))
        return self.fma(odd, x, even)

    def _horner(self, x: str, terms: Sequence[str]) -> str:
        value = terms[-1]
        for term in reversed(terms[:-1]):
            value = self.fma(value, x, term)
        return value

    def compare(self, how: str, left: str, right: str) -> str:
        """Add a comparison; the result is a mask."""
        return self.result(f"fcmp {how} {self.vector} {self.operand(left)}, {self.operand(right)}")

    def either(self, left: str, right: str) -> str:
        """Add the union of two masks."""
        return self.result(f"or {self.mask} {left}, {right}")

    def both(self, left: str, right: str) -> str:
        """Add the intersection of two masks."""
        return self.result(f"and {self.mask} {left}, {right}")

    def unless(self, but: str, mask: str) -> str:
        """Add a mask less another."""
        return self.result(f"select {self.mask} {but}, {self.mask} zeroinitializer, {self.mask} {mask}")

    def select(self, mask: str, yes: str, no: str) -> str:
        """Add a choice lane by lane."""
        return self.result(
            f"select {self.mask} {mask}, {self.vector} {self.operand(yes)}, {self.vector} {self.operand(no)}"
        )

    def truth(self, mask: str) -> str:
        """Add a mask as 1.0 and 0.0."""
        return self.select(mask, number(1.0), number(0.0))

    def to_bits(self, value: str) -> str:
        """Add a view of doubles as 64-bit whole numbers."""
        return self.result(f"bitcast {self.vector} {self.operand(value)} to {self.whole_vector}")

    def from_bits(self, value: str) -> str:
        """Add a view of 64-bit whole numbers as doubles."""
        return self.result(f"bitcast {self.whole_vector} {value} to {self.vector}")

    def whole(self, what: str, left: str, right: str) -> str:
        """Add an operation on 64-bit whole numbers."""
        return self.result(f"{what} {self.whole_vector} {left}, {right}")

    def whole_number(self, value: int) -> str:
        """Return a whole number in every lane."""
        return f"splat (i64 {value})"

    def place(self, base: str, index: int | str) -> str:
        """Add the address of the vector at an index behind a pointer."""
        return self.result(f"getelementptr inbounds {self.vector}, ptr {base}, i64 {index}")

    def load_at(self, base: str, index: int | str) -> str:
        """Add a load of the vector at an index behind a pointer."""
        return self.result(f"load {self.vector}, ptr {self.place(base, index)}, align {self.alignment}")

    def load_of_lanes(self, base: str, index: int, lanes: str) -> str:
        """Add a load of the vector at an index behind a pointer, each number from the lane that `lanes` says."""
        if self.target.approximate_reciprocal:
            value = self.load_at(base, index)
            operands = f"{self.vector} {value}, {self.whole_vector} {lanes}"
            return self.result(f"call {self.vector} @llvm.x86.avx512.permvar.df.512({operands})")
        count = self.target.lanes
        pointers = self.result(
            f"getelementptr inbounds double, ptr {self.place(base, index)}, {self.whole_vector} {lanes}"
        )
        everyone = f"{self.mask} splat (i1 true), {self.vector} zeroinitializer"
        return self.result(
            f"call {self.vector} @llvm.masked.gather.v{count}f64.v{count}p0(<{count} x ptr> {pointers}, i32 8, {everyone})"
        )

    def store_at(self, value: str, base: str, index: int | str) -> None:
        """Add a store to the vector at an index behind a pointer."""
        place = self.place(base, index)
        self.raw(f"  store {self.vector} {self.operand(value)}, ptr {place}, align {self.alignment}")
