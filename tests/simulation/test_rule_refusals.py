"""Every way in which a rule can be wrong, and what is said about it; all that can be right is read as written."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.errors import ProtocolError
from acinus.simulation import (
    Acted,
    Checks,
    Combined,
    Dose,
    Protocol,
    Rule,
    Test,
    Trajectories,
    Watch,
    every,
    load_protocol,
    load_rule,
    simulate,
)

GIVE = "give: [{substance: drug, amount: 1 g, route: oral}]"
HIGH = "when: {of: drug_pla, above: 1 mmol/L}"


def text_of(rule: str) -> str:
    return f"name: trial\nsampling: {{every: 1 h, until: 24 h}}\nrules:\n  - {{{rule}}}\n"


def refusal(toy, text: str) -> str:
    with pytest.raises(ProtocolError) as refused:
        load_protocol(text, model=toy)
    for finding in refused.value.diagnostics:
        assert finding.place is not None, f"without a place: {finding}"
        assert finding.place.line is not None
        assert finding.why or finding.remedy
    return str(refused.value)


RULES = {
    f"name: a, {HIGH}, checked: {{from: 2 h}}": ("AC614", "nothing follows from the rule `a`", "`stop: nac`"),
    f"name: a, {HIGH}, {GIVE}": ("AC614", "does not say when it is asked", "`checked: {from: 12 h}`"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h}}, watched: {{}}": (
        "AC614",
        "says twice when it is asked",
    ),
    f"name: a, {GIVE}, checked: {{from: 2 h}}": ("AC605", "a rule needs the key `when`"),
    f"{HIGH}, {GIVE}, checked: {{from: 2 h}}": ("AC605", "a rule needs the key `name`"),
    f"name: a, {HIGH}, {GIVE}, cheked: {{from: 2 h}}": ("AC604", "no key `cheked`", "Did you mean `checked`"),
    f"name: 2a, {HIGH}, {GIVE}, checked: {{from: 2 h}}": ("AC614", "`2a` cannot be the name of a rule"),
    f"name: ordered, {HIGH}, {GIVE}, checked: {{from: 2 h}}": ("AC614", "`ordered` cannot be the name"),
    f"name: drug, {HIGH}, {GIVE}, checked: {{from: 2 h}}": ("AC614", "a name like the id `drug_infusion`"),
    f"name: a, {HIGH}, {GIVE}, checked: {{}}": ("AC605", "`checked` needs the key `from`"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2}}": ("AC601", "the time of the rule `a`: `2` has no unit"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 mg}}": ("AC601", "the wrong kind of unit"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 30 h}}": (
        "AC606",
        "first asked at 30 h, after the end of sampling",
    ),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h after b}}": ("AC603", "there is no rule `b`"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h after a}}": ("AC614", "does not stand before it"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: later of 4 h and noon}}": ("AC601", "`noon` does not start"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, every: 6 h, repeat: while_met}}": (
        "AC614",
        "is asked every `6 h` without an end",
        "It could go on for ever.",
        "`times: 6`",
    ),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, every: 6 h, times: 3}}": (
        "AC614",
        "does not say whether it is asked again",
        "`repeat: while_met`",
    ),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, every: 6 h, times: 3, repeat: until_mett}}": (
        "AC614",
        "no `repeat: until_mett`",
        "Did you mean `until_met`",
    ),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, every: 6 h, times: 99, repeat: while_met}}": (
        "AC614",
        "is to act `99` times",
        "from 1 to 48",
    ),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, times: 3}}": ("AC614", "has `times` but no interval"),
    f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h, every: 0 h, times: 3, repeat: while_met}}": (
        "AC614",
        "is asked every `0 h`",
    ),
    f"name: a, {HIGH}, {GIVE}, watched: {{times: 0}}": ("AC614", "is to act `0` times"),
    f"name: a, {HIGH}, stop: drug, checked: {{from: 0 h}}": ("AC606", "is to stop something at 0 h"),
    f"name: a, {HIGH}, stop: drog, checked: {{from: 2 h}}": (
        "AC603",
        "no substance `drog` to stop",
        "`drug`",
    ),
    f"name: a, {HIGH}, give: [{{substance: drug, amount: 1 g, route: orral}}], checked: {{from: 2 h}}": (
        "AC603",
        "drug has no route `orral`",
    ),
    f"name: a, when: {{of: drug_plo, above: 1 mmol/L}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC603",
        "no `drug_plo`",
        "Did you mean `drug_pla`",
    ),
    f"name: a, when: {{of: mark, above: 1 mmol/L}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC603",
        "It stands once in every zone.",
        "`z1_mark`",
    ),
    f"name: a, when: {{of: ke, above: 1 1/h}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC614",
        "`ke` is a parameter",
    ),
    f"name: a, when: {{of: J3, above: 1 mmol/h}}, {GIVE}, checked: {{from: 2 h}}": ("AC603", "no `J3`"),
    f"name: a, when: {{of: drug_pla, above: 1 mg/L}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC601",
        "the level of `drug_pla`: `mg/L` is the wrong kind of unit",
    ),
    f"name: a, when: {{of: drug_pla, above: 1}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC601",
        "`1` has no unit",
    ),
    f"name: a, when: {{of: drug_pla, above: high_level}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC603",
        "no number is called `high_level`",
    ),
    f"name: a, when: {{of: drug_pla}}, {GIVE}, checked: {{from: 2 h}}": ("AC605", "compares with nothing"),
    f"name: a, when: {{of: drug_pla, above: 1 mmol/L, below: 2 mmol/L}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC605",
        "compares with `above` and `below`",
    ),
    f"name: a, when: {{above: 1 mmol/L}}, {GIVE}, checked: {{from: 2 h}}": ("AC605", "needs the key `of`"),
    f"name: a, when: {{any: []}}, {GIVE}, checked: {{from: 2 h}}": ("AC610", "`any` has no parts"),
    f"name: a, when: {{acted: b}}, {GIVE}, checked: {{from: 2 h}}": ("AC603", "there is no rule `b`"),
    f"name: a, when: {{of: drug_pla, above_line: 1 mmol/L}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC603",
        "has no nomogram",
    ),
    f"name: a, when: {{of: drug_pla, above: 2, compared_with: last}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC614",
        "compares with earlier blood tests, and none is taken before",
        "`checked: {first_test: 4 h, from: 12 h}`",
    ),
    f"name: a, when: {{of: drug_pla, above: 2, compared_with: last}}, {GIVE}, checked: {{first_test: 3 h, from: 2 h}}": (
        "AC606",
        "at 3 h is not before its first check at 2 h",
    ),
    f"name: a, when: {{of: drug_pla, above: 2, compared_with: lowest}}, {GIVE}, checked: {{from: 2 h}}": (
        "AC614",
        "cannot be compared with `lowest`",
    ),
    f"name: a, when: {{of: drug_pla, above: 2 mmol/L, compared_with: last}}, {GIVE}, checked: {{first_test: 1 h, from: 2 h}}": (
        "AC601",
        "the wrong kind of unit",
    ),
    "rule: no_such_rule": ("AC603", "there is no rule `no_such_rule`"),
    "rule: nac_extend_snap, att: 3 h": ("AC604", "a line that names a rule has no key `att`", "`at`"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_refused_with_its_reason(toy, rule):
    said = refusal(toy, text_of(rule))
    for expected in RULES[rule]:
        assert expected in said


def test_names_that_could_be_mistaken_are_refused(toy):
    two = text_of(f"name: a, {HIGH}, {GIVE}, checked: {{from: 2 h}}")
    for other in ("a", "a_from"):
        said = refusal(toy, two + f"  - {{name: {other}, {HIGH}, {GIVE}, checked: {{from: 3 h}}}}\n")
        assert f"AC614 the rules `a` and `{other}` have names too much alike" in said


def test_all_that_is_wrong_is_said_at_once(toy):
    said = refusal(
        toy,
        text_of(
            "name: a, when: {of: drug_plo, above: 1 mg/L}, give: [{substance: drg, amount: 1 g, route: oral}], checked: {from: 99 h}"
        ),
    )
    assert all(words in said for words in ("`drug_plo`", "`drg`", "99 h"))


def test_too_many_doses_are_refused(toy):
    many = "give: [{substance: drug, amount: 1 mg, route: oral, every: 1 min, times: 50}]"
    rule = f"name: a, {HIGH}, {many}, checked: {{from: 2 h, every: 1 h, times: 20, repeat: while_met}}"
    with pytest.raises(ProtocolError, match=r"AC614 .*could give 1,000 doses"):
        simulate(toy, load_protocol(text_of(rule), model=toy))


COLUMNS = {
    "from: $when": (
        {"when": ([2.0, -1.0], "h")},
        "AC606 the time of the rule `a` is negative or no number: 1 of 2",
    ),
    "from: $late": ({"when": ([2.0, 3.0], "h")}, "AC609 the time of the rule `a` is `$late`"),
    "from: 2 h, every: $when, times: 2, repeat: while_met": (
        {"when": ([2.0, 0.0], "h")},
        "AC606 the rule `a` is asked too often: 1 of 2 individuals, the first is 1",
    ),
}


@pytest.mark.parametrize("checked", COLUMNS)
def test_columns_that_cannot_be_are_refused(toy, checked):
    people, expected = COLUMNS[checked]
    protocol = load_protocol(text_of(f"name: a, {HIGH}, {GIVE}, checked: {{{checked}}}"), model=toy)
    columns = {key: (np.array(values), unit) for key, (values, unit) in people.items()}
    with pytest.raises(ProtocolError) as refused:
        simulate(toy, protocol, columns)
    assert expected in str(refused.value)


def test_a_time_is_the_sum_of_its_parts_and_the_later_of_two(toy):
    rule = f"name: a, when: {{of: drug_pla, at_least: 0 mmol/L}}, {GIVE}, checked: {{from: 2 h after later of 4 h and $when}}"
    run = simulate(
        toy, load_protocol(text_of(rule), model=toy), {"when": (np.array([1.0, 7.0, np.inf]), "h")}
    )
    assert run.schedule.start[:, -1].tolist() == [6.0, 9.0, np.inf]
    assert run.decisions["a"].tolist() == [1.0, 1.0, 0.0]


RULE = Rule(
    "a",
    Combined("any", (Test("drug_pla", "above", "1 mmol/L"), Combined("not", (Acted("b"),)))),
    Checks("4 h", "6 h", 3, "until_met", "1 h"),
    (Dose("drug", "1 g", route="oral", at="1 h"),),
)


def test_rules_made_in_python_are_those_of_a_file_and_survive_the_disk(toy, tmp_path):
    other = Rule("b", Test("drug_mg", "below", "3 mg/L"), Watch("2 h", 2), stop=("salt",))
    made = Protocol(sampling=every("1 h", until="24 h"), rules=[RULE, other])
    rules = """
