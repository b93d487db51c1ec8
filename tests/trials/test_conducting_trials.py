from __future__ import annotations

import numpy as np
import pytest
from small_trial import LEVEL, small_trial

import acinus.trials.conduct
import acinus.trials.setting
from acinus.errors import Code, RequestError
from acinus.trials import conduct_trial, read_trial

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result():
    return conduct_trial(read_trial(small_trial(entry=["age at least 40 year"])))


def test_everyone_screened_is_accounted_for(result):
    screening = result.screening
    assert screening.n_in == 300
    assert screening.n_in == screening.n_entered + sum(screening.n_not_entered.values()) + screening.n_failed
    assert 0 < screening.n_entered < 300
    assert len(result.ids) == screening.n_entered
    assert (result.columns["age"] >= 40).all()


def test_shares_are_those_of_the_closed_form(result):
    # A(4 h) = 1 / (1 - 4 g h) is above 1.5 for g h above 1/12.
    g = read_trial(small_trial()).setting.individuals(0, 300)["g"][np.asarray(result.ids)]
    for arm, h in (("fast", 1.0), ("slow", 0.5)):
        share = next(item.share for item in result.shares if item.arm == arm)
        assert (share.events, share.of) == (int((g * h > 1 / 12).sum()), len(result.ids))


def test_arms_have_the_same_individuals(result):
    fast, slow = (result.arms[arm].values["highest"] for arm in ("fast", "slow"))
    np.testing.assert_allclose(1 - 1 / fast, 2 * (1 - 1 / slow), rtol=1e-4)  # growth halved, person by person


def test_times_to_an_event_are_those_of_the_closed_form(result):
    # A = 1.5 at t = 1 / (3 g h); samples are 3 min apart.
    times = result.arms["fast"].values["to_high"]
    known = np.isfinite(times)
    g = 1 - 1 / result.arms["fast"].values["highest"][known]
    np.testing.assert_allclose(times[known], 1 / (3 * g / 4), atol=0.01)
    assert known.sum() == next(item.share.events for item in result.shares if item.arm == "fast")


@pytest.mark.parametrize("chunk", [7, 300])
def test_chunks_change_nothing(result, monkeypatch, chunk):
    monkeypatch.setattr(acinus.trials.conduct, "CHUNK", chunk)
    again = conduct_trial(read_trial(small_trial(entry=["age at least 40 year"])), workers=2)
    assert again.screening == result.screening
    for arm, data in result.arms.items():
        for name, values in data.values.items():
            np.testing.assert_array_equal(again.arms[arm].values[name], values)
    assert again.contrasts == result.contrasts


def test_a_blood_test_of_the_untreated_decides_who_enters():
    entry = [{"of": "A", "at": "2 h", "above": "1.2 dimensionless"}]
    found = conduct_trial(read_trial(small_trial(entry=entry)))
    # A(2 h) = 1 / (1 - 2 g) is above 1.2 for g above 1/12, whatever the arm does to them later.
    people = read_trial(small_trial()).setting.individuals(0, 300)
    np.testing.assert_array_equal(found.ids, people.ids[people["g"] > 1 / 12])


def test_who_does_not_finish_is_counted_and_not_averaged():
    columns = {"g": {"distribution": "uniform", "low": "0.01 dimensionless", "high": "0.4 dimensionless"}}
    found = conduct_trial(read_trial(small_trial(columns=columns, reference="slow", people=60)))
    people = read_trial(small_trial(columns=columns, people=60)).setting.individuals(0, 60)
    n_in, n_ok, n_failed = found.counts("fast")
    assert n_in == n_ok + n_failed == 60
    assert n_failed == int((people["g"] > 0.25).sum()) > 0
    assert sum(found.arms["fast"].reasons.values()) == n_failed
    assert next(item.share.of for item in found.shares if item.arm == "fast") == n_ok
    assert {item.n for item in found.contrasts} == {n_ok}


