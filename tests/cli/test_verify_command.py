from __future__ import annotations

import json
import re

import pytest


@pytest.mark.slow
def test_a_suite_is_counted_and_what_is_not_right_is_named(acinus, suite_of):
    suite_of("00001")
    folder = suite_of("00002", results_dot_csv="time,A\n0,1\n2,2\n4,3\n")
    answer = acinus("verify", "--sbml-suite", folder, "--workers", 1)
    assert answer.code == 1
    assert re.search("A at 2: ours 0.36787944[0-9]*, expected 2", answer.out)
    words = [line.split() for line in answer.out.splitlines()]
    assert ["pass", "1"] in words
    assert ["wrong", "1"] in words
    assert ["all", "2"] in words


@pytest.mark.slow
def test_a_suite_as_data(acinus, suite_of):
    answer = acinus("verify", "--sbml-suite", suite_of(), "--json")
    assert answer.code == 0
    data = json.loads(answer.out)
    assert data["cases"] == {"00001": {"verdict": "pass"}}
    assert data["counts"]["pass"] == 1
    assert data["engine"].startswith("acinus")


@pytest.mark.slow
def test_files_are_compared_and_printed(acinus, tmp_path, decay_sbml):
    (tmp_path / "decay.xml").write_text(decay_sbml, encoding="utf-8")
    (tmp_path / "damaged.xml").write_text("<sbml", encoding="utf-8")
    answer = acinus("verify", tmp_path / "decay.xml")
    assert answer.code == 0
    assert "agrees" in answer.out
    assert "libroadrunner" in answer.out
    assert "0 to 20 (ten times the median time constant" in answer.out
    answer = acinus("verify", tmp_path, "--end", 4, "--json")
    assert answer.code == 1
    files = json.loads(answer.out)["files"]
    assert [file["verdict"] for file in files] == ["unreadable", "agrees"]
    assert files[1]["end"] == 4.0
    assert files[1]["agreements"][0]["difference"] < 1e-7


@pytest.mark.slow
def test_disagreement_is_an_exit_code(acinus, tmp_path, decay_sbml):
    (tmp_path / "decay.xml").write_text(decay_sbml, encoding="utf-8")
    answer = acinus("verify", tmp_path / "decay.xml", "--threshold", 1e-16)
    assert answer.code == 1
    assert "apart" in answer.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "AC988"),
        (("model.xml", "--sbml-suite", "suite"), "AC988"),
        (("model.xml", "--end", "0"), "AC988"),
        (("model.xml", "--points", "1"), "AC988"),
        (("model.xml", "--threshold", "nan"), "AC988"),
        (("--sbml-suite", "suite", "--workers", "0"), "AC988"),
        (("no_such_file.xml",), "AC987"),
        (("--sbml-suite", "no_such_folder"), "AC987"),
    ],
)
def test_impossible_requests_are_refused(acinus, words, code):
    answer = acinus("verify", *words)
    assert answer.code == 2
    assert code in answer.err
