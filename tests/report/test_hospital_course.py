"""The chart of a course: rows at the times blood is drawn, in the units of a chart."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.report.hospital_course import tabulate_course
from acinus.simulation import load_protocol, simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    model = load_model("human", zones=2)
    path = tmp_path_factory.mktemp("protocols") / "protocol.yaml"
    text = (
        "name: test\ntitle: test\ndoses: [{substance: apap, amount: $dose, route: oral, at: 0 h}]\n"
        "sampling: {every: 2 h, until: 100 h}\n"
    )
    protocol = load_protocol(read_yaml(path, text), model=model)
    return {
        "one": simulate(model, protocol, {"dose": (np.array([40.0]), "g")}),
        "three": simulate(model, protocol, {"dose": (np.array([5.0, 40.0, 80.0]), "g")}),
    }


def test_a_chart_has_a_row_a_time_and_arm_until_the_run_ends(runs):
    rows = list(csv.DictReader(io.StringIO(tabulate_course(runs))))
    times = [float(row["time [h]"]) for row in rows if row["arm"] == "one"]
    assert times == [0, 4, 8, 12, 16, 20, 24, 36, 48, 60, 72, 84, 96]
    assert [row["arm"] for row in rows] == ["one"] * 13 + ["three"] * 13


def test_a_chart_shows_the_curves_in_its_own_units(runs):
    rows = list(csv.DictReader(io.StringIO(tabulate_course(runs))))
    run = runs["one"]
    row = next(r for r in rows if r["arm"] == "one" and r["time [h]"] == "48")
    at = run.time == 48.0
    assert float(row["alt_pla [U/L]"]) == pytest.approx(float(run["alt_pla"][0, at][0]), rel=1e-3)
    assert float(row["adduct_pla [umol/L]"]) == pytest.approx(
        1e3 * float(run["adduct_pla"][0, at][0]), rel=1e-3
    )
    assert float(row["factor_v [percent]"]) == pytest.approx(100 * float(run["factor_v"][0, at][0]), rel=1e-3)
    assert float(row["meld"]) > 6.43


def test_of_several_individuals_a_chart_shows_the_median(runs):
    rows = list(csv.DictReader(io.StringIO(tabulate_course(runs))))
    one, three = ([r["alt_pla [U/L]"] for r in rows if r["arm"] == arm] for arm in runs)
    assert one == three


def test_a_run_without_blood_tests_has_no_chart(runs):
    import dataclasses

    run = runs["one"]
    kept = [i for i, name in enumerate(run.ids) if name == "living"]
    bare = dataclasses.replace(run, ids=("living",), values=run.values[..., kept])
    assert tabulate_course({"": bare}) == ""
