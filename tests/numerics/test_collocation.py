"""Radau methods: their coefficients are what the definition asks for, and the code has the order that they promise."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances
from acinus.engine.compiled import CompiledEngine
from acinus.engine.compiled.machine import COLLOCATION, method_named


@pytest.fixture(params=sorted(COLLOCATION))
def name(request):
    return request.param


@pytest.fixture
def method(name):
    return method_named(name)


@pytest.fixture
def inverse(method):
    """A^-1, put together from its eigenvalues and their vectors."""
    blocks = np.diag([method.real, *(a for a, _ in method.pairs for _ in range(2))])
    for k, (_, b) in enumerate(method.pairs):
        blocks[2 * k + 1, 2 * k + 2], blocks[2 * k + 2, 2 * k + 1] = -b, b
    return np.array(method.to_stages) @ blocks @ np.array(method.from_stages)


def test_stages_integrate_polynomials_up_to_their_number(method, inverse):
    c = np.array(method.nodes)
    for power in range(1, method.stages + 1):
        np.testing.assert_allclose(inverse @ c**power, power * c ** (power - 1), rtol=1e-11, atol=1e-12)


def test_the_step_integrates_polynomials_up_to_its_order(method, inverse):
    c = np.array(method.nodes)
    weights = np.linalg.inv(inverse)[-1]
    for power in range(method.order):
        assert weights @ c**power == pytest.approx(1 / (power + 1), rel=1e-12)
    assert abs(weights @ c**method.order - 1 / (method.order + 1)) > 1e-10


def test_the_dense_output_is_the_collocation_polynomial(method):
    c = np.array(method.nodes)
    dense = np.array(method.dense)
    for power in range(1, method.stages + 1):
        for theta in (0.0, 0.13, 0.5, 0.9, 1.0):
            inner = (theta ** np.arange(len(dense)) @ dense) @ c**power
            assert theta * (1.0 + (1 - theta) * inner) == pytest.approx(theta**power, abs=1e-11)


def test_the_forecast_carries_a_polynomial_on(method):
    c = np.array(method.nodes)
    rng = np.random.default_rng(5)
    taylor = rng.standard_normal(
        method.stages
    )  # of a polynomial about the end of the last step, in its units
    powers = np.arange(1, method.stages + 1)
    last = ((c - 1)[:, None] ** powers - (-1.0) ** powers) @ taylor
    found = np.array(method.forecast) @ last
    np.testing.assert_allclose(found, taylor, rtol=1e-9, atol=1e-9)
    ahead = np.array(method.to_stages) @ (np.array(method.started) @ (found * 1.7**powers))
    np.testing.assert_allclose(ahead, (1.7 * c)[:, None] ** powers @ taylor, rtol=1e-8)


def test_the_estimate_is_blind_to_polynomials_up_to_the_number_of_stages(method):
    c = np.array(method.nodes)
    # With y' = f(t) the estimate is f(0) + error z / h.
    assert 1 + np.array(method.error) @ c == pytest.approx(0, abs=1e-12)
    for power in range(2, method.stages + 1):
        assert np.array(method.error) @ c**power == pytest.approx(0, abs=1e-12)
    assert abs(np.array(method.error) @ c ** (method.stages + 1)) > 1e-6


PROBLEMS = {
    "nonlinear": ({"x": 1.0, "y": 0.5}, {"x": "-x + y*cos(time)", "y": "1 + x - y^3"}, 20.0),
    # Prothero and Robinson 1974, for which a Rosenbrock method of order 5 shows order 3 or 4.
    "stiff": ({"u": 1.0}, {"u": "-100000*(u - cos(time)) - sin(time)"}, 20.0),
}


@pytest.mark.parametrize("problem", sorted(PROBLEMS))
def test_the_error_falls_with_the_steps_to_the_power_of_the_stages(rates, one, name, method, problem):
    initial, slopes, end = PROBLEMS[problem]
    system = rates(initial, slopes)
    batch = one(system, np.linspace(0.0, end, 81))
    truth = CompiledEngine("radau13").solve(system, batch, Tolerances(1e-13, 1e-16)).values
    if problem == "stiff":
        truth[0, :, 0] = np.cos(batch.times)
    steps, errors = [], []
    for relative in (1e-5, 1e-7, 1e-9):
        solution = CompiledEngine(name).solve(system, batch, Tolerances(relative, relative * 1e-3))
        steps.append(solution.steps[0])
        errors.append(np.abs(solution.values - truth).max())
    power = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert power > method.stages
    assert all(error < 3 * relative for error, relative in zip(errors, (1e-5, 1e-7, 1e-9), strict=True))


def test_a_rosenbrock_method_has_lost_order_on_the_stiff_problem(rates, one):
    """What the collocation methods are there for."""
    initial, slopes, end = PROBLEMS["stiff"]
    system = rates(initial, slopes)
    batch = one(system, [end])
    steps = {
        method: [
            CompiledEngine(method).solve(system, batch, Tolerances(r, r)).steps[0] for r in (1e-8, 1e-12)
        ]
        for method in ("rodas5p", "radau9")
    }
    assert steps["rodas5p"][1] > 9 * steps["rodas5p"][0]
    assert steps["radau9"][1] < 6 * steps["radau9"][0]


def test_a_chain_of_decays_is_right_to_eleven_digits(rates, one, name):
    system = rates({"a": 1.0, "b": 0.0}, {"a": "-30*a", "b": "30*a - 0.2*b"})
    times = np.linspace(0.0, 25.0, 101)
    solution = CompiledEngine(name).solve(system, one(system, times), Tolerances(1e-13, 1e-16))
    assert solution.status == (Status.REACHED_END,)
    b = 30.0 / 29.8 * (np.exp(-0.2 * times) - np.exp(-30.0 * times))
    np.testing.assert_allclose(solution.values[0, :, 1], b, rtol=1e-11, atol=1e-14)
