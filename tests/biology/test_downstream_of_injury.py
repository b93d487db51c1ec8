"""What is measured downstream of injury, whatever its numbers: rest, signs, limits, and who rises first."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.endpoints import read_endpoint
from acinus.evidence import area_under_roc
from acinus.model import load_model
from acinus.population import draw_population
from acinus.simulation import load_protocol, simulate

RELEASED = ("mir122_pla", "k18_pla", "k18_cleaved_pla", "hmgb1_pla", "gldh_pla", "alt_pla", "ast_pla")
FACTORS = ("factor_ii", "factor_v", "factor_vii", "factor_x")
MEASURED = (
    *RELEASED,
    *FACTORS,
    *("inr", "bilirubin_pla", "lactate_pla", "ph_arterial", "ammonia_pla", "brain_ammonia"),
    *("encephalopathy_grade", "kidney_burden", "nephrons_injured", "filtration", "creatinine_pla"),
)


@pytest.fixture(scope="module")
def human():
    return load_model("human")


@pytest.fixture(scope="module")
def after(human, tmp_path_factory):
    """Return a function: grams of acetaminophen swallowed, one or several -> the run."""
    path = tmp_path_factory.mktemp("protocols") / "protocol.yaml"
    dose = "{substance: apap, amount: $dose, route: oral, at: 0 h}"

    def run(grams, until="240 h", people=None):
        none = isinstance(grams, float) and grams == 0.0
        text = f"name: test\ntitle: test\ndoses: [{'' if none else dose}]\nsampling: {{every: 2 h, until: {until}}}"
        protocol = load_protocol(read_yaml(path, text), model=human)
        if people is not None:
            return simulate(human, protocol, people, record=MEASURED)
        columns = None if none else {"dose": (np.atleast_1d(np.asarray(grams, dtype=float)), "g")}
        return simulate(human, protocol, columns, record=[*MEASURED, "living", "function_left"])

    return run


@pytest.fixture(scope="module")
def overdoses(after):
    run = after([1.0, 20.0, 40.0, 60.0, 90.0])
    run.raise_for_status()
    return run


def test_rest_is_rest_to_a_billionth(after):
    run = after(0.0)
    run.raise_for_status()
    for name in MEASURED:
        curve = run[name][0]
        assert np.abs(curve - curve[0]).max() <= 1e-9 * max(abs(curve[0]), 1e-9), name


@pytest.mark.slow
def test_rest_is_rest_for_everybody(after):
    people = draw_population("overdose_presenters", 50, 3, model=load_model("human"))
    run = after(0.0, people=people)
    run.raise_for_status()
    for name in MEASURED:
        start = run[name][:, :1]
        assert np.abs(run[name] - start).max() <= 1e-9 * max(np.abs(start).max(), 1e-9), name


def test_released_markers_rise_and_come_back(overdoses):
    for name in RELEASED:
        start = overdoses[name][:, :1]
        assert (overdoses[name] >= start * (1 - 1e-7)).all(), name
        peak, end = overdoses[name].max(axis=1), overdoses[name][:, -1]
        hurt = overdoses["living"].min(axis=1) < 0.9
        assert hurt.sum() >= 2
        assert (end - start[:, 0] < 0.2 * (peak - start[:, 0]))[hurt].all(), name


def test_nobody_releases_more_than_the_cells_hold(human, overdoses):
    content = human.constant("mir122_content")[0]
    k = human.constant("k_mir122")[0]
    rise = overdoses["mir122_pla"] - overdoses["mir122_pla"][:, :1]
    cleared = k * np.trapezoid(rise, overdoses.time, axis=1) + rise[:, -1]
    # Cells lost, and the export of strained cells, which is a small part of the content.
    assert (cleared <= content).all()
    assert (np.diff(cleared) > 0).all()


def test_factors_fall_with_function_and_never_below_it(overdoses):
    lowest = overdoses["function_left"].min(axis=1)
    for name in FACTORS:
        assert (overdoses[name] <= 1 + 1e-7).all(), name
        assert (overdoses[name].min(axis=1) >= lowest - 1e-6).all(), name
    # The shorter its life, the deeper a factor follows a liver that comes back.
    deepest = [
        overdoses[name].min(axis=1)[-1] for name in ("factor_vii", "factor_v", "factor_x", "factor_ii")
    ]
    assert deepest == sorted(deepest)


def test_a_loss_common_to_all_factors_moves_the_inr_by_the_sum_of_the_powers(human):
    powers = sum(human.constant(f"inr_power_{name}")[0] for name in ("ii", "vii", "x"))
    assert powers == pytest.approx(1.1, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("bilirubin_pla", 1),
        ("ammonia_pla", 1),
        ("encephalopathy_grade", 1),
        ("inr", 1),
        ("lactate_pla", 1),
        ("creatinine_pla", 1),
        ("ph_arterial", -1),
        ("filtration", -1),
    ],
)
def test_the_larger_the_dose_the_further_a_test_moves(overdoses, name, sign):
    start = overdoses[name][:, 0]
    farthest = (sign * (overdoses[name] - start[:, None])).max(axis=1)
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(farthest))
    assert farthest[-1] > 0.02 * start[-1] or name == "ph_arterial"
    assert farthest[-1] > 10 * max(farthest[0], 1e-6)


def test_the_kidney_fails_days_after_the_dose_and_heals(overdoses):
    time = overdoses.time
    creatinine = overdoses["creatinine_pla"][-1]
    assert time[np.argmax(creatinine)] > time[np.argmax(overdoses["kidney_burden"][-1])]
    assert time[np.argmax(creatinine)] >= 72
    assert creatinine[-1] < creatinine.max()
    assert ((overdoses["nephrons_injured"] >= -1e-9) & (overdoses["nephrons_injured"] < 1)).all()


def test_lactate_is_high_early_while_the_level_is_and_late_when_function_is_lost(overdoses):
    lactate, time = overdoses["lactate_pla"][-1], overdoses.time
    early, between, late = lactate[time <= 12].max(), lactate[-1], lactate[(time > 48) & (time < 96)].max()
    assert early > late > between > overdoses["lactate_pla"][-1, 0]


def test_a_grade_of_encephalopathy_stays_on_its_scale(overdoses):
    assert (overdoses["encephalopathy_grade"] >= 0).all()
    assert (overdoses["encephalopathy_grade"] <= 4).all()
    assert (overdoses["encephalopathy_grade"][:, 0] < 0.5).all()


def test_markers_of_strained_cells_rise_before_alt(overdoses):
    firsts = {
        name: read_endpoint(
            overdoses,
            {"measure": "first_time_above", "of": name, "relative_to_start": True, "level": "rise_factor"},
        ).values[2:]
        for name in ("mir122_pla", "k18_pla", "hmgb1_pla", "gldh_pla", "alt_pla")
    }
    for name in ("mir122_pla", "k18_pla", "hmgb1_pla"):
        assert (firsts[name] < firsts["alt_pla"]).all(), name
    # GLDH needs the cell to burst; strained cells keep it.
    assert (firsts["gldh_pla"] > firsts["mir122_pla"]).all()


@pytest.mark.slow
def test_the_first_sample_tells_who_will_be_hurt_better_by_markers_than_by_alt(human, after):
    people = draw_population("overdose_presenters", 1000, 17, model=human)
    chosen = people.take(np.flatnonzero(people.columns["dose"] > 12.0))
    run = after(None, until="120 h", people=chosen)
    hurt = run["alt_pla"].max(axis=1) > 100.0
    assert 20 < hurt.sum() < hurt.size - 20
    at = int(np.argmin(np.abs(run.time - 8.0)))
    telling = {name: area_under_roc(run[name][:, at], hurt) for name in RELEASED}
    for name in ("mir122_pla", "k18_pla", "hmgb1_pla"):
        assert telling[name] > telling["alt_pla"] + 0.05, telling
