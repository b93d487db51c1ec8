"""Bacteria of the gut, their indole-3-carboxylic acid and CYP2E1: rest, balance, and which way things go."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.simulation import load_protocol, simulate

BACTERIA = (
    *("longum", "adolescentis", "pseudocatenulatum", "bifidum"),
    *("bacteroidota", "butyrogens", "other_bacteria"),
)
BOTH = {"f_ica_reversible": 1.0, "f_ica_inactivation": 1.0, "f_magnesium_growth": 1.0}
APAP = "{substance: apap, amount: 10 g, route: oral, at: 0 h}"


@pytest.fixture(scope="module", params=["human", "mouse"])
def model(request):
    return load_model(request.param, zones=2)


@pytest.fixture(scope="module")
def human():
    return load_model("human", zones=2)


@pytest.fixture(scope="module")
def mouse():
    return load_model("mouse", zones=2)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    path = tmp_path_factory.mktemp("protocols") / "protocol.yaml"

    def made(model, until, *, every="6 h", doses="[]", diet="[]", individuals=None, **values):
        text = f"name: test\ndoses: {doses}\ndiet: {diet}\nsampling: {{every: {every}, until: {until}}}\n"
        found = simulate(model, load_protocol(read_yaml(path, text), model=model), individuals, values=values)
        found.raise_for_status()
        return found

    return made


@pytest.mark.parametrize("hypotheses", [{}, BOTH])
def test_ordinary_bacteria_change_nothing_over_ten_years(course, model, hypotheses):
    run = course(model, "87600 h", every="2190 h", **hypotheses)
    for key in (*BACTERIA, "ica_pla", "ica_hep", "ica_colon"):
        assert np.allclose(run[key][0], run[key][0, 0], rtol=1e-3, atol=0.0)
    assert np.allclose(run["cyp2e1_level"], 1.0, atol=1e-6)
    assert np.allclose(run["cyp2e1_competition"], 1.0, atol=1e-6)


@pytest.mark.parametrize("hypotheses", [{}, BOTH])
def test_a_hypothesis_leaves_the_calibrated_course_alone(course, human, hypotheses):
    plain = course(human, "48 h", doses=f"[{APAP}]")
    assert course(human, "48 h", doses=f"[{APAP}]", **hypotheses)["napqi_formed"][0, -1] == pytest.approx(
        plain["napqi_formed"][0, -1], rel=1e-6
    )


def test_all_ica_made_and_swallowed_is_somewhere(course, model):
    dose = "{substance: ica, amount: 20 mg/kg, route: oral, at: 5 h}"
    run = course(model, "240 h", doses=f"[{dose}]", diet="[{state: antibiotics, from: 48 h, until: 96 h}]")
    places = (
        "ica_intestine",
        "ica_colon",
        "ica_hep",
        "ica_converted",
        "ica_urine",
        "ica_faeces",
        "ica_source",
    )
    total = sum(run[key][0] for key in places) + run["ica_pla"][0] * run.parameter("V_ica")[0]
    given = run.dosed("ica")[0]
    assert given[-1] > 0
    assert np.abs(total - total[0] - given).max() <= 1e-6 * given[-1]


def test_all_carbon_tetrachloride_is_somewhere(course, mouse):
    dose = "{substance: carbon_tetrachloride, amount: 1 g/kg, route: intraperitoneal, at: 1 h}"
    run = course(mouse, "48 h", every="30 min", doses=f"[{dose}]")
    total = run["ccl4_body"][0] + run["ccl4_exhaled"][0] + run["ccl4_activated"][0]
    given = run.dosed("carbon_tetrachloride")[0]
    assert given[-1] > 0
    assert np.abs(total - given).max() <= 1e-6 * given[-1]


def test_napqi_formed_is_what_became_of_it(course, human):
    run = course(human, "24 h", every="15 min", doses=f"[{APAP}]")
    rate = sum(run[f"z{i}_formation"][0] for i in (1, 2)) * run.parameter("V_liver_ref")[0] / 2
    by_hand = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(run.time))])
    assert run["napqi_formed"][0, -1] == pytest.approx(by_hand[-1], rel=0.01)


def test_a_germ_free_gut_stays_so_until_bacteria_are_given(course, mouse):
    empty = course(mouse, "240 h", f_germ_free=1.0)
    assert all((empty[key] == 0.0).all() for key in BACTERIA)
    dose = "{substance: longum, amount: 0.1 mg, route: oral, at: 24 h}"
    settled = course(mouse, "480 h", doses=f"[{dose}]", f_germ_free=1.0)
    assert settled["longum"][0, -1] > settled["longum"][0, 5]  # it grew after the dose
    assert (settled["bifidum"] == 0.0).all()


def test_antibiotics_clear_and_bacteria_come_back(course, model):
    run = course(model, "1008 h", diet="[{state: antibiotics, from: 0 h, until: 168 h}]")
    bifido = run["bifido"][0]
    assert bifido[run.time == 168.0] < 1e-3
    assert bifido[-1] == pytest.approx(1.0, rel=0.01)


def test_the_answer_to_magnesium_overshoots_and_needs_its_switch(course, mouse):
    poor = {"magnesium_food": 0.00049}
    off = course(mouse, "504 h", every="96 h", **poor)
    on = course(mouse, "504 h", every="24 h", f_magnesium_growth=1.0, **poor)["bifido"][0]
    assert off["bifido"][0] == pytest.approx(1.0, abs=0.1)
    assert on[4] < 0.1
    assert on[-1] > 1.0


def test_no_bacteria_make_more_than_their_tryptophan(course, human):
    run = course(human, "240 h", f_pflb=20.0, individuals={"f_ica": np.array([0.1, 0.5, 0.9])})
    assert (run["ica_share"] < 1.0).all()
    assert (np.diff(run["ica_share"][:, 0]) > 0).all()


@pytest.mark.parametrize("hypothesis", ["f_ica_reversible", "f_ica_inactivation"])
def test_without_bacteria_more_napqi_forms(course, human, hypothesis):
    settings = {hypothesis: 1.0, "ica_ki": 1e-5, "ica_ki_inactivation": 1e-4}
    with_them = course(human, "48 h", doses=f"[{APAP}]", **settings)["napqi_formed"][0, -1]
    without = course(human, "48 h", doses=f"[{APAP}]", f_germ_free=1.0, **settings)["napqi_formed"][0, -1]
    assert without > 1.01 * with_them


def test_inactivation_settles_where_synthesis_balances_it(course, human):
    dose = {"f_ica_inactivation": 1.0, "ica_ki_inactivation": 1e-4, "f_pflb": 5.0}
    run = course(human, "1440 h", every="120 h", **dose)
    lost, at_rest = run["ica_inactivation"][0, -1], run["ica_inactivation_rest"][0, -1]
    for pool, rate in (("cyp2e1_labile", "k_cyp2e1_labile"), ("cyp2e1_lasting", "k_cyp2e1")):
        k = run.parameter(rate)[0]
        assert run[pool][0, -1] == pytest.approx((k + at_rest) / (k + lost), rel=1e-4)
    assert lost > 1.5 * at_rest


def test_deficiency_lowers_both_enzymes_and_plenty_hardly_raises_them(course, human):
    low = course(human, "2400 h", every="240 h", magnesium_food=0.017)
    assert low["magnesium_relative"][0, -1] < 0.8
    assert low["p450_magnesium"][0, -1] < 0.98
    assert low["ugt_condition"][0, -1] < 0.99
    # Want of magnesium also fattens the liver, which raises the making of the enzyme again.
    assert low["cyp2e1_level"][0, -1] < 0.98 * low["steatosis_induction"][0, -1]
    plenty = course(human, "240 h", every="240 h", magnesium_food=2.0)
    assert 1.0 <= plenty["p450_magnesium"][0, -1] < 1.03


def test_carbon_tetrachloride_hurts_the_centre_and_only_with_cyp2e1(course, mouse):
    dose = "[{substance: carbon_tetrachloride, amount: 1.59 g/kg, route: intraperitoneal, at: 0 h}]"
    run = course(mouse, "48 h", every="1 h", doses=dose)
    assert run["z2_healthy"][0].min() < run["z1_healthy"][0].min() - 0.2
    assert run["alt_pla"][0].max() > 1000.0
    assert course(mouse, "48 h", every="1 h", doses=dose, cyp2e1_vmax=0.001)["alt_pla"][0].max() < 60.0
