from __future__ import annotations

import numpy as np
import pytest
from large_models import SHARED_MODELS
from random_states import random_states

from acinus.engine.libroadrunner import model_of_libroadrunner
from acinus.system import start_as_numbers
from acinus.system.graph import build_program, evaluate, start_values


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("large_model", [*SHARED_MODELS, "human"], indirect=True)
def test_rates_agree_with_those_of_libroadrunner_at_random_states(large_model):
    program = build_program(large_model)
    p, states = random_states(program, 5)
    runner = model_of_libroadrunner(start_as_numbers(large_model))
    model = runner.model
    amounts, symbols = dict(program.amounts), dict(program.symbols)
    floating = model.getFloatingSpeciesIds()
    species = [i for i, symbol in enumerate(program.states) if symbol in floating]
    others = [i for i, symbol in enumerate(program.states) if symbol in runner.getRateRuleIds()]
    held = sorted(set(range(len(program.states))) - {*species, *others})
    start = evaluate(program, program.initial, 0.0, np.zeros(len(program.states)), p)
    assert len(species) + len(others) > 0
    for y in states:
        # roadrunner does not integrate what nothing changes; those states stay where they start.
        y[held] = start[held]
        given = evaluate(program, [amounts[symbol] for symbol in floating], 0.0, y, p)
        model.setFloatingSpeciesAmounts(given)
        for i in others:
            symbol = program.states[i]
            runner.setValue(f"[{symbol}]" if program.state_kinds[i] == "concentration" else symbol, y[i])
        reactions = model.getReactionIds()
        fluxes = evaluate(program, [symbols[symbol] for symbol in reactions], 0.0, y, p)
        assert fluxes == pytest.approx(
            model.getReactionRates(), rel=1e-11, abs=1e-13 * np.abs(fluxes).max(initial=0.0)
        )
        ours = evaluate(program, program.derivative, 0.0, y, p)
        assert not ours[held].any()
        theirs = np.array([runner.getValue(f"{program.states[i]}'") for i in (*species, *others)])
        found = ours[[*species, *others]]
        # Fluxes of opposite sign may cancel, so that the largest flux sets what rounding may leave.
        largest = np.abs(fluxes).max(initial=0.0)
        assert found == pytest.approx(theirs, rel=1e-11, abs=1e-12 * largest)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    "large_model", SHARED_MODELS, indirect=True
)  # of `human`, COPASI's start is compared
def test_the_start_agrees_with_that_of_libroadrunner(large_model):
    program = build_program(large_model)
    runner = model_of_libroadrunner(large_model)
    p, y = start_values(program)
    ids = runner.model.getFloatingSpeciesIds()
    amounts = dict(program.amounts)
    ours = evaluate(program, [amounts[symbol] for symbol in ids], 0.0, y, p)
    assert ours == pytest.approx(runner.model.getFloatingSpeciesAmounts(), rel=1e-12, abs=1e-300)
    named = dict(program.symbols)
    globals_ = runner.model.getGlobalParameterIds()
    values = evaluate(program, [named[symbol] for symbol in globals_], 0.0, y, p)
    assert values == pytest.approx(runner.model.getGlobalParameterValues(), rel=1e-12, abs=1e-15, nan_ok=True)
