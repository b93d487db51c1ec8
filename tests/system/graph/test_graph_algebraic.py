from __future__ import annotations

import numpy as np
import pytest
from small_sbml import model

from acinus.errors import Code, EquationError
from acinus.system.graph import build_program, consistent_state, evaluate, start_values


def has_its_diagonal(program):
    zero = {i for i, j, node in program.jacobian if i == j and program.nodes[node].op == "const"}
    return not any(i in zero for i, mass in enumerate(program.mass) if not mass)


def test_a_rule_that_is_affine_in_its_variable_is_solved_for_it():
    program = build_program(
        model(
            parameters={"k": 2.0},
            variables={"x": 1.0, "z": None},
            rates={"x": "-z"},
            constraints=("x + k * z - 6",),
        )
    )
    assert all(program.mass)
    p, y = start_values(program)
    assert evaluate(program, program.derivative, 0.0, y, p) == pytest.approx([-2.5])


def test_affine_rules_that_need_each_other_are_solved_together():
    program = build_program(
        model(variables={"a": None, "b": None}, constraints=("a + b - 3 - time", "a - b - 1")),
    )
    p, y = start_values(program)
    named = dict(program.symbols)
    assert evaluate(program, [named["a"], named["b"]], 2.0, y, p) == pytest.approx([3.0, 2.0])


def test_a_rule_that_is_not_affine_stays_an_equation_without_mass():
    program = build_program(
        model(variables={"x": 2.0, "z": 1.0}, rates={"x": "-z"}, constraints=("z^3 + z - 5 * x",))
    )
    assert dict(zip(program.states, program.mass, strict=True)) == {"x": True, "z": False}
    assert has_its_diagonal(program)
    p, y = start_values(program)
    assert y == pytest.approx([2.0, 2.0], rel=1e-14)
    crowd = consistent_state(program, 0.0, np.array([[2.0, 1.0], [6.0, 1.0], [0.4, 9.0]]), p)
    assert crowd[:, 1] == pytest.approx([2.0, 3.0, 1.0], rel=1e-14)


def test_implicit_unknowns_are_matched_so_that_the_diagonal_is_there():
    program = build_program(
        model(
            variables={"a": 1.0, "b": 1.0, "x": 3.0},
            rates={"x": "-a * b"},
            constraints=("b^3 + b - x", "a^3 + a * b - x"),
        )
    )
    assert has_its_diagonal(program)
    p, y = start_values(program)
    residuals = [d for d, mass in zip(program.derivative, program.mass, strict=True) if not mass]
    assert evaluate(program, residuals, 0.0, y, p) == pytest.approx([0.0, 0.0], abs=1e-13)


def test_an_equation_that_loses_its_variable_when_another_is_written_out_is_refused():
    # With a = 0 the second equation is one of x alone: of index 2.
    with pytest.raises(EquationError) as caught:
        build_program(
            model(
                variables={"a": 1.0, "b": 1.0, "x": 3.0},
                rates={"x": "-a * b"},
                constraints=("a", "a * b^3 + x - 2"),
            )
        )
    assert {d.code for d in caught.value.diagnostics} == {Code.ALGEBRAIC_RULE_UNSOLVABLE}


@pytest.mark.parametrize(
    ("variables", "constraints"),
    [
        ({"x": 1.0}, ("x - 2", "x - time")),
        ({}, ("k - 2",)),
        ({"x": 1.0, "z": 1.0}, ("x - time", "x^2 - time")),
    ],
    ids=["two rules for one variable", "constants only", "a variable in no rule"],
)
def test_rules_that_do_not_determine_a_variable_each_are_refused(variables, constraints):
    with pytest.raises(EquationError) as caught:
        build_program(model(parameters={"k": 2.0}, variables=variables, constraints=constraints))
    assert {d.code for d in caught.value.diagnostics} == {Code.ALGEBRAIC_RULE_UNSOLVABLE}


def test_a_start_that_needs_an_implicit_unknown_is_refused():
    with pytest.raises(EquationError) as caught:
        build_program(
            model(
                variables={"z": 1.0, "x": None},
                starts={"x": "2 * z"},
                rates={"x": "-x"},
                constraints=("z^5 + z - 7",),
            )
        )
    assert [d.code for d in caught.value.diagnostics] == [Code.START_NOT_EXPLICIT]
    assert "`x`" in str(caught.value)
    assert "`z`" in str(caught.value)
