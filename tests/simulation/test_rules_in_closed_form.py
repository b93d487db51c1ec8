"""Decisions taken during a run, against arithmetic on the curves that they are taken from."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.simulation import load_protocol, simulate

KE, V = 0.3, 35.0  # per hour, L: as in the toy, for 70 kg

LOADED = """
name: trial
doses:
  - {substance: salt, amount: $salt, route: intravenous, at: 0 h}
  - {substance: drug, amount: $start, route: intravenous, over: 2 h, at: 0 h}
sampling: {every: 0.5 h, until: 48 h}
"""


def infusion(time, start, end, rate):
    """Return the level of the toy's drug during and after an infusion, mmol/L."""
    running = np.clip(time, start, end)
    at_end = rate / (KE * V) * -np.expm1(-KE * (running - start))
    return np.where(time > start, at_end * np.exp(-KE * np.maximum(time - end, 0.0)), 0.0)


def run(toy, rules: str, *, salt=(0.0,), start=(10.0,), more=None, workers=1):
    protocol = load_protocol(LOADED + rules, model=toy)
    salt, start = np.broadcast_arrays(np.asarray(salt, float), np.asarray(start, float))
    people = {"salt": (salt, "mmol"), "start": (start, "mmol")}
    return simulate(toy, protocol, people | (more or {}), workers=workers)


EXTENDED = """
rules:
  - name: extend
    checked: {from: 4 h, every: 6 h, times: 5, repeat: while_met}
    when: {of: salt_pla, above: 1 mmol/L}
    give: [{substance: drug, amount: 12 mmol, route: intravenous, over: 6 h, at: 1 h}]
"""


def test_a_bag_is_given_at_each_check_while_the_condition_holds(toy):
    # Salt stays as it was given, so that 70 mmol in 35 L is always above the level and 7 mmol never.
    found = run(toy, EXTENDED, salt=[70.0, 7.0])
    assert found["extend"][:, -1].tolist() == [5.0, 0.0]
    plain = infusion(found.time, 0.0, 2.0, 5.0)
    bags = sum(infusion(found.time, 5.0 + 6.0 * k, 11.0 + 6.0 * k, 2.0) for k in range(5))
    np.testing.assert_allclose(found["drug_pla"][0], plain + bags, rtol=2e-6, atol=1e-9)
    np.testing.assert_allclose(found["drug_pla"][1], plain, rtol=2e-6, atol=1e-9)
    assert found.dosed("drug")[:, -1] == pytest.approx([70.0, 10.0])


def test_it_ends_at_the_first_check_without_need(toy):
    # The drug itself is watched: a bag keeps it above the level only where the first one begins high enough.
    rules = """
rules:
  - name: extend
    checked: {from: 4 h, every: 6 h, times: 6, repeat: while_met}
    when: {of: drug_pla, above: $level}
    give: [{substance: drug, amount: 6 mmol, route: intravenous, over: 6 h}]
"""
    levels = np.array([0.02, 0.105, 0.2])
    found = run(toy, rules, salt=[0.0] * 3, start=[10.0] * 3, more={"level": (levels, "mmol/L")})
    expected = []
    for level in levels:
        bags: list[float] = []
        for check in 4.0 + 6.0 * np.arange(6):
            now = infusion(np.array(check), 0.0, 2.0, 5.0) + sum(
                infusion(np.array(check), b, b + 6, 1.0) for b in bags
            )
            if now <= level:
                break
            bags.append(check)
        expected.append(bags)
    assert [len(bags) for bags in expected] == [6, 1, 0]
    assert found["extend"][:, -1].tolist() == [6.0, 1.0, 0.0]
    for i, bags in enumerate(expected):
        curve = infusion(found.time, 0.0, 2.0, 5.0) + sum(infusion(found.time, b, b + 6.0, 1.0) for b in bags)
        np.testing.assert_allclose(found["drug_pla"][i], curve, rtol=2e-6, atol=1e-9)


