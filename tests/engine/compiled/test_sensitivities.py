"""Models whose answers have a formula have derivatives that have one too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from acinus.engine import Status, Tolerances, sensitivities, solve
from acinus.errors import EngineError
from acinus.system import OdeSystem, system_from_sbml

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from acinus.engine import Batch

TIGHT = Tolerances(1e-10, 1e-14)
TIMES = np.linspace(0.0, 10.0, 21) + 0.03
RATE = 0.3


@pytest.fixture(scope="module")
def derivative_of() -> Callable[..., NDArray[np.float64]]:
    """Return the (T, M) derivatives of the one output of one individual by parameters given by name."""

    def compute(
        system: OdeSystem, batch: Batch, *names: str, tolerances: Tolerances = TIGHT
    ) -> NDArray[np.float64]:
        found = sensitivities(system, batch, [system.parameters.index(name) for name in names], tolerances)
        assert found.missing == ("",)
        return found.derivatives[0, :, 0, :]

    return compute


def assert_are(found: NDArray[np.float64], *expected: NDArray[np.float64]) -> None:
    """Compare with formulas, to eight digits of the largest value of each."""
    for k, exact in enumerate(expected):
        np.testing.assert_allclose(found[:, k], exact, rtol=1e-8, atol=1e-8 * (np.abs(exact).max() + 1e-300))


def test_a_dose_by_rate_and_volume(decay, batch_of, add, derivative_of):
    batch = batch_of(decay, TIMES, ((add(decay, 1.0, "A", 3.0),),), outputs=["A"])
    age = np.where(TIMES >= 1.0, TIMES - 1.0, np.inf)
    curve = 1.5 * np.exp(-RATE * age)
    assert_are(derivative_of(decay, batch, "k", "V"), -np.where(curve > 0, age, 0.0) * curve, -curve / 2.0)


def test_a_parameter_that_is_set_no_longer_counts(decay, batch_of, put, derivative_of):
    changes = ((put(decay, 5.0, "infusion", 0.7),),)
    batch = batch_of(decay, TIMES, changes, outputs=["A"], infusion=2.0)
    before, after = np.minimum(TIMES, 5.0), np.clip(TIMES - 5.0, 0.0, None)
    exact = (1 - np.exp(-RATE * before)) * np.exp(-RATE * after) / RATE / 2.0
    assert_are(derivative_of(decay, batch, "infusion"), exact)


def test_an_output_that_reads_parameters_itself(system_of, batch_of, derivative_of):
    system = system_of("A = 2; k = 0.3; gain = 5; const k, gain; A' = -k*A; seen := gain*A + gain^2;")
    batch = batch_of(system, TIMES, outputs=["seen"])
    curve = 2 * np.exp(-RATE * TIMES)
    assert_are(derivative_of(system, batch, "gain", "k"), curve + 10.0, -5.0 * TIMES * curve)


def test_values_computed_at_the_start_follow(system_of, batch_of, put, derivative_of):
    body = "A = a*b; a = 2; b = 3; k0 = 0.1; k = 3*k0; const a, b, k, k0; A' = -k*A;"
    system = system_of(body)
    exact = 6 * np.exp(-RATE * TIMES)
    names = ("a", "b", "k0")
    expected = (exact / 2, exact / 3, -3 * TIMES * exact)
    assert_are(derivative_of(system, batch_of(system, TIMES, outputs=["A"]), *names), *expected)
    # What was computed at the start stays, and stays dependent, whatever is set later.
    changed = batch_of(system, TIMES, ((put(system, 4.0, "k0", 9.0),),), outputs=["A"])
    assert_are(derivative_of(system, changed, *names), *expected)


def test_an_explicit_time(system_of, batch_of, derivative_of):
    """A' = -s (A - cos(w t)) - w sin(w t) from A = 1 gives cos(w t) whatever s is."""
    system = system_of("A = 1; s = 50; w = 1.3; const s, w; A' = -s*(A - cos(w*time)) - w*sin(w*time);")
    found = derivative_of(
        system, batch_of(system, TIMES, outputs=["A"]), "w", "s", tolerances=Tolerances(1e-11, 1e-14)
    )
    np.testing.assert_allclose(found[:, 0], -TIMES * np.sin(1.3 * TIMES), atol=1e-7)
    np.testing.assert_allclose(found[:, 1], 0.0, atol=1e-8)


