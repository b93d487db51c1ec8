"""Logarithm and power of two for AVX-512, whose registers hold the small tables and whose instructions take numbers apart.

The accuracy is that of `elementary`; the work is less than half. A number is x = 2^k m with m in [3/4, 3/2); one of 16
table values r close to 1 / m leaves f = m r - 1 between -1/32 and 1/16, exactly. A power of two is split into a
whole exponent, sixteenths from a table, and a rest of at most 1/32.
"""

from __future__ import annotations

from acinus.engine.compiled.vector_text import VectorText, number

__all__ = ["log2_parts", "two_to"]

_LOG2_E = (float.fromhex("0x1.71547652b82fep+0"), float.fromhex("0x1.777d0ffda0d24p-56"))
_RECIPROCAL = (
    "0x1.0000000000000p+0",
    "0x1.d400000000000p-1",
    "0x1.bb00000000000p-1",
    "0x1.a400000000000p-1",
    "0x1.8f80000000000p-1",
    "0x1.7d00000000000p-1",
    "0x1.6c00000000000p-1",
    "0x1.5c80000000000p-1",
    "0x1.4e40000000000p+0",
    "0x1.4140000000000p+0",
    "0x1.3540000000000p+0",
    "0x1.2a00000000000p+0",
    "0x1.1f80000000000p+0",
    "0x1.15c0000000000p+0",
    "0x1.0c80000000000p+0",
    "0x1.0000000000000p+0",
)
#: -log2 of the above: 40 digits after the point, and the rest.
_LOG2_HIGH = (
    "0x0.0p+0",
    "0x1.097e38ce60000p-3",
    "0x1.abb2ca9ec8000p-3",
    "0x1.249cd2b13c000p-2",
    "0x1.6e8a004220000p-2",
    "0x1.b495d4e918000p-2",
    "0x1.f804ae8d0c000p-2",
    "0x1.1c27039d86000p-1",
    "-0x1.8a04c05abc000p-2",
    "-0x1.4f69f5d830000p-2",
    "-0x1.172c432990000p-2",
    "-0x1.c0db6cdd98000p-3",
    "-0x1.56df5328d8000p-3",
    "-0x1.e1ddbb9110000p-4",
    "-0x1.19b74069f0000p-4",
    "0x0.0p+0",
)
_LOG2_LOW = (
    "0x0.0p+0",
    "0x1.924ae921f7ecap-45",
    "-0x1.71b3a63cddadfp-44",
    "0x1.ad89a083e072ap-43",
    "0x1.b1e9962c3cbaep-42",
    "0x1.7dd4bcb97f73cp-44",
    "0x1.a0331af2e6feap-43",
    "-0x1.1a3f6c066ebddp-42",
    "0x1.aa4a112bff53ep-44",
    "-0x1.8f36dd24bae46p-44",
    "0x1.a4b9379f9bbdfp-42",
    "0x1.908df8ec933b3p-42",
    "0x1.39d5268f96ccbp-42",
    "0x1.ffa2f757bbacbp-45",
    "-0x1.7c26506046cbcp-42",
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


def log2_parts(b: VectorText, x: str) -> tuple[str, str]:
    """Return the base-2 logarithm as two words; about -1e12 of 0, 1e12 of infinity, NaN below 0."""
    no_sign = 15  # [3/4, 3/2); not a number below zero; 1 for zero
    m = b.result(_masked(b, "getmant", f"{b.vector} {x}, i32 {no_sign}"))
    k = b.op("fsub", _exponent(b, x), _exponent(b, m))
    k = b.select(b.compare("olt", k, number(-_FAR)), number(-_FAR), k)
    k = b.select(b.compare("ogt", k, number(_FAR)), number(_FAR), k)
    cell = b.whole("lshr", b.to_bits(x), b.whole_number(48))
    f = b.fma(m, _lookup(b, _RECIPROCAL, cell), number(-1.0))
    high, low = number(_LOG2_E[0]), number(_LOG2_E[1])
    a = b.op("fmul", f, high)
    rest = b.fma(f, low, b.product_low(f, high, a))
    rest = b.op("fadd", rest, _lookup(b, _LOG2_LOW, cell))
    rest = b.fma(b.op("fmul", f, f), b.polynomial(f, _SERIES), rest)
    base = b.op("fadd", k, _lookup(b, _LOG2_HIGH, cell))
    sum_ = b.op("fadd", base, a)
    rest = b.op("fadd", b.op("fadd", b.op("fsub", base, sum_), a), rest)
    first = b.op("fadd", sum_, rest)
    return first, b.op("fsub", rest, b.op("fsub", first, sum_))


def two_to(b: VectorText, p: str, p_low: str) -> str:
    """Return 2^(p + p_low)."""
    shifted = b.op("fadd", p, number(_ROUND))
    near = b.op("fsub", shifted, number(_ROUND))
    r = b.op("fadd", b.op("fsub", p, near), p_low)
    power = _lookup(b, _SIXTEENTHS, b.to_bits(shifted))
    value = b.fma(b.op("fmul", power, r), b.polynomial(r, _POWER), power)
    return b.result(_masked(b, "scalef", f"{b.vector} {value}, {b.vector} {near}"))


def _exponent(b: VectorText, x: str) -> str:
    return b.result(_masked(b, "getexp", f"{b.vector} {x}"))


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
