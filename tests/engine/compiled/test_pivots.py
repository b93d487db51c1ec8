"""Elimination has no pivoting; a check notices where that would matter, and the ladder has a way with pivoting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.engine.compiled.small_systems import from_antimony

from acinus.engine import Status, Tolerances
from acinus.engine.compiled import CompiledEngine, machine, pivot_check
from acinus.engine.compiled.failures import finished_solution
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.target import host_target
from acinus.system import system_from_sbml

TOLERANCES = Tolerances(1e-9, 1e-12, max_steps=20_000)
TIMES = np.linspace(0.0, 1.0, 5)


@pytest.fixture(scope="module")
def pair():
    """A' = -x, and two curved equations in x and y whose matrix is [[a, b], [c, d]]; b stands on the diagonal."""
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId("pair")
    for name, value in {"A": 1.0, "x": 1.0, "y": 1.0, "a": 1.0, "b": 1.0, "c": 1.0, "d": 2.0}.items():
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setConstant(name in "abcd")
        parameter.setValue(value)
    rule = model.createRateRule()
    rule.setVariable("A")
    rule.setMath(libsbml.parseL3Formula("-x"))
    for formula in ("a*(x + x^3/10) + b*(y + y^3/10) - 2*A", "c*(x + x^3/10) + d*(y + y^3/10) - A"):
        model.createAlgebraicRule().setMath(libsbml.parseL3Formula(formula))
    text = libsbml.writeSBMLToString(document)
    return system_from_sbml(text)


def batch_with(pair, batch_of, *small):
    count = len(small)
    return batch_of(pair, TIMES, n=count, outputs=["A", "x", "y"], b=np.array(small))


def residual(values, small):
    a, x, y = values.T
    first = (x + x**3 / 10) + small * (y + y**3 / 10) - 2 * a
    second = (x + x**3 / 10) + 2 * (y + y**3 / 10) - a
    return max(np.abs(first).max(), np.abs(second).max())


def test_who_needs_pivoting_gets_it_and_who_does_not_stays(engine, pair, batch_of):
    solution = engine.solve(pair, batch_with(pair, batch_of, 1e-17, 1.0, 1e-15), TOLERANCES)
    assert set(solution.status) == {Status.REACHED_END}
    assert solution.failures[1] is None
    for i, small in ((0, 1e-17), (2, 1e-15)):
        failure = solution.failures[i]
        assert failure is not None
        assert failure.pivot_doubt
        assert failure.reached_on == "a dense matrix and pivoting"
        assert "lost its digits" in solution.message[i]
        assert residual(solution.values[i], small) < 1e-8


def test_without_the_check_the_answer_is_wrong(pair, batch_of, monkeypatch, tmp_path):
    """The reason for the check: the same code with its limits taken away says that it reached the end."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(pivot_check, "_LARGEST_RATIO", float("inf"))
    blind = machine.machine_for.__wrapped__(pair.program, "rodas5p")
    batch = batch_with(pair, batch_of, 1e-17)
    raw = integrate(blind, batch, TOLERANCES)
    solution = finished_solution(blind, batch, pair.outputs, TOLERANCES, raw)
    assert solution.status == (Status.REACHED_END,)
    assert residual(solution.values[0], 1e-17) > 1e-3


def test_the_check_is_silent_on_fast_exchange(engine, system_of, batch_of):
    """Two states that exchange at a rate of 1e9 cancel in the elimination, harmlessly."""
    system = system_of(
        "species A, B; A = 1; B = 0; k = 1e9; const k; A => B; k*A; B => A; k*B; A => ; 0.1*A; => B; 0.0*A;"
    )
    batch = batch_of(system, [0.0, 1.0, 10.0], outputs=["A", "B"])
    solution = engine.solve(system, batch, Tolerances(1e-7, 1e-12))
    assert solution.status == (Status.REACHED_END,)
    assert solution.failures == (None,)
    assert solution.steps[0] < 500
    exact = 0.5 * np.exp(-0.05 * np.array([1.0, 10.0]))
    np.testing.assert_allclose(solution.values[0, 1:, 0], exact, rtol=1e-5)


def test_neighbours_of_the_doubtful_keep_their_bits(engine, pair, batch_of):
    alone = engine.solve(pair, batch_with(pair, batch_of, 1.0), TOLERANCES)
    among = engine.solve(pair, batch_with(pair, batch_of, 1e-17, 1.0, 1e-15, 1e-17), TOLERANCES)
    np.testing.assert_array_equal(among.values[1], alone.values[0])


def test_the_same_doubt_has_the_same_end_in_any_batch(pair, batch_of):
    engine = CompiledEngine("rodas5")
    batch = batch_with(pair, batch_of, 1.0, 1e-17, 0.7, 1e-15)
    whole = engine.solve(pair, batch, TOLERANCES, 2)
    for i in range(4):
        part = engine.solve(pair, replace(batch.take(range(i, i + 1))), TOLERANCES)
        np.testing.assert_array_equal(part.values[0], whole.values[i])
        assert part.failures[0] == whole.failures[i]


def test_pivots_that_are_the_same_value_lie_in_one_place(engine, batch_of):
    """A chain of states that leave at one rate: all but the fast one have the pivot 1 / (gamma h) + k."""
    system = from_antimony(
        "k = 1.5; a = 1; b = 0; c = 2; f = 1; a' = -k*a; b' = k*a - k*b; c' = -k*c; f' = a - 40*f;"
    )
    places = ModelCode(system.program, RODAS5, host_target()).diagonal
    names = {name: places[system.program.states.index(name)] for name in "abcf"}
    assert names["a"] == names["b"] == names["c"] != names["f"]
    k = np.array([0.1, 1.5, 30.0])
    found = engine.solve(system, batch_of(system, TIMES, n=3, outputs=["a", "b", "c", "f"], k=k), TOLERANCES)
    a = np.exp(-k[:, None] * TIMES)
    expected = [a, k[:, None] * TIMES * a, 2 * a]
    expected.append((a - np.exp(-40 * TIMES)) / (40 - k[:, None]) + np.exp(-40 * TIMES))
    np.testing.assert_allclose(found.values, np.stack(expected, axis=2), rtol=1e-7, atol=1e-12)
