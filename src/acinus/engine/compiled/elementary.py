"""Exponential, logarithm and power for a whole vector at a time, written out in LLVM's language.

The logarithm of x = 2^k m with m in [sqrt(1/2), sqrt(2)) is built from s = (m - 1) / (m + 1) and the series of
2 atanh(s), the power of two from a polynomial on [-1/2, 1/2]. Both keep a second word where it matters, so that

- `exp` and `log` are within 2 units in the last place;
- ``pow(x, y)`` is within 3 units for y up to 100 of either sign. Beyond, the logarithm's last digits begin to count: 25
  units at 1,000, and as y for results near overflow.

Polynomials are minimax fits (Remez, 200 bits) with relative errors of 2^-58 (power of two), 2^-66 (logarithm).
Results below the smallest normal number are 0, and arguments below it count as 0. Every lane is computed alike and
on its own, so that a value never depends on its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled import elementary_avx512
from acinus.engine.compiled.vector_text import VectorText, number

if TYPE_CHECKING:
    from acinus.engine.compiled.target import Target

__all__ = ["ELEMENTARY", "elementary_functions"]

#: Names of the functions, with how many arrays each reads.
ELEMENTARY = {"exp": 1, "ln": 1, "power": 2}

_LOG2_E = ("0x1.71547652b82fep+0", "0x1.777d0ffda0d24p-56")
_TWO_LOG2_E = ("0x1.71547652b82fep+1", "0x1.777d0ffda0d24p-55")
_LN_2 = ("0x1.62e42fefa3800p-1", "0x1.ef35793c76730p-45")
_EXP2 = (
    "0x1.62e42fefa39efp-1",
    "0x1.ebfbdff82c5a5p-3",
    "0x1.c6b08d7049fe3p-5",
    "0x1.3b2ab6fb9ffddp-7",
    "0x1.5d87fe78ce0dap-10",
    "0x1.4309130f1d93fp-13",
    "0x1.ffcbfba763b7ep-17",
    "0x1.62bfc6e4353b1p-20",
    "0x1.b5267f741a1d5p-24",
    "0x1.e61ca25579e01p-28",
    "0x1.e79a78cbfda0cp-32",
)
_ATANH = (
    "0x1.5555555555555p-2",
    "0x1.9999999999e06p-3",
    "0x1.249249242aaf8p-3",
    "0x1.c71c7259aa10ap-4",
    "0x1.745cddff72789p-4",
    "0x1.3b20b4dcb8db5p-4",
    "0x1.0f5bf63506567p-4",
    "0x1.0f6a988d22001p-4",
)
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, kept in the low bits
_LARGE = 1e300  # stands for an infinite logarithm and keeps products with it finite or of the right sign
_SMALLEST_NORMAL = 2.2250738585072014e-308


def elementary_functions(target: Target, user: str = "") -> str:
    """Return the text of ``@each_exp(in, out, count)`` and its like, which run over arrays of vectors.

    Only those that the text of `user` calls, or all of them.
    """
    parts = [
        _each(target, name, reads)
        for name, reads in ELEMENTARY.items()
        if not user or f"@each_{name}(" in user
    ]
    if not user or "@power(" in user:
        parts.append(_error_power(target))
    return "\n".join(parts)


def _each(target: Target, name: str, reads: int) -> str:
    body = VectorText(target)
    pointers = ", ".join(f"ptr %in{i}" for i in range(reads))
    head = f"define internal void @each_{name}({pointers}, ptr %out, i64 %count) #0 {{"
    body.raw("entry:\n  br label %again\nagain:")
    body.raw("  %i = phi i64 [ 0, %entry ], [ %next, %again ]")
    arguments = [body.load_at(f"%in{i}", "%i") for i in range(reads)]
    body.store_at(_FUNCTIONS[name](body, *arguments), "%out", "%i")
    body.raw("  %next = add nuw nsw i64 %i, 1\n  %done = icmp eq i64 %next, %count")
    body.raw("  br i1 %done, label %end, label %again\nend:\n  ret void\n}")
    return f"{head}\n{body.text}"


def _error_power(target: Target) -> str:
    """Return ``@power(x, y)`` for x > 0: the step controller's own."""
    body = VectorText(target)
    value = _power(body, "%x", "%y")
    v = body.vector
    return f"define internal {v} @power({v} %x, {v} %y) #0 {{\n{body.text}\n  ret {v} {value}\n}}"


def _split_exponent(b: VectorText, x: str) -> tuple[str, str, str]:
    """Return k, m and m - 1 with x = 2^k m and m in [sqrt(1/2), sqrt(2))."""
    bits = b.to_bits(x)
    offset = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
    moved = b.whole("sub", bits, b.whole_number(offset - (1023 << 52)))
    biased = b.whole("lshr", moved, b.whole_number(52))
    shift = b.whole("shl", b.whole("sub", biased, b.whole_number(1023)), b.whole_number(52))
    m = b.from_bits(b.whole("sub", bits, shift))
    magic = 0x4330000000000000  # 2^52
    k = b.op("fsub", b.from_bits(b.whole("or", biased, b.whole_number(magic))), number(2.0**52 + 1023))
    return k, m, b.op("fsub", m, number(1.0))


