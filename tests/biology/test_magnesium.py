"""Magnesium of the body: where it goes, where it rests, and how absorption and kidney answer."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.population import draw_population
from acinus.simulation import load_protocol, simulate

MG_PER_DAY = 1.0 / 24.305 / 24.0
"""mmol/h in one mg/d of magnesium."""

POOLS = ("fast", "hep", "slow", "bone", "deep", "rbc")


@pytest.fixture(scope="module")
def models():
    return {name: load_model(name) for name in ("human", "mouse")}


@pytest.fixture(scope="module")
def run(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("protocols") / "protocol.yaml"

    def made(doses="[]", until="48 h", every="1 h", extra="", model="human", people=None, **values):
        text = f"name: test\ndoses: {doses}\n{extra}\ndespite: [low_egfr]\nsampling: {{every: {every}, until: {until}}}\n"
        plan = load_protocol(read_yaml(path, text), model=models[model])
        found = simulate(models[model], plan, people, values=values)
        found.raise_for_status()
        return found

    return made


def everywhere(run):
    """Return all magnesium that the model knows of, mmol by individual and time."""
    total = run["magnesium_ecf"] * run.parameter("V_magnesium_ecf")[:, None]
    for key, symbol in run.symbols.items():
        if symbol.moiety.get("magnesium") and symbol.kind == "amount":
            total = total + run[key]
    return total


SALTS = (
    "[{substance: magnesium_citrate, amount: 400 mg, route: oral, at: 10 h}, "
    "{substance: magnesium_oxide, amount: 1 g, route: oral, at: 30 h}, "
    "{substance: magnesium_sulfate, amount: 2 g, route: oral, at: 31 h}, "
    "{substance: ethanol, amount: 80 g, route: oral, at: 40 h}]"
)


@pytest.mark.parametrize("model", ["human", "mouse"])
@pytest.mark.parametrize(
    "habit", [{}, {"egfr": 20.0, "f_ppi": 1.0, "f_diuretic": 1.0, "ethanol_habit": 90.0}]
)
def test_magnesium_eaten_and_dosed_is_somewhere_to_a_millionth(run, model, habit):
    extra = "diet: [{state: magnesium_depletion, from: 100 h, until: 400 h}]" if model == "human" else ""
    doses = (
        SALTS if model == "human" else "[{substance: magnesium_citrate, amount: 1 mg, route: oral, at: 10 h}]"
    )
    found = run(doses, "960 h", "12 h", extra, model, magnesium_supplement=0.001, **habit)
    salts = ("citrate", "oxide", "sulfate")
    given = sum(
        found.dosed(f"magnesium_{salt}")[0] for salt in salts if model == "human" or salt == "citrate"
    )
    total = everywhere(found)[0]
    came = given + found["magnesium_eaten"][0]
    assert came[-1] > 0.01
    assert np.abs(total - total[0] - came).max() <= 1e-6 * total[0]
    assert np.abs(total - total[0] - came).max() <= 1e-6 * came[-1]


HABITS = (
    {},
    {"magnesium_food": 60 * MG_PER_DAY},
    {"magnesium_food": 700 * MG_PER_DAY, "egfr": 12.0},
    {"egfr": 30.0, "f_diabetes": 1.0, "magnesium_supplement": 400 * MG_PER_DAY},
    {"ethanol_habit": 110.0, "f_diuretic": 1.0, "f_ppi": 1.0},
    {"BW": 18.0},
)


@pytest.mark.parametrize("habit", HABITS)
def test_everyone_starts_in_balance_with_the_own_habits_and_stays_for_ten_years(run, habit):
    found = run(until="87600 h", every="8760 h", **habit)
    for key in ("serum_magnesium", "magnesium_colon", "stool_mass", *(f"magnesium_{pool}" for pool in POOLS)):
        curve = found[key][0]
        assert curve[0] > 0
        # Want of magnesium goes on to fat and scar over the years, and scarred livers lose a little magnesium.
        assert np.abs(curve / curve[0] - 1.0).max() <= 1e-4, key


@pytest.mark.parametrize("model", ["human", "mouse"])
def test_at_the_reference_everything_that_others_read_is_one(run, model):
    found = run(until="240 h", every="24 h", model=model)
    for key in ("magnesium_relative", "magnesium_hep_relative", "magnesium_rbc_relative"):
        assert np.abs(found[key] - 1.0).max() <= 1e-12, key
    for key in ("magnesium_colon_relative", "stool_relative"):
        assert np.abs(found[key] - 1.0).max() <= 1e-12, key
    assert np.all(found["magnesium_alcohol"] == 0.0)


def test_healthy_people_of_every_size_rest_at_their_own_normal_level(run, models):
    people = draw_population("healthy_adults", 60, 3, model=models["human"])
    found = run(until="24 h", every="12 h", people=people)
    assert np.abs(found["magnesium_relative"] - 1.0).max() <= 1e-7
    assert np.ptp(found["serum_magnesium"][:, 0]) > 0.1


@pytest.mark.parametrize("milligrams", [1.0, 36.0, 400.0, 4000.0])
@pytest.mark.parametrize("salt", ["citrate", "oxide"])
def test_a_single_dose_is_absorbed_like_a_meal_of_its_size(run, milligrams, salt):
    """The slope of the law at what is left, integrated over the passage, is the law at the whole dose."""
    doses = f"[{{substance: magnesium_{salt}, amount: {milligrams} mg, route: oral, at: 0 h}}]"
    # Without secretion into the gut, all that the dose adds to colon and faeces is what was not absorbed of it.
    passed = [
        found["magnesium_lumen"][0, -1] + found["magnesium_faeces"][0, -1]
        for found in (run(given, "96 h", "96 h", magnesium_secretion=0.0) for given in (doses, "[]"))
    ]
    absorbed = 1.0 - (passed[0] - passed[1]) / (milligrams / 24.305)
    soluble = 1.0 if salt == "citrate" else 0.1
    eaten = run(
        until="1 h",
        magnesium_food=0.0,
        magnesium_supplement=milligrams * MG_PER_DAY,
        supplement_doses=1.0 / 24.0,
        supplement_soluble=soluble,
    )
    assert absorbed == pytest.approx(eaten["magnesium_supplement_share"][0, 0], rel=1e-4)
    assert absorbed < soluble


@pytest.mark.parametrize("milligrams", [0.1, 10.0, 300.0, 5000.0])
def test_absorption_never_exceeds_what_is_eaten_and_its_share_falls_with_the_load(run, milligrams):
    some, more = (
        run(until="1 h", magnesium_food=factor * milligrams * MG_PER_DAY)["magnesium_food_share"][0, 0]
        for factor in (1.0, 2.0)
    )
    assert 0 < more < some < 1


def test_whoever_eats_no_magnesium_at_all_rests_with_none(run):
    found = run(until="24 h", magnesium_food=0.0)
    assert np.all(found["serum_magnesium"] == 0.0)
    assert np.all(found["magnesium_urine"] == 0.0)


def test_less_filtration_raises_creatinine_and_magnesium_and_health_leaves_both(run):
    levels = {egfr: run(until="1 h", egfr=egfr) for egfr in (120.0, 60.0, 15.0)}
    creatinine = [levels[egfr]["creatinine_pla"][0, 0] for egfr in levels]
    assert creatinine == pytest.approx([75.0, 150.0, 600.0], rel=1e-12)
    magnesium = [levels[egfr]["serum_magnesium"][0, 0] for egfr in levels]
    assert magnesium[0] < magnesium[1] < magnesium[2]


def test_a_run_creeps_to_the_level_that_the_balance_predicts(run):
    extra = "diet: [{state: magnesium_depletion}]"
    found = run(until="1752000 h", every="175200 h", extra=extra)
    assert found["serum_magnesium"][0, -1] == pytest.approx(found["magnesium_resting"][0, -1], rel=1e-3)
    assert found["magnesium_resting"][0, -1] < 0.5 * found["serum_magnesium"][0, 0]


@pytest.mark.parametrize(
    ("habit", "lower"),
    [
        ({"f_ppi": 1.0}, True),
        ({"f_diuretic": 1.0}, True),
        ({"f_diabetes": 1.0}, True),
        ({"ethanol_habit": 100.0}, True),
        ({"magnesium_food": 150 * MG_PER_DAY}, True),
        ({"sweat_rate": 0.2}, True),
        ({"meals": 1.0 / 24.0}, True),
        ({"magnesium_supplement": 300 * MG_PER_DAY}, False),
        ({"egfr": 30.0}, False),
    ],
)
def test_habits_move_serum_in_the_known_direction(run, habit, lower):
    level = run(until="1 h", **habit)["magnesium_relative"][0, 0]
    assert abs(level - 1.0) > 1e-3
    assert (level < 1.0) == lower


def test_stool_follows_a_supplement_with_a_delay_and_recovers(run):
    doses = "[{substance: magnesium_citrate, amount: 250 mg, route: oral, at: 0 h, every: 12 h, times: 20}]"
    found = run(doses, "480 h", "12 h")
    stool = found["stool_mass"][0]
    assert stool[0] == pytest.approx(120.0)
    assert stool[1] < 0.5 * (stool[0] + stool[20])
    assert stool[20] > 200.0
    assert stool[-1] == pytest.approx(120.0, rel=0.02)
    assert found["magnesium_colon_relative"][0, 20] > 1.1
