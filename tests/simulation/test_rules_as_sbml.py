"""A protocol with rules as one SBML file: other simulators decide the same."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from acinus.engine import Batch, Tolerances, roadrunner_reference
from acinus.errors import ProtocolError
from acinus.model import load_model
from acinus.simulation import load_protocol, protocol_as_sbml, simulate
from acinus.system import system_from_sbml

# Nothing is given at 0 h: libroadrunner fires such events with values of its own.
TRIAL = """
name: trial
doses:
  - {substance: drug, amount: 40 mmol, route: intravenous, over: 8 h, at: 1 h}
  - {substance: drug, amount: 20 mmol, route: oral, at: 2 h, every: 6 h, times: 4}
  - {substance: salt, amount: 1 mmol, route: intravenous, at: 30 min}
sampling: {every: 1 h, until: 40 h}
rules:
  - name: extend
    checked: {first_test: 2 h, from: 10 h, every: 6 h, times: 4, repeat: while_met}
    when:
      any:
        - {of: drug_pla, compared_with: highest, above: 0.4}
        - {all: [{of: drug_pla, above: 0.2 mmol/L}, {of: drug_mg, at_least: 30 mg/L}]}
    give: [{substance: drug, amount: 15 mmol, route: intravenous, over: 3 h, at: 1 h}]
  - name: halt
    checked: {from: 7 h after extend, every: 2 h, times: 3, repeat: until_met}
    when: {not: {of: drug_pla, below: 0.1 mmol/L}}
    stop: drug
  - name: low
    watched: {from: 20 h, times: 2}
    when: {of: drug_pla, below: 0.05 mmol/L}
    give: [{substance: drug, amount: 5 mmol, route: oral, form: extended}]
"""


def by_roadrunner(sbml: str, times: np.ndarray, ids: list[str]) -> np.ndarray:
    system = system_from_sbml(sbml)
    outputs = np.array([system.outputs.index(key) for key in ids])
    batch = Batch(system.parameter_values[None], ((),), times, outputs)
    found = roadrunner_reference.solve(system, batch, Tolerances(1e-10, 1e-13))
    assert found.message == ("",)
    return found.values[0]


def test_libroadrunner_takes_the_same_decisions(toy):
    protocol = load_protocol(TRIAL, model=toy)
    ids = ["extend", "halt", "low", "drug_pla", "gut", "slow_gut", "salt_pla"]
    ours = simulate(toy, protocol, record=ids, tolerances=Tolerances(1e-10, 1e-13))
    theirs = by_roadrunner(protocol_as_sbml(toy, protocol), ours.time, ids)
    assert {key: v[0] for key, v in ours.decisions.items()} == {"extend": 2.0, "halt": 1.0, "low": 2.0}
    for k, key in enumerate(ids):
        np.testing.assert_allclose(ours[key][0], theirs[:, k], rtol=1e-6, atol=1e-8, err_msg=key)


NAC = """
name: nac
values: {BW: 60 kg}
doses:
  - {substance: apap, amount: 30 g, route: oral, at: 15 min}
  - {regimen: nac_two_bag_20h, at: 14 h}
sampling: {every: 4 h, until: 96 h}
rules:
  - name: extend
    checked: {from: 18 h after 14 h, every: 16 h, times: 3, repeat: while_met}
    when: {any: [{of: alt_pla, above: clinical_rise_level}, {of: apap_mg_pla, above: 10 mg/L}]}
    give: [{substance: nac, amount: 100 mg/kg over 16 h, route: intravenous, at: 2 h}]
"""


def test_the_human_model_with_a_rule_is_sound_sbml_and_runs_elsewhere():
    human = load_model(zones=2)
    protocol = load_protocol(NAC, model=human)
    sbml = protocol_as_sbml(human, protocol)
    document = libsbml.readSBMLFromString(sbml)
    document.checkConsistency()
    said = [document.getError(i).getMessage() for i in range(document.getNumErrors())]
    assert said == []
    ids = ["extend", "alt_pla", "apap_mg_pla", "nac_mg_pla"]
    ours = simulate(human, protocol, record=ids)
    theirs = by_roadrunner(sbml, ours.time, ids)
    assert ours["extend"][0, -1] == 3.0
    for k, key in enumerate(ids):
        scale = np.abs(theirs[:, k]).max()
        np.testing.assert_allclose(ours[key][0], theirs[:, k], rtol=1e-5, atol=2e-6 * scale, err_msg=key)
    assert ours.dosed_per_weight("nac")[0, -1] == pytest.approx(600.0)
    assert ours.time_given("nac")[0] == pytest.approx(68.0)


def test_diet_lines_are_not_written_and_said_so(toy):
    text = TRIAL.replace("rules:", "diet: [{state: fed}]\nrules:")
    with pytest.raises(ProtocolError, match=r"AC610 the protocol `trial` with diet lines cannot be written"):
        protocol_as_sbml(toy, load_protocol(text, model=toy))


def test_a_stop_comes_before_the_dose_of_its_time_elsewhere_too(toy):
    text = """
name: together
doses: [{substance: drug, amount: 7 mmol, route: oral, at: 1 h, every: 1 h, times: 6}]
sampling: {every: 0.5 h, until: 12 h}
rules:
  - name: halt
    checked: {from: 3 h}
    when: {of: drug_pla, above: 0 mmol/L}
    stop: drug
  - name: again
    checked: {from: 3 h, every: 4 h, times: 2, repeat: whenever_met}
    when: {of: drug_pla, above: 0 mmol/L}
    give: [{substance: drug, amount: 5 mmol, route: oral}]
"""
    protocol = load_protocol(text, model=toy)
    ours = simulate(toy, protocol, record=["gut"])
    theirs = by_roadrunner(protocol_as_sbml(toy, protocol), ours.time, ["gut"])[:, 0]
    given = np.array([(1.0, 7.0), (2.0, 7.0), (3.0, 5.0), (7.0, 5.0)])
    past = ours.time[:, None] - given[:, 0]
    gut = (given[:, 1] * np.where(past >= 0, np.exp(-1.2 * past), 0.0)).sum(axis=1)
    np.testing.assert_allclose(ours["gut"][0], gut, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(theirs, gut, rtol=1e-6, atol=1e-8)
    assert sorted(ours.schedule.start[0][np.isfinite(ours.schedule.start[0])]) == [1.0, 2.0, 3.0, 7.0]