def _atanh_parts(b: VectorText, m: str, f: str) -> tuple[str, str, str]:
    """Return s, the rest of s, and z Q(z), where log(m) = 2 s (1 + z Q(z)) and z = s^2."""
    d = b.op("fadd", m, number(1.0))
    rest_of_d = b.op("fsub", m, b.op("fsub", d, number(1.0)))
    r = b.reciprocal(d, ordinary=True)
    s = b.op("fmul", f, r)
    remainder = b.minus_product_exact(f, s, d)
    s_low = b.op("fmul", b.op("fsub", remainder, b.op("fmul", s, rest_of_d)), r)
    z = b.op("fmul", s, s)
    return s, s_low, b.op("fmul", z, b.polynomial(z, _ATANH))


def _log2(b: VectorText, x: str) -> tuple[str, str]:
    """Return the base-2 logarithm as two words; -1e300 of 0, 1e300 of infinity, NaN below 0."""
    k, m, f = _split_exponent(b, x)
    s, s_low, tail = _atanh_parts(b, m, f)
    high, low = number(float.fromhex(_TWO_LOG2_E[0])), number(float.fromhex(_TWO_LOG2_E[1]))
    a = b.op("fmul", s, high)
    a_low = b.product_low(s, high, a)
    a_low = b.fma(s, low, a_low)
    a_low = b.fma(s_low, high, a_low)
    a_low = b.fma(a, tail, a_low)
    sum_ = b.op("fadd", k, a)
    rest = b.op("fadd", b.op("fadd", b.op("fsub", k, sum_), a), a_low)
    first = b.op("fadd", sum_, rest)
    second = b.op("fsub", rest, b.op("fsub", first, sum_))
    special = b.compare("ult", x, number(_SMALLEST_NORMAL))
    infinite = b.compare("oeq", x, number(float("inf")))
    below = b.compare("ult", x, number(0.0))
    edge = b.select(below, number(float("nan")), number(-_LARGE))
    first = b.select(special, edge, b.select(infinite, number(_LARGE), first))
    either = b.either(special, infinite)
    return first, b.select(either, number(0.0), second)


def _two_to(b: VectorText, p: str, p_low: str, limit: str) -> str:
    """Return 2^(p + p_low); `limit` decides on overflow and underflow and carries NaN."""
    if b.target.approximate_reciprocal:
        return elementary_avx512.two_to(b, p, p_low)
    shifted = b.op("fadd", p, number(_ROUND))
    n = b.op("fsub", shifted, number(_ROUND))
    r = b.op("fadd", b.op("fsub", p, n), p_low)
    value = b.fma(r, b.polynomial(r, _EXP2), number(1.0))
    exponent = b.whole("shl", b.to_bits(shifted), b.whole_number(52))
    value = b.from_bits(b.whole("add", b.to_bits(value), exponent))
    value = b.select(b.compare("ogt", limit, number(1023.9999999999999)), number(float("inf")), value)
    value = b.select(b.compare("olt", limit, number(-1021.5)), number(0.0), value)
    return b.select(b.compare("uno", limit, limit), limit, value)


def _power(b: VectorText, x: str, y: str) -> str:
    if b.target.approximate_reciprocal:
        return elementary_avx512.power(b, x, y)
    high, low = _log2(b, x)
    p = b.op("fmul", y, high)
    p_low = b.fma(y, low, b.product_low(y, high, p))
    return _two_to(b, p, p_low, p)


def _exp(b: VectorText, x: str) -> str:
    high, low = number(float.fromhex(_LOG2_E[0])), number(float.fromhex(_LOG2_E[1]))
    p = b.op("fmul", x, high)
    return _two_to(b, p, b.fma(x, low, b.product_low(x, high, p)), p)


def _ln(b: VectorText, x: str) -> str:
    k, m, f = _split_exponent(b, x)
    s, s_low, tail = _atanh_parts(b, m, f)
    double = b.op("fadd", s, s)
    high, low = number(float.fromhex(_LN_2[0])), number(float.fromhex(_LN_2[1]))
    small = b.fma(k, low, b.fma(double, tail, b.op("fadd", s_low, s_low)))
    main = b.op("fmul", k, high)  # exact: the constant ends in zeros
    sum_ = b.op("fadd", main, double)
    rest = b.op("fadd", b.op("fsub", main, sum_), double)
    value = b.op("fadd", sum_, b.op("fadd", rest, small))
    zero = b.compare("olt", x, number(_SMALLEST_NORMAL))
    value = b.select(zero, number(float("-inf")), value)
    value = b.select(b.compare("ult", x, number(0.0)), number(float("nan")), value)
    return b.select(b.compare("oeq", x, number(float("inf"))), number(float("inf")), value)


_FUNCTIONS = {"exp": _exp, "ln": _ln, "power": _power}
