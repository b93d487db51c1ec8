"""Every way in which a protocol can be wrong, and what is said about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from acinus.errors import ProtocolError
from acinus.simulation import DietLine, Dose, Protocol, every, load_protocol, simulate

GOOD = "substance: drug, amount: 1 g, route: oral"
IN_VEIN = "substance: drug, amount: 1 g, route: intravenous"


def file_with(dose: str = "", sampling: str = "{every: 1 h, until: 24 h}", more: str = "") -> str:
    doses = f"doses:\n  - {{{dose}}}\n" if dose else ""
    return f"name: trial\n{doses}sampling: {sampling}\n{more}"


def refusal(toy, text: str) -> str:
    with pytest.raises(ProtocolError) as refused:
        load_protocol(text, model=toy)
    for finding in refused.value.diagnostics:
        assert finding.place is not None, f"without a place: {finding}"
        assert finding.place.line is not None
        assert finding.why or finding.remedy
    return str(refused.value)


DOSES = {
    "substance: drg, amount: 1 g, route: oral": ("AC603", "no substance `drg`", "Did you mean `drug`?"),
    "substance: paratset, amount: 1 g, route: oral": ("AC603", "no substance `paratset`", "`paratest`"),
    "substance: drug, amount: 1 h, route: oral": ("AC601", "the dose of drug: `h` is the wrong kind of unit"),
    "substance: drug, amount: 1 furlongs, route: oral": ("AC601", "the dose of drug"),
    "substance: drug, amount: 10, route: oral": ("AC601", "`10` has no unit"),
    "substance: drug, amount: g, route: oral": ("AC601", "`g` does not start with a number"),
    "substance: drug, amount: -1 g, route: oral": ("AC602", "is not positive: `-1 g`"),
    "substance: drug, amount: 0 mg/kg, route: oral": ("AC602", "is not positive"),
    "substance: drug, amount: nan g, route: oral": ("AC601", "not a finite number"),
    "substance: drug, amount: inf g, route: oral": ("AC601", "not a finite number"),
    "substance: drug, amount: 1 g, route: orral": (
        "AC603",
        "drug has no route `orral`",
        "Did you mean `oral`?",
    ),
    "substance: drug, amount: 1 g, route: oral, form: extendet": (
        "AC603",
        "no oral form `extendet`",
        "`extended`",
    ),
    f"{IN_VEIN}, over: 1 h, form: immediate": (
        "AC603",
        "no intravenous form `immediate`",
        "Leave `form` out.",
    ),
    IN_VEIN: ("AC608", "cannot be given intravenous at once", "Give it over a time: `over: 2 min`."),
    f"{GOOD}, over: 1 h": ("AC608", "cannot be given oral over a time"),
    f"{IN_VEIN}, over: 0 min": ("AC602", "is given over no time: `0 min`"),
    f"{IN_VEIN}, over: -5 min": ("AC606", "the duration of the dose of drug is negative"),
    f"{IN_VEIN}, over: 5 mg": ("AC601", "the duration of the dose of drug"),
    "substance: drug, amount: 1 g over 1 h, route: intravenous, over: 2 h": (
        "AC602",
        "says twice how long it takes",
    ),
    f"{GOOD}, at: -1 h": ("AC606", "is negative: `-1 h`"),
    f"{GOOD}, at: 25 h": ("AC606", "comes at 25 h, after the end of sampling at 24 h"),
    f"{GOOD}, at: noon": ("AC601", "`noon` does not start with a number"),
    f"{GOOD}, every: 6 h": ("AC602", "is repeated, but not how often", "`times: 4`"),
    f"{GOOD}, times: 3": ("AC602", "has `times` but no interval"),
    f"{GOOD}, every: 6 h, times: 0": ("AC602", "is given `0` times"),
    f"{GOOD}, every: 6 h, times: 2.5": ("AC602", "is given `2.5` times"),
    f"{GOOD}, every: 6 h, times: 9": ("AC606", "the last of 9 doses of drug comes at 48 h"),
    f"{GOOD}, every: 0 h, times: 2": ("AC602", "is repeated every `0 h`"),
    f"{GOOD}, every: 1 ms, until: 24 h": ("AC602", "times", "check the units"),
    f"{GOOD}, at: 5 h, every: 1 h, until: 2 h": ("AC602", "ends before it starts"),
    f"{GOOD}, every: $step, times: 2": ("AC602", "is the column `$step`"),
    f"{GOOD}, at: $when, every: 1 h, until: 9 h": ("AC602", "Use `times` with a column"),
    f"{GOOD}, att: 1 h": ("AC604", "a dose has no key `att`", "Did you mean `at`?"),
    "substance: drug, route: oral": ("AC605", "a dose needs the key `amount`"),
    "regimen: nac_three_bag_20": ("AC603", "there is no regimen", "`nac_three_bag_20h`"),
    "regimen: nac_snap_12h, att: 1 h": ("AC604", "has no key `att`"),
}


@pytest.mark.parametrize(("dose", "parts"), DOSES.items())
def test_a_dose_that_cannot_be(toy, dose, parts):
    text = refusal(toy, file_with(dose))
    for part in parts:
        assert part in text


def test_the_line_and_column_are_shown_with_a_caret(toy):
    text = refusal(toy, file_with("substance: drug, amount: 20 h, route: oral"))
    assert "--> protocol.yaml:3:31" in text
    assert "    3 |   - {substance: drug, amount: 20 h, route: oral}" in text
    assert "\n      |                               ^^^^" in text


SAMPLINGS = {
    "[]": ("AC607", "there is no sampling time"),
    "[2 h, 1 h]": ("AC607", "not in increasing order"),
    "[1 h, 60 min]": ("AC607", "not in increasing order"),
    "[1 h, -1 h]": ("AC606", "a sampling time is negative"),
    "[1, 2]": ("AC601", "`1` has no unit"),
    "[1 kg]": ("AC601", "wrong kind of unit"),
    "[$when]": ("AC607", "a sampling time is `$when`"),
    "{every: 0 h, until: 2 h}": ("AC607", "the sampling interval is `0 h`"),
    "{every: 1 h, from: 5 h, until: 2 h}": ("AC607", "ends at 2 h, before it starts at 5 h"),
    "{every: 1 ms, until: 96 h}": ("AC607", "sampling times", "wrong unit"),
    "{evry: 1 h, until: 2 h}": (
        "AC604",
        "no key `evry`",
        "Did you mean `every`?",
        "AC605",
        "needs the key `every`",
    ),
}


@pytest.mark.parametrize(("sampling", "parts"), SAMPLINGS.items())
def test_sampling_that_cannot_be(toy, sampling, parts):
    text = refusal(toy, file_with(sampling=sampling))
    for part in parts:
        assert part in text


MORE = {
    "diet: [{state: fedd}]": ("AC603", "no diet state `fedd`", "Did you mean `fed`"),
    "diet: [{state: fed, from: 30 h}]": ("AC606", "comes at 30 h, after the end of sampling"),
    "diet: [{state: fed, from: 3 h, until: 3 h}]": ("AC606", "not after its start"),
    "diet: [{state: fed, from: 3 kg}]": ("AC601", "the start of `fed`"),
    "diet: [{states: fed}]": ("AC604", "no key `states`", "AC605", "needs the key `state`"),
    "values: {BWW: 70 kg}": ("AC603", "no parameter `BWW` to set", "Did you mean `BW`?"),
    "values: {BW: 70 L}": ("AC601", "the value of `BW`"),
    "values: {BW: 70}": ("AC601", "`70` has no unit"),
    "values: {drug_pla: 1 mmol/L}": ("AC603", "`drug_pla` is a species there"),
    "samplin: 3": ("AC604", "a protocol has no key `samplin`", "Did you mean `sampling`?"),
    "doses: 20 g": ("AC610", "the doses are not a list"),
    "values: [1]": ("AC610", "the values are not pairs"),
    "doses: [20 g]": ("AC610", "a dose is `20 g`"),
}


@pytest.mark.parametrize(("more", "parts"), MORE.items())
def test_other_lines_that_cannot_be(toy, more, parts):
    text = refusal(toy, file_with(more=more))
    for part in parts:
        assert part in text


def test_a_protocol_without_sampling_is_refused(toy):
    assert "a protocol needs the key `sampling`" in refusal(toy, "name: trial\ndoses: []\n")


def test_all_that_is_wrong_is_told_at_once(toy):
    text = (
        "name: trial\n"
        "values: {BWW: 70 kg}\n"
        "doses:\n"
        "  - {substance: drg, amount: 1 h, route: oral}\n"
        "  - {substance: drug, amount: -1 g, route: orral, at: 99 h}\n"
        "diet: [{state: fedd}]\n"
        "sampling: {every: 1 h, until: 24 h}\n"
    )
    with pytest.raises(ProtocolError) as refused:
        load_protocol(text, model=toy)
    codes = [d.code.value for d in refused.value.diagnostics]
    assert sorted(codes) == ["AC601", "AC602", "AC603", "AC603", "AC603", "AC603", "AC606"]


def test_a_protocol_made_in_python_is_checked_like_a_file(toy):
    protocol = Protocol(
        doses=[Dose("drug", "1 h", "oral"), Dose("drug", "1 g", "orral")],
        diet=[DietLine("fedd")],
        sampling=every("1 h", until="24 h"),
    )
    with pytest.raises(ProtocolError) as refused:
        simulate(toy, protocol)
    assert [d.code.value for d in refused.value.diagnostics] == ["AC601", "AC603", "AC603"]


def test_a_dose_beyond_the_largest_is_taken_for_a_slip(toy):
    from dataclasses import dataclass

    from acinus.model import Substance

    @dataclass(frozen=True)
    class Bounded(Substance):
        largest_dose: str = "500 g"

    drug = toy.substances["drug"]
    bounded = Bounded(
        **{name: getattr(drug, name) for name in Substance.__dataclass_fields__ if name != "largest_dose"}
    )
    model = toy.__class__(**{**toy.__dict__, "substances": {"drug": bounded}})
    load_protocol(file_with("substance: drug, amount: 500 g, route: oral"), model=model)
    for amount in ("600 g", "20 kg", "8 g/kg", "9 mol"):
        with pytest.raises(ProtocolError, match=r"(?s)AC602.*taken for a slip.*Check the unit"):
            load_protocol(file_with(f"substance: drug, amount: {amount}, route: oral"), model=model)


def run_refusal(toy, people, **dose) -> str:
    protocol = Protocol(doses=[Dose("drug", route="oral", **dose)], sampling=every("1 h", until="24 h"))
    with pytest.raises(ProtocolError) as refused:
        simulate(toy, protocol, people)
    return str(refused.value)


def test_columns_that_cannot_be(toy):
    assert "AC609" in run_refusal(toy, {"dosse": [1.0]}, amount="$dose")
    assert "Did you mean `dosse`?" in run_refusal(toy, {"dosse": [1.0]}, amount="$dose")
    assert "The run was given no individuals." in run_refusal(toy, None, amount="$dose")
    assert "1 of 2 individuals have none, the first is 1" in run_refusal(
        toy, {"dose": [1.0, -2.0]}, amount="$dose"
    )
    assert "a finite amount" in run_refusal(toy, {"dose": [1.0, np.nan]}, amount="$dose")
    assert "a time of 0 h or later" in run_refusal(toy, {"when": [-1.0]}, amount="1 g", at="$when")
    assert "a time up to the end of sampling" in run_refusal(toy, {"when": [25.0]}, amount="1 g", at="$when")
    assert "a body weight above zero" in run_refusal(toy, {"BW": [70.0, 0.0]}, amount="1 mg/kg")
    assert "AC601" in run_refusal(toy, {"dose": ([1.0], "h")}, amount="$dose")
    assert "AC601" in run_refusal(toy, {"when": ([1.0], "kg")}, amount="1 g", at="$when")


def test_tables_that_cannot_be(toy):
    assert "one value for each individual" in run_refusal(toy, {"a": [1.0, 2.0], "b": [1.0]}, amount="1 g")
    assert "the table of individuals is empty" in run_refusal(toy, {"a": []}, amount="1 g")

    class Twins:
        ids = ("x", "x")
        columns = {"BW": np.array([70.0, 80.0])}

    assert "two individuals have the same id" in run_refusal(toy, Twins(), amount="1 g")


def test_values_that_cannot_be_set(toy):
    protocol = Protocol(sampling=["1 h"])
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"BWW": 1.0}, "Did you mean `BW`?"),
        ({"V": 1.0}, "A formula gives its value."),
        ({"drug_pla": 1.0}, "It is a species"),
        ({"BW": float("nan")}, "is nan"),
        ({"BW": "heavy"}, "the value of `BW`"),
    ]
    for values, part in wrong:
        with pytest.raises(ProtocolError) as refused:
            simulate(toy, protocol, values=values)
        assert part in str(refused.value)
    with pytest.raises(ProtocolError, match="AC610 `V` cannot be set"):
        simulate(toy, protocol, {"V": [1.0]})


def test_diet_lines_that_contradict_each_other_are_refused(toy):
    protocol = Protocol(
        diet=[DietLine("fed", "0 h", "4 h"), DietLine("fasted", "3 h", "6 h")], sampling=["9 h"]
    )
    with pytest.raises(ProtocolError, match=r"AC611 the diet lines `fed` and `fasted` overlap at 3 h"):
        simulate(toy, protocol)
    after = Protocol(diet=[DietLine("fed", "0 h", "3 h"), DietLine("fasted", "3 h", "6 h")], sampling=["9 h"])
    assert simulate(toy, after).ok.all()
