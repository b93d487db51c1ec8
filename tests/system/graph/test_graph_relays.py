"""Values that linear systems keep as unknowns of their own: which they are, and that the Jacobian stays the same."""

from __future__ import annotations

import numpy as np
import pytest
from large_models import SHARED_MODELS
from random_states import random_states
from small_sbml import model

from acinus.system.graph import build_program, evaluate

SOURCES = [f"a{k}" for k in range(6)]
FOLLOWERS = [f"b{k}" for k in range(5)]
MEAN = "(" + " + ".join(SOURCES) + ")/6"


def program_of(follows: str, decays: str = "-{symbol}", mean: str = MEAN):
    """Return six sources that decay, and five states that follow the `mean` of them, {k} the number of each."""
    rates = {symbol: decays.format(symbol=symbol) for symbol in SOURCES}
    rates |= {symbol: f"{1 + k}*{follows.format(k=k)} - {symbol}" for k, symbol in enumerate(FOLLOWERS)}
    variables = dict.fromkeys([*SOURCES, *FOLLOWERS], 1.0)
    return build_program(model(variables={**variables, "mean": 0.0}, rules={"mean": mean}, rates=rates))


def without_relays(program, time, y, p):
    """Return the (S, S) Jacobian that is left of the relayed one once each relay's equation is solved for it."""
    size = len(program.states)
    whole = np.zeros((size + len(program.relays),) * 2)
    rows, columns, nodes = zip(*program.relayed_jacobian, strict=True)
    whole[rows, columns] = evaluate(program, nodes, time, y, p)
    return whole[:size, :size] - whole[:size, size:] @ np.linalg.solve(
        whole[size:, size:], whole[size:, :size]
    )


def plain(program, time, y, p):
    matrix = np.zeros((len(program.states),) * 2)
    rows, columns, nodes = zip(*program.jacobian, strict=True)
    matrix[rows, columns] = evaluate(program, nodes, time, y, p)
    return matrix


def test_a_mean_that_many_read_is_one():
    program = program_of("mean")
    assert len(program.relays) == 1
    off_diagonal = [(i, j) for i, j, _ in program.relayed_jacobian if i != j]
    assert len(off_diagonal) == len(SOURCES) + len(FOLLOWERS)
    assert sorted(program.order) == list(range(12))
    p, (y,) = random_states(program, 1)
    np.testing.assert_allclose(without_relays(program, 0.0, y, p), plain(program, 0.0, y, p), rtol=1e-14)


def test_a_relay_may_be_made_of_another():
    # Twelve states make six squares of pairs, which three states read alone and all read as a sum.
    pairs = " + ".join(f"(a{k} + c{k})^2" for k in range(6))
    sources = [*SOURCES, *(f"c{k}" for k in range(6))]
    readers = [f"d{k}{r}" for k in range(6) for r in range(7)]
    rates = {symbol: f"-{symbol}" for symbol in sources}
    rates |= {symbol: f"{1 + k}*total - {symbol}" for k, symbol in enumerate(FOLLOWERS)}
    rates |= {symbol: f"(a{symbol[1]} + c{symbol[1]})^2 - {symbol}" for symbol in readers}
    variables = dict.fromkeys([*sources, *FOLLOWERS, *readers], 1.0)
    program = build_program(model(variables={**variables, "total": 0.0}, rules={"total": pairs}, rates=rates))
    size = len(program.states)
    assert len(program.relays) == 7
    assert any(i >= size and j >= size and i != j for i, j, _ in program.relayed_jacobian)
    p, (y,) = random_states(program, 1)
    np.testing.assert_allclose(
        without_relays(program, 0.0, y, p), plain(program, 0.0, y, p), rtol=1e-13, atol=1e-14
    )


def test_what_a_state_acts_through_on_itself_is_none():
    assert not program_of("mean", decays="-mean*{symbol}").relays


def test_what_is_computed_in_a_branch_is_none():
    # Where all sources are zero the logarithm has no slope, and nothing asks for it.
    program = program_of("piecewise(mean, a{k} > 0, 0)", mean=f"ln({MEAN})")
    assert not program.relays
    y = np.zeros(len(program.states))
    assert np.isfinite(plain(program, 0.0, y, np.array(program.param_defaults))).all()


def test_too_few_entries_saved_are_not_worth_an_unknown():
    rates = {"a": "-a", "b": "-b", "c": "(a*b)^2 - c", "d": "2*(a*b)^2 - d"}
    assert not build_program(model(variables=dict.fromkeys("abcd", 1.0), rates=rates)).relays


@pytest.mark.slow
@pytest.mark.parametrize("large_model", [*SHARED_MODELS, "human"], indirect=True)
@pytest.mark.shared
def test_the_jacobian_of_large_models_stays_the_same(large_model):
    program = build_program(large_model)
    p, states = random_states(program, 3)
    for y in states:
        exact = plain(program, 1.7, y, p)
        error = np.abs(without_relays(program, 1.7, y, p) - exact)
        assert (error <= 1e-12 * np.abs(exact).max(axis=1, keepdims=True)).all()