def test_nobody_entering_is_said_with_the_reasons():
    with pytest.raises(RequestError) as raised:
        conduct_trial(read_trial(small_trial(entry=["age above 100 year"], people=20)))
    assert raised.value.diagnostics[0].code is Code.TRIAL_NOBODY
    assert "20 by `age above 100 year`" in raised.value.diagnostics[0].why


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcomes": {"high": {"measure": "maximum", "of": "A"}}}, "does not answer yes or no"),
        ({"events": {"to_high": {"measure": "maximum", "of": "A"}}}, "is no time in hours"),
    ],
)
def test_an_outcome_that_is_a_number_is_refused(changes, words):
    with pytest.raises(RequestError, match=words):
        conduct_trial(read_trial(small_trial(people=5, **changes)))


def test_an_event_happens_only_to_those_at_risk():
    slow_down = {"measure": "first_time_above", "of": "A", "level": "1.1 dimensionless"}
    among = {"measure": "exceeds", "of": "A", "level": LEVEL}
    found = conduct_trial(read_trial(small_trial(events={"soon": {**slow_down, "among": among}})))
    for curve in found.survival:
        share = next(item.share for item in found.shares if item.arm == curve.arm)
        assert curve.n == curve.events == share.events


def test_what_was_asked_for_and_is_too_large_is_said():
    power = [{"what": "high", "arms": ["slow", "fast"], "sizes": [5, 400], "trials": 20}]
    found = conduct_trial(
        read_trial(small_trial(power=power, replicates={"trials": 5, "sizes": {"fast": 400}}))
    )
    assert found.power[0].sizes == (5,)
    assert found.replicates is None
    assert [note.split(":")[0] for note in found.notes] == ["no replicate trials", "power of high"]


class _Killed(BaseException):
    """What nothing catches."""


@pytest.fixture
def simulated(monkeypatch):
    """How many people each call of `simulate` had; the one that `dies_at` names is killed instead."""
    counts: list[int] = []
    real = acinus.trials.setting.simulate

    def counted(model, protocol, people, **options):
        if len(counts) == counted.dies_at:
            counted.dies_at = None
            raise _Killed
        counts.append(len(people))
        return real(model, protocol, people, **options)

    counted.dies_at = None
    monkeypatch.setattr(acinus.trials.setting, "simulate", counted)
    monkeypatch.setattr(acinus.trials.conduct, "CHUNK", 50)
    return counts, counted


def test_killed_trial_goes_on_to_the_same_numbers(result, simulated, tmp_path):
    counts, simulate = simulated
    trial = read_trial(small_trial(entry=["age at least 40 year"]))
    simulate.dies_at = 5
    with pytest.raises(_Killed):
        conduct_trial(trial, kept=tmp_path)
    assert len(counts) == 5
    again = conduct_trial(trial, kept=tmp_path)
    assert len(counts) == 2 * 6  # each part of 50 people once in each arm
    assert again.as_dict() == result.as_dict()
    assert conduct_trial(trial, kept=tmp_path).as_dict() == result.as_dict()
    assert len(counts) == 2 * 6


def test_kept_answers_that_are_damaged_or_of_another_question_are_not_used(simulated, tmp_path):
    counts, _ = simulated
    first = conduct_trial(read_trial(small_trial(people=50)), kept=tmp_path)
    assert len(counts) == 2
    for change in (
        {"seed": 8},
        {"numbers": {"highest": {"measure": "minimum", "of": "A"}}},
        {"protocol": {**small_trial()["protocol"], "sampling": {"every": "6 min", "until": "4 h"}}},
    ):
        counts.clear()
        conduct_trial(read_trial(small_trial(people=50, **change)), kept=tmp_path)
        assert len(counts) == 2, change
    for file in tmp_path.glob("*.npz"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    counts.clear()
    again = conduct_trial(read_trial(small_trial(people=50)), kept=tmp_path)
    assert len(counts) == 2
    assert again.as_dict() == first.as_dict()


def test_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(RequestError) as caught:
        conduct_trial(read_trial(small_trial(people=20)), kept=tmp_path / "kept")
    assert caught.value.diagnostics[0].code == Code.NOT_WRITABLE
