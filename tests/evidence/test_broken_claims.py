from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from acinus.errors import RequestError
from acinus.evidence import Outcome, qualify

Outside = Callable[..., Path]

GOOD = """protocols:
  washout: {sampling: {every: 1 h, until: 4 h}}
claims:
  - id: good
    kind: validation
    statement: A falls
    source: nobody
    model: {path: decay.ant}
    protocol: washout
    scalar: {endpoint: {measure: last, of: A}, at_most: 9 mmol/L}
"""

BAD = """  - id: bad
    kind: validation
    statement: broken
    source: nobody
    model: {path: decay.ant}
    protocol: washout
    scalar: {endpoint: {measure: last, of: A}, at_most: 9 mmol/L}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "code", "words"),
    [
        ("kind: validation", "kind: validatoin", "AC902", "Did you mean `validation`"),
        ("    source: nobody\n", "", "AC901", "`source`"),
        ("    source: nobody\n", "    sauce: nobody\n", "AC901", "`sauce` should be `source`"),
        ("scalar:", "scaler:", "AC903", "Did you mean `scalar`?"),
        ("protocol: washout", "protocol: washuot", "AC908", "Did you mean `washout`?"),
        ("protocol: washout", "protocol: gone.yaml", "AC902", "no protocol file"),
        ("model: {path: decay.ant}", "model: {path: decai.ant}", "AC101", "decai.ant"),
        ("of: A}", "of: B}", "AC705", "`B`"),
        ("measure: last", "measure: lest", "AC702", "Did you mean"),
        ("at_most: 9 mmol/L", "at_most: 9 mg/L", "AC909", "wrong kind of unit"),
        ("at_most: 9 mmol/L", "at_most: 9", "AC909", "has no unit"),
        ("at_most: 9 mmol/L", "at_mots: 9 mmol/L", "AC901", "Did you mean `at_most`"),
        (", at_most: 9 mmol/L", "", "AC902", "expects nothing"),
        ("at_most: 9 mmol/L", "between: [9 mmol/L, 1 mmol/L]", "AC909", "the range is empty"),
        ("at_most: 9 mmol/L", "value: 9 mmol/L", "AC901", "`within`"),
        ("of: A}", "of: A, from: 2 h, until: 1 h}", "AC7", ""),
        ("protocol: washout", "protocol: washout\n    arm: gone", "AC603", "gone"),
        ("protocol: washout", "protocol: washout\n    values: {q: 1 1/h}", "AC", "q"),
        ("protocol: washout", "protocol: washout\n    values: {k: 1 h}", "AC902", "wrong kind of unit"),
        (
            "scalar: {endpoint: {measure: last, of: A}, at_most: 9 mmol/L}",
            "share: {that: {endpoint: {measure: last, of: A}, above: 1 mmol/L}, between: [0, 1]}",
            "AC901",
            "names no population",
        ),
    ],
)
def test_a_broken_claim_is_an_error_with_its_place_and_hides_no_other(
    outside: Outside, right: str, wrong: str, code: str, words: str
) -> None:
    assert right in BAD
    found = qualify([outside(GOOD + BAD.replace(right, wrong))])
    assert found["good"].outcome is Outcome.PASSED
    bad = found["bad"]
    assert bad.outcome is Outcome.ERROR
    assert any(d.code.value.startswith(code) for d in bad.diagnostics), [str(d) for d in bad.diagnostics]
    told = "\n".join(str(d) for d in bad.diagnostics)
    assert words in told
    assert found.summary["validation"]["error"] if bad.kind else found.summary["unreadable"]["error"]


CURVE = """  - id: bad
    kind: validation
    statement: broken
    source: nobody
    model: {path: decay.ant}
    protocol: washout
    curve: {data: data.csv, series: one, predict: A, gmfe: 2}
