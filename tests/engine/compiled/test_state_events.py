"""Events whose time follows from the run, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from small_systems import from_antimony

from acinus.engine import Status, Tolerances

TIGHT = Tolerances(1e-10, 1e-14)
TIMES = np.linspace(0.0, 10.0, 41)


def only(solution):
    """Return the (T, K) values of one individual that reached the end."""
    assert solution.status == (Status.REACHED_END,), solution.message
    return solution.values[0]


BALL = """
    h = 5; v = 0; g = 9.81; e = 0.8; bounces = 0; last = 0; const g, e;
    h' = v; v' = -g;
    bounce: at (h <= 0 && v < 0): v = -e*v, bounces = bounces + 1, last = time;
"""


def test_a_ball_bounces_when_and_as_high_as_restitution_says(engine, system_of, batch_of):
    system = system_of(BALL)
    first, g, e = np.sqrt(2 * 5 / 9.81), 9.81, 0.8
    # The n-th flight takes e^n times as long as a fall from the height there and back.
    hits = first * (1 + 2 * np.cumsum(np.concatenate([[0.0], e ** np.arange(1, 12)])))
    tops = (hits[:-1] + hits[1:]) / 2
    after = hits[:-1] + 1e-6
    times = np.sort(np.concatenate([tops, after]))
    found = only(engine.solve(system, batch_of(system, times, outputs=["h", "bounces", "last"]), TIGHT))
    count = np.arange(1, len(hits))
    np.testing.assert_allclose(found[1::2, 0], 5 * e ** (2 * count), rtol=1e-9)
    np.testing.assert_array_equal(found[1::2, 1], count)
    np.testing.assert_allclose(found[1::2, 2], hits[:-1], rtol=1e-10)
    assert g == system.parameter_values[system.parameters.index("g")]


def test_bounces_without_end_are_a_failure_and_not_a_standstill(engine, system_of, batch_of):
    system = system_of(BALL)
    limit = np.sqrt(2 * 5 / 9.81) * (1 + 2 * 0.8 / 0.2)
    solution = engine.solve(system, batch_of(system, [1.0, 20.0], outputs=["h"]), Tolerances(max_steps=3000))
    assert solution.status[0] is not Status.REACHED_END
    assert solution.reached[0] == pytest.approx(limit, rel=1e-2)
    assert np.isnan(solution.values[0, 1, 0])


def test_a_thermostat_switches_where_its_hysteresis_says(engine, system_of, batch_of):
    system = system_of(
        """
        T = 15; on = 1; switched = 0;
        T' = 10*on - 0.5*(T - 10);
        warm: at (T > 22): on = 0, switched = switched + 1;
        cold: at (T < 18): on = 1, switched = switched + 1;
        """
    )
    heat = 2 * np.log((30 - 15) / (30 - 22))
    cool, again = 2 * np.log(12 / 8), 2 * np.log(12 / 8)
    switches = heat + np.concatenate([[0.0], np.cumsum(np.tile([cool, again], 10))])
    switches = switches[switches < 10]
    times = np.sort(np.concatenate([switches - 1e-7, switches + 1e-7, [10.0]]))
    found = only(engine.solve(system, batch_of(system, times, outputs=["T", "switched"]), TIGHT))
    np.testing.assert_array_equal(found[0:-1:2, 1], np.arange(len(switches)))
    np.testing.assert_array_equal(found[1::2, 1], np.arange(1, len(switches) + 1))
    np.testing.assert_allclose(found[1::2, 0], np.where(np.arange(len(switches)) % 2, 18, 22), atol=2e-6)


@pytest.mark.parametrize(("persistent", "fires"), [("true", True), ("false", False)])
def test_a_delayed_event_that_is_not_persistent_is_called_off(engine, system_of, batch_of, persistent, fires):
    # x is above 1 from pi/6 to 5 pi/6, which is shorter than the delay.
    system = system_of(
        f"""
        x = 0; y = 2; x' = y; y' = -x; done = 0; at_time = 0;
        E: at 2.2 after (x > 1), persistent={persistent}, fromTrigger=false: done = done + 1, at_time = time;
        """
    )
    found = only(engine.solve(system, batch_of(system, [2.7, 2.8, 5.0], outputs=["done", "at_time"]), TIGHT))
    np.testing.assert_array_equal(found[:, 0], [0, 1, 1] if fires else [0, 0, 0])
    if fires:
        assert found[-1, 1] == pytest.approx(np.pi / 6 + 2.2, rel=1e-9)


@pytest.mark.parametrize(("from_trigger", "expected"), [("true", 1.0), ("false", 2.0)])
def test_values_are_those_of_the_trigger_or_of_the_execution(
    engine, system_of, batch_of, from_trigger, expected
):
    system = system_of(
        f"x = 0; x' = 1; kept = 0; E: at 1 after (x > 1), fromTrigger={from_trigger}: kept = x;"
    )
    found = only(engine.solve(system, batch_of(system, [1.9, 2.1], outputs=["kept"]), TIGHT))
    np.testing.assert_allclose(found[:, 0], [0.0, expected], atol=1e-9)


def test_events_of_one_moment_come_in_the_order_of_their_priorities(engine, system_of, batch_of):
    system = system_of(
        """
        x = 0; x' = 1; order = 0; p = 1;
        a: at (x > 3), priority=p: order = 10*order + 1;
        b: at (x > 3), priority=5: order = 10*order + 2, p = 9;
        c: at (x > 3), priority=3: order = 10*order + 3;
        """.replace(": order = 10*order + ", ", fromTrigger=false: order = 10*order + ")
    )
    found = only(engine.solve(system, batch_of(system, [2.9, 4.0], outputs=["order"]), TIGHT))
    # b comes first and makes a the next.
    np.testing.assert_array_equal(found[:, 0], [0.0, 213.0])


def test_events_of_one_priority_come_in_any_order_but_the_same_for_everybody(engine, system_of, batch_of):
    system = system_of(
        """
        x = 0; x' = 1; a = 0; b = 0;
        E: at (x > 1), fromTrigger=false: x = 0, a = a + 1;
        F: at (x > 1), fromTrigger=false, persistent=false: b = b + 1;
        """
    )
    solution = engine.solve(system, batch_of(system, [50.5, 100.5], n=9, outputs=["a", "b"]))
    assert set(solution.status) == {Status.REACHED_END}
    # F is called off where E comes first.
    a, b = solution.values[0, -1]
    assert a == 100
    assert 30 < b < 70
    np.testing.assert_array_equal(solution.values, np.broadcast_to(solution.values[:1], (9, 2, 2)))


def test_a_chain_of_events_happens_at_one_instant(engine, system_of, batch_of):
    system = system_of(
        """
        x = 0; x' = 1; a = 0; b = 0; c = 0;
        E: at (x >= 2.5): a = 1;
        F: at (a > 0.5): b = a + 1;
        G: at (b > 1.5): c = b + time;
        """
    )
    found = only(engine.solve(system, batch_of(system, [2.4, 2.6], outputs=["a", "b", "c"]), TIGHT))
    np.testing.assert_allclose(found, [[0, 0, 0], [1, 2, 4.5]], rtol=1e-9)


def test_events_that_call_each_other_for_ever_are_a_status(engine, system_of, batch_of):
    system = system_of("x = 0; x' = 1; a = 0; E: at (x > 1 && a < 0.5): a = 1; F: at (a > 0.5): a = 0;")
    solution = engine.solve(system, batch_of(system, [0.5, 2.0], outputs=["x"]))
    assert solution.status == (Status.EVENTS_WITHOUT_END,)
    assert solution.reached[0] == pytest.approx(1.0)
    assert solution.message == ("at 1 h",)
    np.testing.assert_allclose(solution.values[0, :, 0], [0.5, np.nan])


def test_more_waiting_events_than_are_kept_are_a_status(engine, system_of, batch_of):
    system = system_of("x = 0; x' = 1; E: at 1000 after (sin(x) > 0): x = 0;")
    solution = engine.solve(system, batch_of(system, [1.0, 200.0], outputs=["x"]))
    assert solution.status == (Status.EVENT_QUEUE_FULL,)
    assert solution.values[0, 0, 0] == pytest.approx(1.0)
    assert np.isnan(solution.values[0, 1, 0])


@pytest.mark.parametrize(("before", "expected"), [("true", 1.0), ("false", 7.0)])
def test_the_value_before_time_zero_decides_whether_an_event_happens_at_time_zero(
    engine, batch_of, before, expected
):
    system = from_antimony(f"x = 1; x' = 0; E: at (x > 0.5), t0={before}: x = 7;")
    found = only(engine.solve(system, batch_of(system, [0.0, 1.0], outputs=["x"])))
    np.testing.assert_array_equal(found[:, 0], [expected, expected])


def test_a_dose_that_carries_the_state_across_a_trigger_fires_the_event(
    engine, system_of, batch_of, add, put
):
    system = system_of(
        "species A; A = 1; k = 0; n = 0; const k; A => ; k*A; high: at (A > 5): n = n + 1; "
        "strong: at (k > 0.5): n = n + 10;"
    )
    changes = [(add(system, 2.0, "A", 6.0), put(system, 3.0, "k", 1.0))]
    found = only(engine.solve(system, batch_of(system, [1.9, 2.0, 3.0], changes, outputs=["n"])))
    np.testing.assert_array_equal(found[:, 0], [0, 1, 11])


def test_event_times_are_each_individuals_own(engine, system_of, batch_of):
    system = system_of(
        "x = 0; k = 1; level = 1; const k, level; x' = k; hit = 0; E: at (x >= level): hit = time, x = 0;"
    )
    rng = np.random.default_rng(4)
    k, level = rng.uniform(0.5, 2, 50), rng.uniform(2, 3, 50)
    batch = batch_of(system, [5.0], n=50, outputs=["hit", "x"], k=k, level=level)
    solution = engine.solve(system, batch, TIGHT)
    assert set(solution.status) == {Status.REACHED_END}
    period = level / k
    count = np.floor(5 / period)
    np.testing.assert_allclose(solution.values[:, 0, 0], count * period, rtol=1e-9)
    np.testing.assert_allclose(solution.values[:, 0, 1], (5 - count * period) * k, atol=1e-8)


def test_a_sample_at_an_event_shows_what_the_event_did(engine, system_of, batch_of):
    system = system_of(
        "x = 0; x' = 1; y = 0; E: at (time >= 2.5 && x > 1): y = y + 1; F: at 0.7 after (time > 2.5): y = y + 10;"
    )
    found = only(engine.solve(system, batch_of(system, [2.4999, 2.5, 3.1999, 3.2], outputs=["y"])))
    np.testing.assert_array_equal(found[:, 0], [0, 1, 1, 11])


def test_an_event_just_after_the_start_is_not_in_the_sample_at_the_start(engine, batch_of):
    system = from_antimony("x = 1; x' = 0; E: at (time > 0), t0=false: x = 7;")
    found = only(engine.solve(system, batch_of(system, [0.0, 1e-9, 1.0], outputs=["x"])))
    np.testing.assert_array_equal(found[:, 0], [1, 7, 7])


def test_a_clock_repeats_at_exactly_its_times(engine, system_of, batch_of):
    system = system_of(
        "x = 0; x' = 0; next = 0.1; n = 0; E: at (time >= next): next = next + 0.1, n = n + 1;"
    )
    found = only(engine.solve(system, batch_of(system, TIMES, outputs=["n"])))
    np.testing.assert_array_equal(found[:, 0], np.floor(TIMES * 10 + 1e-9))


def test_a_narrow_window_of_the_state_is_not_stepped_over(engine, system_of, batch_of):
    # Nothing limits the step but the window: x is linear, so that every step is exact.
    system = system_of("x = 0; x' = 1; hit = 0; E: at (x > 7.3 && x < 7.3001): hit = time;")
    found = only(engine.solve(system, batch_of(system, [1000.0], outputs=["hit"]), TIGHT))
    assert found[0, 0] == pytest.approx(7.3, rel=1e-12)


def test_a_trigger_that_comes_and_goes_as_no_step_does_is_seen(engine, system_of, batch_of):
    system = system_of("x = 0; x' = 1; n = 0; E: at (sin(x) > 0.9): n = n + 1;")
    times = np.linspace(1.0, 60.0, 60)
    found = only(engine.solve(system, batch_of(system, times, outputs=["n"]), TIGHT))
    np.testing.assert_array_equal(found[:, 0], np.floor((times - np.arcsin(0.9)) / (2 * np.pi)) + 1)


def test_a_state_that_an_event_leaves_on_its_threshold_goes_on(engine, system_of, batch_of):
    system = system_of(
        "x = 0; k = 1; x' = k; n = 0; E: at (x >= 2): k = -k, n = n + 1; F: at (x <= 0): k = -k, n = n + 1;"
    )
    times = np.linspace(0.5, 99.5, 100)
    found = only(engine.solve(system, batch_of(system, times, outputs=["x", "n"]), TIGHT))
    np.testing.assert_array_equal(found[:, 1], np.floor(times / 2))
    np.testing.assert_allclose(found[:, 0], np.abs((times + 2) % 4 - 2), atol=1e-9)
