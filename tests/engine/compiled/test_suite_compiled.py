"""The SBML Test Suite through the compiled engine: every case that is not refused by name gives its results."""

from __future__ import annotations

import pytest
from suite_run import SuiteCase, program_of_case, worst_error

from acinus.errors import EquationError

PARTS = 8


@pytest.fixture(scope="session")
def suite(shared):
    folders = sorted((shared / "data" / "sbml-test-suite" / "semantic").iterdir())
    return [SuiteCase(folder) for folder in folders]


def wrong(cases, chosen):
    found = {}
    count = 0
    for case in cases:
        try:
            program = program_of_case(case)
        except EquationError:
            continue
        if chosen(program):
            count += 1
            error = worst_error(case, program)
            if not error <= 1.0:
                found[case.name] = error
    assert count > 0
    return found


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("part", range(PARTS))
def test_cases_with_events_or_without_states(suite, part):
    assert wrong(suite[part::PARTS], lambda p: p.events or p.barriers or not p.states) == {}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("part", range(PARTS))
def test_cases_of_states_alone(suite, part):
    assert wrong(suite[part::PARTS], lambda p: not p.events and not p.barriers and p.states) == {}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["01505", "01780", "00026", "00952", "00928", "01588"])
def test_some_of_them(suite, name):
    """Scales of an event's assignments, an event of the state, no states at all, a known time, a long chain."""
    assert wrong([case for case in suite if case.name == name], lambda _: True) == {}
