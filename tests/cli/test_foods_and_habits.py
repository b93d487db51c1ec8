from __future__ import annotations

import json

import pytest

TAKEN = """
name: taken
sampling: {every: 1 wk, until: 12 wk}
arms:
  little: {diet: [{supplement: magnesium_citrate, amount: 200 mg/d}]}
  much: {diet: [{supplement: magnesium_citrate, amount: 400 mg/d, doses: 2 per day, from: 2 wk}]}
"""


def test_foods_are_listed_richest_first(acinus):
    answer = acinus("foods", "seeds", "--json")
    assert answer.code == 0, answer.err
    contents = [food["mg_per_100_g"]["magnesium"] for food in json.loads(answer.out)["foods"]]
    assert len(contents) > 3
    assert contents == sorted(contents, reverse=True)
    assert "pumpkin_seeds" in acinus("foods", "pumpkin").out


def test_an_unknown_food_is_refused_with_near_ones(acinus):
    answer = acinus("foods", "spinache")
    assert answer.code == 2
    assert "Did you mean `spinach`" in answer.err


@pytest.mark.slow
def test_limits_are_told_in_text_json_files_and_provenance(acinus, tmp_path):
    from acinus.simulation import Trajectories

    path = tmp_path / "taken.yaml"
    path.write_text(TAKEN, encoding="utf-8")
    out = tmp_path / "out"
    text = acinus("run", path, "--zones", 1, "--out", out)
    assert text.code == 0, text.err
    assert "much: Magnesium from supplements passed" in text.out
    assert "iom_1997" in text.out
    assert "little: " not in text.out
    # No acetaminophen was given, so that nothing of it is worth a row; times are in days.
    assert "nomogram" not in text.out
    assert "Serum magnesium at the end" in text.out
    (said,) = json.loads(acinus("run", path, "--zones", 1, "--json").out)["runs"]
    assert [notice["limit"] for notice in said["notices"]["much"]] == [
        "us_supplement_limit",
        "eu_supplement_limit",
    ]
    assert said["notices"]["little"] == []
    assert said["notices"]["much"][0]["since"] == 14 * 24.0
    written = json.loads((out / "taken_provenance.json").read_text(encoding="utf-8"))
    assert len(written["much"]["notices"]) == 2
    assert Trajectories.load(out / "taken_much.nc").notices[0].source == "iom_1997"


@pytest.mark.slow
def test_weak_kidneys_are_refused_unless_the_protocol_names_them(acinus, tmp_path):
    path = tmp_path / "taken.yaml"
    path.write_text(TAKEN, encoding="utf-8")
    refused = acinus("run", path, "--zones", 1, "--set", "egfr=25 mL/min/1.73m2")
    assert refused.code == 2
    assert "AC615" in refused.err
    assert "despite: [low_egfr]" in refused.err
    path.write_text(TAKEN + "despite: [low_egfr]\n", encoding="utf-8")
    assert acinus("run", path, "--zones", 1, "--set", "egfr=25 mL/min/1.73m2").code == 0