"""
DATA = "series,time,time_unit,value,unit,basis\none,1,h,6,mmol/L,\n"


@pytest.mark.parametrize(
    ("claim", "data", "code", "words"),
    [
        (CURVE.replace("series: one", "series: oen"), DATA, "AC905", "Did you mean `one`?"),
        (CURVE.replace("data.csv", "dota.csv"), DATA, "AC101", "Did you mean `data.csv`?"),
        (CURVE.replace("predict: A", "predict: AA"), DATA, "AC902", "`AA`"),
        (CURVE.replace(", gmfe: 2", ""), DATA, "AC902", "no limit"),
        (CURVE.replace("gmfe: 2", "gmfe: 0.5"), DATA, "AC902", "between 1"),
        (CURVE, DATA.replace(",6,", ",six,"), "AC905", "`six` is not a number"),
        (CURVE, DATA.replace("value", "volume"), "AC102", "no column `value`"),
        (CURVE, DATA.replace(",6,", ",0,"), "AC905", "above zero"),
        (CURVE, DATA.replace("mmol/L", "mg/L"), "AC906", "no molar mass"),
        (CURVE, DATA.replace("mmol/L", "mg/L").replace("L,\n", "L,parent\n"), "AC906", "`parent`"),
        (CURVE, DATA.replace("mmol/L", "mmolL"), "AC905", "not a unit"),
        (CURVE, DATA.replace(",1,h", ",-1,h"), "AC905", "before time 0"),
    ],
)
def test_wrong_data_are_told_with_the_row(
    outside: Outside, claim: str, data: str, code: str, words: str
) -> None:
    found = qualify([outside(GOOD + claim, data__csv=data)])
    assert found["good"].outcome is Outcome.PASSED
    bad = found["bad"]
    assert bad.outcome is Outcome.ERROR
    told = "\n".join(str(d) for d in bad.diagnostics)
    assert code in told
    assert words in told


def test_a_file_that_is_not_yaml_is_shown_beside_the_others(outside: Outside) -> None:
    found = qualify([outside(GOOD, other__yaml="claims: [\n")])
    assert found.summary == {
        "validation": {"passed": 1, "failed": 0, "error": 0},
        "unreadable": {"passed": 0, "failed": 0, "error": 1},
    }


def test_a_misspelt_claims_key_is_not_taken_for_another_kind_of_file(outside: Outside) -> None:
    found = qualify([outside(GOOD, other__yaml=GOOD.replace("claims:", "claim:"))])
    error = next(v for v in found.verdicts if v.outcome is Outcome.ERROR)
    assert "Did you mean `claims`?" in str(error)


def test_the_second_of_two_claims_with_one_id_is_an_error(outside: Outside) -> None:
    found = qualify([outside(GOOD + BAD.replace("id: bad", "id: good"))])
    assert [v.outcome for v in found.verdicts] == [Outcome.PASSED, Outcome.ERROR]
    assert found.verdicts[1].diagnostics[0].code.value == "AC904"


def test_a_pool_of_nobody_names_the_nearest_claim(outside: Outside) -> None:
    pool = (
        "  - {id: p, kind: validation, statement: x, source: y, "
        "pool: {claims: goood, passes: {at_least: 1}}}\n"
    )
    bad = qualify([outside(GOOD + pool)])["p"]
    assert bad.outcome is Outcome.ERROR
    assert "Did you mean `good`?" in str(bad)


def test_a_fault_of_the_program_is_an_error_of_that_claim_only(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acinus.calibration.scalar import ScalarCheck

    find = ScalarCheck.find

    def fail(self: ScalarCheck, *rest: object) -> object:
        if self.statement.id == "bad":
            raise ZeroDivisionError("invented")
        return find(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ScalarCheck, "find", fail)
    found = qualify([outside(GOOD + BAD)])
    assert found["good"].outcome is Outcome.PASSED
    assert found["bad"].diagnostics[0].code.value == "AC911"


def test_a_path_without_claims_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="AC908"):
        qualify([tmp_path])
    with pytest.raises(RequestError, match="AC908"):
        qualify([tmp_path / "gone"])


def test_an_unknown_kind_is_refused_with_the_nearest(outside: Outside) -> None:
    with pytest.raises(RequestError, match="Did you mean `validation`"):
        qualify([outside(GOOD)], kinds=["validated"])


def test_verdicts_become_json_without_numbers_that_json_does_not_know(outside: Outside) -> None:
    found = qualify([outside(GOOD + BAD.replace("9 mmol/L}", "9 mg/L}"))])
    back = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [c["outcome"] for c in back["claims"]] == ["passed", "error"]
    assert back["claims"][0]["numbers"]["low"] is None
    assert back["claims"][1]["diagnostics"][0]["place"].endswith("claims.yaml:17:57")
