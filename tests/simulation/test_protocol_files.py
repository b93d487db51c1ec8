"""Protocols, arms and regimens from files."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.errors import ModelTextError, ProtocolError
from acinus.simulation import load_arms, load_protocol, load_regimen, simulate
from acinus.simulation.written import read_written
from acinus.units import Quantity

if TYPE_CHECKING:
    from pathlib import Path

FILE = dedent(
    """\
    name: trial
    title: A trial
    model: toy
    values: {BW: 80 kg}
    doses:
      - {substance: drug, amount: 10 g, route: oral, at: 0 h}
    diet:
      - {state: fasted, from: 0 h, until: 6 h}
    sampling:
      - {every: 15 min, until: 1 h}
      - {from: 1 h, every: 1 h, until: 4 h}
    arms:
      untreated: {}
      treated:
        title: A trial, treated
        doses: [{substance: drug, amount: 150 mg/kg over 15 min, route: intravenous, at: 1 h}]
        values: {ke: 0.5 1/h}
        sampling: [0 h, 2 h]
    """
)


def test_arms_add_doses_merge_values_and_replace_sampling(toy):
    arms = load_arms(FILE, toy)
    assert list(arms) == ["untreated", "treated"]
    assert [len(arm.doses) for arm in arms.values()] == [1, 2]
    assert arms["treated"].values == {"BW": "80 kg", "ke": "0.5 1/h"}
    assert arms["untreated"].values == {"BW": "80 kg"}
    np.testing.assert_allclose(arms["untreated"].times, [0, 0.25, 0.5, 0.75, 1, 2, 3, 4])
    np.testing.assert_allclose(arms["treated"].times, [0, 2])
    assert (arms["treated"].label, arms["treated"].title) == ("trial:treated", "A trial, treated")
    assert arms["untreated"].title == "A trial"
    assert arms["untreated"].model == "toy"


def test_without_an_arm_the_shared_part_is_given(toy):
    assert len(load_protocol(FILE, model=toy).doses) == 1
    assert load_protocol(FILE, model=toy, arm="treated").arm == "treated"


def test_a_file_without_arms_gives_one_protocol(toy):
    text = FILE[: FILE.index("arms:")]
    assert list(load_arms(text, toy)) == [""]


def test_a_wrong_arm_gets_the_nearest(toy):
    with pytest.raises(
        ProtocolError, match=r"(?s)there is no arm `treatd`.*`untreated`, `treated`.*Did you mean `treated`"
    ):
        load_protocol(FILE, model=toy, arm="treatd")


def test_a_path_a_node_and_text_are_the_same(toy, tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(FILE)
    runs = [
        simulate(toy, load_protocol(source, model=toy)) for source in (FILE, path, str(path), read_yaml(path))
    ]
    for run in runs:
        np.testing.assert_array_equal(run.values, runs[0].values)


def test_simulate_takes_a_path_with_an_arm(toy, tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(FILE)
    assert simulate(toy, f"{path}:treated").protocol.arm == "treated"


def test_a_name_that_is_no_file_is_refused(toy):
    with pytest.raises(ModelTextError, match="AC101"):
        load_protocol("no_such_protocol", model=toy)


def test_what_is_wrong_in_two_arms_is_told_once(toy):
    text = FILE.replace("10 g", "10 hg/s")
    with pytest.raises(ProtocolError) as refused:
        load_arms(text, toy)
    assert len(refused.value.diagnostics) == 1
    assert str(refused.value.diagnostics[0].place) == "protocol.yaml:6:31"


def number(written: object, unit: str) -> float:
    found = read_written(written, "it", (unit,))
    assert isinstance(found, Quantity)
    return found.to(unit)


def totals(name: str) -> tuple[float, float, float]:
    """Return the total in mg/kg, the time of the last dose and the end of the last infusion, h."""
    total = last = end = 0.0
    for dose in load_regimen(name):
        amount, _, over = str(dose.amount).partition(" over ")
        count = dose.times or 1
        total += number(amount, "mg/kg") * count
        last = number(dose.at, "h") + (number(dose.every, "h") * (count - 1) if dose.every else 0.0)
        end = last + (number(over, "h") if over else 0.0)
    return round(total, 6), round(last, 6), round(end, 6)


REGIMENS = {
    "nac_three_bag_20h": (300.0, 4.25, 20.25),
    "nac_three_bag_21h": (300.0, 5.0, 21.0),
    "nac_two_bag_20h": (300.0, 4.0, 20.0),
    "nac_snap_12h": (300.0, 2.0, 12.0),
    "nac_oral_72h": (1330.0, 68.0, 68.0),
    "nac_iv_48h": (980.0, 48.0, 49.0),
}


@pytest.mark.parametrize(("name", "expected"), REGIMENS.items())
def test_a_shipped_regimen_gives_its_published_total(name, expected):
    assert totals(name) == expected


def test_every_shipped_regimen_has_a_title_a_source_and_its_own_name(repository: Path):
    paths = sorted((repository / "biology" / "regimens").glob("*.yaml"))
    assert {p.stem for p in paths} >= set(REGIMENS)
    for path in paths:
        root = read_yaml(path)
        assert root["name"].value == path.stem
        assert root["title"].value
        assert root["source"].value


def test_a_regimen_starts_when_the_protocol_says(toy, tmp_path, monkeypatch):
    (tmp_path / "regimens").mkdir()
    (tmp_path / "regimens" / "two_bags.yaml").write_text(
        "name: two_bags\ndoses:\n"
        "  - {substance: drug, amount: 100 mg/kg over 1 h, route: intravenous, at: 0 h}\n"
        "  - {substance: drug, amount: 50 mg/kg over 2 h, route: intravenous, at: 1 h}\n"
    )
    model = toy.__class__(**{**toy.__dict__, "biology": tmp_path})
    text = "name: a\ndoses: [{regimen: two_bags, at: $late}]\nsampling: {every: 30 min, until: 8 h}\n"
    run = simulate(model, load_protocol(text, model=model), {"late": [0.0, 5.0], "BW": [70.0, 100.0]})
    np.testing.assert_allclose(run.dosed("drug")[0][run.time == 2.0], 70.0 + 17.5)
    np.testing.assert_allclose(run.dosed("drug")[1][run.time == 7.0], 100.0 + 25.0)
    assert (run.dosed("drug")[1][run.time <= 5.0] == 0).all()
    assert {dose.regimen for dose in run.protocol.doses} == {"two_bags"}
    with pytest.raises(
        ProtocolError, match=r"(?s)AC603 there is no regimen `two_bag`.*Did you mean `two_bags`"
    ):
        load_protocol(text.replace("two_bags", "two_bag"), model=model)
