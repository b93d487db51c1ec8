from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from acinus.evidence import qualify

Outside = Callable[..., Path]

CLAIMS = """protocols:
  washout: {sampling: {every: 1 h, until: 4 h}}
  same: {name: washout, sampling: {every: 1 h, until: 4 h}}
claims:
"""


def claim(name: str, extra: str = "", protocol: str = "washout", measure: str = "last") -> str:
    return f"""  - id: {name}
    kind: validation
    statement: x
    source: y
    model: {{path: decay.ant}}
    protocol: {protocol}
{extra}    scalar: {{endpoint: {{measure: {measure}, of: A}}, at_least: 0 mmol/L}}
"""


def test_claims_with_one_setting_share_a_run(outside: Outside) -> None:
    claims = CLAIMS + claim("a") + claim("b", measure="maximum") + claim("c", protocol="same")
    assert qualify([outside(claims)]).simulated == 1


@pytest.mark.parametrize(
    "extra",
    ["    values: {k: 1 1/h}\n", "    population: {path: people.yaml, n: 2, seed: 1}\n"],
)
def test_claims_with_different_settings_do_not(outside: Outside, extra: str) -> None:
    found = qualify([outside(CLAIMS + claim("a") + claim("b", extra))])
    assert found.simulated == 2
    assert found["a"].numbers["found"] != found["b"].numbers["found"]


def test_a_verdict_does_not_depend_on_the_claims_beside_it(outside: Outside) -> None:
    curve = """  - id: c
    kind: validation
    statement: x
    source: y
    model: {path: decay.ant}
    protocol: washout
    curve: {data: data.csv, predict: A, units: {time: h, value: mmol/L}, gmfe: 2}
"""
    data = "time,value\n0.123,9\n3.21,2\n"
    alone = qualify(
        [outside(CLAIMS + claim("a", measure="half_life").replace("0 mmol/L", "0 h"), data__csv=data)]
    )
    beside = qualify([outside(CLAIMS + claim("a", measure="half_life").replace("0 mmol/L", "0 h") + curve)])
    assert alone["a"].as_dict() == beside["a"].as_dict()


def test_only_the_kinds_asked_for_are_reported(outside: Outside) -> None:
    claims = CLAIMS + claim("a") + claim("b").replace("kind: validation", "kind: calibration")
    assert [v.id for v in qualify([outside(claims)], kinds=["calibration"]).verdicts] == ["b"]


def test_progress_counts_every_claim(outside: Outside) -> None:
    seen: list[tuple[int, int, str]] = []
    qualify([outside(CLAIMS + claim("a") + claim("b"))], progress=lambda *said: seen.append(said))
    assert seen == [(0, 2, "a"), (1, 2, "b"), (2, 2, "")]


def test_protocols_may_be_files_beside_the_claims_and_are_not_taken_for_claims(outside: Outside) -> None:
    folder = outside(
        "claims:\n" + claim("a", protocol="wash.yaml"),
        wash__yaml="name: wash\nsampling: {every: 1 h, until: 4 h}\nvalues: {k: 0.25 1/h}\n",
    )
    found = qualify([folder])
    assert [v.id for v in found.verdicts] == ["a"]
    assert found["a"].numbers["found"] == pytest.approx(3.6787944, rel=1e-6)


def test_one_claim_may_be_a_file_of_its_own(outside: Outside, tmp_path: Path) -> None:
    outside("claims: []\n")
    single = "\n".join(line[4:] for line in claim("a", protocol="wash.yaml").splitlines())
    (tmp_path / "wash.yaml").write_text("name: wash\nsampling: [1 h, 2 h]\n")
    (tmp_path / "single.yaml").write_text(single)
    assert qualify([tmp_path / "single.yaml"]).ok


def test_a_shipped_protocol_brings_the_model_it_was_written_for(outside: Outside) -> None:
    text = """claims:
  - id: mouse
    kind: validation
    statement: x
    source: y
    protocol: mouse_low_magnesium
    arm: chow_70mgkg
    scalar: {endpoint: {measure: last, of: serum_magnesium}, at_least: 0 mmol/L}
"""
    found = qualify([outside(text)])
    assert [one.outcome.value for one in found.verdicts] == ["passed"], found.verdicts
    assert list(found.models) == ["mouse"]
