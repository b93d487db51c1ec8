from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from acinus.calibration import calibrate, load_problem
from acinus.calibration.expectation import Limits
from acinus.calibration.fit import rounded
from acinus.calibration.objective import Objective, scalar_residual
from acinus.errors import RequestError

TRUE = {"ka": 2.4, "ke": 0.31}
Write = Callable[..., Path]


@pytest.mark.slow
def test_known_rates_are_recovered_from_data_without_noise(problem: Write) -> None:
    # A weak prior on ka pulls by less than its weight of (0.9 / 2)^2 against eleven points of sigma 0.1.
    fit = calibrate(problem(), workers=1)
    assert fit["ke"].value == pytest.approx(TRUE["ke"], rel=2e-3)
    assert fit["ka"].value == pytest.approx(TRUE["ka"], rel=5e-3)
    assert fit.cost < 0.01


@pytest.mark.slow
def test_the_answer_does_not_depend_on_the_number_of_workers(problem: Write) -> None:
    path = problem()
    one = calibrate(path, workers=1, write=False)
    two = calibrate(path, workers=2, write=False)
    assert one.as_dict() == two.as_dict()


@pytest.mark.slow
def test_noise_widens_nothing_but_shows_in_the_cost(problem: Write) -> None:
    quiet, loud = calibrate(problem(), workers=1), calibrate(problem(noise=1.1), workers=1)
    assert loud.cost > 100 * quiet.cost
    assert loud["ke"].value == pytest.approx(TRUE["ke"], rel=0.1)


@pytest.mark.slow
def test_standard_errors_are_those_of_the_linearised_problem(problem: Write) -> None:
    fit = calibrate(problem(("    - {claims: half_life}\n", ""), (", prior: {log_sd: 2}", "")), workers=1)
    times = np.array([0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 12])

    def log_level(x: np.ndarray) -> np.ndarray:
        ka, ke = np.exp(x)
        return np.log(ka / (ka - ke) * (np.exp(-ke * times) - np.exp(-ka * times)))

    at = np.log([TRUE["ka"], TRUE["ke"]])
    jacobian = (
        np.column_stack([(log_level(at + h) - log_level(at - h)) / 2e-6 for h in 1e-6 * np.eye(2)]) / 0.1
    )
    errors = np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    assert fit["ka"].standard_error == pytest.approx(TRUE["ka"] * errors[0], rel=0.02)
    assert fit["ke"].standard_error == pytest.approx(TRUE["ke"] * errors[1], rel=0.02)


@pytest.mark.slow
def test_a_parameter_that_no_datum_sees_keeps_its_prior(problem: Write) -> None:
    fit = calibrate(problem(("search:", "  - {id: idle, prior: {log_sd: 0.4}}\nsearch:")), workers=1)
    assert fit["idle"].value == pytest.approx(3.0, rel=1e-3)
    assert fit["idle"].posterior_to_prior == pytest.approx(1.0, abs=1e-3)
    ratio = fit["ka"].posterior_to_prior
    assert ratio is not None
    assert ratio < 0.1
    factor, parts = fit.directions[-1]
    assert factor == pytest.approx(1.0, abs=1e-3)
    assert set(parts) == {"idle"}


@pytest.mark.slow
def test_a_value_that_the_data_drive_out_of_its_bounds_is_told(problem: Write) -> None:
    fit = calibrate(problem(("low: 0.01 1/h, high: 5 1/h", "low: 0.4 1/h, high: 5 1/h")), workers=1)
    assert fit["ke"].at_bound
    assert not fit["ka"].at_bound


@pytest.mark.slow
def test_the_result_file_says_what_made_it(problem: Write) -> None:
    path = problem(("search: {", "search: {starts: 2, "))
    fit = calibrate(path, workers=1)
    told = yaml.safe_load((path.parent / "two_rates.result.yaml").read_text())
    assert told["problem"] == "two_rates"
    assert told["model_hash"] == fit.model_hash
    assert told["problem_hash"] == load_problem(path).hash
    assert len(told["search"]["starts"]) == 2
    assert told["search"]["starts"][0] == pytest.approx(told["search"]["starts"][1], abs=1e-3)
    ke = next(p for p in told["parameters"] if p["id"] == "ke")
    assert ke["value"] == rounded(fit["ke"].value, fit["ke"].standard_error)
    assert ke["unit"] == "1/h"
    assert {d["claim"]: d["points"] for d in told["data"]} == {"curve": 11, "half_life": 1}
    assert sum(d["share_of_cost"] for d in told["data"]) == pytest.approx(1.0, abs=0.02)


@pytest.mark.slow
def test_what_cannot_be_predicted_has_the_penalty_and_the_number_of_residuals_stays(
    problem: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acinus.calibration.scalar import ScalarCheck

    objective = Objective(load_problem(problem()))
    good = objective.data_residuals(objective.start)

    def fail(*_: object) -> object:
        from acinus.errors import Code, Diagnostic, IntegrationError

        raise IntegrationError(Diagnostic(Code.INDIVIDUALS_FAILED, "0 of 1 finished"))

    monkeypatch.setattr(ScalarCheck, "find", fail)
    bad = objective.data_residuals(objective.start)
    assert bad.shape == good.shape
    assert bad[-1] == 10.0
    assert np.array_equal(bad[:-1], good[:-1])
    assert objective.failures == {"half_life": "0 of 1 finished"}


@pytest.mark.slow
def test_starts_where_nothing_can_be_predicted_are_refused_if_there_is_no_other(
    problem: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Objective, "data_rows", lambda self, _: np.full((2, self.size), 10.0))
    with pytest.raises(RequestError, match="AC934"):
        calibrate(problem(), workers=1)


@pytest.mark.parametrize(
    ("found", "limits", "residual"),
    [
        (4.0, Limits(1.0, 4.0, None, "h"), 2.0),
        (1.0, Limits(1.0, 4.0, None, "h"), -2.0),
        (2.0, Limits(1.0, 4.0, None, "h"), 0.0),
        (3.0, Limits(-1.0, 3.0, None, "h"), 2.0),
        (0.5, Limits(-math.inf, 1.0, None, "h"), 0.0),
        (math.e, Limits(-math.inf, 1.0, None, "h"), 10.0),
    ],
)
def test_the_ends_of_a_range_lie_two_standard_deviations_out(
    found: float, limits: Limits, residual: float
) -> None:
    assert scalar_residual(found, limits) == pytest.approx(residual, abs=1e-12)


def test_a_log_residual_of_nothing_is_not_a_number() -> None:
    assert math.isnan(scalar_residual(0.0, Limits(1.0, 4.0, None, "h")))