def test_until_met_acts_once_at_the_first_check_that_meets(toy):
    rules = """
rules:
  - name: rescue
    checked: {from: 3 h, every: 2 h, times: 8, repeat: until_met}
    when: {of: drug_pla, below: 0.05 mmol/L}
    give: [{substance: drug, amount: 35 mmol, route: oral}]
"""
    found = run(toy, rules)
    checks = 3.0 + 2.0 * np.arange(8)
    first = checks[infusion(checks, 0.0, 2.0, 5.0) < 0.05][0]
    assert found["rescue"][0, -1] == 1.0
    assert found["rescue"][0][found.time < first].max() == 0.0
    assert found["rescue"][0][found.time == first] == 1.0  # a sample at the time of a decision is after it
    np.testing.assert_allclose(found["gut"][0][found.time == first], 35.0, rtol=1e-9)
    assert found.schedule.start[0].tolist().count(first) == 1


def test_an_infusion_is_stopped_where_it_is_and_what_was_to_come_is_not_given(toy):
    rules = """
  # never a dose after the stop
rules:
  - name: enough
    checked: {from: 5 h}
    when: {of: salt_pla, above: 1 mmol/L}
    stop: paratest
"""
    doses = """
name: trial
doses:
  - {substance: salt, amount: $salt, route: intravenous, at: 0 h}
  - {substance: drug, amount: 20 mmol, route: intravenous, over: 10 h, at: 0 h}
  - {substance: drug, amount: 7 mmol, route: oral, at: 5 h, every: 5 h, times: 3}
sampling: {every: 0.5 h, until: 24 h}
"""
    people = {"salt": (np.array([70.0, 0.0]), "mmol")}
    found = simulate(toy, load_protocol(doses + rules, model=toy), people)
    stopped = infusion(found.time, 0.0, 5.0, 2.0)
    np.testing.assert_allclose(found["drug_pla"][0], stopped, rtol=2e-6, atol=1e-7)
    assert found["gut"][0].max() == 0.0
    assert found.dosed("drug")[0, -1] == pytest.approx(10.0, rel=1e-6)
    assert found.dosed("drug")[1, -1] == pytest.approx(41.0)


def test_what_is_given_again_after_a_stop_stands(toy):
    rules = """
rules:
  - name: halt
    checked: {from: 1 h}
    when: {of: drug_pla, above: 0 mmol/L}
    stop: drug
  - name: again
    checked: {from: 1 h}
    when: {acted: halt}
    give: [{substance: drug, amount: 4 mmol, route: intravenous, over: 4 h}]
  - name: later
    checked: {from: 3 h after again}
    when: {all: [{acted: again}, {not: {of: salt_pla, at_least: 1 mmol/L}}]}
    give: [{substance: drug, amount: 3 mmol, route: intravenous, over: 1 h, at: 30 min}]
"""
    found = run(toy, rules, salt=[0.0, 70.0])
    # `again` is asked at the moment of the stop, before it stands, and so does nothing.
    np.testing.assert_allclose(
        found["drug_pla"][0], infusion(found.time, 0.0, 1.0, 5.0), rtol=2e-6, atol=1e-7
    )
    found = run(
        toy,
        rules.replace("- name: again\n    checked: {from: 1 h}", "- name: again\n    checked: {from: 2 h}"),
        salt=[0.0, 70.0],
    )
    curve = infusion(found.time, 0.0, 1.0, 5.0) + infusion(found.time, 2.0, 6.0, 1.0)
    more = infusion(found.time, 5.5, 6.5, 3.0)
    np.testing.assert_allclose(found["drug_pla"][0], curve + more, rtol=2e-6, atol=1e-7)
    np.testing.assert_allclose(found["drug_pla"][1], curve, rtol=2e-6, atol=1e-7)


