"""Case folders are found wherever they are, and a damaged one is said to be so without stopping the others."""

from __future__ import annotations

import re

import pytest

from acinus.errors import RequestError
from acinus.verification import SuiteCase, Verdict, find_cases, verify_suite
from acinus.verification.suite_run import judge


def only(folder):
    ((case,), _) = find_cases(folder)
    return judge(case)


def test_a_right_case_passes(suite_of):
    assert only(suite_of()).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("0.36787944117144233", "0.36789"), "A at 2: ours 0.36787944.*, expected 0.36789"),
        (("0.1353352832366127", "NaN"), "A at 4: ours 0.13533528.*, expected nan"),
        (("0.1353352832366127", "INF"), "A at 4: ours 0.13533528.*, expected inf"),
        (("0,1\n", "0,-1\n"), "A at 0: ours 1, expected -1"),
    ],
)
def test_a_wrong_value_is_found(suite_of, change, word):
    results = "time,A\n0,1\n2,0.36787944117144233\n4,0.1353352832366127\n".replace(*change)
    result = only(suite_of(results_dot_csv=results))
    assert result.verdict is Verdict.WRONG
    assert re.fullmatch(word, result.detail)


def test_a_value_within_the_tolerance_of_the_case_is_right(suite_of):
    results = "time,A\n0,1\n2,0.367882\n4,0.135336\n"
    assert only(suite_of(results_dot_csv=results)).verdict is Verdict.PASS


def test_the_settings_decide_between_amount_and_concentration(suite_of):
    settings = "start: 0\nduration: 4\nsteps: 2\nvariables: A\nabsolute: 1e-7\nrelative: 1e-5\n"
    results = "time,A\n0,0.5\n2,0.18393972058572117\n4,0.06766764161830635\n"
    concentration = settings + "amount:\nconcentration: A\n"
    assert only(suite_of(settings_dot_txt=concentration, results_dot_csv=results)).verdict is Verdict.PASS
    amount = settings + "amount: A\nconcentration:\n"
    assert only(suite_of(settings_dot_txt=amount, results_dot_csv=results)).verdict is Verdict.WRONG


def test_a_concentration_is_formed_where_the_id_means_an_amount(suite_of, decay_sbml):
    model = decay_sbml.replace('hasOnlySubstanceUnits="false"', 'hasOnlySubstanceUnits="true"').replace(
        "<ci>V</ci>", ""
    )
    settings = "start: 0\nduration: 4\nsteps: 2\nvariables: A\nabsolute: 1e-7\nrelative: 1e-5\namount:\nconcentration: A\n"
    results = "time,A\n0,0.5\n2,0.18393972058572117\n4,0.06766764161830635\n"
    folder = suite_of(sbml_l3v2_dot_xml=model, settings_dot_txt=settings, results_dot_csv=results)
    assert only(folder).verdict is Verdict.PASS


def test_a_variable_may_bear_the_name_of_the_first_column(suite_of, decay_sbml):
    model = (
        decay_sbml.replace(">A<", ">time<").replace('"A"', '"time"').replace("<ci>A</ci>", "<ci>time</ci>")
    )
    model = model.replace("<ci> A </ci>", "<ci>time</ci>")
    settings = "start: 0\nduration: 4\nsteps: 2\nvariables: time\nabsolute: 1e-7\nrelative: 1e-5\namount: time\nconcentration:\n"
    results = "time,time\n0,1\n2,0.36787944117144233\n4,0.1353352832366127\n"
    folder = suite_of(sbml_l3v2_dot_xml=model, settings_dot_txt=settings, results_dot_csv=results)
    assert only(folder).verdict is Verdict.PASS


def test_samples_may_begin_later_while_integration_begins_at_zero(suite_of):
    settings = "start: 2\nduration: 2\nsteps: 1\nvariables: A\nabsolute: 1e-7\nrelative: 1e-5\namount: A\nconcentration:\n"
    results = "time,A\n2,0.36787944117144233\n4,0.1353352832366127\n"
    assert only(suite_of(settings_dot_txt=settings, results_dot_csv=results)).verdict is Verdict.PASS


def test_infinity_and_nan_are_right_where_they_are_expected(suite_of, decay_sbml):
    rule = (
        '<listOfRules><assignmentRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        "<apply><divide/><ci>k</ci><apply><minus/><ci>k</ci><ci>k</ci></apply></apply></math></assignmentRule></listOfRules>"
    )
    model = decay_sbml.replace(
        "</listOfParameters>", '<parameter id="x" constant="false"/></listOfParameters>' + rule
    )
    settings = "start: 0\nduration: 4\nsteps: 2\nvariables: x\nabsolute: 1e-7\nrelative: 1e-5\namount:\nconcentration:\n"
    right, wrong = "time,x\n0,INF\n2,INF\n4,INF\n", "time,x\n0,INF\n2,-INF\n4,INF\n"
    assert (
        only(suite_of(sbml_l3v2_dot_xml=model, settings_dot_txt=settings, results_dot_csv=right)).verdict
        is Verdict.PASS
    )
    assert (
        only(suite_of(sbml_l3v2_dot_xml=model, settings_dot_txt=settings, results_dot_csv=wrong)).verdict
        is Verdict.WRONG
    )


