"""Amounts taken day after day: what diet lines and rules make of a parameter, against arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.errors import Code, ProtocolError
from acinus.model import Habit, Limit
from acinus.simulation import Trajectories, load_protocol, simulate

# All that is eaten stays in `kept`; `stool` follows the supplement with a delay of 1/k.
BODY = """
    compartment V; V = 1;
    substanceOnly species kept in V, gut in V;
    kept = 0; gut = 0;
    food = 0.5; extra = 0; extra_doses = 1; soluble = 1; egfr = 120; k = 0.5; BW = 70;
    const food, extra, extra_doses, soluble, egfr, k, BW;
    J1: => kept; food + extra*soluble;
    J2: => gut; extra;
    J3: gut => ; k*gut;
    stool := 100 + 50*gut;
    often := extra_doses + 0*BW + egfr*0;
"""
UNITS = {
    "food": "mmol/h",
    "extra": "mmol/h",
    "extra_doses": "1/h",
    "egfr": "mL/min",
    "k": "1/h",
    "stool": "g/d",
}
MILLIMOLE = 100.0  # mg, as the molar mass of the toy says

SAMPLING = "sampling: {every: 1 d, until: 4 wk}\n"


@pytest.fixture(scope="session")
def eater(model_of):
    plain = model_of(BODY)
    symbols = {k: replace(s, unit=UNITS.get(k, s.unit)) for k, s in plain.symbols.items()}
    supplement = {
        "way": "supplement",
        "parameter": "extra",
        "molar_mass": "molar_mass",
        "doses": "extra_doses",
    }
    habits = [
        Habit("mag", "mag in food", "intake", "food", "molar_mass", "", {}),
        Habit("mag_salt", "mag salt", settings={"soluble": 1.0}, **supplement),
        Habit("mag_powder", "mag powder", settings={"soluble": 0.1}, **supplement),
    ]
    limits = (
        Limit("upper", "Too much", "molar_mass", "350 mg/d", "", "", "", "someone_2000"),
        Limit("low_egfr", "Weak kidneys", "molar_mass", "", "egfr", "45 mL/min", "30 mL/min", "someone_2001"),
    )
    return replace(
        plain, symbols=symbols, substances={}, diets={}, habits={h.id: h for h in habits}, limits=limits
    )


def run(model, text, **more):
    return simulate(model, load_protocol(SAMPLING + text, model=model), **more)


def per_hour(milligrams_a_day):
    return milligrams_a_day / 24.0 / MILLIMOLE


def test_an_intake_replaces_the_usual_one_while_it_lasts_and_lines_that_overlap_add_up(eater):
    found = run(
        eater,
        "diet:\n"
        "  - {intake: mag, amount: 300 mg/d, from: 0 h, until: 2 wk}\n"
        "  - {intake: mag, amount: 1 mmol/d, from: 1 wk, until: 2 wk}\n",
    )
    days = found.time / 24.0
    eaten = np.interp(days, [0, 7, 14, 28], np.cumsum([0, 7 * 3.0, 7 * 4.0, 14 * 12.0]))
    np.testing.assert_allclose(found["kept"][0], eaten, rtol=1e-6, atol=1e-6)


def test_a_supplement_sets_salt_and_doses_with_it(eater):
    found = run(eater, "diet: [{supplement: mag_powder, amount: 200 mg/d, doses: 2 per day, from: 0 h}]\n")
    assert found["often"][0, -1] == pytest.approx(2.0 / 24.0)
    np.testing.assert_allclose(found["kept"][0], (0.5 + 0.1 * per_hour(200.0)) * found.time, rtol=1e-6)


def test_every_individual_takes_the_amount_of_the_own_column(eater):
    text = "diet: [{intake: mag, amount: $much, from: 0 h}]\n"
    found = run(eater, text, individuals={"much": ([100.0, 900.0], "mg/d")})
    np.testing.assert_allclose(found["kept"][:, -1], [28.0, 252.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("{intake: mug, amount: 3 mg/d}", Code.UNKNOWN_NAME, "Did you mean `mag`?"),
        ("{supplement: mag, amount: 3 mg/d}", Code.UNKNOWN_NAME, "`mag` is written `intake: mag`"),
        ("{intake: mag, amount: 3 mg}", Code.UNIT_WRONG, "wrong kind of unit"),
        ("{intake: mag, amount: -3 mg/d}", Code.DOSE_IMPOSSIBLE, "negative"),
        ("{intake: mag}", Code.MISSING_KEY, "`amount`"),
        ("{intake: mag, amount: 3 mg/d, doses: 2}", Code.UNKNOWN_KEY, "`doses`"),
        ("{supplement: mag_salt, amount: 3 mg/d, doses: 0 per day}", Code.DOSE_IMPOSSIBLE, "above zero"),
        ("{amount: 3 mg/d}", Code.MISSING_KEY, "needs the key `state`"),
        ("{state: fed, intake: mag, amount: 3 mg/d}", Code.MISSING_KEY, "`state` and `intake`"),
    ],
)
def test_lines_that_cannot_be_followed_are_refused(eater, line, code, said):
    with pytest.raises(ProtocolError) as refused:
        run(eater, f"diet: [{line}]\n")
    assert refused.value.diagnostics[0].code is code
    assert said in str(refused.value)


def test_two_salts_at_one_time_are_refused(eater):
    text = (
        "diet:\n"
        "  - {supplement: mag_salt, amount: 100 mg/d}\n"
        "  - {supplement: mag_powder, amount: 100 mg/d, from: 1 wk}\n"
    )
    with pytest.raises(ProtocolError, match=r"overlap at 168 h") as refused:
        run(eater, text)
    assert refused.value.diagnostics[0].code is Code.DIET_CONFLICT


TITRATION = """
diet: [{supplement: mag_salt, amount: 100 mg/d, from: 0 h}]
rules:
  - name: raised
    checked: {from: 2 d, every: 2 d, times: 12, repeat: while_met}
    when: {of: stool, at_most: $loose}
    set: {supplement: mag_salt, amount: +100 mg/d}
  - name: lowered
    checked: {from: 2 d, every: 2 d, times: 12, repeat: until_met}
    when: {of: stool, above: $loose}
    set: {supplement: mag_salt, amount: -100 mg/d}
