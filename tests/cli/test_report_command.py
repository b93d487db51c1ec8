from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def few_arms(monkeypatch):
    """Ask for two regimens at one hour and two bins, so that the page is soon made."""
    import dataclasses

    from acinus.report.overdose_page import page_runs

    genuine = page_runs.read_page_plan

    def short():
        return dataclasses.replace(
            genuine(),
            delay_bins=((0.0, 8.0), (8.0, 24.0)),
            regimen_hours=(8.0,),
            regimen_arms=("untreated", "three_bag_20h"),
        )

    monkeypatch.setattr(page_runs, "read_page_plan", short)


def test_the_command_writes_the_page_and_says_where(acinus, few_arms, tmp_path):
    answer = acinus("report", "overdose", "--people", 60, "--seed", 2, "--no-claims", "--out", tmp_path)
    assert answer.code == 0, answer.err
    names = ["overdose.html", "overdose.json", "overdose.pdf", "overdose.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        assert f"wrote {tmp_path / name}" in answer.out
    assert "never for the treatment" in answer.out


@pytest.fixture
def blank_sheet(monkeypatch):
    """Draw nothing: for tests of what is written beside the drawing."""
    from matplotlib.figure import Figure

    from acinus.report.overdose_page import page_files

    monkeypatch.setattr(page_files, "draw_overdose_page", lambda numbers: Figure())


def test_json_is_the_file_and_the_files(acinus, few_arms, blank_sheet, tmp_path):
    answer = acinus(
        "report", "overdose", "--people", 60, "--seed", 2, "--no-claims", "--out", tmp_path, "--json"
    )
    said = json.loads(answer.out)
    assert len(said.pop("files")) == 4
    assert said == json.loads((tmp_path / "overdose.json").read_text(encoding="utf-8"))
    assert said["provenance"]["seed"] == 2
    assert said["people"] == 60


def test_a_place_that_cannot_be_written_to_is_refused(acinus, few_arms, blank_sheet, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = acinus("report", "overdose", "--people", 60, "--no-claims", "--out", tmp_path / "file" / "page")
    assert answer.code == 2
    assert "AC980" in answer.err


def test_the_help_names_the_page(acinus):
    answer = acinus("report", "--help")
    assert answer.code == 0
    assert "overdose" in answer.out
