"""Our own exp, log and pow are within the promised units in the last place, special values included."""

from __future__ import annotations

import ctypes
from fractions import Fraction
from math import isqrt

import numpy as np
import pytest

from acinus.engine.compiled import elementary_avx512
from acinus.engine.compiled.assembly import object_code, whole_text
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.target import host_target, target_for


def targets():
    host = host_target()
    return [host, target_for(host.triple, "x86-64", "+sse2")] if host.x86 else [host]


@pytest.fixture(scope="module", params=targets(), ids=lambda t: f"{t.lanes} lanes")
def call(request):
    target = request.param
    text = whole_text([], target, entry=False).replace("define internal", "define")
    names = ("each_exp", "each_ln", "each_power")
    loaded = LoadedCode([object_code(text, target)], target, names)

    def padded(values):
        lanes, count = target.lanes, len(values)
        raw = np.ones(count + 4 * lanes)
        first = (-raw.ctypes.data % (8 * lanes)) // 8
        view = raw[first : first + -(-count // lanes) * lanes]
        view[:count] = values
        return view

    def run(name, *inputs):
        count = len(inputs[0])
        arrays = [padded(x) for x in (*inputs, np.zeros(count))]
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays), ctypes.c_int64)
        address = loaded.address(f"each_{name}")
        kind(address)(*(a.ctypes.data for a in arrays), len(arrays[0]) // target.lanes)
        return arrays[-1][:count].copy()

    return run


def last_places(value, exact):
    """How many units in the last place of the exact result a value is off, by the C library's long double."""
    exact = np.asarray(exact, dtype=np.longdouble)
    return np.abs((value - exact) / np.spacing(np.abs(exact.astype(float)))).max()


def test_exp(call):
    x = np.linspace(-700.0, 700.0, 20_011)
    assert last_places(call("exp", x), np.exp(x.astype(np.longdouble))) < 2.0


def test_log(call):
    x = np.concatenate([np.geomspace(1e-300, 1e300, 20_001), 1 + np.linspace(-0.4, 0.4, 20_001)])
    assert last_places(call("ln", x), np.log(x.astype(np.longdouble))) < 2.0


def test_pow(call):
    rng = np.random.default_rng(1)
    x, y = np.exp(rng.uniform(-7, 7, 20_000)), rng.uniform(-9, 9, 20_000)
    assert last_places(call("power", x, y), x.astype(np.longdouble) ** y) < 2.0


@pytest.mark.parametrize(("largest", "units"), [(10, 2), (100, 3), (1e3, 25), (1e4, 200), (1e6, 3), (1e9, 3)])
def test_large_powers(call, largest, units):
    """Results from 1e-300 to 1e300. What is raised to more than 1e6 is so close to 1 that nothing is lost again."""
    rng = np.random.default_rng(2)
    y = rng.uniform(-largest, largest, 20_000)
    x = np.exp(rng.uniform(-690, 690, 20_000) / largest)
    assert last_places(call("power", x, y), x.astype(np.longdouble) ** y) < units


def test_the_tables_for_avx512_leave_nothing_to_round():
    """Products with a reciprocal, less one, have few enough digits, and so have sums with the first word of its logarithm."""
    for cell, r in enumerate(elementary_avx512._RECIPROCAL):
        r = float.fromhex(r)
        assert (64 * r).is_integer()
        first, last = ((1 + (cell + k) / 16) * r - 1 for k in (0, 1))
        assert -1 / 32 <= first < last <= 1 / 16
        assert (32 * r).is_integer() or last <= 1 / 32, "a digit more where the remainder is large"
        high, low = (
            float.fromhex(t[cell]) for t in (elementary_avx512._LOG2_HIGH, elementary_avx512._LOG2_LOW)
        )
        assert (2.0**40 * high).is_integer()
        assert abs(low) <= 2.0**-41
        assert abs(np.longdouble(high) + low + np.log2(np.longdouble(r))) < 2.0**-62


def test_square_roots_by_pow_are_those_of_whole_numbers(call):
    n = np.arange(1.0, 3000.0)
    root = call("power", n * n, np.full(len(n), 0.5))
    assert all(
        abs(Fraction(r) - isqrt(int(k * k))) <= Fraction(np.spacing(k)) for r, k in zip(root, n, strict=True)
    )


def test_special_values(call):
    x = np.array([0.0, -0.0, 1.0, np.inf, np.nan, -1.0])
    for y in (2.5, 1e6):
        found = call("power", x, np.full(6, y)), call("power", x, np.full(6, -y))
        np.testing.assert_array_equal(found[0], [0, 0, 1, np.inf, np.nan, np.nan])
        np.testing.assert_array_equal(found[1], [np.inf, np.inf, 1, 0, np.nan, np.nan])
    np.testing.assert_array_equal(call("power", x[:4], np.zeros(4)), np.ones(4))
    np.testing.assert_array_equal(call("ln", x), [-np.inf, -np.inf, 0, np.inf, np.nan, np.nan])
    edge = np.array([0.0, 710.0, -750.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(call("exp", edge), [1, np.inf, 0, np.inf, 0, np.nan])
