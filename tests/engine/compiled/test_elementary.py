"""Our own exp, log and pow are within the promised units in the last place, special values included."""

from __future__ import annotations

import ctypes
from fractions import Fraction
from math import isqrt

import numpy as np
import pytest

from acinus.engine.compiled.assembly import object_code, whole_text
from acinus.engine.compiled.machine import load
from acinus.engine.compiled.target import host_target, target_for


def targets():
    host = host_target()
    return [host, target_for(host.triple, "x86-64", "+sse2")] if host.x86 else [host]


@pytest.fixture(scope="module", params=targets(), ids=lambda t: f"{t.lanes} lanes")
def call(request):
    target = request.param
    text = whole_text([], target, entry=False).replace("define internal", "define")
    engine = load([object_code(text, target)], target)

    def padded(values):
        lanes, count = target.lanes, len(values)
        raw = np.ones(count + 4 * lanes)
        first = (-raw.ctypes.data % (8 * lanes)) // 8
        view = raw[first : first + -(-count // lanes) * lanes]
        view[:count] = values
        return view

    def run(name, *inputs, outputs=1):
        count = len(inputs[0])
        arrays = [padded(x) for x in inputs] + [padded(np.zeros(count)) for _ in range(outputs)]
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays), ctypes.c_int64)
        address = engine.get_function_address(f"each_{name}")
        kind(address)(*(a.ctypes.data for a in arrays), len(arrays[0]) // target.lanes)
        return [a[:count].copy() for a in arrays[len(inputs) :]]

    return run


def last_places(value, exact):
    """How many units in the last place of the exact result a value is off, by the C library's long double."""
    exact = np.asarray(exact, dtype=np.longdouble)
    return np.abs((value - exact) / np.spacing(np.abs(exact.astype(float)))).max()


def test_exp(call):
    x = np.linspace(-700.0, 700.0, 20_011)
    assert last_places(call("exp", x)[0], np.exp(x.astype(np.longdouble))) < 2.0


def test_log(call):
    x = np.concatenate([np.geomspace(1e-300, 1e300, 20_001), 1 + np.linspace(-0.4, 0.4, 20_001)])
    assert last_places(call("ln", x)[0], np.log(x.astype(np.longdouble))) < 2.0


def test_pow(call):
    rng = np.random.default_rng(1)
    x, y = np.exp(rng.uniform(-7, 7, 20_000)), rng.uniform(-9, 9, 20_000)
    high, low = call("log2", x, outputs=2)
    assert last_places(call("exp2", y, high, low)[0], x.astype(np.longdouble) ** y) < 2.0


def test_square_roots_by_pow_are_those_of_whole_numbers(call):
    n = np.arange(1.0, 3000.0)
    high, low = call("log2", n * n, outputs=2)
    root = call("exp2", np.full(len(n), 0.5), high, low)[0]
    assert all(
        abs(Fraction(r) - isqrt(int(k * k))) <= Fraction(np.spacing(k)) for r, k in zip(root, n, strict=True)
    )


def test_special_values(call):
    x = np.array([0.0, -0.0, 1.0, np.inf, np.nan, -1.0])
    high, low = call("log2", x, outputs=2)
    np.testing.assert_array_equal(
        call("exp2", np.full(6, 2.5), high, low)[0], [0, 0, 1, np.inf, np.nan, np.nan]
    )
    np.testing.assert_array_equal(
        call("exp2", np.full(6, -2.5), high, low)[0], [np.inf, np.inf, 1, 0, np.nan, np.nan]
    )
    np.testing.assert_array_equal(call("ln", x)[0], [-np.inf, -np.inf, 0, np.inf, np.nan, np.nan])
    edge = np.array([0.0, 710.0, -750.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(call("exp", edge)[0], [1, np.inf, 0, np.inf, 0, np.nan])
