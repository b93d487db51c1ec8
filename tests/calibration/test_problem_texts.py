from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from acinus.calibration import load_problem
from acinus.calibration.objective import Objective
from acinus.errors import RequestError

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("parameters:", "parametres:", "AC930", "`parametres` should be `parameters`"),
        ("claims: curve, sigma", "claims: curve, sgima", "AC930", "Did you mean `sigma`"),
        ("sigma: 0.1", "sigma: 0", "AC931", "lies between"),
        ("{claims: half_life}", "{claims: half_lief}", "AC932", "Did you mean `half_life`"),
        ("{claims: half_life}", "{claims: held_out}", "AC932", "kept for validation"),
        ("[claims.yaml]", "[clams.yaml]", "AC101", "Did you mean `claims.yaml`"),
        ("{id: ke,", "{id: ka,", "AC931", "moves twice"),
        ("{log_sd: 2}", "{sd: 2}", "AC930", "log_sd"),
        ("seed: 4", "seed: four", "AC931", "whole number"),
        ("seed: 4", "method: lm", "AC931", "one of trf, cma"),
    ],
)
def test_a_wrong_problem_is_refused_with_the_nearest_right_word(
    problem: Write, old: str, new: str, code: str, words: str
) -> None:
    with pytest.raises(RequestError) as refusal:
        load_problem(problem((old, new)))
    assert code in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: ke", "id: kee", "no parameter `kee`"),
        ("low: 0.01 1/h", "low: 0.01 h", "wrong kind of unit"),
        ("low: 0.01 1/h", "low: 0.6 1/h", "outside its bounds"),
    ],
)
def test_a_parameter_that_the_model_cannot_move_is_refused(
    problem: Write, old: str, new: str, words: str
) -> None:
    with pytest.raises(RequestError, match="AC933") as refusal:
        Objective(load_problem(problem((old, new))))
    assert words in str(refusal.value)


def test_a_pattern_takes_calibration_claims_only(problem: Write) -> None:
    read = load_problem(problem(("    - {claims: half_life}\n", "    - {claims: '*'}\n")))
    assert [term.statement.id for term in read.data] == ["curve", "half_life"]


def test_a_later_line_replaces_what_an_earlier_one_said(problem: Write) -> None:
    read = load_problem(
        problem(("    - {claims: half_life}\n", "    - {claims: 'c*', sigma: 0.5, weight: 2}\n"))
    )
    assert [(term.sigma, term.weight) for term in read.data] == [(0.5, 2.0)]


def test_the_hash_of_a_problem_follows_its_data(problem: Write) -> None:
    path = problem()
    before = load_problem(path).hash
    claims = path.parent / "claims.yaml"
    claims.write_text(claims.read_text().replace("within: 10 %", "within: 11 %"))
    assert load_problem(path).hash != before


def test_an_unknown_name_of_a_problem_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RequestError, match="therapeutic_pk"):
        load_problem("therapeutic_kp")


def test_the_shipped_problem_can_be_read() -> None:
    read = load_problem("therapeutic_pk")
    assert all(term.statement.kind == "calibration" for term in read.data)
