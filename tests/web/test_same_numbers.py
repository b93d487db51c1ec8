from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from acinus.endpoints import read_endpoint
from acinus.engine import Tolerances
from acinus.simulation import load_protocol, simulate
from acinus.web.overdose import band_answer, people_of_band, protocol_text, run_answers
from acinus.web.overdose_form import overdose_form
from acinus.web.schemas import BandSetting, OverdoseSetting

SETTINGS = (
    {"dose_g": 40, "nac_delay_h": 20},
    {"dose_g": 25.5, "nac_regimen": "none", "weight_kg": 61.3, "age_y": 44, "hours": 72},
    {
        "dose_g": 33,
        "ethanol_g": 60,
        "ethanol_habit_g_per_d": 80,
        "heavy_drinking": "yes",
        "fasting": "fasted",
        "form": "extended",
        "ica_hypothesis": "reversible",
        "magnesium_mg_per_d": 140,
        "nac_regimen": "nac_oral_72h",
        "nac_delay_h": 5.5,
    },
)


def numbers(answer):
    return {one["id"]: one["value"] for one in answer["endpoints"]}


@pytest.mark.slow
@pytest.mark.parametrize("said", SETTINGS)
def test_the_answer_has_the_numbers_of_python(client, human, said):
    answer = client.post("/api/v1/run", json=said).json()
    text = client.post("/api/v1/run/protocol.yaml", json=said).text
    run = simulate(human, load_protocol(text, model=human))
    assert answer["finished"]
    assert answer["time_h"] == run.time.tolist()
    for name, value in numbers(answer).items():
        alone = read_endpoint(run, name).value
        # Written as text and read again, a number of the form may differ in its last place.
        assert value == pytest.approx(alone, rel=1e-9) or (value is None and np.isnan(alone)), name
    for key, curve in answer["curves"].items():
        assert curve["values"] == pytest.approx(run[key][0].tolist(), rel=1e-5)
        assert curve["label"]
    living = (run.zones("healthy") + run.zones("stressed"))[0]
    assert np.array(answer["lobule"]["living_percent"]) == pytest.approx(
        100 * (living / living[0]).T, abs=0.051
    )


@pytest.mark.slow
def test_the_answer_has_the_numbers_of_the_shell(client, tmp_path):
    said = SETTINGS[0]
    file = tmp_path / "overdose.yaml"
    file.write_text(client.post("/api/v1/run/protocol.yaml", json=said).text, encoding="utf-8")
    command = [sys.executable, "-m", "acinus", "run", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    shell = json.loads(done.stdout)["runs"][0]["endpoints"]
    for name, value in numbers(client.post("/api/v1/run", json=said).json()).items():
        assert value == pytest.approx(shell[name]["values"][""], rel=1e-9), name


@pytest.mark.slow
def test_company_changes_no_number(human):
    together = [
        OverdoseSetting(dose_g=dose, nac_delay_h=delay) for dose, delay in ((10, 4), (40, 20), (80, 12))
    ]
    assert run_answers(human, together) == [run_answers(human, [one])[0] for one in together]


@pytest.mark.slow
@pytest.mark.parametrize("said", SETTINGS)
def test_a_draft_cannot_be_told_from_the_exact_course_by_eye(client, said):
    exact = client.post("/api/v1/run", json=said).json()
    draft = client.post("/api/v1/run", json={**said, "draft": True}).json()
    assert exact["tolerances"] == {"relative": Tolerances().relative, "absolute": Tolerances().absolute}
    assert draft["tolerances"]["relative"] > exact["tolerances"]["relative"]
    for key, curve in exact["curves"].items():
        drawn = np.array(draft["curves"][key]["values"])
        assert np.abs(drawn - curve["values"]).max() < 5e-4 * max(curve["values"]), key
    for name in ("gsh_percent", "living_percent"):
        assert np.abs(np.array(draft["lobule"][name]) - exact["lobule"][name]).max() <= 0.2


@pytest.mark.slow
def test_a_band_is_the_people_of_python_under_the_same_protocol(client, human):
    said = {"dose_g": 30, "nac_delay_h": 12, "n": 64, "seed": 3}
    answer = client.post("/api/v1/band", json=said).json()
    setting = BandSetting(**said)
    people = people_of_band(human, setting)
    fixed = load_protocol(protocol_text(human, setting), model=human)
    varied = {key: values for key, values in people.columns.items() if key not in fixed.values}
    run = simulate(human, fixed, {k: v for k, v in varied.items() if k in human.symbols})
    assert (answer["n_in"], answer["n_ok"], answer["n_failed"]) == (64, 64, 0)
    hurt = read_endpoint(run, overdose_form().outcome).values
    assert answer["outcome"]["events"] == hurt.sum()
    at = np.isin(run.time, answer["time_h"])
    for key, curve in answer["curves"].items():
        for name, share in (("p5", 0.05), ("p50", 0.5), ("p95", 0.95)):
            exact = np.quantile(run[key], share, axis=0)[at]
            # The band is solved as exactly as a picture needs: to a thousandth of the largest value drawn.
            assert np.abs(np.array(curve["quantiles"][name]) - exact).max() < 1e-3 * exact.max(), (key, name)


def test_a_failed_individual_is_counted_and_not_drawn(human, monkeypatch):
    from acinus.engine import Status
    from acinus.web import overdose

    real = overdose.simulate

    def failing(*arguments, **options):
        run = real(*arguments, **options)
        object.__setattr__(run, "status", (Status.STEP_TOO_SMALL, *run.status[1:]))
        run.values[0] = np.nan
        return run

    monkeypatch.setattr(overdose, "simulate", failing)
    answer = band_answer(human, BandSetting(n=4))
    assert (answer["n_in"], answer["n_ok"], answer["n_failed"]) == (4, 3, 1)
    assert sum(answer["ways_to_fail"].values()) == 1
    assert answer["outcome"]["of"] == 3
    assert None not in answer["curves"]["alt_pla"]["quantiles"]["p50"]
