"""The engine against answers that can be written down."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances, engine_name, solve

VOLUME, RATE = 2.0, 0.3
TIMES = np.array([0.0, 1.0, 2.5, 4.0, 12.0, 30.0])


def test_a_bolus_decays_exponentially(decay, batch_of, add):
    solution = solve(decay, batch_of(decay, TIMES, [(add(decay, 1.0, "A", 10.0),)], outputs=["A"]))
    expected = np.where(TIMES >= 1.0, 10.0 / VOLUME * np.exp(-RATE * (TIMES - 1.0)), 0.0)
    np.testing.assert_allclose(solution.values[0, :, 0], expected, rtol=1e-6, atol=1e-12)
    assert solution.status == (Status.REACHED_END,)
    assert solution.reached[0] == TIMES[-1]
    assert solution.message == ("",)


def test_an_infusion_rises_to_its_plateau_and_falls_after_it_ends(decay, batch_of, put):
    changes = ((put(decay, 1.0, "infusion", 6.0), put(decay, 4.0, "infusion", 0.0)),)
    solution = solve(decay, batch_of(decay, TIMES, changes, outputs=["A"]))
    on = np.clip(TIMES - 1.0, 0.0, 3.0)
    expected = (
        6.0 / (VOLUME * RATE) * (1 - np.exp(-RATE * on)) * np.exp(-RATE * np.clip(TIMES - 4.0, 0.0, None))
    )
    np.testing.assert_allclose(solution.values[0, :, 0], expected, rtol=1e-6, atol=1e-12)


def test_repeated_boluses_superpose(decay, batch_of, add):
    doses = np.arange(0.0, 24.0, 6.0)
    changes = (tuple(add(decay, t, "A", 10.0) for t in doses),)
    solution = solve(decay, batch_of(decay, TIMES, changes, outputs=["A"]))
    since = TIMES[:, None] - doses
    expected = np.where(since >= 0, 10.0 / VOLUME * np.exp(-RATE * np.maximum(since, 0)), 0.0).sum(axis=1)
    np.testing.assert_allclose(solution.values[0, :, 0], expected, rtol=1e-6, atol=1e-12)


def test_what_enters_is_in_the_compartment_or_lost(decay, batch_of, add, put):
    changes = (
        (add(decay, 0.0, "A", 100.0), put(decay, 3.0, "infusion", 2.0), put(decay, 8.0, "infusion", 0.0)),
    )
    solution = solve(decay, batch_of(decay, [0.0, 5.0, 24.0, 72.0], changes, outputs=["A", "lost"]))
    total = VOLUME * solution.values[0].sum(axis=1)
    np.testing.assert_allclose(total, [100.0, 104.0, 110.0, 110.0], rtol=1e-9)


def test_a_constant_infusion_into_an_empty_compartment_arrives(system_of, batch_of, put):
    # At these values CVODE alone, started from zero, lost 6e-5 of the amount without a word.
    system = system_of(
        """
        compartment V; V = 35; species A in V; substanceOnly species out;
        A = 0; out = 0; k = 0.3; infusion = 0; const k, infusion;
        J1: A => out; k*A*V; J2: => A; infusion;
        """
    )
    changes = ((put(system, 0.0, "infusion", 7.5), put(system, 2.0, "infusion", 0.0)),)
    solution = solve(system, batch_of(system, [20.0, 31.0], changes, outputs=["A", "out"]))
    np.testing.assert_allclose(solution.values[0] @ [35.0, 1.0], 15.0, rtol=1e-9)


def test_no_state_swings_below_zero(decay, batch_of, add):
    batch = batch_of(decay, np.linspace(0, 400, 801), [(add(decay, 0.0, "A", 130.0),)], outputs=["A"])
    values = solve(decay, batch).values
    assert values.min() >= -1e-9 * values.max()


def test_a_sample_at_a_change_shows_the_state_after_it(decay, batch_of, add):
    solution = solve(
        decay, batch_of(decay, [1.0, 2.0], [(add(decay, 2.0, "A", 10.0),)], outputs=["A", "twice"])
    )
    np.testing.assert_array_equal(solution.values[0], [[0.0, 0.0], [5.0, 10.0]])


def test_a_change_at_time_zero_is_seen_at_time_zero(decay, batch_of, add):
    solution = solve(decay, batch_of(decay, [0.0], [(add(decay, 0.0, "A", 10.0),)], outputs=["A"]))
    assert solution.values[0, 0, 0] == 5.0


def test_changes_of_one_moment_are_applied_together(decay, batch_of, add, put):
    changes = ((add(decay, 1.0, "A", 4.0), put(decay, 1.0, "infusion", 6.0), add(decay, 1.0, "A", 6.0)),)
    solution = solve(decay, batch_of(decay, [1.0, 3.0], changes, outputs=["A"]))
    decayed = np.exp(-RATE * 2.0)
    expected = [5.0, 5.0 * decayed + 6.0 / (VOLUME * RATE) * (1 - decayed)]
    np.testing.assert_allclose(solution.values[0, :, 0], expected, rtol=1e-6)


def test_a_change_after_the_last_sample_changes_nothing(decay, batch_of, add):
    alone = solve(decay, batch_of(decay, TIMES, [(add(decay, 0.0, "A", 1.0),)]))
    later = solve(decay, batch_of(decay, TIMES, [(add(decay, 0.0, "A", 1.0), add(decay, 31.0, "A", 9.0))]))
    np.testing.assert_array_equal(alone.values, later.values)


def test_a_bolus_into_an_amount_adds_the_amount(decay, batch_of, add):
    solution = solve(decay, batch_of(decay, [0.0, 1.0], [(add(decay, 1.0, "gut", 7.0),)], outputs=["gut"]))
    np.testing.assert_array_equal(solution.values[0, :, 0], [0.0, 7.0])


def test_a_bolus_into_a_species_with_a_rate_rule_adds_the_amount(system_of, batch_of, add):
    system = system_of("compartment V; V = 2; species $A in V; A = 1; k = 0.3; const k; A' = -k*A;")
    solution = solve(
        system, batch_of(system, [0.0, 1.0, 2.0], [(add(system, 1.0, "A", 4.0),)], outputs=["A"])
    )
    after = np.exp(-0.3) + 2.0
    np.testing.assert_allclose(solution.values[0, :, 0], [1.0, after, after * np.exp(-0.3)], rtol=1e-6)


@pytest.mark.parametrize("samples", [2, 7, 1001])
def test_the_sampling_times_do_not_change_the_solution(decay, batch_of, add, samples):
    changes = [(add(decay, 0.0, "A", 10.0), add(decay, 3.0, "A", 5.0))]
    reference = solve(decay, batch_of(decay, [10.0], changes, outputs=["A"])).values[0, -1, 0]
    found = solve(decay, batch_of(decay, np.linspace(0, 10, samples), changes, outputs=["A"])).values[
        0, -1, 0
    ]
    assert found == pytest.approx(reference, rel=1e-6)


def test_a_tighter_tolerance_brings_a_smaller_error(decay, batch_of, add):
    batch = batch_of(decay, [5.0], [(add(decay, 0.0, "A", 10.0),)], outputs=["A"])
    exact = 5.0 * np.exp(-RATE * 5.0)
    errors = [
        abs(solve(decay, batch, Tolerances(relative=r)).values[0, 0, 0] - exact) for r in (1e-3, 1e-6, 1e-9)
    ]
    assert errors[0] > errors[1] > errors[2]


def test_each_individual_may_have_its_own_sampling_times(decay, batch_of, add):
    changes = [(add(decay, 0.0, "A", 10.0),)] * 2
    solution = solve(decay, batch_of(decay, [[0.0, 1.0], [2.0, 3.0]], changes, n=2, outputs=["A"]))
    expected = 5.0 * np.exp(-RATE * np.array([[0.0, 1.0], [2.0, 3.0]]))
    np.testing.assert_allclose(solution.values[:, :, 0], expected, rtol=1e-6)


def test_the_engine_says_its_name_and_version():
    assert engine_name().startswith("acinus ")
