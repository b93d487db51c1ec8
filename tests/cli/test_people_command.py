import json

import pytest

from acinus.model import load_model
from acinus.population import draw_population, read_cohort

RULED = """
columns:
  dose: {distribution: lognormal, median: 9 g, log_sd: 0.7}
plausible: [{rule: dose at most 20 g}]
implausible: remove
"""


@pytest.fixture
def ruled(tmp_path):
    path = tmp_path / "ruled.yaml"
    path.write_text(RULED)
    return path


def test_populations_are_listed(acinus):
    assert "us_adults" in acinus("people").out.split()
    assert "us_adults" in json.loads(acinus("people", "--json").out)


@pytest.mark.slow
def test_people_are_summarised_and_those_removed_are_counted(acinus, ruled):
    answer = acinus("people", ruled, "--n", 500)
    assert answer.code == 0
    assert "dose" in answer.out
    assert "500 drawn = " in answer.out
    assert "broke: dose at most 20 g" in answer.out
    told = json.loads(acinus("people", ruled, "--n", 500, "--json").out)
    counts = told["plausibility"]
    assert counts["n_in"] == 500 == counts["n_ok"] + counts["n_removed"]
    assert told["n"] == counts["n_ok"] < 500
    assert told["columns"][0]["highest"] <= 20


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_people_are_written_as_a_cohort(acinus, tmp_path, suffix):
    path = tmp_path / f"people.{suffix}"
    answer = acinus("people", "fasted_mice", "--n", 20, "--seed", 4, "--design", "sobol", "--out", path)
    assert answer.code == 0
    mouse = load_model("mouse")
    read = read_cohort(path, mouse)
    drawn = draw_population("fasted_mice", 20, 4, model=mouse, design="sobol")
    assert read["BW"].tolist() == drawn["BW"].tolist()
    assert set(read.columns) == set(drawn.columns)


@pytest.mark.slow
def test_an_unknown_design_is_bad_input(acinus, ruled):
    answer = acinus("people", ruled, "--design", "sobel")
    assert answer.code == 2
    assert "Did you mean `sobol`" in answer.err