SETTINGS = "start: 0\nduration: 4\nsteps: 2\nvariables: A\nabsolute: 1e-7\nrelative: 1e-5\namount: A\nconcentration:\n"


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"settings_dot_txt": None}, "no file 00001-settings.txt"),
        ({"results_dot_csv": None}, "no file 00001-results.csv"),
        ({"sbml_l3v2_dot_xml": None}, "no model"),
        ({"settings_dot_txt": SETTINGS.replace("steps: 2\n", "")}, "lack `steps`"),
        ({"settings_dot_txt": SETTINGS.replace("duration: 4", "duration: four")}, "`four` for `duration`"),
        ({"settings_dot_txt": SETTINGS.replace("variables: A", "variables:")}, "no variables"),
        ({"results_dot_csv": "time,A,B\n0,1,1\n2,1,1\n4,1,1\n"}, "columns A, B"),
        ({"results_dot_csv": "A,time\n0,1\n2,1\n4,1\n"}, "first column"),
        ({"results_dot_csv": "time,A\n0,1\n2,x\n4,1\n"}, "no number"),
        ({"results_dot_csv": "time,A\n0,1\n2\n4,1\n"}, "different lengths"),
        ({"results_dot_csv": "time,A\n0,1\n4,1\n"}, "2 rows"),
        ({"results_dot_csv": "time,A\n0,1\n3,1\n4,1\n"}, "times"),
        ({"results_dot_csv": ""}, "empty"),
        (
            {"settings_dot_txt": SETTINGS.replace("variables: A", "variables: ghost"), "results_dot_csv": "time,ghost\n0,1\n2,1\n4,1\n"},
            "no variable `ghost`",
        ),
    ],
)  # fmt: skip
def test_what_is_damaged_is_said(suite_of, files, word):
    result = only(suite_of(**files))
    assert result.verdict is Verdict.UNREADABLE
    assert word in result.detail


def test_a_refusal_names_its_construct(suite_of, decay_sbml):
    delay = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">d</csymbol>'
    model = decay_sbml.replace("<ci>A</ci>", f"<apply>{delay}<ci>A</ci><cn>1</cn></apply>")
    result = only(suite_of(sbml_l3v2_dot_xml=model))
    assert (result.verdict, result.construct) == (Verdict.REFUSED, "delay")


def test_cases_are_found_at_any_depth_and_told_apart(suite_of, tmp_path):
    for place in ("a/00002", "a/b/00001", "c/00003", "d/00003"):
        suite_of(place)
    (tmp_path / "a" / "notes").mkdir()
    cases, left_out = find_cases(tmp_path)
    assert [case.id for case in cases] == ["00001", "00002", "c/00003", "d/00003"]
    assert left_out == 0
    assert [case.id for case in find_cases(tmp_path / "a" / "00002")[0]] == ["00002"]


def test_only_the_semantic_cases_of_a_whole_suite_are_taken(suite_of, tmp_path):
    suite_of("semantic/00001")
    suite_of("stochastic/00002")
    assert [case.id for case in find_cases(tmp_path)[0]] == ["00001"]


def test_the_highest_level_is_taken_unless_one_is_named(suite_of, decay_sbml):
    wrong = decay_sbml.replace('value="0.5"', 'value="5"')
    folder = suite_of(sbml_l3v1_dot_xml=wrong, sbml_l2v4_dot_xml=wrong, sbml_l3v2_sedml_dot_xml="not a model")
    suite_of("00002")
    (first, second), _ = find_cases(folder)
    assert list(first.models) == ["l2v4", "l3v1", "l3v2"]
    assert judge(first).verdict is judge(second).verdict is Verdict.PASS
    (chosen,), left_out = find_cases(folder, "l3v1")
    assert (chosen.id, left_out) == ("00001", 1)
    assert judge(chosen).verdict is Verdict.WRONG
    assert judge(SuiteCase("00002", folder / "00002", "l3v1")).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize(
    ("level", "code"), [(None, "AC987"), ("l2v4", "AC987"), ("newest", "AC988")]
)  # fmt: skip
def test_a_folder_without_cases_is_refused(tmp_path, suite_of, level, code):
    empty = tmp_path / "empty"
    empty.mkdir()
    folder = empty if level is None else suite_of()
    with pytest.raises(RequestError) as caught:
        find_cases(folder, level)
    assert [d.code.value for d in caught.value.diagnostics] == [code]


@pytest.mark.slow
def test_a_run_keeps_the_order_and_does_not_depend_on_the_workers(suite_of):
    for number in range(5):
        folder = suite_of(f"0000{number}", **({"settings_dot_txt": None} if number == 2 else {}))
    one, two = verify_suite(folder, workers=1), verify_suite(folder, workers=2)
    assert one == two
    assert [r.case for r in one.results] == [f"0000{n}" for n in range(5)]
    assert one.counts == {"pass": 4, "refused": 0, "wrong": 0, "failed": 0, "unreadable": 1}
    assert not one.sound


@pytest.mark.slow
def test_a_case_that_takes_too_long_has_failed_and_the_run_goes_on(suite_of):
    folder = suite_of()
    suite_of("00002")
    report = verify_suite(folder, workers=1, limit=0.001)
    assert [(r.verdict, r.detail) for r in report.results] == [(Verdict.FAILED, "no answer in 0.001 s")] * 2