# ---------------------------------------------------------------------------------------------------- events
def test_the_time_of_a_dose(system_of, batch_of, derivative_of):
    system = system_of(
        "A = 1; k = 0.3; when = 2.4; dose = 5; const k, when, dose; A' = -k*A; at (time >= when): A = A + dose;"
    )
    batch = batch_of(system, TIMES, outputs=["A"])
    after = TIMES >= 2.4
    dose = np.where(after, np.exp(-RATE * (TIMES - 2.4)), 0.0)
    exact_rate = -TIMES * np.exp(-RATE * TIMES) - 5 * np.where(after, TIMES - 2.4, 0.0) * dose
    assert_are(derivative_of(system, batch, "when", "dose", "k"), 5 * RATE * dose, dose, exact_rate)


def test_an_infusion_whose_begin_and_end_are_parameters(system_of, batch_of, derivative_of):
    system = system_of(
        """
        A = 0; k = 0.3; r = 0; start = 1.3; lasts = 2; flow = 4; const k, start, lasts, flow; A' = r - k*A;
        on: at (time > start): r = flow; off: at (time > start + lasts): r = 0;
        """
    )
    batch = batch_of(system, TIMES, outputs=["A"])
    begun, ended = (np.where(t < TIMES, np.exp(-RATE * (TIMES - t)), 0.0) for t in (1.3, 3.3))
    level = ((TIMES > 1.3) * 1.0 - begun - (TIMES > 3.3) * 1.0 + ended) / RATE
    assert_are(derivative_of(system, batch, "flow", "start", "lasts"), level, 4 * (ended - begun), 4 * ended)


def test_what_an_event_assigns_may_read_the_time(system_of, batch_of, derivative_of):
    system = system_of("A = 1; k = 0.3; when = 3.1; const k, when; A' = -k*A; at (time >= when): A = 2*time;")
    batch = batch_of(system, TIMES, outputs=["A"])
    after = np.where(TIMES >= 3.1, np.exp(-RATE * (TIMES - 3.1)), 0.0)
    assert_are(derivative_of(system, batch, "when"), (2 + 6.2 * RATE) * after)


def test_a_sample_at_an_event_shows_the_derivative_after_it(system_of, batch_of, derivative_of):
    system = system_of(
        "A = 1; k = 0.3; when = 2; c = 7; const k, when, c; A' = -k*A; at (time >= when): A = c;"
    )
    batch = batch_of(system, [2.0], outputs=["A"])
    assert_are(derivative_of(system, batch, "c", "k"), np.array([1.0]), np.array([0.0]))


