"""A failure is a status with a time and a reason, after every rung of the ladder was tried."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from acinus.engine import Status, Tolerances
from acinus.engine.compiled import CompiledEngine
from acinus.errors import EngineError


def test_a_blow_up_has_its_time_and_the_samples_before_it(engine, system_of, batch_of):
    system = system_of("species A; A = 1; k = 1; const k; J: => A; k*A*A;")
    solution = engine.solve(system, batch_of(system, [0.0, 0.5, 0.9, 1.1, 2.0], outputs=["A"]))
    assert solution.status[0] in (Status.NOT_FINITE, Status.STEP_TOO_SMALL)
    assert solution.reached[0] == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(solution.values[0, :3, 0], [1.0, 2.0, 10.0], rtol=1e-5)
    assert np.isnan(solution.values[0, 3:]).all()
    assert "`A`" in solution.message[0]


def test_the_first_rate_law_that_is_not_a_number_is_named(engine, system_of, batch_of):
    system = system_of("species A; A = 1; k = 1; const k; J: A => ; k*log(A - 2);")
    solution = engine.solve(system, batch_of(system, [0.0, 1.0], outputs=["A"]))
    assert solution.status == (Status.NOT_FINITE,)
    assert "the flux `J` is not finite" in solution.message[0]


def test_a_recorded_value_that_is_not_a_number_is_a_failure_at_its_time(engine, system_of, batch_of):
    system = system_of("A = 1; A' = -0.5; side := A^0.5;")
    solution = engine.solve(system, batch_of(system, [0.0, 1.0, 3.0, 4.0], outputs=["A", "side"]))
    assert solution.status == (Status.NOT_FINITE,)
    assert solution.message == ("at 3 h: `side` is not finite",)
    assert np.isfinite(solution.values[0, :2]).all()
    assert np.isnan(solution.values[0, 2:]).all()


def test_the_step_limit_is_a_status_and_names_the_largest_errors(engine, decay, batch_of, add):
    batch = batch_of(decay, [100.0], [(add(decay, 0.0, "A", 10.0),)], outputs=["A"])
    solution = engine.solve(decay, batch, Tolerances(max_steps=3))
    assert solution.status == (Status.MAX_STEPS,)
    assert 0.0 < solution.reached[0] < 100.0
    assert "3 steps" in solution.message[0]


def test_a_model_that_the_compiled_loop_cannot_start_is_carried_by_the_next_rung(
    engine, system_of, batch_of, monkeypatch
):
    """The second rung must do what the first does: forced here, because no honest model is known to need it."""
    from acinus.engine.compiled import failures

    system = system_of("species A; A = 1; k = 0.3; const k; at (time >= 2): A = A + 1; A => ; k*A;")
    batch = batch_of(system, [0.0, 1.0, 2.0, 7.0], outputs=["A"])
    right = engine.solve(system, batch)
    true_way = failures.integrate

    def broken(*args, **kwargs):
        raw = true_way(*args, **kwargs)
        raw.ends[:] = 3
        raw.dump[:] = 1.0
        return raw

    monkeypatch.setattr(failures, "integrate", broken)
    monkeypatch.setattr("acinus.engine.compiled.compiled_engine.integrate", broken)
    solution = engine.solve(system, batch)
    assert solution.status == (Status.REACHED_END,)
    assert "pivoting" in solution.message[0]
    np.testing.assert_allclose(solution.values, right.values, rtol=1e-6)


def test_an_unknown_method_gets_the_nearest_name():
    with pytest.raises(EngineError, match="rodas5p"):
        CompiledEngine("rodas5pp")


def test_a_failure_is_a_record_of_plain_values(engine, system_of, batch_of):
    system = system_of("species A; A = 1; k = 1; const k; J: => A; k*A*A;")
    batch = batch_of(system, [0.0, 0.5, 2.0, 5.0], n=3, outputs=["A"], k=np.array([1.0, 0.0, 1.0]))
    blown, fine, also_blown = engine.solve(system, batch).failures
    assert fine is None
    assert blown is not None
    assert blown.time == pytest.approx(1.0, abs=1e-2)
    assert blown.rungs[0] == "a shorter first step"
    assert blown.reached_on is None
    assert json.loads(json.dumps(asdict(blown), allow_nan=False))["status"] == blown.status
    assert blown == also_blown


def test_a_rate_law_that_ends_at_a_time_is_named(engine, system_of, batch_of):
    system = system_of("species B; B = 1; k = 1; const k; L: B => ; k*log(2 - time)*B;")
    (failure,) = engine.solve(system, batch_of(system, [0.0, 5.0], outputs=["B"])).failures
    assert failure is not None
    assert failure.not_finite == ("flux", "L")
    assert failure.time == pytest.approx(2.0, abs=1e-9)


def test_whoever_ran_out_of_steps_is_not_tried_again(engine, decay, batch_of, add):
    batch = batch_of(decay, [100.0], [(add(decay, 0.0, "A", 10.0),)], outputs=["A"])
    (failure,) = engine.solve(decay, batch, Tolerances(max_steps=3)).failures
    assert failure is not None
    assert (failure.status, failure.step_limit, failure.rungs) == ("MAX_STEPS", 3, ())
    assert len(failure.left_out) == 1
    assert failure.states[0][0] in ("A", "gut", "lost")


def test_reasons_are_those_of_each_individual(engine, system_of, batch_of):
    """Many failures share one pass; each record shows its own lane."""
    system = system_of("species A; A = 1; k = 1; const k; J: => A; k*A*A;")
    rates = np.linspace(0.5, 2.0, 40)
    solution = engine.solve(system, batch_of(system, [0.0, 5.0], n=40, outputs=["A"], k=rates), workers=2)
    times = [failure.time for failure in solution.failures if failure is not None]
    np.testing.assert_allclose(times, 1.0 / rates, rtol=1e-3)


def test_the_slow_way_scales_by_the_volume_from_before_the_event(system_of, batch_of):
    """The event sets a concentration and the volume: the concentration is meant in the volume of that moment."""
    from acinus.engine.compiled.pivoted import integrate_pivoted

    system = system_of(
        "var compartment V; V = 2; species S in V; S = 1; k = 0; const k; J: S => ; k*S*V;"
        "at (time >= 1): V = 4, S = 3;"
    )
    program = system.program
    assert [a.scale is not None for b in program.barriers for a in b.assignments].count(True) == 1
    run = integrate_pivoted(program, batch_of(system, [0.0, 1.0, 2.0], outputs=["S"]), Tolerances())
    np.testing.assert_allclose(run.values[:, 0], [1.0, 1.5, 1.5], rtol=1e-12)
