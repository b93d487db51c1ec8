from __future__ import annotations

import json

import pytest

from acinus.provenance import CONTEXT_OF_USE


def test_a_folder_without_files_says_what_is_missing_and_where_to_get_it(tmp_path):
    from typer.testing import CliRunner

    from acinus.cli import app

    done = CliRunner().invoke(app, ["survey", str(tmp_path)])
    assert done.exit_code == 2
    assert "AC970" in done.output
    assert "cdc.gov" in done.output


@pytest.mark.shared
@pytest.mark.slow
def test_table_a_alone_gives_json_and_a_page(shared, tmp_path):
    from typer.testing import CliRunner

    from acinus.cli import app

    name = "nhanes_2017_2018_joined.csv"
    (tmp_path / name).symlink_to(shared / "data" / "nhanes" / name)
    page = tmp_path / "survey.html"
    done = CliRunner().invoke(app, ["survey", str(tmp_path), "--json", "--report", str(page)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["context_of_use"] == CONTEXT_OF_USE
    estimates = {estimate["name"]: estimate for estimate in found["estimates"]}
    assert {"A.alt.M0", "A.cap.M2", "A.cap.M2_calibrated", "A.mg.below_requirement_usual_all"} <= set(
        estimates
    )
    for estimate in estimates.values():
        assert estimate["low"] <= estimate["value"] <= estimate["high"]
        assert estimate["df"] == 15
        assert estimate["n"] > 1000
        assert estimate["model"]
    assert "2003_2018" in " ".join(found["missing"])
    text = page.read_text(encoding="utf-8")
    assert CONTEXT_OF_USE in text
    assert "Every number here is an association" in text
    assert text.count("<svg") == 1
    assert "Left out" in text
    assert all(name in text for name in estimates)
