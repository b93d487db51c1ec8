"""The rules that are shipped: what they give to whom, on the human model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from acinus.documents import biology_folder
from acinus.endpoints import read_endpoint
from acinus.model import load_model
from acinus.simulation import load_arms, load_protocol, simulate

if TYPE_CHECKING:
    from pathlib import Path

READ = ["alt_pla", "ast_pla", "inr", "apap_mg_pla"]
HEAD = """
name: trial
values: {BW: 70 kg}
doses:
  - {substance: apap, amount: $dose, route: oral, at: 0 h}
  - {regimen: REGIMEN, at: $start}
sampling: {every: 1 h, until: 160 h}
rules: [{rule: RULE, at: $start}]
"""
DOSES, STARTS = [2.0, 12.0, 60.0, 100.0], [6.0, 8.0, 14.0, 14.0]


@pytest.fixture(scope="module")
def human():
    return load_model(zones=4)


def run_of(human, regimen: str, rule: str):
    text = HEAD.replace("REGIMEN", regimen).replace("RULE", rule)
    people = {"dose": (np.array(DOSES), "g"), "start": (np.array(STARTS), "h")}
    run = simulate(human, load_protocol(text, model=human), people, record=READ)
    run.raise_for_status()
    return run


def at(run, key: str, times) -> np.ndarray:
    """Return what a blood test shows, as the last sample at or before it; all times here are whole hours."""
    return np.array([run[key][i, int(t)] for i, t in enumerate(times)])


def test_extended_treatment_goes_to_those_who_meet_the_condition_and_no_others(human):
    run = run_of(human, "nac_two_bag_20h", "nac_extend_two_bag")
    tested = np.array(STARTS) + 18.0
    need = (at(run, "alt_pla", tested) > 50) | (at(run, "apap_mg_pla", tested) > 10)
    assert 0 < need.sum() < len(need)
    assert run.decisions["nac_extended"].tolist() == need.astype(float).tolist()
    assert not run.decisions["nac_continued"][~need].any()
    bags = run.decisions["nac_extended"] + run.decisions["nac_continued"]
    np.testing.assert_allclose(read_endpoint(run, "nac_total").values, 300.0 + 100.0 * bags, rtol=1e-9)
    np.testing.assert_allclose(read_endpoint(run, "nac_hours").values, 20.0 + 16.0 * bags, rtol=1e-9)


def test_bags_go_on_until_alt_falls(human):
    run = run_of(human, "nac_two_bag_20h", "nac_extend_two_bag")
    i = int(np.argmax(run.decisions["nac_continued"]))
    count = int(run.decisions["nac_continued"][i])
    assert count >= 1
    tests = [int(STARTS[i] + 18 + 16 * k) for k in range(count + 2)]
    alt, inr, apap = (run[key][i, tests] for key in ("alt_pla", "inr", "apap_mg_pla"))
    wanted = (np.diff(alt) > 0) | (inr[1:] >= 2) | (apap[1:] > 10)
    assert wanted[:count].all()
    assert not wanted[count]


def test_oral_treatment_ends_early_only_where_all_tests_are_low(human):
    run = run_of(human, "nac_oral_72h", "nac_oral_stop_early")
    ended, hours = run.decisions["nac_ended"] == 1, read_endpoint(run, "nac_hours").values
    assert 0 < ended.sum() < len(ended)
    np.testing.assert_allclose(hours[~ended], 68.0, rtol=1e-9)
    for i in np.flatnonzero(ended):
        # Doses every 4 h from the start; tests half an hour after one, at 20.5 h and every 8 h from there.
        assert hours[i] in (20.0, 28.0, 36.0, 44.0, 52.0, 60.0)
        after = int(STARTS[i] + hours[i]) + 1
        assert run["apap_mg_pla"][i, after] < 10
        assert max(run["alt_pla"][i, after], run["ast_pla"][i, after]) <= 60


def test_the_second_bag_is_cut_at_12_h_where_alt_stays_normal(human):
    run = run_of(human, "nac_two_bag_20h", "nac_stop_at_12h")
    tested = np.array(STARTS) + 12.0
    before = at(run, "alt_pla", STARTS) < 40
    low = before & (at(run, "alt_pla", tested) < 40) & (at(run, "apap_mg_pla", tested) < 20)
    assert 0 < low.sum() < len(low)
    assert (run.decisions["nac_cut_short"] == 1).tolist() == low.tolist()
    np.testing.assert_allclose(read_endpoint(run, "nac_total").values, np.where(low, 250.0, 300.0), rtol=1e-6)
    np.testing.assert_allclose(read_endpoint(run, "nac_hours").values, np.where(low, 12.0, 20.0), rtol=1e-6)


def test_who_lies_above_a_line_is_treated(human):
    arms = load_arms("nac_above_line", human)
    treated = {}
    for arm, line in (("above_100", 100.0), ("above_150", 150.0), ("above_200", 200.0)):
        run = simulate(human, arms[arm], record=READ)
        level = float(run["apap_mg_pla"][0][run.time == 4.0][0])
        treated[arm] = run.decisions["treat"][0]
        assert treated[arm] == float(level > line)
        assert run.dosed("nac")[0, -1] > 0 if treated[arm] else run.dosed("nac")[0, -1] == 0
    assert set(treated.values()) == {0.0, 1.0}


@pytest.mark.parametrize("path", sorted((biology_folder() / "rules").glob("*.yaml")), ids=lambda p: p.stem)
def test_each_rule_has_a_source_and_is_used_with_the_model(human, path: Path):
    from acinus.documents import read_yaml
    from acinus.model.bibliography import read_bibliography

    root = read_yaml(path)
    assert str(root["name"].value) == path.stem
    known = read_bibliography(biology_folder() / "references.bib")
    assert set(str(root["source"].value).split(";")) <= set(known.references)
    text = f"name: t\nsampling: {{every: 1 h, until: 200 h}}\nrules: [{{rule: {path.stem}, at: 8 h}}]"
    if path.stem.startswith("magnesium"):  # it raises a habit that must be there
        text += "\ndiet: [{supplement: magnesium_citrate, amount: 200 mg/d, doses: 1 per day}]"
    assert load_protocol(text, model=human).rules
