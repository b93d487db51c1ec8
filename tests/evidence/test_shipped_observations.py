from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest

from acinus.calibration.measured import ITSELF
from acinus.calibration.statement import Statement
from acinus.documents import biology_folder, read_csv, read_yaml
from acinus.evidence import find_claims
from acinus.units import convert, unit_of

if TYPE_CHECKING:
    from pathlib import Path

STUDIES = sorted((biology_folder() / "observations").iterdir())
CLAIMS = [claim for claim in find_claims() if isinstance(claim, Statement)]


def keys_of_references() -> set[str]:
    return set(
        re.findall(r"^@\w+\{([^,]+),", (biology_folder() / "references.bib").read_text(), re.MULTILINE)
    )


def plasma_files() -> list[Path]:
    return [study / "plasma.csv" for study in STUDIES if (study / "plasma.csv").is_file()]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_study_cites_a_reference_and_describes_every_file_and_series(study: Path) -> None:
    told = read_yaml(study / "study.yaml").plain()
    assert told["citation"] in keys_of_references()
    assert told["title"]
    assert told["read_from"] or all(file["read_from"] for file in told["files"].values())
    assert {path.name for path in study.glob("*.csv")} == set(told["files"])
    for name, file in told["files"].items():
        if name == "plasma.csv":
            rows = read_csv(study / name, ("series",))
            assert {row["series"] for row in rows} == set(file["series"])
            for series in file["series"].values():
                assert {"dose", "route", "body_weight"} <= set(series)


@pytest.mark.parametrize("file", plasma_files(), ids=lambda file: file.parent.name)
def test_plasma_points_are_numbers_with_units_and_a_basis(file: Path) -> None:
    rows = read_csv(
        file, ("series", "time", "time_unit", "observable", "value", "unit", "basis", "sd", "sem", "n")
    )
    seen = set()
    for row in rows:
        assert convert(float(row["time"]), row["time_unit"], "h") >= 0
        assert float(row["value"]) >= 0
        unit_of(row["unit"])
        assert row["basis"] in (ITSELF, "acetaminophen")
        assert not (row["sd"] and row["sem"])
        where = (row["series"], row["observable"], row["time"])
        assert where not in seen
        seen.add(where)


def test_there_are_335_plasma_points_of_12_studies() -> None:
    # 365 were stored; 30 are a second reading of one series and are left out.
    assert sum(len(read_csv(file, ("value",))) for file in plasma_files()) == 335
    assert len(plasma_files()) == 12


def test_only_one_series_is_stated_as_equivalents_of_the_parent() -> None:
    found = {
        (file.parent.name, row["series"], row["observable"])
        for file in plasma_files()
        for row in read_csv(file, ("basis",))
        if row["basis"] != ITSELF
    }
    conjugates = ("acetaminophen_glucuronide", "acetaminophen_sulfate")
    assert found == {("prescott_1980", "oral_20mgkg", conjugate) for conjugate in conjugates}


def test_scalars_are_numbers_or_ranges() -> None:
    for study in STUDIES:
        path = study / "scalars.csv"
        if not path.is_file():
            continue
        with path.open() as file:
            for row in csv.DictReader(file):
                assert row["value"] or (row["low"] and row["high"]), (study.name, row)
                unit_of(row["unit"])


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_shipped_claim_is_well_written_and_cites_references(claim: Statement) -> None:
    assert not claim.findings
    assert {key.strip() for key in claim.source.split(";")} <= keys_of_references()
    assert len(claim.statement) > 20


def test_every_plasma_curve_has_its_claim() -> None:
    claimed = {
        (
            c.file.parent / str(c.node["data"].value),
            str(c.node["series"].value),
            str(c.node["observable"].value),
        )
        for c in CLAIMS
        if c.check == "curve" and str(c.node["data"].value).endswith("/plasma.csv")
    }
    claimed = {(path.resolve(), series, observable) for path, series, observable in claimed}
    curves = {
        (file.resolve(), row["series"], row["observable"])
        for file in plasma_files()
        for row in read_csv(file, ("series", "observable"))
    }
    assert claimed == curves


def test_no_study_is_both_fitted_and_held_out_by_its_curves() -> None:
    kinds: dict[str, set[str]] = {}
    for claim in CLAIMS:
        if claim.check == "curve":
            kinds.setdefault(claim.source, set()).add(claim.kind)
    assert all(len(found) == 1 for found in kinds.values())
    held_out = sorted(study for study, found in kinds.items() if found == {"validation"})
    assert held_out == ["albert_1974", "aoki_2011", "divoll_1982a", "jensen_2004", "vancan_2014"]