rules:
  - name: a
    when: {any: [{of: drug_pla, above: 1 mmol/L}, {not: {acted: b}}]}
    checked: {from: 4 h, every: 6 h, times: 3, repeat: until_met, first_test: 1 h}
    give: [{substance: drug, amount: 1 g, route: oral, at: 1 h}]
  - name: b
    when: {of: drug_mg, below: 3 mg/L}
    watched: {from: 2 h, times: 2}
    stop: salt
"""
    read = load_protocol("name: protocol\nsampling: {every: 1 h, until: 24 h}" + rules, model=toy)
    assert read.rules == tuple(made.rules)
    assert read.without_places().rules == tuple(made.rules)
    run = simulate(toy, made)
    run.save(tmp_path / "run.nc")
    again = Trajectories.load(tmp_path / "run.nc")
    assert again.protocol.rules == tuple(made.rules)
    assert np.array_equal(again["a"], run["a"])
    assert again.decisions["a"].tolist() == run.decisions["a"].tolist()
    assert again.schedule.start.tolist() == run.schedule.start.tolist()


def test_a_named_rule_counts_from_where_it_is_put():
    ended, cut = load_rule("nac_extend_two_bag", at="$nac_delay")
    assert str(ended.asked.start) == "18 h after $nac_delay"
    assert isinstance(cut.asked, Checks)
    assert str(cut.asked.first_test) == "18 h after $nac_delay"
