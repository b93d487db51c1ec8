"""Powers for AVX-512, whose registers hold the small tables and whose instructions take numbers apart.

The accuracy is that of `elementary`; the work is less than half. A number is x = 2^k m with m in [1, 2). One of 16
table values r close to 1 / m leaves f = m r - 1 between -1/32 and 1/16: exactly, as r is a whole number of 64ths. Where x
is close to 1, r is 1 or 1/2, so that nothing cancels in the logarithm and its digits are those of f. A power of two is split
into a whole exponent, sixteenths from a table, and a rest of at most 1/32.
"""

from __future__ import annotations

from acinus.engine.compiled.vector_text import VectorText, number

__all__ = ["power", "two_to"]

_LOG2_E = (float.fromhex("0x1.71547652b82fep+0"), float.fromhex("0x1.777d0ffda0d24p-56"))
_RECIPROCAL = (
    "0x1.0000000000000p+0",
    "0x1.e000000000000p-1",
    "0x1.c000000000000p-1",
    "0x1.b000000000000p-1",
    "0x1.9000000000000p-1",
    "0x1.8000000000000p-1",
    "0x1.7000000000000p-1",
    "0x1.6000000000000p-1",
    "0x1.5000000000000p-1",
    "0x1.4000000000000p-1",
    "0x1.3800000000000p-1",
    "0x1.2800000000000p-1",
    "0x1.2000000000000p-1",
    "0x1.1800000000000p-1",
    "0x1.1000000000000p-1",
    "0x1.0000000000000p-1",
)
#: -log2 of the above: 40 digits after the point, and the rest.
_LOG2_HIGH = (
    "0x0.0p+0",
    "0x1.7d60496d00000p-4",
    "0x1.8a8980abf8000p-3",
    "0x1.f5fd8a9060000p-3",
    "0x1.6cb0f6865c000p-2",
    "0x1.a8ff971810000p-2",
    "0x1.e7df5fe538000p-2",
    "0x1.14c560fe68000p-1",
    "0x1.37222bb708000p-1",
    "0x1.5b2c3da198000p-1",
    "0x1.6ddfc2a790000p-1",
    "0x1.94c287492c000p-1",
    "0x1.a8ff971810000p-1",
    "0x1.bdce9dcc96000p-1",
    "0x1.d338120a6e000p-1",
    "0x1.0000000000000p+0",
)
_LOG2_LOW = (
    "0x0.0p+0",
    "-0x1.12ce6312ebb82p-42",
    "0x1.e9933354dbf17p-42",
    "0x1.f1a4847f7b278p-42",
    "0x1.1d406db502403p-43",
    "0x1.4bc302ffa76fbp-43",
    "0x1.5669df6a2b592p-43",
    "0x1.5f101c141e670p-42",
    "-0x1.708b4b2b5056cp-42",
    "-0x1.b8afe492bf6ffp-42",
    "-0x1.ce60916e52e91p-44",
    "0x1.36c101ee13440p-43",
    "0x1.4bc302ffa76fbp-42",
    "0x1.871a7610e40bdp-45",
    "-0x1.3167ccc538261p-44",
    "0x0.0p+0",
)
#: (log2(1 + f) - f log2(e)) / f^2
_SERIES = (
    "-0x1.71547652b82fdp-1",
    "0x1.ec709dc3a03f8p-2",
    "-0x1.71547652bbbb5p-2",
    "0x1.2776c50f1c82dp-2",
    "-0x1.ec709d7e9794ap-3",
    "0x1.a6175e4adecbep-3",
    "-0x1.7155657ec2670p-3",
    "0x1.4860e9d2c6d1cp-3",
    "-0x1.26b599bbec21cp-3",
    "0x1.d69b74e3cc625p-4",
)
#: (2^r - 1) / r
_POWER = (
    "0x1.62e42fefa39fep-1",
    "0x1.ebfbdff82c550p-3",
    "0x1.c6b08d6e7983dp-5",
    "0x1.3b2ab6fe41330p-7",
    "0x1.5d89c6c98b43fp-10",
    "0x1.430813ae89817p-13",
)
_SIXTEENTHS = (
    "0x1.0000000000000p+0",
    "0x1.0b5586cf9890fp+0",
    "0x1.172b83c7d517bp+0",
    "0x1.2387a6e756238p+0",
    "0x1.306fe0a31b715p+0",
    "0x1.3dea64c123422p+0",
    "0x1.4bfdad5362a27p+0",
    "0x1.5ab07dd485429p+0",
    "0x1.6a09e667f3bcdp+0",
    "0x1.7a11473eb0187p+0",
    "0x1.8ace5422aa0dbp+0",
    "0x1.9c49182a3f090p+0",
    "0x1.ae89f995ad3adp+0",
    "0x1.c199bdd85529cp+0",
    "0x1.d5818dcfba487p+0",
    "0x1.ea4afa2a490dap+0",
)
_ROUND = 1.5 * 2.0**48  # adding it rounds to sixteenths, which end up in the low bits
_FAR = 1e12  # stands for an infinite logarithm


