"""Division is within the promised units in the last place on every kind of processor, special values included."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from acinus.engine.compiled.assembly import object_code, whole_text
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.target import Target, host_target, target_for
from acinus.engine.compiled.vector_text import VectorText


def targets() -> list[Target]:
    host = host_target()
    if not host.x86:
        return [host]
    narrow = target_for(host.triple, "x86-64", "+sse2")
    return [replace(host, processor="znver4"), replace(host, processor="skylake-avx512"), narrow]


@pytest.fixture(scope="module", params=targets(), ids=lambda t: f"{t.processor}, {t.lanes} lanes")
def divide(request):
    target = request.param
    body = VectorText(target)
    top, bottom = body.load_at("%a", 0), body.load_at("%b", 0)
    body.store_at(body.quotient(top, bottom), "%out", 0)
    body.store_at(body.reciprocal(bottom), "%out", 1)
    function = f"define void @divide(ptr %a, ptr %b, ptr %out) {{\n{body.text}\n  ret void\n}}"
    loaded = LoadedCode(
        [object_code(whole_text([function], target, entry=False), target)], target, ["divide"]
    )
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)
    run, lanes = kind(loaded.address("divide")), target.lanes

    def quotients(tops, bottoms):
        raw = np.zeros(4 * lanes + 8)
        first = (-raw.ctypes.data % (8 * lanes)) // 8
        a, b, out = np.split(raw[first : first + 4 * lanes], [lanes, 2 * lanes])
        found = []
        for k in range(0, len(tops), lanes):
            a[:], b[:] = tops[k : k + lanes], bottoms[k : k + lanes]
            run(a.ctypes.data, b.ctypes.data, out.ctypes.data)
            found.append(out.reshape(2, lanes).copy())
        return np.concatenate(found, axis=1), loaded

    return lambda tops, bottoms: quotients(tops, bottoms)[0]


def last_places(value, exact):
    return np.abs((value - exact) / np.spacing(np.abs(exact.astype(float)))).max()


def test_division_is_within_two_units(divide):
    rng = np.random.default_rng(3)
    top, bottom = rng.normal(size=(2, 8000)) * np.exp(rng.uniform(-200, 200, (2, 8000)))
    quotient, reciprocal = divide(top, bottom)
    assert last_places(quotient, top.astype(np.longdouble) / bottom) <= 2.0
    assert last_places(reciprocal, 1.0 / bottom.astype(np.longdouble)) <= 1.0


def test_special_values_of_division(divide):
    bottom = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -2.0, 4.0])
    quotient, reciprocal = divide(np.ones(8), bottom)
    with np.errstate(divide="ignore"):
        exact = 1.0 / bottom
    np.testing.assert_array_equal(reciprocal, exact)
    np.testing.assert_array_equal(quotient, exact)


def test_only_processors_that_divide_slowly_go_round_it():
    avx512 = "+avx512f,+avx512dq,+avx2,+fma"
    intel, zen = (
        target_for("x86_64-unknown-linux-gnu", name, avx512) for name in ("icelake-server", "znver5")
    )
    assert intel.slow_division
    assert not zen.slow_division
    assert zen.approximate_reciprocal
    assert not target_for("x86_64-unknown-linux-gnu", "haswell", "+avx2,+fma").slow_division
