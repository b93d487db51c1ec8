from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from acinus.calibration.residuals import binomial_residual
from acinus.calibration.smoothing import chance_above, smooth_answer
from acinus.endpoints import read_endpoint
from acinus.endpoints.specification import to_node
from acinus.model import load_model
from acinus.simulation import Protocol, every, simulate

if TYPE_CHECKING:
    from pathlib import Path

DECAY = """
model decay()
  unit substance = 1e-3 mole;
  unit extent = 1e-3 mole;
  unit time_unit = 3600 second;
  unit volume = litre;
  unit mM = 1e-3 mole / litre;
  unit per_h = 1 / (3600 second);
  compartment V; V = 1 litre;
  species A in V, B in V; A = 10 mM; B = 10 mM;
  k = 0.5 per_h;
  a: A -> ; V*k*A;
  b: B -> ; V*2*k*B;
end
"""

ABOVE_A = {"measure": "exceeds", "of": "A", "level": "2 mmol/L", "from": "1 h"}
ABOVE_B = {"measure": "exceeds", "of": "B", "level": "1 mmol/L", "from": "1 h"}
BELOW_A = {"measure": "falls_below", "of": "A", "level": "2 mmol/L"}
WITHIN = {
    "measure": "within",
    "endpoint": {"measure": "at", "of": "A", "at": "1 h"},
    "low": "2 mmol/L",
    "high": "5 mmol/L",
}
TOGETHER = {
    "measure": "exceed_together",
    "of": ["A", "B"],
    "levels": ["2 mmol/L", "1 mmol/L"],
    "span": "1 h",
    "from": "1 h",
}
RATES = np.array([0.2, 0.7, 1.1, 1.5, 1.7, 3.0])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    path: Path = tmp_path_factory.mktemp("decay") / "decay.ant"
    path.write_text(DECAY)
    return simulate(load_model(path), Protocol(sampling=every("1 h", until="2 h")), {"k": RATES})


def at(rate: np.ndarray, level: float, width: float = 0.3) -> np.ndarray:
    """Return the chance that 10 exp(-rate) is above a level."""
    return 1 / (1 + (10 * np.exp(-rate) / level) ** (-1 / width))


def test_a_level_passed_by_a_curve_is_a_logistic_of_its_highest_sample(run) -> None:
    found = smooth_answer(run, to_node(ABOVE_A), 0.3)
    np.testing.assert_allclose(found, at(RATES, 2.0), rtol=1e-4)


def test_a_level_fallen_below_is_a_logistic_of_the_lowest_sample(run) -> None:
    found = smooth_answer(run, to_node(BELOW_A), 0.3)
    np.testing.assert_allclose(found, 1 - at(2 * RATES, 2.0), rtol=1e-4)


def test_a_band_has_two_smooth_edges(run) -> None:
    found = smooth_answer(run, to_node(WITHIN), 0.3)
    np.testing.assert_allclose(found, at(RATES, 2.0) * (1 - at(RATES, 5.0)), rtol=1e-4)


def test_one_of_several_is_what_is_left_of_none(run) -> None:
    found = smooth_answer(run, to_node({"any": [ABOVE_A, ABOVE_B]}), 0.3)
    np.testing.assert_allclose(found, 1 - (1 - at(RATES, 2.0)) * (1 - at(2 * RATES, 1.0)), rtol=1e-4)
    found = smooth_answer(run, to_node({"all": [ABOVE_A, ABOVE_B]}), 0.3)
    np.testing.assert_allclose(found, at(RATES, 2.0) * at(2 * RATES, 1.0), rtol=1e-4)


def test_curves_that_pass_together_count_as_the_least_of_them(run) -> None:
    found = smooth_answer(run, to_node(TOGETHER), 0.3)
    np.testing.assert_allclose(found, np.minimum(at(RATES, 2.0), at(2 * RATES, 1.0)), rtol=1e-4)


@pytest.mark.parametrize(
    "endpoint", [ABOVE_A, ABOVE_B, BELOW_A, WITHIN, TOGETHER, {"any": [ABOVE_A, ABOVE_B]}]
)
def test_a_narrow_logistic_is_the_step(run, endpoint: dict) -> None:
    hard = read_endpoint(run, endpoint).values
    assert 0 < hard.sum() < hard.size
    np.testing.assert_allclose(smooth_answer(run, to_node(endpoint), 1e-4), hard, atol=1e-6)


def test_whoever_is_not_asked_has_no_chance(run) -> None:
    found = smooth_answer(run, to_node({**ABOVE_A, "only_if": ABOVE_B}), 0.3)
    assert np.isnan(found).tolist() == (read_endpoint(run, ABOVE_B).values == 0).tolist()


def test_a_level_without_a_logarithm_stays_a_step() -> None:
    assert chance_above(np.array([-1.0, 1.0, np.nan]), 0.0, 0.1)[:2].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("events", "of"), [(0, 10), (10, 10), (3, 10)])
def test_a_count_is_best_predicted_by_its_own_share(events: int, of: int) -> None:
    shares = np.linspace(0.001, 0.999, 999)
    residuals = np.array([binomial_residual(events, of, float(share)) for share in shares])
    assert (np.diff(residuals) > 0).all()
    assert abs(shares[np.argmin(residuals**2)] - np.clip(events / of, 0.001, 0.999)) < 1e-9