def power(b: VectorText, x: str, y: str) -> str:
    """Return x^y; not a number for x below 0."""
    high, low = _log2(b, x)
    # Neither product is rounded before what is near has been taken from it.
    shifted = b.fma(y, b.op("fadd", high, low), number(_ROUND))
    near = b.op("fsub", shifted, number(_ROUND))
    rest = b.fma(y, low, b.fma(y, high, b.negative(near)))
    return _two_to(b, shifted, near, rest)


def _log2(b: VectorText, x: str) -> tuple[str, str]:
    """Return the base-2 logarithm as two words, the first the larger; -1e12 of 0, 1e12 of infinity, NaN below 0."""
    no_sign = 12  # [1, 2); not a number below zero; 1 for zero
    m = b.result(_masked(b, "getmant", f"{b.vector} {x}, i32 {no_sign}"))
    k = b.result(_masked(b, "getexp", f"{b.vector} {x}"))
    smaller = 2  # of two sizes, with the sign of the first
    k = b.result(_masked(b, "range", f"{b.vector} {k}, {b.vector} {b.operand(number(_FAR))}, i32 {smaller}"))
    cell = b.whole("lshr", b.to_bits(x), b.whole_number(48))
    f = b.fma(m, _lookup(b, _RECIPROCAL, cell), number(-1.0))
    base = b.op("fadd", k, _lookup(b, _LOG2_HIGH, cell))
    e_high, e_low = number(_LOG2_E[0]), number(_LOG2_E[1])
    first = b.fma(f, e_high, base)
    rest = b.fma(f, e_high, b.op("fsub", base, first))  # what rounding took: the difference is exact
    rest = b.op("fadd", b.fma(f, e_low, rest), _lookup(b, _LOG2_LOW, cell))
    return first, b.fma(b.op("fmul", f, f), b.polynomial(f, _SERIES), rest)


def two_to(b: VectorText, p: str, p_low: str) -> str:
    """Return 2^(p + p_low)."""
    shifted = b.op("fadd", p, number(_ROUND))
    near = b.op("fsub", shifted, number(_ROUND))
    return _two_to(b, shifted, near, b.op("fadd", b.op("fsub", p, near), p_low))


def _two_to(b: VectorText, shifted: str, near: str, r: str) -> str:
    """Return 2^(near + r), where `near` is a number of sixteenths and the low bits of `shifted` say how many."""
    power = _lookup(b, _SIXTEENTHS, b.to_bits(shifted))
    value = b.fma(b.op("fmul", power, r), b.polynomial(r, _POWER), power)
    return b.result(_masked(b, "scalef", f"{b.vector} {value}, {b.vector} {near}"))


def _masked(b: VectorText, name: str, operands: str) -> str:
    """Return a call of one of the intrinsics that also take a default, a mask and a rounding (4: as usual)."""
    return f"call {b.vector} @llvm.x86.avx512.mask.{name}.pd.512({operands}, {b.vector} zeroinitializer, i8 -1, i32 4)"


def _lookup(b: VectorText, table: tuple[str, ...], cell: str) -> str:
    """Add a choice from 16 values by the low four bits."""
    halves = [
        ", ".join(f"double {number(float.fromhex(v))}" for v in table[first : first + 8]) for first in (0, 8)
    ]
    low, high = (f"{b.vector} <{half}>" for half in halves)
    return b.result(
        f"call {b.vector} @llvm.x86.avx512.vpermi2var.pd.512({low}, {b.whole_vector} {cell}, {high})"
    )
