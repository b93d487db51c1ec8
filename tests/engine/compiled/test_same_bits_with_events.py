"""Events do not make an individual depend on its lane, its neighbours, their order or the number of threads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_systems import with_algebraic_rules

from acinus.engine import Status, Tolerances
from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for
from acinus.engine.compiled.target import host_target, target_for

LOOSE = Tolerances(1e-6, 1e-12)


@pytest.fixture(scope="module")
def eventful(system_of):
    """Doses, a reset by the state, delays, ties, a narrow pulse at an own time, a trigger through a sine."""
    return system_of(
        """
        species A, B; A = 1; B = 0; k = 0.8; j = 0.5; level = 0.3; on = 4; lag = 0.7;
        const k, j, level, on, lag;
        A -> B; k*A; B -> ; j*B;
        -> A; piecewise(50, time >= on && time < on + 0.01, 0);
        n = 0; m = 0;
        low: at (A < level): A = A + 0.8, n = n + 1;
        slowly: at lag after (B > level), persistent=false: B = 0.5*B, m = m + 1;
        tie1: at (sin(3*time) > 0.9), priority=1: A = 1.01*A + 0.01;
        tie2: at (sin(3*time) > 0.9), priority=1: B = 0.9*B;
        known: at (time > on + 1): A = A + 1;
        """
    )


@pytest.fixture
def crowd(eventful, batch_of, add):
    def build(n, seed=3):
        rng = np.random.default_rng(seed)
        values = {
            name: value * rng.lognormal(0, 0.3, n)
            for name, value in (("k", 0.8), ("j", 0.5), ("level", 0.3), ("on", 4.0), ("lag", 0.7))
        }
        changes = [(add(eventful, t, "A", 0.5), add(eventful, 6.0, "B", 0.4)) for t in rng.uniform(1, 5, n)]
        return batch_of(
            eventful, np.linspace(0, 12, 25), changes, n=n, outputs=["A", "B", "n", "m"], **values
        )

    return build


@pytest.fixture
def alone(engine, eventful, crowd):
    batch = crowd(7)
    parts = [engine.solve(eventful, batch.take(range(i, i + 1)), LOOSE) for i in range(7)]
    assert all(part.status == (Status.REACHED_END,) for part in parts)
    values = np.concatenate([part.values for part in parts])
    assert (values[:, -1, 2:] > 1).all()  # events did happen, to everybody
    return values


def test_alone_and_among_seven(engine, eventful, crowd, alone):
    np.testing.assert_array_equal(engine.solve(eventful, crowd(7), LOOSE).values, alone)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_among_thousands_on_any_number_of_threads(engine, eventful, crowd, alone, workers):
    seven, many = crowd(7), crowd(4096, seed=4)
    places = [0, 3, 100, 1777, 2048, 4000, 4095]
    parameters, changes = many.parameters.copy(), list(many.changes)
    for place, i in zip(places, range(7), strict=True):
        parameters[place], changes[place] = seven.parameters[i], seven.changes[i]
    batch = replace(many, parameters=parameters, changes=tuple(changes))
    solution = engine.solve(eventful, batch, LOOSE, workers)
    assert set(solution.status) == {Status.REACHED_END}
    np.testing.assert_array_equal(solution.values[places], alone)


def test_in_reverse_order(engine, eventful, crowd):
    batch = crowd(40)
    reverse = replace(batch, parameters=batch.parameters[::-1], changes=batch.changes[::-1])
    forth, back = engine.solve(eventful, batch, LOOSE, 2), engine.solve(eventful, reverse, LOOSE, 1)
    np.testing.assert_array_equal(forth.values, back.values[::-1])
    np.testing.assert_array_equal(forth.steps, back.steps[::-1])


def test_beside_neighbours_that_are_not_numbers(engine, eventful, crowd, alone):
    batch = crowd(7)
    rows = np.repeat(np.arange(7), 2)
    parameters = batch.parameters[rows]
    parameters[::2, eventful.parameters.index("k")] = np.nan
    parameters[::4, eventful.parameters.index("lag")] = np.nan
    mixed = replace(batch, parameters=parameters, changes=tuple(batch.changes[i] for i in rows))
    solution = engine.solve(eventful, mixed, LOOSE)
    assert set(solution.status[::2]) == {Status.NOT_FINITE}
    np.testing.assert_array_equal(solution.values[1::2], alone)


@pytest.mark.parametrize("chosen", [slice(None, None, 4), slice(4, None), [24]])
def test_on_any_output_grid_with_the_same_end(engine, eventful, crowd, alone, chosen):
    batch = crowd(7)
    solution = engine.solve(eventful, replace(batch, times=batch.times[chosen]), LOOSE)
    np.testing.assert_array_equal(solution.values, alone[:, chosen])


def test_unknowns_and_events_together(engine, batch_of):
    system = with_algebraic_rules(
        {"A": 2.0, "x": 1.0}, {"s": 1.0}, {"A": "-x"}, ["s*x + x^3 - A"], events={"x < 0.4": {"A": "A + 1"}}
    )
    s = np.random.default_rng(1).lognormal(0, 0.5, 30)
    batch = batch_of(system, np.linspace(0, 9, 10), n=30, outputs=["A", "x"], s=s)
    crowd = engine.solve(system, batch, LOOSE, 2)
    assert set(crowd.status) == {Status.REACHED_END}
    for i in (0, 11, 29):
        np.testing.assert_array_equal(
            engine.solve(system, batch.take(range(i, i + 1)), LOOSE).values[0], crowd.values[i]
        )


@pytest.mark.slow
@pytest.mark.parametrize("features", ["+avx2,+fma,+avx,+sse4.2,+sse4.1,+ssse3,+sse3", "+sse2"])
def test_narrower_vectors_give_the_same_within_tolerance(eventful, crowd, features):
    host = host_target()
    narrow = target_for(host.triple, "x86-64" if host.x86 else host.processor, features if host.x86 else "")
    program, batch = eventful.program, crowd(9)
    ours = integrate(machine_for(program), batch, Tolerances(1e-8, 1e-12))
    other = integrate(machine_for(program, target=narrow), batch, Tolerances(1e-8, 1e-12))
    assert (other.ends == ENDS.index("reached")).all()
    np.testing.assert_allclose(other.values, ours.values, rtol=1e-6, atol=1e-8)
