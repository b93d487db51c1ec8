"""The shipped model under its protocols: nothing is lost, nothing swings below zero, the grid does not matter."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from acinus.model import Model, load_model
from acinus.simulation import Protocol, Trajectories, every, load_arms, load_regimen, simulate

pytestmark = pytest.mark.slow

REGIMENS = [
    "nac_three_bag_20h",
    "nac_three_bag_21h",
    "nac_two_bag_20h",
    "nac_snap_12h",
    "nac_oral_72h",
    "nac_iv_48h",
]


@pytest.fixture(scope="module")
def human() -> Model:
    return load_model("human")


@pytest.fixture(scope="module")
def runs(human: Model) -> dict[str, Trajectories]:
    return {name: simulate(human, arm) for name, arm in load_arms("overdose_20g", human).items()}


def moieties(run: Trajectories, moiety: str) -> np.ndarray:
    """Return the (T,) amount of a moiety in all species of the model, mmol."""
    content = libsbml.readSBMLFromString(run.model.sbml).getModel()
    total = np.zeros(len(run.time))
    for key, symbol in run.symbols.items():
        if symbol.kind in ("species", "amount") and moiety in symbol.moiety:
            place = content.getSpecies(key).getCompartment()
            volume = run.parameter(place)[0] if symbol.kind == "species" else 1.0
            total += run[key][0] * volume * symbol.moiety[moiety]
    return total


def test_every_molecule_given_is_somewhere(runs):
    for run in runs.values():
        run.raise_for_status()
        given = run.dosed("paracetamol")[0]
        np.testing.assert_allclose(moieties(run, "apap"), given, rtol=1e-6, atol=1e-6 * given.max())


def test_no_state_swings_below_zero(runs):
    for run in runs.values():
        for key, symbol in run.symbols.items():
            # What bacteria ever made of ica is counted down from nothing, so that its balance can be closed.
            if symbol.kind in ("species", "amount") and key != "ica_source":
                assert run[key].min() >= -1e-9 * run[key].max(), key


def test_the_sampling_times_do_not_change_the_outcome(human, runs):
    arm = load_arms("overdose_20g", human)["nac_8h"]
    doses, values = arm.doses, arm.values
    sparse = simulate(human, Protocol(doses=doses, values=values, sampling=every("24 h", until="96 h")))
    for key in ("apap_pla", "alt_pla", "living", "apap_urine"):
        reference = runs["nac_8h"][key][0]
        assert sparse[key][0, -1] == pytest.approx(reference[-1], rel=1e-5, abs=1e-9 * reference.max())


@pytest.mark.parametrize("name", REGIMENS)
def test_every_regimen_of_acetylcysteine_can_be_given(human, name):
    protocol = Protocol(doses=load_regimen(name, at="1 h"), values={"BW": "80 kg"}, sampling=["0 h", "75 h"])
    run = simulate(human, protocol)
    run.raise_for_status()
    total = {"nac_oral_72h": 1330.0, "nac_iv_48h": 980.0}.get(name, 300.0)
    molar_mass, _ = human.constant("nac_molar_mass")
    assert run.dosed("nac")[0, -1] == pytest.approx(total * 80.0 / molar_mass, rel=1e-9)
