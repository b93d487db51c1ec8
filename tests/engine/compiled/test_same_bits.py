"""An individual's trajectory does not depend on where, when or beside whom it is computed: not in a single bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.engine import Status, Tolerances

LOOSE = Tolerances(1e-5, 1e-12)


@pytest.fixture
def alone(engine, cascade, crowd):
    batch = crowd(7)
    parts = [engine.solve(cascade, batch.take(range(i, i + 1)), LOOSE) for i in range(7)]
    return np.concatenate([part.values for part in parts])


def test_alone_and_among_seven(engine, cascade, crowd, alone):
    np.testing.assert_array_equal(engine.solve(cascade, crowd(7), LOOSE).values, alone)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_among_thousands_on_any_number_of_threads(engine, cascade, crowd, alone, workers):
    seven, many = crowd(7), crowd(4096, seed=4)
    places = [0, 3, 100, 1777, 2048, 4000, 4095]
    parameters, changes = many.parameters.copy(), list(many.changes)
    for place, i in zip(places, range(7), strict=True):
        parameters[place], changes[place] = seven.parameters[i], seven.changes[i]
    batch = replace(many, parameters=parameters, changes=tuple(changes))
    solution = engine.solve(cascade, batch, LOOSE, workers)
    assert set(solution.status) == {Status.REACHED_END}
    np.testing.assert_array_equal(solution.values[places], alone)


def test_in_reverse_order(engine, cascade, crowd):
    batch = crowd(50)
    reverse = replace(batch, parameters=batch.parameters[::-1], changes=batch.changes[::-1])
    forth, back = engine.solve(cascade, batch, LOOSE, 2), engine.solve(cascade, reverse, LOOSE, 1)
    np.testing.assert_array_equal(forth.values, back.values[::-1])
    np.testing.assert_array_equal(forth.steps, back.steps[::-1])


def test_beside_neighbours_that_are_not_numbers(engine, cascade, crowd, alone):
    batch = crowd(7)
    rows = np.repeat(np.arange(7), 2)
    parameters = batch.parameters[rows]
    parameters[::2, 3] = np.nan
    solution = engine.solve(
        cascade, replace(batch, parameters=parameters, changes=tuple(batch.changes[i] for i in rows)), LOOSE
    )
    assert set(solution.status[::2]) == {Status.NOT_FINITE}
    assert np.isnan(solution.values[::2, 1:]).all()
    np.testing.assert_array_equal(solution.values[1::2], alone)


@pytest.mark.parametrize("chosen", [slice(None, None, 4), slice(None, 10), slice(24, None)])
def test_on_any_output_grid(engine, cascade, crowd, alone, chosen):
    batch = crowd(7)
    times = batch.times[chosen]
    solution = engine.solve(cascade, replace(batch, times=times), LOOSE)
    np.testing.assert_array_equal(solution.values, alone[:, chosen])


def test_with_any_choice_of_outputs(engine, cascade, crowd, alone):
    batch = crowd(7)
    solution = engine.solve(cascade, replace(batch, outputs=batch.outputs[[2, 0]]), LOOSE)
    np.testing.assert_array_equal(solution.values, alone[:, :, [2, 0]])