@pytest.mark.parametrize("trigger", ["true", "false"])
def test_two_events_at_one_time(system_of, batch_of, differences, trigger):
    system = system_of(
        f"""
        A = 1; B = 4; k = 0.3; c = 0.8; when = 2.2; const k, c, when; A' = -k*A*B; B' = c*A - 0.1*B^2;
        first: at (time >= when), fromTrigger={trigger}: A = A + c*B;
        second: at (time >= when), fromTrigger={trigger}: B = A*time, k = 0.1*B;
        """
    )
    batch = batch_of(system, TIMES)
    names = ["c", "when"]
    chosen = [system.parameters.index(name) for name in names]
    found = sensitivities(system, batch, chosen, TIGHT).derivatives[0]
    for m, name in enumerate(names):
        expected = differences(system, batch, name)
        np.testing.assert_allclose(found[:, :, m], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("second", ["", "at (time >= 6): A = gain*A^2;"])
def test_a_volume_that_an_event_changes(system_of, batch_of, differences, second):
    system = system_of(
        f"""
        compartment V; V = 2; species A in V; A = 1; k = 0.3; big = 3; when = 4; gain = 1.5; const k, big, when, gain;
        A => ; k*A^2*V; at (time >= when): V = big*(1 + A); {second}
        """
    )
    batch = batch_of(system, TIMES, outputs=["A"])
    names = ["big", "when", "k", *(["gain"] if second else [])]
    chosen = [system.parameters.index(name) for name in names]
    found = sensitivities(system, batch, chosen, TIGHT).derivatives[0, :, 0]
    for m, name in enumerate(names):
        expected = differences(system, batch, name)[:, 0]
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(found[:, m], expected, rtol=1e-6, atol=1e-7)


@pytest.fixture(scope="module")
def differences() -> Callable[..., NDArray[np.float64]]:
    """Return (T, K) central differences of order four of our own runs."""

    def compute(system: OdeSystem, batch: Batch, name: str) -> NDArray[np.float64]:
        place = system.parameters.index(name)
        step = 2e-3 * abs(system.parameter_values[place])
        total = np.zeros((len(batch.times), len(batch.outputs)))
        for weight, shift in ((8, 1), (-8, -1), (-1, 2), (1, -2)):
            parameters = batch.parameters.copy()
            parameters[:, place] += shift * step
            moved = type(batch)(parameters, batch.changes, batch.times, batch.outputs)
            total += weight * solve(system, moved, Tolerances(1e-12, 1e-15)).values[0]
        return total / (12 * step)

    return compute


# ------------------------------------------------------------------------------------------------- algebraic
@pytest.fixture(scope="module")
def root_law() -> OdeSystem:
    """A' = -x with x^2 = c A: sqrt(A) = sqrt(A0) - sqrt(c) t / 2."""
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    for name, value, constant in (("A", 4.0, False), ("x", 1.0, False), ("c", 0.09, True)):
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setConstant(constant)
        parameter.setValue(value)
    rate, rule = model.createRateRule(), model.createAlgebraicRule()
    rate.setVariable("A")
    rate.setMath(libsbml.parseL3Formula("-x"))
    rule.setMath(libsbml.parseL3Formula("x^2 - c*A"))
    text = libsbml.writeSBMLToString(document)
    return system_from_sbml(text)


def test_an_algebraic_unknown(root_law, batch_of, put):
    times = np.linspace(0.0, 8.0, 17)
    batch = batch_of(root_law, times, outputs=["A", "x"])
    found = sensitivities(root_law, batch, [root_law.parameters.index("c")], TIGHT).derivatives[0, :, :, 0]
    root = 2 - 0.15 * times
    np.testing.assert_allclose(found[:, 0], -root * times / 0.6, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found[:, 1], root / 0.6 - times / 4, rtol=1e-7, atol=1e-8)


def test_an_algebraic_unknown_after_a_parameter_was_set(root_law, batch_of, put):
    batch = batch_of(root_law, [4.0], ((put(root_law, 4.0, "c", 0.25),),), outputs=["A", "x"])
    found = sensitivities(root_law, batch, [root_law.parameters.index("c")], TIGHT).derivatives[0, 0, :, 0]
    by_c = -1.4 * 4.0 / 0.6
    # x = sqrt(0.25 A) from now on: it depends on the first c through A alone.
    np.testing.assert_allclose(found, [by_c, 0.5 * by_c / (2 * 1.4)], rtol=1e-7)


# -------------------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("A = 1; A' = -A; at (A < 0.5): A = 1;", "depends on the state"),
        ("A = 1; k = 2; const k; A' = piecewise(1, time > k, 0);", "comparison"),
        ("A = 1; A' = floor(A);", "whole number"),
    ],
)
def test_what_the_derivative_would_be_wrong_for_is_refused(system_of, batch_of, body, words):
    system = system_of(body)
    with pytest.raises(EngineError, match=words) as raised:
        sensitivities(system, batch_of(system, [1.0]), [])
    assert raised.value.diagnostics[0].code.value == "AC430"


def test_a_parameter_that_does_not_exist_is_refused(decay, batch_of):
    with pytest.raises(EngineError, match="place 99"):
        sensitivities(decay, batch_of(decay, [1.0]), [99])


def test_kinks_and_jumps_at_fixed_times_are_carried(system_of, batch_of, derivative_of):
    system = system_of(
        "A = 0; k = 2; const k; A' = k*piecewise(1, time > 3.5, 0) + piecewise(0, time < 7, k*(time - 7));"
    )
    batch = batch_of(system, [2.0, 6.0, 9.0], outputs=["A"])
    found = derivative_of(system, batch, "k", tolerances=Tolerances(1e-9, 1e-12))
    np.testing.assert_allclose(found[:, 0], [0.0, 2.5, 7.5], atol=1e-5)


def test_where_an_individual_fails_the_rest_is_nan_and_says_so(system_of, batch_of):
    system = system_of("A = 1; k = 1; const k; A' = k*A^2;")
    batch = batch_of(system, [0.2, 0.4, 0.8], n=3, k=[0.5, 2.0, 1.0])
    found = sensitivities(system, batch, [0], TIGHT)
    assert np.isfinite(found.derivatives[[0, 2]]).all()
    assert np.isnan(found.derivatives[1, 2:]).all()
    assert np.isfinite(found.derivatives[1, :2]).all()
    assert found.solution.message[1] != ""
    curve = found.solution.values[:, :2, 0]
    np.testing.assert_allclose(found.derivatives[:, :2, 0, 0], [0.2, 0.4] * curve**2, rtol=1e-7)


def test_a_derivative_that_does_not_exist_is_named(system_of, batch_of):
    system = system_of("A = sqrt(a); a = 0; const a; A' = -A;")
    found = sensitivities(system, batch_of(system, [0.5, 1.0], outputs=["A"]), [0], TIGHT)
    assert np.isnan(found.derivatives).all()
    assert found.missing == ("at 0.5 h: the derivative of `A` by `a` is not finite",)
    assert found.solution.status == (Status.REACHED_END,)
