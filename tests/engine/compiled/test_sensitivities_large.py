"""Every sensitivity of the large models agrees with differences of plain runs, each to the digits that those have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from central_differences import central_differences

from acinus.engine import Batch, Change, Tolerances, sensitivities
from acinus.model import load_model
from acinus.system import build_system, system_from_sbml

if TYPE_CHECKING:
    from pathlib import Path

    from acinus.system import OdeSystem

#: At least one parameter of each module under biology/modules.
HUMAN = [
    "k_absorption",
    "V_stomach_water",
    "k_adduct_leak",
    "CL_renal_ag",
    "V_central_ref",
    "ugt_vmax",
    "ugt_km_udpga",
    "cyp2e1_vmax",
    "k_napqi_gsh",
    "k_adduct_serum",
    "CL_sulfate",
    "sulfate_rest",
    "sult_km",
    "BW",
    "allometric_exponent",
    "gsh_rest",
    "gcl_ki_gsh",
    "k_hit",
    "pore_hill",
    "k_stress",
    "stress_hill",
    "zonation_steepness",
    "Q_liver_ref",
    "inr_weight_vii",
    "k_factor_x",
    "k_alt",
    "CL_nac",
    "f_nac_hepatic",
    "nac_infusion",
]

STEPS = (4e-3, 2e-3, 1e-3, 5e-4)


def system_from(path: Path) -> OdeSystem:
    return system_from_sbml(path.read_text(encoding="utf-8"))


def assert_agree(system: OdeSystem, batch: Batch, names: list[str]) -> None:
    """Compare all outputs at all times, to 1e-5 of the largest derivative of each output or what differences can show.

    What a difference can show ends where its own estimate says, and at the rounding of the tolerance over the step.
    """
    chosen = [system.parameters.index(name) for name in names]
    found = sensitivities(system, batch, chosen, Tolerances(1e-9, 1e-14))
    assert found.missing == ("",)
    expected, own_error = central_differences(system, batch, chosen, STEPS)
    largest = np.abs(expected).max(axis=0)
    # High powers of what hardly moves are of the size 1e-80 and smaller, where nothing is left to compare.
    curve = np.maximum(np.abs(found.solution.values[0]).max(axis=0), 1e-60)
    step = STEPS[-1] * np.abs(batch.parameters[0][chosen])
    noise = 1e-10 * curve[:, None] / step
    allowed = 1e-5 * largest + 10 * own_error + noise
    wrong = np.abs(found.derivatives[0] - expected) / np.where(allowed > 0, allowed, 1.0)
    t, k, m = np.unravel_index(np.argmax(wrong), wrong.shape)
    place = (system.outputs[int(batch.outputs[k])], names[m], float(batch.times[t]))
    assert wrong[t, k, m] <= 1.0, (place, found.derivatives[0, t, k, m], expected[t, k, m])
    # The comparison means something: derivatives that matter stand far above what could hide in it.
    matters = largest * np.abs(batch.parameters[0][chosen]) > 1e-3 * curve[:, None]
    assert matters.any(axis=0).sum() > 0.8 * len(names)
    sharp = np.median(allowed, axis=0)[matters] < 1e-3 * largest[matters]
    assert sharp.mean() > 0.98


@pytest.mark.slow
def test_the_human_model_after_an_overdose_and_its_antidote():
    system = build_system(load_model("human"))
    stomach = system.species.index("apap_stomach")
    infusion = system.parameters.index("nac_infusion")
    changes = (
        Change(0.5, "add", stomach, 165.0),
        Change(30.0, "set", infusion, 0.0),
    )
    parameters = system.parameter_values[None, :].copy()
    parameters[0, infusion] = 1.5
    times = np.concatenate([np.linspace(0.4, 12.0, 15), np.linspace(16.0, 96.0, 11)])
    batch = Batch(parameters, (changes,), times, np.arange(len(system.outputs)))
    assert_agree(system, batch, HUMAN)


@pytest.mark.slow
@pytest.mark.shared
def test_every_parameter_of_liver31(shared):
    system = system_from(shared / "bench/liver31.xml")
    names = [
        name for name, value in zip(system.parameters, system.parameter_values, strict=True) if value != 0.0
    ]
    times = np.linspace(0.0, 96.0, 33) + 0.37  # no sample within a step of a difference from an event
    batch = Batch(system.parameter_values[None, :].copy(), ((),), times, np.arange(len(system.outputs)))
    assert_agree(system, batch, names)


@pytest.mark.slow
@pytest.mark.shared
def test_times_of_events_in_liver87(shared):
    system = system_from(shared / "bench/liver87.xml")
    times = np.linspace(0.0, 96.0, 33) + 0.37
    batch = Batch(system.parameter_values[None, :].copy(), ((),), times, np.arange(len(system.outputs)))
    assert_agree(system, batch, ["tN", "tE", "tB", "DoseA", "DoseB", "kMg3", "Ksu", "Kgl", "ktr"])
