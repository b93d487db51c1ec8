from __future__ import annotations

import math

import numpy as np
import pytest
from small_sbml import compartment, model, one_species, reaction

from acinus.system.graph import build_program, evaluate, start_values
from acinus.system.graph.expression import Graph


@pytest.fixture
def graph():
    return Graph()


def value_of(program, symbol, y=None, t=0.0):
    p, start = start_values(program)
    return float(evaluate(program, [dict(program.symbols)[symbol]], t, start if y is None else y, p)[0])


def test_equal_expressions_are_one_node(graph):
    x, k = graph.state("x"), graph.param("k", 2.0)
    assert graph.add(x, k) == graph.add(k, x)
    assert graph.mul(x, k) == graph.mul(k, x)
    assert graph.div(x, graph.add(k, x)) == graph.mul(graph.reciprocal(graph.add(x, k)), x)
    assert graph.compare("gt", x, k) == graph.compare("lt", k, x)


def test_a_finished_program_holds_no_node_twice():
    program = build_program(
        model(variables={"x": 1.0, "y": 2.0}, rates={"x": "-x * y / (1 + x)", "y": "x * y / (1 + x) - y^3"})
    )
    assert len(set(program.nodes)) == len(program.nodes)
    assert all(a < i for i, node in enumerate(program.nodes) for a in node.args)


def test_numbers_are_computed_beforehand(graph):
    two, three = graph.const(2.0), graph.const(3.0)
    assert graph.pow(two, three) == graph.const(8.0)
    assert graph.div(two, three) == graph.const(2.0 / 3.0)
    assert graph.select(graph.compare("lt", two, three), two, three) == two


def test_a_quotient_of_equals_is_kept_because_zero_over_zero_is_not_one(graph):
    x = graph.state("x")
    assert graph.div(x, x) != graph.one


def test_zero_times_a_state_is_kept_because_the_state_may_be_infinite(graph):
    assert graph.mul(graph.zero, graph.state("x")) != graph.zero


def test_a_square_and_a_positive_number_are_positive_so_that_a_power_needs_no_care(graph):
    x, y, h = graph.state("x"), graph.state("y"), graph.param("h", 1.7)
    square, some = graph.mul(x, x), graph.const(1e-8)
    for base in (
        graph.add(square, some),
        graph.add(graph.unary("abs", y), some),
        graph.add(some, graph.unary("exp", y)),
    ):
        assert graph.positive[base]
        assert graph.op[graph.pow(base, h)] == "pow"
    for base in (
        square,
        graph.add(square, x),
        graph.add(graph.mul(x, y), some),
        graph.add(square, graph.const(-1.0)),
    ):
        assert not graph.positive[base]
        assert graph.op[graph.pow(base, h)] == "mul"


def test_what_reads_parameters_only_is_gathered_and_marked():
    program = build_program(
        model(parameters={"a": 2.0, "b": 3.0}, variables={"x": 1.0}, rates={"x": "a * x * b * exp(a)"})
    )
    (row,) = program.derivative
    front, back = program.nodes[row].args
    assert {program.parameter_only[front], program.parameter_only[back]} == {True, False}
    assert program.nodes[back if program.parameter_only[front] else front].op == "state"


@pytest.mark.parametrize("exponent", [1.3, 2.5, 4.75])
def test_a_real_power_of_a_tiny_negative_state_is_a_number_near_zero(exponent):
    program = build_program(model(variables={"x": 1.0}, rates={"x": f"-x^{exponent}"}))
    p, _ = start_values(program)
    (entry,) = [node for _, _, node in program.jacobian]
    values = evaluate(program, [*program.derivative, entry], 0.0, np.array([-1e-15]), p)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 1e-15


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0, 4.0, 2.5, 0.5, 0.0])
@pytest.mark.parametrize("x", [0.0, 1e-12, 0.7, 30.0])
def test_a_power_with_a_parameter_as_exponent_is_the_power(exponent, x):
    program = build_program(model(parameters={"h": 1.5}, variables={"x": 1.0}, rates={"x": "x^h"}))
    p, _ = start_values(program, np.array([exponent]))
    (found,) = evaluate(program, program.derivative, 0.0, np.array([x]), p)
    assert found == pytest.approx(x**exponent, rel=1e-13)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0, 4.0])
def test_a_whole_parameter_as_exponent_gives_the_signed_power_of_a_negative_number(exponent):
    program = build_program(model(parameters={"h": 1.5}, variables={"x": 1.0}, rates={"x": "x^h"}))
    p, _ = start_values(program, np.array([exponent]))
    entry = program.jacobian[0][2]
    found, slope = evaluate(program, [*program.derivative, entry], 0.0, np.array([-3.0]), p)
    assert found == pytest.approx((-3.0) ** exponent, rel=1e-13)
    assert slope == pytest.approx(exponent * (-3.0) ** (exponent - 1), rel=1e-13)


def test_a_negative_power_of_zero_is_infinite_where_the_model_means_it():
    program = build_program(model(parameters={"h": -2.0}, variables={"x": 1.0}, rates={"x": "1 / (1 + x^h)"}))
    p, _ = start_values(program)
    assert evaluate(program, program.derivative, 0.0, np.zeros(1), p) == pytest.approx([0.0])


def test_a_whole_power_is_a_product():
    program = build_program(model(variables={"x": 1.0}, rates={"x": "x^5 + x^(-3)"}))
    assert "pow" not in {node.op for node in program.nodes}


