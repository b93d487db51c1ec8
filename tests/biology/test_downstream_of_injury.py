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
    *("shock", "acid_retained"),
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
        assert np.abs(run[name] - start).max() <= 1e-6 * max(np.abs(start).max(), 1e-9), name


def test_released_markers_rise_and_come_back(overdoses):
    for name in RELEASED:
        start = overdoses[name][:, :1]
        # Resting ALT follows serum magnesium a little, and that follows a failing kidney.
        assert (overdoses[name] >= start * (1 - 1e-3)).all(), name
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


def test_factors_fall_further_than_want_of_synthesis_takes_them(human, overdoses):
    function, time = overdoses["function_left"], overdoses.time
    hurt = overdoses["living"].min(axis=1) < 0.9
    for name in FACTORS:
        assert (overdoses[name] <= 1 + 1e-7).all(), name
        assert (overdoses[name] > 0).all(), name
        made = np.ones_like(function)
        for step in range(1, time.size):
            stays = np.exp(-human.constant(f"k_{name}")[0] * (time[step] - time[step - 1]))
            made[:, step] = made[:, step - 1] * stays + function[:, step - 1 : step + 1].mean(axis=1) * (
                1 - stays
            )
        assert (overdoses[name].min(axis=1) < made.min(axis=1) - 0.01)[hurt].all(), name


def test_a_small_overdose_takes_the_vitamin_k_dependent_factors_only(after):
    run = after(15.0)
    assert run["alt_pla"].max() < 50
    assert run["factor_vii"].min() < 0.9
    assert run["factor_vii"].min() < run["factor_x"].min() < run["factor_ii"].min()
    assert run["factor_v"].min() > 0.98


def test_a_liver_of_which_a_part_was_taken_grows_again_and_is_not_hurt(human, tmp_path):
    text = (
        "name: test\ntitle: test\nvalues: {resected: 0.6 dimensionless}\nsampling: {every: 6 h, until: 720 h}"
    )
    protocol = load_protocol(read_yaml(tmp_path / "protocol.yaml", text), model=human)
    run = simulate(human, protocol, record=["living", "necrosis", "stressed_mean", "factor_vii", "inr"])
    run.raise_for_status()
    assert run["living"][0, 0] == pytest.approx(0.4, abs=1e-12)
    assert (np.diff(run["living"][0]) > 0).all()
    assert run["living"][0, -1] > 0.8
    assert run["necrosis"].max() < 1e-9
    assert run["stressed_mean"].max() < 1e-9
    assert run["factor_vii"].min() < 0.6
    assert run["inr"][0].argmax() not in (0, run["inr"].shape[1] - 1)


def test_debris_lasts_until_macrophages_have_come(human, tmp_path):
    dose = "{substance: apap, amount: 40 g, route: oral, at: 0 h}"
    necrosis = []
    for stayed in (0.25, 1):
        text = (
            f"name: test\ntitle: test\nvalues: {{kupffer_left: {stayed} dimensionless}}\n"
            f"doses: [{dose}]\nsampling: {{every: 1 h, until: 120 h}}"
        )
        protocol = load_protocol(read_yaml(tmp_path / "protocol.yaml", text), model=human)
        run = simulate(human, protocol, record=["necrosis"])
        run.raise_for_status()
        necrosis.append(run["necrosis"][0])
    lasting, cleared_at_once = necrosis
    assert lasting.max() > 1.1 * cleared_at_once.max()
    assert lasting.argmax() > cleared_at_once.argmax()


def test_plasma_diluted_tenfold_has_the_inr_of_the_straight_line(human):
    weights = sum(human.constant(f"inr_weight_{name}")[0] for name in ("ii", "v", "vii", "x"))
    assert weights == pytest.approx(1, abs=1e-12)
    slope = human.constant("inr_dilution")[0]
    assert 1 + slope * (1 / 0.1 - 1) == pytest.approx(5.5)


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
        ("shock", 1),
        ("acid_retained", 1),
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


def test_the_circulation_gives_way_after_the_liver_and_comes_back(overdoses):
    shock, time = overdoses["shock"], overdoses.time
    assert ((shock >= -1e-9) & (shock < 1)).all()
    worst = int(np.argmax(shock.max(axis=1)))
    assert shock[worst].max() > 0.3
    assert time[np.argmax(shock[worst])] > time[np.argmin(overdoses["function_left"][worst])]
    assert shock[worst, -1] < 0.5 * shock[worst].max()


def test_kidneys_fail_with_the_circulation_beyond_what_the_drug_does(overdoses):
    worst = int(np.argmax(overdoses["shock"].max(axis=1)))
    filtration, injured = overdoses["filtration"][worst], overdoses["nephrons_injured"][worst]
    assert (filtration <= 1 - injured + 1e-9).all()
    at = int(np.argmax(overdoses["shock"][worst]))
    assert filtration[at] < 0.8 * (1 - injured[at])
    assert overdoses["acid_retained"][worst].max() > 1


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
    # GLDH leaves with the enzymes; strained cells keep it.
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
