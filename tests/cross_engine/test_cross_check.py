"""Our engine beside libroadrunner and COPASI on any file: agreement, disagreement, refusals, damage."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.errors import RequestError
from acinus.system.graph import build_program
from acinus.verification import FileVerdict, check_file, find_models
from acinus.verification.cross_check import compare, default_end
from acinus.verification.peers import PEERS, installed

NOBODY = np.zeros(3, dtype=bool)
TIMES = np.array([0.0, 1.0, 2.0])


def apart(a, b, left_out=NOBODY):
    courses = {"a": np.array(a, dtype=float).T, "b": np.array(b, dtype=float).T}
    names = tuple("xyz"[: courses["a"].shape[1]])
    return compare("a", "b", TIMES, courses, names, left_out)


def test_the_largest_difference_is_found_where_it_is():
    found = apart([[1, 2, 3], [10, 10.1, 10]], [[1, 2, 3], [10, 10, 10]])
    assert (found.variable, found.time) == ("y", 1.0)
    assert found.difference == pytest.approx(0.01, rel=1e-5)


def test_a_trace_is_compared_with_a_millionth_of_the_largest_value():
    assert apart([[1, 1e-9, 1]], [[1, 0, 1]]).difference == pytest.approx(1e-3)


def test_a_number_missing_on_one_side_is_no_agreement():
    assert apart([[1, np.nan, 1]], [[1, 1, 1]]).difference == np.inf
    assert apart([[1, 1, 1]], [[1, np.nan, 1]]).difference == np.inf
    assert apart([[1, np.nan, 1]], [[1, np.nan, 1]]).difference == 0.0
    assert apart([[1, np.inf, 1]], [[1, np.inf, 1]]).difference == 0.0


def test_something_where_the_other_has_nothing_at_all_is_no_agreement():
    assert apart([[0, 1e-3, 0]], [[0, 0, 0]]).difference == np.inf


def test_samples_at_an_event_are_left_out():
    assert apart([[1, 5, 1]], [[1, 2, 1]], np.array([False, True, False])).difference == 0.0


def test_the_end_follows_from_the_rates_of_the_model(decay_sbml):
    assert default_end(build_program(decay_sbml))[0] == 20.0
    assert default_end(build_program(decay_sbml.replace('value="0.5"', 'value="0.3"')))[0] == 50.0
    assert default_end(build_program(decay_sbml.replace('value="0.5"', 'value="2e-7"')))[0] == 5e7
    assert default_end(build_program(decay_sbml.replace('value="0.5"', 'value="0"')))[0] == 10.0


@pytest.mark.slow
def test_a_small_model_in_all_simulators(tmp_path, decay_sbml):
    file = tmp_path / "decay.xml"
    file.write_text(decay_sbml, encoding="utf-8")
    report = check_file(file, end=4.0, points=5)
    assert report.verdict is FileVerdict.AGREES
    there = [peer for peer in PEERS if installed(peer)]
    assert [(a.first, a.second) for a in report.agreements if a.first == "acinus"] == [
        ("acinus", p) for p in there
    ]
    assert set(report.troubles) == set(PEERS) - set(there)
    assert report.variables == 1
    strict = check_file(file, end=4.0, points=5, threshold=1e-16)
    assert strict.verdict is FileVerdict.DISAGREES


@pytest.mark.slow
def test_an_event_of_known_time_does_not_count_as_disagreement(tmp_path, decay_sbml):
    event = (
        '<listOfEvents><event id="E" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><geq/><csymbol encoding="text" '
        'definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol><cn>2</cn></apply></math></trigger>'
        '<listOfEventAssignments><eventAssignment variable="A"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        "<cn>7</cn></math></eventAssignment></listOfEventAssignments></event></listOfEvents></model>"
    )
    file = tmp_path / "event.xml"
    file.write_text(decay_sbml.replace("</model>", event), encoding="utf-8")
    report = check_file(file, end=4.0, points=5)
    assert report.verdict in (FileVerdict.AGREES, FileVerdict.REFUSED)


@pytest.mark.slow
def test_what_is_refused_or_damaged_is_said(tmp_path, decay_sbml):
    delay = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">d</csymbol>'
    file = tmp_path / "delay.xml"
    file.write_text(
        decay_sbml.replace("<ci>A</ci>", f"<apply>{delay}<ci>A</ci><cn>1</cn></apply>"), encoding="utf-8"
    )
    report = check_file(file)
    assert (report.verdict, report.construct) == (FileVerdict.REFUSED, "delay")
    assert "`J`" in report.detail
    file.write_bytes(b"\xff\xfe no text")
    assert check_file(file).verdict is FileVerdict.UNREADABLE
    file.write_text("<sbml", encoding="utf-8")
    assert check_file(file).verdict is FileVerdict.UNREADABLE


@pytest.mark.slow
def test_a_simulator_that_does_not_answer_is_said_to(tmp_path, decay_sbml):
    file = tmp_path / "decay.xml"
    file.write_text(decay_sbml, encoding="utf-8")
    report = check_file(file, limit=0.001)
    assert (report.verdict, report.detail) == (FileVerdict.FAILED, "no answer in 0.001 s")


def test_files_are_found_in_folders_and_what_is_missing_is_refused(tmp_path, decay_sbml):
    for name in ("b.xml", "a.xml", "notes.txt"):
        (tmp_path / name).write_text(decay_sbml, encoding="utf-8")
    assert [path.name for path in find_models([tmp_path, tmp_path / "b.xml"])] == ["a.xml", "b.xml"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError) as caught:
        find_models([tmp_path, tmp_path / "empty", tmp_path / "ghost.xml"])
    assert [d.code.value for d in caught.value.diagnostics] == ["AC987", "AC987"]