"""


def test_a_supplement_is_raised_until_the_stool_is_loose_and_then_lowered_once(eater):
    # With k = 0.5/h stool settles within the two days between checks at 100 + 50 times the rate over k.
    loose = np.array([125.0, 110.0, 101.0, 1e6])
    found = run(eater, TITRATION, individuals={"loose": (loose, "g/d")})
    doses = 100.0 * np.arange(1, 14)
    settled = 100.0 + 50.0 * per_hour(doses) / 0.5
    first_loose = [int(np.searchsorted(settled, level, side="right")) for level in loose[:3]]
    assert found["raised"][:, -1].tolist() == [*map(float, first_loose), 12.0]
    assert found["lowered"][:, -1].tolist() == [1.0, 1.0, 1.0, 0.0]
    final = [*(doses[n] - 100.0 for n in first_loose), doses[12]]
    np.testing.assert_allclose(found["extra"][:, -1], per_hour(np.array(final)), rtol=1e-12)
    # The third has loose stool on the first dose and goes down to none.
    assert found["extra"][2, -1] == 0.0


def test_nothing_falls_below_zero(eater):
    text = TITRATION.replace("-100 mg/d", "-500 mg/d")
    found = run(eater, text, individuals={"loose": ([101.0], "g/d")})
    assert found["extra"].min() == 0.0
    assert found["extra"][0, -1] == 0.0


def test_a_rule_changes_only_what_the_diet_holds_to_the_end(eater):
    for diet in ("", "diet: [{supplement: mag_salt, amount: 100 mg/d, until: 1 wk}]\n"):
        rules = TITRATION[TITRATION.index("rules") :].replace("$loose", "120 g/d")
        with pytest.raises(ProtocolError) as refused:
            run(eater, diet + rules)
        assert {found.code for found in refused.value.diagnostics} == {Code.RULE_IMPOSSIBLE}


def test_a_step_needs_its_sign(eater):
    with pytest.raises(ProtocolError, match=r"Write `\+100 mg/d` or `-100 mg/d`"):
        run(eater, TITRATION.replace("$loose", "120 g/d").replace("+100", "100"))


def test_who_passes_a_limit_is_told_from_when_on_and_with_the_source(eater):
    text = "diet: [{supplement: mag_salt, amount: $much, from: 1 wk}]\n"
    found = run(eater, text, individuals={"much": ([100.0, 350.0, 351.0, 900.0], "mg/d")})
    (notice,) = found.notices
    assert (notice.limit, notice.individuals, notice.among, notice.since) == ("upper", 2, 4, 168.0)
    assert notice.most == pytest.approx(900.0)
    assert "someone_2000" in found.provenance.notices[0]
    assert "first after 7 d" in found.provenance.notices[0]


def test_steps_of_a_rule_count_towards_a_limit(eater):
    found = run(eater, TITRATION, individuals={"loose": ([110.0, 1e6], "g/d")})
    (notice,) = found.notices
    assert (notice.individuals, notice.most) == (1, pytest.approx(1300.0))
    # 100 mg/d from the start and three steps of 100 on days 2, 4 and 6.
    assert notice.since == pytest.approx(6 * 24.0)


def test_weak_kidneys_are_told_and_weaker_ones_refused_unless_asked_for(eater):
    text = "diet: [{supplement: mag_salt, amount: 100 mg/d, from: 1 wk}]\n"
    found = run(eater, text, individuals={"egfr": ([120.0, 44.0], "mL/min/1.73m2")})
    (notice,) = found.notices
    assert (notice.limit, notice.individuals, notice.most) == ("low_egfr", 1, 44.0)
    with pytest.raises(ProtocolError, match="someone_2001") as refused:
        run(eater, text + "values: {egfr: 29 mL/min}\n")
    assert refused.value.diagnostics[0].code is Code.BEYOND_LIMIT
    asked = run(eater, text + "values: {egfr: 29 mL/min}\ndespite: [low_egfr]\n")
    assert [notice.limit for notice in asked.notices] == ["low_egfr"]
    # Without a supplement there is nothing to refuse.
    assert run(eater, "values: {egfr: 29 mL/min}\n").notices == ()


def test_a_limit_that_does_not_exist_cannot_be_passed_on_purpose(eater):
    with pytest.raises(ProtocolError, match="low_egfr"):
        run(eater, "despite: [low_gfr]\n")


def test_habits_rules_and_notices_are_kept_in_the_file(eater, tmp_path):
    found = run(eater, TITRATION, individuals={"loose": ([110.0, 1e6], "g/d")})
    found.save(tmp_path / "run.nc")
    again = Trajectories.load(tmp_path / "run.nc")
    assert again.notices == found.notices
    assert again.provenance == found.provenance
    assert again.model.habits == eater.habits
    repeated = simulate(eater, again.protocol, individuals={"loose": ([110.0, 1e6], "g/d")})
    np.testing.assert_array_equal(repeated["kept"], found["kept"])
