from __future__ import annotations

import collections

import numpy as np
import pytest
from plain_solver import PlainSolver, compiled
from suite_case import SuiteCase, agrees, wanted_nodes

from acinus.errors import EquationError
from acinus.system.graph import build_program

# Counted with the 1,214 cases of the suite; a change in either direction is a change of what is supported.
REFUSED = {"AC320": 34, "AC321": 23, "AC323": 24, "AC324": 7}
CASES = 1214


@pytest.fixture(scope="session")
def suite(shared):
    folders = sorted((shared / "data" / "sbml-test-suite" / "semantic").iterdir())
    assert len(folders) == CASES
    return [SuiteCase(folder) for folder in folders]


def build(case):
    return build_program(case.model.read_text(encoding="utf-8"), str(case.model))


@pytest.mark.slow
@pytest.mark.shared
def test_every_case_is_built_or_refused_by_a_named_construct(suite):
    refused = collections.Counter()
    for case in suite:
        try:
            build(case)
        except EquationError as error:
            refused.update({d.code.value for d in error.diagnostics})
    assert refused == REFUSED


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("part", range(8))
def test_cases_without_events_give_the_results_of_the_suite(suite, part):
    wrong = {}
    for case in suite[part::8]:
        try:
            program = build(case)
        except EquationError:
            continue
        if program.events or program.barriers:
            continue
        error = run(case, program)
        if error > 1.0:
            wrong[case.name] = error
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("part", range(8))
def test_cases_with_events_give_the_results_of_the_suite(suite, part):
    wrong = {}
    for case in suite[part::8]:
        try:
            program = build(case)
        except EquationError:
            continue
        # The cases with events in random order take ten thousand events each; their meaning is in the others.
        if (program.events or program.barriers) and "RandomEventExecution" not in case.tags():
            error = run(case, program)
            if error > 1.0:
                wrong[case.name] = error
    assert wrong == {}


def run(case, program):
    names, expected = case.expected()
    states, params = PlainSolver(program).run(expected[:, 0])
    nodes = wanted_nodes(program, case, names[1:])
    flat = [n for pair in nodes for n in pair if n is not None]
    function = compiled(program, flat)
    found = []
    with np.errstate(all="ignore"):
        for t, y, p in zip(expected[:, 0], states, params, strict=True):
            value = dict(zip(flat, function(np.float64(t), y, p), strict=True))
            found.append([value[n] if over is None else value[n] / value[over] for n, over in nodes])
    return agrees(case, expected[:, 1:], np.array(found, dtype=float).reshape(len(expected), -1))
