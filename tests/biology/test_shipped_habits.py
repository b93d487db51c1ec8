"""Diets, supplements and limits as shipped: what they set, what they are known from, and what follows in the body."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import biology_folder
from acinus.errors import Code, ProtocolError
from acinus.model import load_model
from acinus.model.bibliography import read_bibliography
from acinus.simulation import DietLine, Protocol, every, load_arms, simulate
from acinus.simulation.habits import find_habit, habit_settings

READ = ["serum_magnesium", "stool_mass", "magnesium_intake", "drinking"]


@pytest.fixture(scope="module")
def human():
    return load_model(zones=1)


@pytest.fixture(scope="module")
def titrated(human):
    arms = load_arms("magnesium_titration", human)
    return {arm: simulate(human, protocol, record=READ) for arm, protocol in arms.items()}


@pytest.mark.parametrize("name", ["human", "mouse"])
def test_every_habit_sets_what_the_model_has(name):
    model = load_model(name, zones=1)
    findings = []
    for habit in model.habits.values():
        assert find_habit(habit.way, habit.id, model, None, findings) == habit
        assert set(habit_settings(habit, model)) == set(habit.settings)
    assert findings == []


def test_every_limit_has_a_source_of_the_bibliography(human):
    known = read_bibliography(biology_folder() / "references.bib").references
    assert human.limits
    assert {limit.source for limit in human.limits} <= set(known)


def test_an_intake_in_milligrams_is_what_the_model_reports(human):
    diet = [
        DietLine(way="intake", of="magnesium", amount="123 mg/d"),
        DietLine(way="supplement", of="magnesium_oxide", amount="100 mg/d", doses="2 per day"),
    ]
    run = simulate(human, Protocol(diet=diet, sampling=every("1 d", until="2 d")), record=READ)
    np.testing.assert_allclose(run["magnesium_intake"], 223.0, rtol=1e-9)


def test_the_bowel_stops_a_titration_and_does_not_know_the_kidneys(titrated):
    doses = {arm: run["magnesium_supplement"][0, -1] for arm, run in titrated.items()}
    assert len(set(doses.values())) == 1
    for run in titrated.values():
        assert run.decisions["citrate_raised"][0] >= 1
        assert run.decisions["citrate_lowered"][0] == 1
        assert run["stool_mass"].max() > run.model.constant("loose_stool")[0] > run["stool_mass"][0, -1]
    serum = {arm: run["serum_magnesium"][0, -1] for arm, run in titrated.items()}
    assert serum["egfr_25"] > serum["egfr_45"] > serum["egfr_90"]


def test_a_titration_says_which_limits_it_passed(titrated):
    told = {arm: [notice.limit for notice in run.notices] for arm, run in titrated.items()}
    amounts = ["us_supplement_limit", "eu_supplement_limit"]
    # 45 mL/min is not below 45 mL/min.
    assert told == {"egfr_90": amounts, "egfr_45": amounts, "egfr_25": [*amounts, "low_egfr"]}


def test_supplements_with_failing_kidneys_are_refused_unless_asked_for(human):
    protocol = load_arms("magnesium_titration", human)["egfr_25"]
    unasked = Protocol(diet=protocol.diet, values=protocol.values, sampling=protocol.sampling)
    with pytest.raises(ProtocolError) as refused:
        simulate(human, unasked, record=READ)
    assert [finding.code for finding in refused.value.diagnostics] == [Code.BEYOND_LIMIT]


def test_single_swallowed_doses_count_towards_limits(human):
    from acinus.simulation import Dose

    dose = Dose("magnesium_citrate", "200 mg", route="oral", at="0 h", every="12 h", times=4)
    run = simulate(human, Protocol(doses=[dose], sampling=every("6 h", until="2 d")), record=READ)
    assert {notice.limit: (notice.since, round(notice.most)) for notice in run.notices} == {
        "us_supplement_limit": (12.0, 400),
        "eu_supplement_limit": (12.0, 400),
    }


def test_a_mouse_on_the_usual_chow_stays_at_rest():
    model = load_model("mouse", zones=1)
    arms = load_arms("mouse_low_magnesium", model)
    runs = {arm: simulate(model, protocol, record=READ) for arm, protocol in arms.items()}
    rest = runs["chow_500mgkg"]["serum_magnesium"][0]
    np.testing.assert_allclose(rest, rest[0], rtol=1e-3)
    assert runs["chow_70mgkg"]["serum_magnesium"][0, -1] < 0.95 * rest[0]
    assert runs["chow_70mgkg"].notices == ()


def test_a_life_of_drinking_is_simulated_to_its_end(human):
    arms = load_arms("drinker_30y", human)
    runs = {arm: simulate(human, protocol, record=READ) for arm, protocol in arms.items()}
    serum = []
    for run in runs.values():
        run.raise_for_status()
        assert run.time[-1] == pytest.approx(30 * 365.25 * 24)
        # A sample at the time of an event shows the state after it.
        assert (run["drinking"] > 0).all()
        serum.append(run["serum_magnesium"][0, -1])
    assert serum == sorted(serum)
