"""Fits to shares of virtual people, of a model in which the share is a normal distribution function of the parameter.

A falls as exp(-k q t) with q lognormal among people, so that A is above 1 mmol/L at 2 h in those with
q < ln(10) / (2 k): a share of Phi(ln(ln(10) / (2 k)) / log_sd). B falls likewise with its own rate and spread.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import norm
from typer.testing import CliRunner

from acinus.calibration import (
    calibrate,
    compare_with_committed,
    load_problem,
    read_committed,
)
from acinus.calibration.objective import Objective
from acinus.cli import app
from acinus.errors import RequestError

FALLING = """
model falling()
  unit substance = 1e-3 mole;
  unit extent = 1e-3 mole;
  unit time_unit = 3600 second;
  unit volume = litre;
  unit mM = 1e-3 mole / litre;
  unit per_h = 1 / (3600 second);
  compartment V; V = 1 litre;
  species A in V, B in V; A = 10 mM; B = 10 mM;
  k = 0.8 per_h;
  j = 1.5 per_h;
  q = 1 dimensionless;
  r = 1 dimensionless;
  a: A -> ; V*k*q*A;
  b: B -> ; V*j*r*B;
end
"""

PEOPLE = """
name: people
title: people who differ in how fast A and B leave
note: invented
columns:
  q: {distribution: lognormal, median: 1, log_sd: 0.5, note: invented}
  r: {distribution: lognormal, median: 1, log_sd: 0.4, note: invented}
groups:
  everyone: {share: 1, factors: {j: 1}, note: "so that j is a number of each person's own"}
"""

CLAIMS = """
protocols:
  wait: {sampling: {every: 30 min, until: 2 h}}
claims:
  - id: a_left
    kind: calibration
    statement: invented
    source: nobody
    model: {path: falling.ant}
    protocol: wait
    population: &people {path: people.yaml, n: 50, seed: 1}
    share:
      that: {endpoint: {measure: at, of: A, at: 2 h}, above: 1 mmol/L}
      observed: {events: 30, of: 100}
  - id: b_left
    kind: calibration
    statement: invented
    source: nobody
    model: {path: falling.ant}
    protocol: wait
    population: *people
    share:
      that: {measure: exceeds, endpoint: {measure: at, of: B, at: 2 h}, level: 1 mmol/L}
      between: [10 %, 40 %]
  - id: a_middle
    kind: calibration
    statement: invented
    source: nobody
    model: {path: falling.ant}
    protocol: wait
    population: *people
    scalar: {endpoint: {measure: at, of: A, at: 2 h}, between: [1 mmol/L, 2 mmol/L]}
  - id: held_out
    kind: validation
    statement: invented
    source: nobody
    model: {path: falling.ant}
    protocol: wait
    population: *people
    share:
      that: {endpoint: {measure: at, of: A, at: 1 h}, above: 1 mmol/L}
      observed: {events: 3, of: 4}
"""

PROBLEM = """
title: Who has how much left
model: falling.ant
people: {n: 1000, seeds: [1, 2]}
data:
  files: [claims.yaml]
  smoothing: 0.02
  use:
    - {claims: [a_left, b_left]}
parameters:
  - {id: k, low: 0.1 1/h, high: 10 1/h, prior: {log_sd: 3}}
  - {id: j, low: 0.1 1/h, high: 10 1/h, prior: {log_sd: 3}}