def test_a_watched_rule_acts_at_the_moment_of_crossing(toy):
    rules = """
rules:
  - name: low
    watched: {from: 3 h, times: 2}
    when: {of: drug_pla, below: 0.05 mmol/L}
    give: [{substance: drug, amount: 10 mmol, route: intravenous, over: 1 h}]
"""
    found = run(toy, rules)
    at_two = infusion(np.array(2.0), 0.0, 2.0, 5.0)
    first = 2.0 + np.log(at_two / 0.05) / KE
    after = infusion(np.array(first + 1.0), 0.0, 2.0, 5.0) + infusion(
        np.array(first + 1.0), first, first + 1.0, 10.0
    )
    second = first + 1.0 + np.log(after / 0.05) / KE
    assert found["low"][0, -1] == 2.0
    starts = np.sort(found.schedule.start[0])
    np.testing.assert_allclose(starts[np.isfinite(starts)], [0.0, 0.0, first, second], atol=1e-5)
    curve = sum(infusion(found.time, b, b + 1.0, 10.0) for b in (first, second)) + infusion(
        found.time, 0.0, 2.0, 5.0
    )
    np.testing.assert_allclose(found["drug_pla"][0], curve, rtol=1e-4, atol=1e-7)


def test_a_test_is_compared_with_earlier_ones(toy):
    rules = """
rules:
  - name: rise
    checked: {first_test: 2 h, from: 4 h, every: 2 h, times: 4, repeat: whenever_met}
    when: {of: drug_pla, compared_with: WORD, above: 0.4}
    give: [{substance: salt, amount: 1 mmol, route: intravenous}]
"""
    fall = np.exp(-KE * 2.0)  # between two tests, 0.549: above 0.4 once, 0.301 after two
    counts = {}
    for word in ("first", "last", "highest"):
        counts[word] = run(toy, rules.replace("WORD", word))["rise"][0, -1]
    assert fall > 0.4 > fall**2
    assert counts == {"first": 1.0, "last": 4.0, "highest": 1.0}


def test_the_same_moment_for_two_doses_loses_neither(toy):
    rules = """
rules:
  - name: one
    checked: {from: 4 h}
    when: {of: drug_pla, above: 0 mmol/L}
    give: [{substance: drug, amount: 7 mmol, route: oral, form: extended}]
  - name: two
    checked: {from: 4 h}
    when: {of: drug_pla, above: 0 mmol/L}
    give: [{substance: drug, amount: 5 mmol, route: oral, form: extended}]
"""
    found = run(toy, rules)
    assert found["slow_gut"][0][found.time == 4.0] == pytest.approx(12.0, rel=1e-9)


def test_everybody_is_the_same_in_any_batch(toy):
    rng = np.random.default_rng(5)
    salt, start = rng.uniform(0, 70, 37), rng.uniform(1, 40, 37)
    whole = run(toy, EXTENDED, salt=salt, start=start, workers=2)
    assert 0 < (whole["extend"][:, -1] > 0).sum() < 37
    assert ((whole["extend"][:, -1] > 0) == (salt / V > 1.0)).all()
    backwards = run(toy, EXTENDED, salt=salt[::-1], start=start[::-1])
    assert np.array_equal(whole.values, backwards.values[::-1])
    for i in (0, 11, 36):
        alone = run(toy, EXTENDED, salt=salt[i : i + 1], start=start[i : i + 1])
        assert np.array_equal(alone.values[0], whole.values[i])


def test_without_need_the_rule_changes_nothing(toy):
    ruled = run(toy, EXTENDED, salt=[7.0])
    plain = run(toy, "", salt=[7.0])
    np.testing.assert_allclose(ruled["drug_pla"], plain["drug_pla"], rtol=1e-6, atol=1e-10)
    assert ruled.dosed("drug")[0].tolist() == plain.dosed("drug")[0].tolist()


