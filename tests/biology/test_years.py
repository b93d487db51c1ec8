"""The liver over years: rest, directions, what is exactly one in health, and what feeds nothing back."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.simulation import load_protocol, simulate

YEAR = 8766  # h
# What has left the body or was eaten since the start.
LEDGERS = {
    "magnesium_eaten", "magnesium_faeces", "magnesium_urine", "magnesium_sweat",
    "ica_faeces", "ica_converted", "ica_urine", "ica_source",
}  # fmt: skip
COUPLINGS = {
    "steatosis_induction": 1,
    "gsh_condition": 1,
    "energy_condition": 1,
    "cnnm4_stress": 1,
    "cyp2e1_synthesis": 1,
    "alt_condition": 1,
    "ast_condition": 1,
    "gsh_rbc": 1,
    "tnf": 1,
    "magnesium_lack": 0,
    "cirrhosis": 0,
    "renal_magnesium_leak": 0,
}


@pytest.fixture(scope="module")
def human():
    return load_model("human")


@pytest.fixture(scope="module")
def course(tmp_path_factory, human):
    path = tmp_path_factory.mktemp("years") / "protocol.yaml"

    def run(years: float, model=human, doses: str = "[]", every: float = 1.0, **values: float):
        text = (
            f"name: test\ntitle: test\ndoses: {doses}\n"
            f"sampling: {{every: {every * YEAR:g} h, until: {years * YEAR:g} h}}\n"
        )
        found = simulate(model, load_protocol(read_yaml(path, text), model=model), values=values)
        found.raise_for_status()
        return found

    return run


def test_health_rests_for_ten_years(course):
    run = course(10)
    for key in run.ids:
        if key in LEDGERS:
            continue
        curve = run[key][0]
        assert np.abs(curve - curve[0]).max() <= 1e-3 * max(abs(curve[0]), 1e-6), key


@pytest.mark.parametrize("name", ["human", "mouse"])
def test_in_health_every_coupling_is_one_or_none(course, name):
    run = course(1, model=load_model(name))
    for key, value in COUPLINGS.items():
        assert np.allclose(run[key][0], value, rtol=0.0, atol=1e-9), key


def test_the_reference_intake_has_a_hazard_ratio_of_one(course):
    assert course(1)["association_all"][0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "what", "direction"),
    [
        ({"magnesium_food": 0.15}, "homa", 1),
        ({"magnesium_food": 0.15}, "steatosis", 1),
        ({"magnesium_food": 0.15}, "gsh_rbc", -1),
        ({"magnesium_food": 0.15, "scar_other": 3.0}, "fibrosis", 1),
        ({"ethanol_habit": 90.0}, "fibrosis", 1),
        ({"ethanol_habit": 90.0}, "alt_pla", 1),
        ({"homa_rest": 4.0}, "cyp2e1_level", 1),
        ({"matrix_start": 9.0}, "albumin_pla", -1),
        ({"matrix_start": 9.0}, "serum_magnesium", -1),
        ({"matrix_start": 9.0}, "child_points", 1),
        ({"magnesium_food": 0.9}, "association_all", -1),
    ],
    ids=str,
)
def test_directions(course, values, what, direction):
    healthy = dict.fromkeys(["scar_other"], values["scar_other"]) if "scar_other" in values else {}
    changed, before = course(2, **values)[what][0, -1], course(2, **healthy)[what][0, -1]
    assert direction * (changed - before) > 1e-3 * before


def test_the_association_feeds_nothing_back(course):
    plain, strong = course(5, ethanol_habit=90.0), course(5, ethanol_habit=90.0, hr_per_step_all=0.1)
    for key in plain.ids:
        if not key.startswith("association_"):
            assert np.array_equal(plain[key], strong[key]), key


def test_the_association_stops_beyond_the_intakes_that_cohorts_had(course):
    at = {
        mg: course(1, magnesium_food=mg / 24 / 24.305)["association_all"][0, 0]
        for mg in (150, 500, 800, 2000)
    }
    assert at[500] == pytest.approx(0.8**2, rel=0.05)
    assert at[150] == pytest.approx(0.8**-1.5, rel=0.05)
    assert at[2000] == pytest.approx(at[800], rel=0.01)


def test_scar_regresses_when_its_cause_is_gone_and_function_returns(course):
    run = course(20, matrix_start=9.0)
    assert np.all(np.diff(run["matrix"][0]) < 0)
    assert run["fibrosis"][0, -1] < 2 < run["fibrosis"][0, 0]
    assert run["child_points"][0, -1] == pytest.approx(5, abs=0.1)


def test_child_pugh_points_count_to_fifteen(course):
    points = [
        course(1, every=0.25, matrix_start=scar)["child_points"][0, -1] for scar in (0.0, 7.0, 8.0, 14.0)
    ]
    assert points == sorted(points)
    assert points[0] == pytest.approx(5, abs=0.05)
    assert 13 < points[-1] <= 15


def test_off_switches_leave_the_acute_course_alone(course):
    """CNNM4 and protein kinase C are off: their sizes, which nobody measured, move nothing."""
    doses = "[{substance: apap, amount: 20 g, route: oral, at: 0 h}]"
    plain = course(0.01, doses=doses, every=0.001)
    other = course(0.01, doses=doses, every=0.001, cnnm4_gain=4.0, cnnm4_stress_gain=2.0, pkc_gain=2.0)
    assert np.allclose(plain["alt_pla"], other["alt_pla"], rtol=1e-6)
    on = course(0.01, doses=doses, every=0.001, f_cnnm4=1.0)
    assert on["living"][0].min() < plain["living"][0].min()


def test_the_gallbladder_answers_to_magnesium_in_the_gut_and_fills_again(course):
    run = course(
        0.003, doses="[{substance: magnesium_sulfate, amount: 2.46 g, route: oral, at: 0 h}]", every=0.00002
    )
    volume = run["gallbladder"][0]
    assert volume.min() < volume[0] / 3
    assert volume[-1] > 0.9 * volume[0]
