"""A failure is a status with a time and a reason; it raises nothing and touches no one else."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Batch, Change, Status, Tolerances, roadrunner_reference, solve
from acinus.errors import EngineError

# A' = A**2 reaches infinity at 1/A(0).
BLOW_UP = "species A; A = 1; k = 1; const k; J: => A; k*A*A;"


@pytest.fixture(scope="module")
def exploding(system_of):
    return system_of(BLOW_UP)


def test_a_blow_up_has_its_time_and_the_samples_before_it(exploding, batch_of):
    solution = solve(exploding, batch_of(exploding, [0.0, 0.5, 0.9, 1.1, 2.0], outputs=["A"]))
    assert solution.status[0] in (Status.NEWTON_FAILED, Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    assert solution.reached[0] == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(solution.values[0, :3, 0], [1.0, 2.0, 10.0], rtol=1e-5)
    assert np.isnan(solution.values[0, 3:]).all()
    assert "at 1 h" in solution.message[0] or "at 0.99" in solution.message[0]
    assert "`A`" in solution.message[0]


def test_a_flux_that_is_not_a_number_is_named(system_of, batch_of):
    system = system_of("species A; A = 1; k = 1; const k; J: A => ; k*log(A - 2);")
    solution = solve(system, batch_of(system, [0.0, 1.0], outputs=["A"]))
    assert solution.status == (Status.NOT_FINITE,)
    assert "the flux `J` is not finite" in solution.message[0]


def test_a_recorded_value_that_is_not_a_number_is_a_failure_at_its_time(system_of, batch_of):
    system = system_of("A = 1; A' = -0.5; side := A^0.5;")
    solution = solve(system, batch_of(system, [0.0, 1.0, 3.0, 4.0], outputs=["A", "side"]))
    assert solution.status == (Status.NOT_FINITE,)
    assert solution.message == ("at 3 h: `side` is not finite",)
    assert np.isfinite(solution.values[0, :2]).all()
    assert np.isnan(solution.values[0, 2:]).all()


def test_the_step_limit_is_a_status(decay, batch_of, add):
    batch = batch_of(decay, [100.0], [(add(decay, 0.0, "A", 10.0),)], outputs=["A"])
    solution = solve(decay, batch, Tolerances(max_steps=3))
    assert solution.status == (Status.MAX_STEPS,)
    assert 0.0 < solution.reached[0] < 100.0
    assert "max_steps" in Status.MAX_STEPS.value


def test_a_failing_neighbour_changes_no_bit(exploding, batch_of):
    times = np.linspace(0.0, 2.0, 21)
    good = [0.3, 0.1, 0.45]
    crowd = solve(exploding, batch_of(exploding, times, n=5, k=[0.3, 1.0, 0.1, 5.0, 0.45], outputs=["A"]))
    assert [s is Status.REACHED_END for s in crowd.status] == [True, False, True, False, True]
    for place, rate in zip((0, 2, 4), good, strict=True):
        alone = solve(exploding, batch_of(exploding, times, k=rate, outputs=["A"]))
        np.testing.assert_array_equal(crowd.values[place], alone.values[0])


def test_failures_say_nothing_on_the_terminal(exploding, batch_of, capfd):
    solve(exploding, batch_of(exploding, [0.0, 2.0], outputs=["A"]))
    assert capfd.readouterr() == ("", "")


def test_the_order_of_individuals_changes_no_bit(exploding, batch_of):
    times, rates = [0.0, 0.7, 1.5], np.array([0.3, 1.0, 0.1, 0.6])
    forth = solve(exploding, batch_of(exploding, times, n=4, k=rates))
    back = solve(exploding, batch_of(exploding, times, n=4, k=rates[::-1]))
    np.testing.assert_array_equal(forth.values, back.values[::-1])
    assert forth.message == back.message[::-1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_changes_no_bit(exploding, batch_of, workers):
    times, rates = np.linspace(0.0, 1.5, 7), np.linspace(0.05, 1.2, 23)
    batch = batch_of(exploding, times, n=23, k=rates)
    one, many = solve(exploding, batch), solve(exploding, batch, workers=workers)
    np.testing.assert_array_equal(one.values, many.values)
    np.testing.assert_array_equal(one.reached, many.reached)
    assert (one.status, one.message) == (many.status, many.message)


def test_a_batch_that_does_not_fit_is_refused_with_all_that_is_wrong(decay):
    batch = Batch(
        np.zeros((2, 1)),
        ((Change(-1.0, "add", 0, 1.0),), (Change(0.0, "add", 99, 1.0),)),
        np.array([1.0, 0.5]),
        np.array([77]),
    )
    with pytest.raises(EngineError) as refused:
        solve(decay, batch)
    text = str(refused.value)
    for part in ("parameters have shape", "do not increase", "an output lies outside", "no time from 0 on"):
        assert part in text
    assert {d.code.value for d in refused.value.diagnostics} == {"AC401"}


def test_changes_beside_events_that_watch_the_state_are_refused(system_of, batch_of, put):
    system = system_of("A = 1; A' = k; k = 1; const k; E: at A > 5: A = 0;")
    assert solve(system, batch_of(system, [0.0, 9.0])).status == (Status.REACHED_END,)
    with pytest.raises(EngineError, match="AC402.*watch its state"):
        roadrunner_reference.solve(
            system, batch_of(system, [0.0, 9.0], [(put(system, 1.0, "k", 2.0),)]), Tolerances()
        )


def test_an_event_at_a_time_goes_with_changes(system_of, batch_of, put):
    system = system_of("A = 0; A' = k; k = 1; const k; E: at time >= 5: A = 0;")
    solution = solve(
        system, batch_of(system, [4.0, 5.0, 8.0], [(put(system, 5.0, "k", 2.0),)], outputs=["A"])
    )
    np.testing.assert_allclose(solution.values[0, :, 0], [4.0, 0.0, 6.0], atol=1e-9)


@pytest.mark.parametrize(
    "wrong", [{"relative": 0.0}, {"relative": float("nan")}, {"absolute": -1.0}, {"max_steps": 0}]
)
def test_tolerances_that_cannot_be_are_refused(wrong):
    with pytest.raises(EngineError, match="AC403"):
        Tolerances(**wrong)
