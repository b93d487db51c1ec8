"""The human model under an overdose and its antidote: the compiled engine and libroadrunner agree."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Batch, Change, Tolerances, roadrunner_reference
from acinus.engine.compiled import CompiledEngine


@pytest.fixture(scope="module")
def human():
    from acinus.model import load_model
    from acinus.system import build_system

    model = load_model("human")
    return model, build_system(model)


def overdose(model, system, grams: float, delay: float) -> tuple[Change, ...]:
    """A dose by mouth at time 0 and 300 mg/kg of acetylcysteine in three bags."""
    tablet = model.substances["apap"].routes["oral"].forms["immediate"]
    infusion = system.parameters.index(model.substances["nac"].routes["intravenous"].infusion)
    per_kilogram = 70.0 / model.constant("nac_molar_mass")[0]
    swallowed = Change(
        0.0, "add", system.species.index(tablet), grams * 1000.0 / model.constant("apap_molar_mass")[0]
    )
    bags = ((0.0, 1.0, 150.0), (1.0, 5.0, 50.0), (5.0, 21.0, 100.0))
    started = [Change(delay + a, "set", infusion, dose * per_kilogram / (b - a)) for a, b, dose in bags]
    return (swallowed, *started, Change(delay + 21.0, "set", infusion, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rodas5", "rodas5p"])
def test_twenty_grams_and_acetylcysteine(human, method):
    model, system = human
    changes = (overdose(model, system, 20.0, 8.0), overdose(model, system, 15.0, 4.5))
    parameters = np.tile(system.parameter_values, (2, 1))
    batch = Batch(parameters, changes, np.linspace(0.0, 96.0, 97), np.arange(len(system.outputs)))
    ours = CompiledEngine(method).solve(system, batch, Tolerances(1e-9, 1e-16))
    theirs = roadrunner_reference.solve(system, batch, Tolerances(1e-10, 1e-16))
    assert ours.message == ("", "")
    size = np.abs(theirs.values).max(axis=1, keepdims=True)
    error = np.abs(ours.values - theirs.values) / (np.abs(theirs.values) + 1e-3 * size + 1e-10)
    # The floor: some outputs are differences of numbers near one, which rounding leaves at 1e-16 of either sign.
    assert error.max() < 5e-6
