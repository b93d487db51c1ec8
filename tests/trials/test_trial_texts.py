from __future__ import annotations

import pytest
from small_trial import small_map, small_trial

from acinus.errors import Code, PopulationError, ProtocolError, RequestError
from acinus.trials import list_maps, list_trials, read_map, read_trial


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"outcome": {}}, Code.TRIAL_KEY, "no `outcome`"),
        ({"population": None}, Code.TRIAL_KEY, "needs `population`"),
        ({"protocol": None}, Code.TRIAL_KEY, "needs `protocol`"),
        ({"outcomes": None, "numbers": None, "events": None}, Code.TRIAL_VALUE, "measures nothing"),
        ({"reference": "fsat"}, Code.TRIAL_VALUE, "no arm `fsat`"),
        ({"comparisons": [["slow", "fats"]]}, Code.TRIAL_VALUE, "no arm `fats`"),
        ({"comparisons": ["slow"]}, Code.TRIAL_VALUE, "no comparison"),
        ({"numbers": {"high": "peak_alt"}}, Code.TRIAL_VALUE, "measured twice"),
        ({"entry": [{"of": "A", "at": "1 h"}]}, Code.TRIAL_VALUE, "one of `above`"),
        ({"entry": [{"of": "A", "above": "1 dimensionless"}]}, Code.TRIAL_KEY, "needs `at`"),
        (
            {"published": [{"what": "high", "arm": "fast", "events": 3, "of": 2, "source": "x"}]},
            Code.TRIAL_VALUE,
            "3 events of 2",
        ),
        ({"published": [{"what": "high", "arm": "fast", "source": "x"}]}, Code.TRIAL_VALUE, "or a `value`"),
        ({"replicates": {"trials": 5}}, Code.TRIAL_VALUE, "has no sizes"),
        (
            {"power": [{"what": "high", "arms": ["slow"], "sizes": [5]}]},
            Code.TRIAL_VALUE,
            "compares two arms",
        ),
        (
            {"power": [{"what": "high", "arms": ["slow", "fast"], "sizes": ["many"]}]},
            Code.TRIAL_VALUE,
            "whole numbers",
        ),
        (
            {
                "events": {
                    "soon": {"measure": "first_time_above", "of": "A", "level": 1, "among": "hepatotoxicity"}
                },
                "power": [{"what": "soon", "arms": ["slow", "fast"], "sizes": [5]}],
            },
            Code.TRIAL_VALUE,
            "the power of `soon` is not defined",
        ),
    ],
)
def test_a_trial_that_cannot_be_is_refused(changes, code, words):
    with pytest.raises(RequestError) as raised:
        read_trial(small_trial(**changes))
    assert any(found.code is code and words in found.what for found in raised.value.diagnostics), raised.value


def test_a_rule_on_a_column_that_nobody_has_is_refused():
    with pytest.raises(PopulationError, match="no column is called `agee`"):
        read_trial(small_trial(entry=["agee at least 40 year"]))


def test_columns_are_described_anew():
    columns = {"age": {"distribution": "fixed", "value": "50 year"}}
    people = read_trial(small_trial(columns=columns)).setting.individuals(0, 3)
    assert people["age"].tolist() == [50, 50, 50]
    assert people["g"].tolist() == read_trial(small_trial()).setting.individuals(0, 3)["g"].tolist()


def test_a_protocol_that_cannot_be_is_refused_with_its_own_code():
    with pytest.raises(ProtocolError):
        read_trial(
            small_trial(protocol={"sampling": {"every": "1 h", "until": "2 h"}, "doses": [{"at": "0 h"}]})
        )


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(RequestError) as raised:
        read_trial("prescott_1997")
    assert raised.value.diagnostics[0].code is Code.TRIAL_UNKNOWN
    assert "prescott_1979" in raised.value.diagnostics[0].remedy


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"outcome": None}, Code.TRIAL_KEY, "needs `outcome`"),
        ({"outcomes": {}}, Code.TRIAL_KEY, "no `outcomes`"),
        ({"across": {"column": "gg", "values": [1, 2]}}, Code.TRIAL_VALUE, "have `gg`"),
        ({"across": {"column": "g", "values": [1]}}, Code.TRIAL_VALUE, "two different"),
        ({"across": {"column": "g", "values": [2, 1]}}, Code.TRIAL_VALUE, "do not rise"),
        ({"across": {"column": "age", "values": ["1 kg", "2 kg"]}}, Code.TRIAL_VALUE, "wrong kind of unit"),
        ({"across": {"column": "age", "values": [1, 2], "unit": "kg"}}, Code.TRIAL_VALUE, "is no unit"),
        ({"across": {"column": "g", "values": [1, 2], "labels": ["one"]}}, Code.TRIAL_VALUE, "1 `labels`"),
        ({"across": {"column": "h", "values": [1, 2]}}, Code.TRIAL_VALUE, "both set `h`"),
        ({"against": "hlaf"}, Code.TRIAL_VALUE, "no arm `hlaf`"),
    ],
)
def test_a_map_that_cannot_be_is_refused(changes, code, words):
    with pytest.raises(RequestError) as raised:
        read_map(small_map(**changes))
    assert any(found.code is code and words in found.what for found in raised.value.diagnostics), raised.value


@pytest.mark.slow
@pytest.mark.parametrize("name", list_trials())
def test_every_shipped_trial_can_be_read(name):
    trial = read_trial(name, people=5)
    assert len(trial.setting.arms) > 1
    assert trial.setting.people == 5


@pytest.mark.slow
@pytest.mark.parametrize("name", list_maps())
def test_every_shipped_map_can_be_read(name):
    asked = read_map(name)
    assert len(asked.across.values) > 1
    assert asked.against in asked.setting.arms
