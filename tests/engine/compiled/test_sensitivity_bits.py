"""Sensitivities neither change the solution nor depend on where, when or beside whom they are computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.engine import Status, Tolerances, sensitivities
from acinus.engine.compiled import CompiledEngine

LOOSE = Tolerances(1e-5, 1e-12)
NAMES = ("k3", "h", "inflow", "km", "vmax")


@pytest.fixture(scope="module")
def chosen(cascade):
    return [cascade.parameters.index(name) for name in NAMES]


@pytest.fixture
def alone(cascade, crowd, chosen):
    batch = crowd(7)
    parts = [sensitivities(cascade, batch.take(range(i, i + 1)), chosen, LOOSE) for i in range(7)]
    return np.concatenate([part.derivatives for part in parts])


@pytest.mark.parametrize(("method", "relative"), [("rodas5", 1e-5), ("rodas5p", 1e-8)])
def test_the_solution_is_that_of_a_plain_run(cascade, crowd, chosen, method, relative):
    batch, tolerances = crowd(30), Tolerances(relative, 1e-13)
    plain = CompiledEngine(method).solve(cascade, batch, tolerances)
    found = sensitivities(cascade, batch, chosen, tolerances).solution
    np.testing.assert_array_equal(found.values, plain.values)
    np.testing.assert_array_equal(found.steps, plain.steps)


def test_alone_among_seven_and_on_two_threads(cascade, crowd, chosen, alone):
    assert np.isfinite(alone).all()
    for workers in (1, 2):
        found = sensitivities(cascade, crowd(7), chosen, LOOSE, workers)
        np.testing.assert_array_equal(found.derivatives, alone)


def test_in_reverse_order(cascade, crowd, chosen):
    batch = crowd(50)
    reverse = replace(batch, parameters=batch.parameters[::-1], changes=batch.changes[::-1])
    forth = sensitivities(cascade, batch, chosen, LOOSE, 2).derivatives
    back = sensitivities(cascade, reverse, chosen, LOOSE, 1).derivatives
    np.testing.assert_array_equal(forth, back[::-1])


@pytest.mark.slow
def test_among_a_thousand(cascade, crowd, chosen, alone):
    seven, many = crowd(7), crowd(1024, seed=4)
    places = [0, 3, 100, 333, 640, 1000, 1023]
    parameters, changes = many.parameters.copy(), list(many.changes)
    for place, i in zip(places, range(7), strict=True):
        parameters[place], changes[place] = seven.parameters[i], seven.changes[i]
    batch = replace(many, parameters=parameters, changes=tuple(changes))
    found = sensitivities(cascade, batch, chosen, LOOSE, 2)
    np.testing.assert_array_equal(found.derivatives[places], alone)


def test_beside_neighbours_that_are_not_numbers(cascade, crowd, chosen, alone):
    batch = crowd(7)
    rows = np.repeat(np.arange(7), 2)
    parameters = batch.parameters[rows]
    parameters[::2, 3] = np.nan
    broken = replace(batch, parameters=parameters, changes=tuple(batch.changes[i] for i in rows))
    found = sensitivities(cascade, broken, chosen, LOOSE)
    assert set(found.solution.status[::2]) == {Status.NOT_FINITE}
    assert np.isnan(found.derivatives[::2, 1:]).all()
    np.testing.assert_array_equal(found.derivatives[1::2], alone)


@pytest.mark.parametrize("some", [slice(None, None, 4), slice(None, 10), slice(24, None)])
def test_on_any_output_grid(cascade, crowd, chosen, alone, some):
    batch = crowd(7)
    found = sensitivities(cascade, replace(batch, times=batch.times[some]), chosen, LOOSE)
    np.testing.assert_array_equal(found.derivatives, alone[:, some])


def test_with_any_choice_of_outputs_and_parameters(cascade, crowd, chosen, alone):
    batch = crowd(7)
    few = replace(batch, outputs=batch.outputs[[2, 0]])
    found = sensitivities(cascade, few, [chosen[4], chosen[1]], LOOSE)
    np.testing.assert_array_equal(found.derivatives, alone[:, :, [2, 0]][..., [4, 1]])


def test_without_any_parameter_there_is_the_solution(cascade, crowd):
    found = sensitivities(cascade, crowd(3), [], LOOSE)
    assert found.derivatives.shape == (3, 25, 4, 0)
    assert set(found.solution.status) == {Status.REACHED_END}
