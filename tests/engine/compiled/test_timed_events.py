"""Events of the model whose time is known happen exactly then, with the values of that moment."""

from __future__ import annotations

import numpy as np
import pytest

TIMES = np.linspace(0.0, 10.0, 41)


@pytest.fixture(scope="module")
def reference():
    from acinus.engine import solve

    return solve


@pytest.mark.parametrize(
    "body",
    [
        "species A; A = 1; k = 0.4; const k; E: at (time >= 2.5): A = A + 2; A => ; k*A;",
        "species A; A = 1; k = 0.4; r = 0; const k; => A; r; A => ; k*A; on: at (time > start): r = 3; off: at (time > start + 2): r = 0; start = 1.3; const start;",
        "species A, B; A = 1; B = 0; k = 0.4; const k; A => B; k*A; swap: at (time >= 3): A = B, B = A;",
        "compartment V; V = 3; species A in V; A = 1; k = 0.4; const k; A => ; k*A*V; E: at (time >= 2): A = 2*A;",
    ],
)
def test_as_libroadrunner_does(engine, reference, system_of, batch_of, body):
    system = system_of(body)
    batch = batch_of(system, TIMES)
    expected = reference(system, batch)
    solution = engine.solve(system, batch)
    assert solution.message == ("",)
    np.testing.assert_allclose(solution.values, expected.values, rtol=2e-6, atol=1e-10)


def test_the_time_of_an_event_may_be_an_individuals_own(engine, system_of, batch_of):
    system = system_of(
        "species A; A = 0; when = 2; dose = 1; const when, dose; at (time >= when): A = A + dose; A => ; 0*A;"
    )
    batch = batch_of(system, TIMES, n=3, outputs=["A"], when=[1.0, 2.5, 9.9], dose=[1.0, 2.0, 3.0])
    solution = engine.solve(system, batch)
    for row, (when, dose) in zip(solution.values[:, :, 0], ((1.0, 1.0), (2.5, 2.0), (9.9, 3.0)), strict=True):
        np.testing.assert_allclose(row, np.where(when <= TIMES, dose, 0.0), atol=1e-14)
