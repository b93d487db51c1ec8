"""Every case of the SBML Test Suite ends as it is written down, neither worse nor unnoticed better."""

from __future__ import annotations

import pytest
from ratchet import COMMAND, differences, read_expected

from acinus.verification import CaseResult, SuiteCase, Verdict, verify_suite
from acinus.verification.suite_run import judge

CASES = 1214


@pytest.mark.slow
@pytest.mark.shared
def test_every_case_ends_as_it_is_written_down(shared):
    report = verify_suite(shared / "data" / "sbml-test-suite", workers=2)
    changed = differences(read_expected(), report.results)
    assert not changed, "\n".join([*changed, f"If this is meant, record it: {COMMAND}"])


def test_the_table_has_every_case_right_or_refused():
    expected = read_expected()
    assert len(expected) == CASES
    assert list(expected) == sorted(expected)
    assert all(words == "pass" or words.startswith("refused (") for words in expected.values())


@pytest.mark.shared
@pytest.mark.parametrize("case", ["00001", "00028", "00937", "01117", "01159", "01186", "01345", "01730"])
def test_some_cases_quickly(shared, case):
    result = judge(SuiteCase(case, shared / "data" / "sbml-test-suite" / "semantic" / case))
    expected = {case: read_expected()[case]}
    assert differences(expected, [result]) == []


@pytest.mark.parametrize(
    ("results", "line"),
    [
        ([CaseResult("1", Verdict.PASS), CaseResult("2", Verdict.REFUSED, "delay")], None),
        (
            [CaseResult("1", Verdict.PASS), CaseResult("2", Verdict.PASS)],
            "2: expected refused (delay), found pass",
        ),
        (
            [CaseResult("1", Verdict.REFUSED, "delay"), CaseResult("2", Verdict.REFUSED, "delay")],
            "1: expected pass, found refused (delay)",
        ),
        (
            [CaseResult("1", Verdict.PASS), CaseResult("2", Verdict.REFUSED, "fast reaction")],
            "2: expected refused (delay), found refused (fast reaction)",
        ),
        ([CaseResult("1", Verdict.PASS)], "2: expected refused (delay), found not in the suite"),
        (
            [CaseResult("1", Verdict.WRONG, detail="A at 1"), CaseResult("2", Verdict.REFUSED, "delay")],
            "1: expected pass, found wrong A at 1",
        ),
        (
            [CaseResult(c, v, w) for c, v, w in (("1", Verdict.PASS, ""), ("2", Verdict.REFUSED, "delay"))]
            + [CaseResult("3", Verdict.PASS)],
            "3: expected not in the table, found pass",
        ),
    ],
)
def test_any_change_is_noticed(results, line):
    expected = {"1": "pass", "2": "refused (delay)"}
    assert differences(expected, results) == ([] if line is None else [line])