def test_a_branch_that_is_not_taken_does_not_spoil_the_derivative():
    program = build_program(model(variables={"x": 0.0}, rates={"x": "piecewise(sqrt(x), x > 0, 2 * x)"}))
    p, y = start_values(program)
    (entry,) = [node for _, _, node in program.jacobian]
    assert evaluate(program, [entry], 0.0, y, p) == pytest.approx([2.0])


def test_a_piecewise_without_otherwise_is_nan_where_nothing_holds():
    program = build_program(model(variables={"x": 0.0}, rules={"x": "piecewise(1, time > 1, 2, time > 3)"}))
    assert math.isnan(value_of(program, "x", t=0.0))
    assert value_of(program, "x", t=2.0) == 1.0


def test_piecewise_conditions_of_the_equations_are_listed_as_switches():
    program = build_program(model(variables={"x": 0.0}, rates={"x": "piecewise(1, time > 2, 3) + max(x, 5)"}))
    p, y = start_values(program)
    roots = evaluate(program, program.switches, 2.0, y + 5.0, p)
    assert roots == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("factorial(5)", 120.0),
        ("factorial(k)", 6.0),
        ("quotient(-7, k)", -2.0),
        ("rem(-7, k)", -1.0),
        ("log10(1000)", 3.0),
        ("log(2, 8)", 3.0),
        ("root(3, 27)", 3.0),
        ("sec(1)", 1 / math.cos(1)),
        ("arccoth(2)", math.atanh(0.5)),
        ("arccot(0)", math.pi / 2),
        ("arcsech(0.5)", math.acosh(2.0)),
        ("1 < 2", 1.0),
        ("and()", 1.0),
        ("or()", 0.0),
        ("xor(true, true, true)", 1.0),
        ("implies(true, false)", 0.0),
        ("min(4, k, 5)", 3.0),
        ("max(4, k, 5)", 5.0),
        ("plus()", 0.0),
        ("times()", 1.0),
        ("f(f(2))", 26.0),
        ("true + true", 2.0),
        ("piecewise(1, k, 2)", 1.0),
        ("avogadro / 1e23", 6.02214179),
    ],
)
def test_an_operator_means_what_mathml_says(formula, value):
    program = build_program(
        model(
            parameters={"k": 3.0},
            variables={"x": None},
            functions={"f": "lambda(a, a^2 + 1)"},
            rules={"x": formula},
        )
    )
    assert value_of(program, "x") == pytest.approx(value, rel=1e-13)


def test_assignment_rules_may_stand_in_any_order_and_be_deep():
    rules = {f"v{i}": f"v{i + 1} + 1" for i in range(3000)}
    program = build_program(model(variables=dict.fromkeys([*rules, "v3000"], 0.0), rules=rules))
    assert value_of(program, "v0") == 3000.0


def test_the_rate_of_a_species_is_that_of_its_own_meaning():
    program = build_program(
        model(
            parameters={"k": 0.5},
            variables={"d": None},
            compartments=compartment("V", 4.0, constant=False),
            species=one_species("S", "V", 'initialConcentration="3"'),
            rules={"d": "rateOf(S)"},
            rates={"V": "2"},
            reactions=reaction("r", "k * S * V", uses={"S": 'stoichiometry="1"'}),
        )
    )
    assert value_of(program, "d") == pytest.approx(-0.5 * 3 - 3 * 2 / 4)
    assert value_of(program, "S") == 3.0
    assert program.state_kinds == ("amount", "value")


def test_conversion_factors_and_named_stoichiometries_scale_what_reactions_do():
    program = build_program(
        model(
            parameters={"factor": 10.0},
            variables={},
            compartments=compartment("V", 1.0),
            species=one_species("S", "V", 'initialAmount="1" conversionFactor="factor"', amount_only=True),
            starts={"n": "factor / 5"},
            reactions=reaction("r", "3", makes={"S": 'id="n" constant="false"'}),
        )
    )
    p, y = start_values(program)
    assert evaluate(program, program.derivative, 0.0, y, p) == pytest.approx([60.0])
    p, y = start_values(program, np.array([20.0, 1.0]))
    assert evaluate(program, program.derivative, 0.0, y, p) == pytest.approx([240.0])


def test_a_value_fixed_at_the_start_keeps_it_when_the_parameter_is_set_later():
    program = build_program(
        model(parameters={"a": 2.0}, variables={"b": None, "x": 0.0}, starts={"b": "3 * a"}, rates={"x": "b"})
    )
    p, y = start_values(program)
    p[program.params.index("a")] = 7.0
    assert evaluate(program, program.derivative, 1.0, y, p) == pytest.approx([6.0])


def test_conservation_laws_are_found():
    program = build_program(
        model(
            compartments=compartment("V", 1.0),
            species="".join(one_species(s, "V", 'initialAmount="1"') for s in "ABC"),
            reactions=reaction("r", "A", uses={"A": 'stoichiometry="1"'}, makes={"B": 'stoichiometry="2"'})
            + reaction("q", "C", uses={"C": 'stoichiometry="1"'}),
        )
    )
    assert program.conserved == (((0, 2.0), (1, 1.0)),)


def test_an_individual_is_evaluated_alike_alone_and_in_a_crowd():
    program = build_program(
        model(parameters={"h": 2.3}, variables={"x": 1.0}, rates={"x": "x^h * exp(-x) + sin(x) / ln(2 + x)"})
    )
    p, _ = start_values(program)
    states = np.random.default_rng(1).lognormal(0.0, 2.0, (37, 1))
    crowd = evaluate(program, program.derivative, 0.0, states, p)
    alone = np.array([evaluate(program, program.derivative, 0.0, y, p) for y in states])
    assert (crowd == alone).all()
