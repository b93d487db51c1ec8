from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

_BESIDE = Path(__file__).parents[1] / "trials" / "small_trial.py"
_SPEC = importlib.util.spec_from_file_location("small_trial_of_trials", _BESIDE)
assert _SPEC is not None
assert _SPEC.loader is not None
small = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(small)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes content to a file and gives its path."""

    def write(content):
        path = tmp_path / f"{content['name'].replace(' ', '_')}.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    return write


def test_trials_and_maps_are_listed(acinus):
    assert "prescott_1979" in acinus("trial").out.split()
    assert "nac_by_dose_and_delay" in json.loads(acinus("map", "--json").out)


@pytest.mark.slow
def test_a_trial_prints_who_entered_and_writes_its_files(acinus, written, tmp_path):
    published = [{"what": "high", "arm": "fast", "events": 3, "of": 10, "source": "nobody"}]
    content = small.small_trial(
        entry=["age at least 40 year"], published=published, replicates={"trials": 20}
    )
    answer = acinus("trial", written(content), "--out", tmp_path / "out", "--workers", 1)
    assert answer.code == 0
    assert "300 screened = " in answer.out
    assert "3/10 = 30.0%" in answer.out
    numbers = json.loads((tmp_path / "out" / "trial.json").read_text(encoding="utf-8"))
    entered = numbers["screened"]["n_entered"]
    table = pq.read_table(tmp_path / "out" / "individuals.parquet")
    assert table.num_rows == 2 * entered
    assert {"arm", "individual", "finished", "age [year]", "to_high [h]"} <= set(table.column_names)
    # Who never has the event has no time, which is not a time of zero.
    times = table.column("to_high [h]")
    assert times.null_count == 2 * entered - sum(row["events"] for row in numbers["events"])
    assert (tmp_path / "out" / "trial.png").read_bytes().startswith(b"\x89PNG")
    # What was kept for the case of a kill is gone.
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "trial.json",
        "individuals.parquet",
        "trial.png",
    }


@pytest.mark.slow
def test_a_trial_that_loses_people_says_so_by_its_exit_code(acinus, written):
    columns = {"g": {"distribution": "uniform", "low": "0.2 dimensionless", "high": "0.4 dimensionless"}}
    content = small.small_trial(columns=columns, reference="slow", people=20)
    answer = acinus("trial", written(content), "--json", "--workers", 1)
    arm = json.loads(answer.out)["arms"]["fast"]
    assert arm["n_in"] == arm["n_ok"] + arm["n_failed"] == 20
    assert arm["n_failed"] > 0
    assert answer.code == 3


@pytest.mark.slow
def test_a_map_prints_every_cell_and_writes_its_files(acinus, written, tmp_path):
    content = small.small_map(people=12, against="whole", uncertain_above=0.01)
    answer = acinus("map", written(content), "--out", tmp_path / "out", "--workers", 1)
    assert answer.code == 0
    assert "2.5 (2.5-2.5)" in answer.out  # 1 / (1 - 4 * 0.15)
    table = pq.read_table(tmp_path / "out" / "map.parquet")
    assert table.num_rows == 12
    assert (tmp_path / "out" / "map.csv").read_text(encoding="utf-8").count("\n") == 13
    assert (tmp_path / "out" / "map.png").read_bytes().startswith(b"\x89PNG")


def test_a_wrong_trial_is_bad_input(acinus, written):
    answer = acinus("trial", written(small.small_trial(reference="fsat")))
    assert answer.code == 2
    assert "AC921" in answer.err