search: {method: cma, seeds: [5], sigma0: 0.2, popsize: 8, max_evaluations: 160, tolerance: 1e-5, step: 0.03}
"""

LOG_SD = {"k": 0.5, "j": 0.4}
Write = Callable[..., Path]


def rate_for(share: float, log_sd: float) -> float:
    """Return the rate at which this share of people is above a tenth of its start at 2 h."""
    return math.log(10) / 2 * math.exp(-log_sd * float(norm.ppf(share)))


@pytest.fixture
def problem(tmp_path: Path) -> Write:
    """Return a function that writes the problem, with some of its text replaced, and returns its path."""

    def write(*changes: tuple[str, str]) -> Path:
        text = PROBLEM
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "falling.ant").write_text(FALLING)
        (tmp_path / "people.yaml").write_text(PEOPLE)
        (tmp_path / "claims.yaml").write_text(CLAIMS)
        (tmp_path / "left.yaml").write_text(text)
        return tmp_path / "left.yaml"

    return write


SHORT = ("max_evaluations: 160", "max_evaluations: 24"), ("n: 1000", "n: 100")


@pytest.mark.slow
def test_the_rates_that_give_the_counted_shares_are_found(problem: Write) -> None:
    fit = calibrate(problem(), workers=1)
    # 2000 people know a share to 1 percent, and a rate to 1.5 percent.
    assert fit["k"].value == pytest.approx(rate_for(0.3, 0.5), rel=0.04)
    # The middle of a range of positive numbers is the geometric one.
    assert fit["j"].value == pytest.approx(rate_for(0.2, 0.4), rel=0.04)
    assert fit.cost < 0.01
    # The information of a count of n about ln k is n phi(z)^2 / (log_sd^2 p (1 - p)).
    slope = norm.pdf(norm.ppf(0.3)) / 0.5
    assert fit["k"].posterior_sd == pytest.approx(math.sqrt(0.3 * 0.7 / 100) / slope, rel=0.1)
    # Of a range, 95 percent between its ends: log_sd ln(4) / 4 of the share.
    slope = norm.pdf(norm.ppf(0.2)) / 0.4 / 0.2
    assert fit["j"].posterior_sd == pytest.approx(math.log(4) / 4 / slope, rel=0.1)
    assert fit.informed.informed == 2
    assert fit.informed.pairs == ()


@pytest.mark.slow
def test_least_squares_finds_the_same(problem: Write) -> None:
    search = PROBLEM[PROBLEM.index("search:") :]
    changed = (search, "search: {method: trf, step: 0.02, max_evaluations: 30}\n")
    fit = calibrate(problem(changed, ("smoothing: 0.02", "smoothing: 0.1")), workers=1)
    assert fit["k"].value == pytest.approx(rate_for(0.3, 0.5), rel=0.04)
    assert fit["j"].value == pytest.approx(rate_for(0.2, 0.4), rel=0.04)


def test_the_cost_of_a_count_is_its_loss_of_log_likelihood(problem: Write) -> None:
    objective = Objective(load_problem(problem(("smoothing: 0.02", "smoothing: 0"))))
    faster = objective.start + 0.25
    told = objective.tell(faster)["a_left"]
    found = told.found.split("(")[1].rstrip(")").split(" of ")
    share = int(found[0]) / int(found[1])
    assert int(found[1]) == 2000
    rate = 0.8 * math.exp(0.25)
    assert share == pytest.approx(float(norm.cdf(math.log(math.log(10) / (2 * rate)) / 0.5)), abs=0.04)
    loss = 30 * math.log(0.3 / share) + 70 * math.log(0.7 / (1 - share))
    assert told.cost == pytest.approx(loss)
    residual = objective.data_residuals(faster)[0]
    assert residual > 0  # more are predicted than were counted
    assert 0.5 * residual**2 == pytest.approx(loss)


def test_people_keep_their_random_numbers_when_a_parameter_moves(problem: Write) -> None:
    objective = Objective(load_problem(problem(*SHORT)))
    again = Objective(load_problem(problem(*SHORT)))
    there = objective.start + 0.3
    first = objective.data_rows(there)
    assert not np.array_equal(first, objective.data_rows(objective.start))
    np.testing.assert_array_equal(first, again.data_rows(there))


def test_claims_with_one_population_and_protocol_share_their_runs(problem: Write) -> None:
    objective = Objective(load_problem(problem(("[a_left, b_left]", "[a_left, b_left, a_middle]"))))
    keys = [e.key for experiments in objective._experiments for e in experiments]
    assert len(keys) == 6
    assert len(set(keys)) == 2


def test_a_median_is_that_of_all_people_together(problem: Write) -> None:
    objective = Objective(load_problem(problem(("[a_left, b_left]", "[a_middle]"))))
    # Half of all people have q below 1.
    found = float(objective.tell(objective.start)["a_middle"].found.split()[0])
    assert found == pytest.approx(10 * math.exp(-1.6), rel=0.05)
    residual = objective.data_residuals(objective.start)[0]
    assert residual == pytest.approx(math.log(found / math.sqrt(2)) / (math.log(2) / 4), abs=0.01)


@pytest.mark.slow
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(problem: Write) -> None:
    path = problem(*SHORT)
    whole = calibrate(path, workers=1, write=False).as_dict()
    checkpoint = path.with_name("left.checkpoint.json")
    assert not checkpoint.exists()

    def interrupt(done: int, total: int, words: str) -> None:
        if "generation 2" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(path, workers=1, write=False, progress=interrupt)
    kept = json.loads(checkpoint.read_text())
    assert [len(g["costs"]) for g in kept["generations"]["5"]] == [8, 8]
    said = []
    resumed = calibrate(
        path, workers=1, write=False, progress=lambda done, total, words: said.append(words)
    ).as_dict()
    assert resumed == whole
    assert "which holds 16 evaluations" in said[0]
    assert not checkpoint.exists()


@pytest.mark.slow
def test_interrupted_least_squares_go_on_as_if_they_had_not_been(problem: Write) -> None:
    search = next(line for line in PROBLEM.splitlines(keepends=True) if line.startswith("search:"))
    path = problem((search, "search: {method: trf, step: 0.02, max_evaluations: 4}\n"), ("n: 1000", "n: 100"))
    whole = calibrate(path, workers=1, write=False).as_dict()
    checkpoint = path.with_name("left.checkpoint.json")
    assert not checkpoint.exists()

    def interrupt(done: int, total: int, words: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(path, workers=1, write=False, progress=interrupt)
    # The start, two steps of the Jacobian there, and the first move.
    assert len(json.loads(checkpoint.read_text())["rows"]) == 4
    said = []
    resumed = calibrate(
        path, workers=1, write=False, progress=lambda done, total, words: said.append(words)
    ).as_dict()
    assert resumed == whole
    assert "which holds 4 evaluations" in said[0]
    assert not checkpoint.exists()


def test_an_interrupt_says_where_the_search_is_kept(problem: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = problem(*SHORT)

    def interrupted(*_: object, **__: object) -> None:
        path.with_name("left.checkpoint.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr("acinus.calibration.calibrate", interrupted)
    shown = CliRunner().invoke(app, ["calibrate", str(path)])
    assert shown.exit_code == 130
    assert "left.checkpoint.json keeps what was evaluated" in shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["another problem", "half a file"])
def test_a_checkpoint_of_something_else_is_not_gone_on_from(problem: Write, fault: str) -> None:
    path = problem(*SHORT)
    checkpoint = path.with_name("left.checkpoint.json")
    hashes = {"problem": "another", "data": "another", "model": "another"}
    generations = {"5": [{"positions": [[0.0, 0.0]] * 8, "costs": [-1.0] * 8}]}
    text = json.dumps({"hashes": hashes, "generations": generations})
    checkpoint.write_text(text if fault == "another problem" else text[: len(text) // 2])
    said: list[str] = []
    fit = calibrate(path, workers=1, write=False, progress=lambda done, total, words: said.append(words))
    assert not any("going on" in words for words in said)
    assert fit.cost >= 0


@pytest.mark.slow
def test_the_result_file_says_what_it_was_made_from_and_what_other_people_cost(problem: Write) -> None:
    path = problem(*SHORT)
    fit = calibrate(path, workers=1)
    found = yaml.safe_load(path.with_name("left.result.yaml").read_text())
    assert found["people"] == {"n": 100, "seeds": [1, 2]}
    assert set(found["seed_noise"]["seeds"]).isdisjoint({1, 2})
    assert len(found["seed_noise"]["cost_of_each"]) == 3
    assert found["cost"]["data"] <= found["cost"]["data_before"]
    assert len({found[name] for name in ("problem_hash", "data_hash", "model_hash", "software_hash")}) == 4
    assert found["data"][0]["observed"] == "30.0% (30 of 100)"
    assert found["search"]["evaluations"] == fit.evaluations == 26
    assert not list(path.parent.glob("*.part"))


@pytest.mark.slow
def test_a_check_says_which_value_moved(problem: Write) -> None:
    path = problem(*SHORT)
    fit = calibrate(path, workers=1)
    result = path.with_name("left.result.yaml")
    assert compare_with_committed(fit, read_committed(result), 0.5) == []
    found = yaml.safe_load(result.read_text())
    found["parameters"][0]["value"] *= math.exp(fit["k"].posterior_sd)
    result.write_text(yaml.safe_dump(found))
    (moved,) = compare_with_committed(fit, read_committed(result), 0.5)
    assert moved.code.value == "AC935"
    assert "`k` of `left`" in moved.what
    elsewhere = path.parent / "again"
    shown = CliRunner().invoke(app, ["calibrate", str(path), "--check", "--out", str(elsewhere)])
    assert shown.exit_code == 1
    assert (elsewhere / "left.result.yaml").is_file()


def test_a_check_without_a_committed_result_is_refused_before_anything_is_fitted(problem: Write) -> None:
    shown = CliRunner().invoke(app, ["calibrate", str(problem()), "--check"])
    assert shown.exit_code == 2
    assert not list(problem().parent.glob("*.json"))


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("[a_left, b_left]", "[a_left, held_out]", "AC932", "kept for validation"),
        ("[a_left, b_left]", "[a_left], sigma: 0.1", "AC931", "counts events"),
        ("seeds: [1, 2]", "seeds: [1, 1]", "AC931", "different whole numbers"),
        ("seeds: [5]", "seeds: [0]", "AC931", "from 1 on"),
        ("popsize: 8", "popsize: 2", "AC931", "from 4 on"),
        ("{n: 1000, ", "{", "AC930", "needs `n`"),
        ("smoothing: 0.02", "smoothing: -1", "AC931", "lies between"),
        ("method: cma", "method: trf", "AC930", "has no `seeds`"),
    ],
)
def test_a_wrong_problem_is_refused(problem: Write, old: str, new: str, code: str, words: str) -> None:
    with pytest.raises(RequestError) as refusal:
        load_problem(problem((old, new)))
    assert code in str(refusal.value)
    assert words in str(refusal.value)


def test_one_parameter_alone_is_no_search_by_generations(problem: Write) -> None:
    second = "  - {id: j, low: 0.1 1/h, high: 10 1/h, prior: {log_sd: 3}}\n"
    with pytest.raises(RequestError, match="two parameters"):
        load_problem(problem((second, "")))


def test_a_number_of_a_column_is_fitted_like_a_parameter(problem: Write) -> None:
    changed = ("{id: k, low: 0.1 1/h, high: 10 1/h,", "{id: q.median, low: 0.1 dimensionless,")
    objective = Objective(load_problem(problem(changed)))
    assert [axis.id for axis in objective.axes] == ["q.median", "j"]
    # A median of q twice as high is as good as a rate k twice as high.
    by_column = objective.data_rows(objective.start + np.array([math.log(2), 0]))
    by_rate = Objective(load_problem(problem())).data_rows(np.log([1.6, 1.5]))
    np.testing.assert_allclose(by_column, by_rate, rtol=1e-6)


def test_a_number_that_no_column_has_is_refused(problem: Write) -> None:
    with pytest.raises(RequestError, match="AC933") as refusal:
        Objective(load_problem(problem(("{id: k, low: 0.1 1/h, high: 10 1/h,", "{id: dose.median,"))))
    assert "no population of the data has a number `median`" in str(refusal.value)


def test_a_parameter_of_which_people_have_their_own_values_does_not_move(problem: Write) -> None:
    changed = ("{id: k, low: 0.1 1/h, high: 10 1/h,", "{id: q,")
    with pytest.raises(RequestError, match="AC933") as refusal:
        Objective(load_problem(problem(changed)))
    assert "values of their own" in str(refusal.value)