def test_what_was_given_is_read_off_by_weight_and_time(toy):
    found = run(toy, EXTENDED, salt=[70.0, 7.0])
    # 70 and 10 mmol of 100 g/mol in 70 kg; the first dose begins at 0 h, the last bag ends at 35 h, the infusion at 2 h.
    assert found.dosed_per_weight("paratest")[:, -1] == pytest.approx([100.0, 1e3 / 70])
    assert found.time_given("drug").tolist() == [35.0, 2.0]
    none = simulate(toy, load_protocol("name: none\nsampling: [0 h, 1 h]", model=toy))
    assert none.time_given("drug").tolist() == [0.0]
    assert none.dosed_per_weight("drug").tolist() == [[0.0, 0.0]]


def test_while_met_never_begins_again(toy):
    # Without need at 8 h and with need again at 13 h, after the dose that everybody gets at 12 h.
    rules = """
  - {substance: drug, amount: 20 mmol, route: intravenous, over: 1 h, at: 12 h}
sampling: {every: 0.5 h, until: 30 h}
rules:
  - name: extend
    checked: {from: 3 h, every: 5 h, times: 4, repeat: REPEAT}
    when: {of: drug_pla, above: 0.1 mmol/L}
    give: [{substance: salt, amount: 1 mmol, route: intravenous}]
"""
    text = LOADED.replace("sampling: {every: 0.5 h, until: 48 h}\n", "").rstrip() + rules
    people = {"salt": (np.zeros(1), "mmol"), "start": (np.full(1, 10.0), "mmol")}
    checks = 3.0 + 5.0 * np.arange(4)
    level = infusion(checks, 0.0, 2.0, 5.0) + infusion(checks, 12.0, 13.0, 20.0)
    assert (level > 0.1).tolist() == [True, False, True, True]
    for repeat, times in (("while_met", 1.0), ("whenever_met", 3.0), ("until_met", 1.0)):
        found = simulate(toy, load_protocol(text.replace("REPEAT", repeat), model=toy), people)
        assert found.decisions["extend"].tolist() == [times]


def test_what_a_rule_gave_can_be_stopped(toy):
    rules = """
rules:
  - name: more
    checked: {from: 2 h, every: 8 h, times: 2, repeat: whenever_met}
    when: {of: drug_pla, above: 0 mmol/L}
    give:
      - {substance: drug, amount: 10 mmol, route: intravenous, over: 10 h, at: 1 h}
      - {substance: drug, amount: 7 mmol, route: oral, at: 3 h, every: 3 h, times: 2}
  - name: halt
    checked: {from: 8 h}
    when: {acted: more}
    stop: drug
"""
    found = run(toy, rules)
    # Stopped at 8 h: of the first act the bag so far and the dose at 5 h; the second, ordered at 10 h, whole.
    curve = infusion(found.time, 0.0, 2.0, 5.0) + infusion(found.time, 3.0, 8.0, 1.0)
    curve += infusion(found.time, 11.0, 21.0, 1.0)
    oral = np.zeros_like(found.time)
    ka = 1.2
    for t in (5.0, 13.0, 16.0):
        past = np.maximum(found.time - t, 0.0)
        oral += 7.0 / V * ka / (ka - KE) * (np.exp(-KE * past) - np.exp(-ka * past))
    np.testing.assert_allclose(found["drug_pla"][0], curve + oral, rtol=2e-6, atol=1e-7)
    assert found.dosed("drug")[0, -1] == pytest.approx(10.0 + 5.0 + 7.0 + 10.0 + 14.0, rel=1e-6)


def test_a_watched_rule_does_not_depend_on_the_batch(toy):
    rules = """
rules:
  - name: low
    watched: {from: 3 h, times: 2}
    when: {of: drug_pla, below: 0.05 mmol/L}
    give: [{substance: drug, amount: 10 mmol, route: intravenous, over: 1 h}]
"""
    start = np.linspace(1.0, 60.0, 21)
    whole = run(toy, rules, start=start, workers=2)
    assert len(set(whole.schedule.start[:, -2].round(6))) > 10  # each at a time of its own
    for i in (0, 7, 20):
        alone = run(toy, rules, start=start[i : i + 1])
        assert np.array_equal(alone.values[0], whole.values[i])
        assert np.array_equal(alone.schedule.start[0], whole.schedule.start[i])
