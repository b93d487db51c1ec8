from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from acinus.evidence import Outcome, Verdict, qualify

Outside = Callable[..., Path]

HEAD = """
protocols:
  washout:
    sampling: {every: 30 min, until: 8 h}
    arms:
      slow: {values: {k: 0.25 1/h}}
      fast: {values: {k: 1 1/h}}
claims:
"""


def claim(check: str, *, name: str = "a", kind: str = "validation", setting: str = "") -> str:
    return f"""  - id: {name}
    kind: {kind}
    statement: invented
    source: nobody
    model: {{path: decay.ant}}
    protocol: washout
{setting}{check}"""


def verdict_of(folder: Path, name: str = "a") -> Verdict:
    verdict = qualify([folder])[name]
    assert not verdict.diagnostics, "\n".join(str(d) for d in verdict.diagnostics)
    return verdict


def curve(extra: str = "gmfe: 1.5", data: str = "data.csv") -> str:
    return f"    curve: {{data: {data}, predict: A, units: {{time: h, value: mmol/L}}, {extra}}}\n"


def test_a_curve_through_its_points_has_a_fold_error_of_one(outside: Outside) -> None:
    rows = "\n".join(f"{t},{10 * math.exp(-0.5 * t)!r}" for t in (0.0, 0.7, 1.0, 3.3, 8.0))
    verdict = verdict_of(outside(HEAD + claim(curve()), data__csv=f"time,value\n{rows}\n"))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.numbers["gmfe"] == pytest.approx(1.0, abs=1e-5)
    assert verdict.numbers["points"] == 5


def test_the_mean_fold_error_is_geometric_whichever_way_points_lie(outside: Outside) -> None:
    level = 10 * math.exp(-0.5)
    rows = f"1,{level * 2!r}\n1.0,{level / 3!r}\n"
    verdict = verdict_of(outside(HEAD + claim(curve("gmfe: 2.4")), data__csv="time,value\n" + rows))
    assert verdict.numbers["gmfe"] == pytest.approx(math.sqrt(6.0), rel=1e-5)
    assert verdict.outcome is Outcome.FAILED
    assert "mean fold error above 2.4" in verdict.why


def test_a_share_of_points_within_a_fold_is_counted(outside: Outside) -> None:
    folds = (1.0, 1.9, 0.6, 2.5)
    rows = "".join(f"{t},{10 * math.exp(-0.5 * t) * f!r}\n" for t, f in enumerate(folds, 1))
    limits = "within: {{fold: 2, share: {} %}}"
    folder = outside(
        HEAD + claim(curve(limits.format(75))) + claim(curve(limits.format(76)), name="b"),
        data__csv="time,value\n" + rows,
    )
    assert verdict_of(folder).outcome is Outcome.PASSED
    assert verdict_of(folder, "b").outcome is Outcome.FAILED
    assert verdict_of(folder).numbers["share"] == 0.75


def test_points_at_zero_are_left_out_and_counted(outside: Outside) -> None:
    folder = outside(HEAD + claim(curve()), data__csv=f"time,value\n0,0\n1,{10 * math.exp(-0.5)!r}\n")
    verdict = verdict_of(folder)
    assert verdict.numbers["points"] == 1
    assert verdict.numbers["left_out"] == 1
    assert "1 points at or below zero left out" in verdict.why


def test_points_are_picked_by_series_observable_and_window(outside: Outside) -> None:
    level = {t: 10 * math.exp(-0.5 * t) for t in (0.5, 1.0, 2.0)}
    rows = "".join(
        f"{series},{what},{t},{value if (series, what) == ('one', 'a') and t >= 1 else 99!r}\n"
        for series in ("one", "two")
        for what in ("a", "b")
        for t, value in level.items()
    )
    check = curve("series: one, observable: a, from: 50 min, gmfe: 1.01")
    verdict = verdict_of(outside(HEAD + claim(check), data__csv="series,observable,time,value\n" + rows))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.numbers["points"] == 2


def test_units_of_the_data_are_turned_into_those_of_the_prediction(outside: Outside) -> None:
    level = 10 * math.exp(-0.5)
    rows = f"60,min,{level / 1000!r},mol/L\n1,h,{level * 1000!r},umol/L\n"
    check = "    curve: {data: data.csv, predict: A, gmfe: 1.001}\n"
    assert (
        verdict_of(outside(HEAD + claim(check), data__csv="time,time_unit,value,unit\n" + rows)).outcome
        is Outcome.PASSED
    )


@pytest.mark.parametrize(
    ("basis", "unit", "factor"),
    [
        ("itself", "mg/L", 1.0),
        ("", "mg/L", 1.0),
        ("parent", "mg/L", 0.5),  # 150 of every 300 g are parent
        ("parent", "ug/mL", 0.5),
        ("itself", "umol/L", 1000 / 300),
        ("parent", "umol/L", 1000 / 300),  # a mole of the one holds a mole of the other
    ],
)
def test_equivalents_of_a_parent_are_compared_as_the_molecule_itself(
    outside: Outside, basis: str, unit: str, factor: float
) -> None:
    level = 3000 * math.exp(-0.5)
    check = (
        "    curve: {data: data.csv, predict: A_mg, gmfe: 1.001, "
        "molar_mass: {itself: mw_a, parent: mw_parent}}\n"
    )
    data = f"time,time_unit,value,unit,basis\n1,h,{level * factor!r},{unit},{basis}\n"
    verdict = verdict_of(outside(HEAD + claim(check), data__csv=data))
    assert verdict.numbers["gmfe"] == pytest.approx(1.0, abs=1e-5)


def test_a_scalar_in_its_range_passes_and_one_outside_fails(outside: Outside) -> None:
    half_life = "endpoint: {measure: half_life, of: A}"
    folder = outside(
        HEAD
        + claim(f"    scalar: {{{half_life}, between: [80 min, 85 min]}}\n")
        + claim(f"    scalar: {{{half_life}, value: 2 h, within: 25 %}}\n", name="b")
        + claim(f"    scalar: {{{half_life}, at_least: 1.38 h}}\n", name="c")
    )
    found = qualify([folder])
    assert [found[name].outcome for name in "abc"] == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    assert found["b"].numbers["found"] == pytest.approx(math.log(2) / 0.5, rel=1e-6)
    assert found["b"].numbers["low"] == 1.5
    assert found["b"].numbers["high"] == 2.5


def test_an_arm_and_values_change_what_is_simulated(outside: Outside) -> None:
    check = "    scalar: {endpoint: {measure: half_life, of: A}, value: {} h, within: 0.01 %}\n"
    folder = outside(
        HEAD
        + claim(check.replace("{}", repr(math.log(2) / 0.25)), setting="    arm: slow\n")
        + claim(check.replace("{}", repr(math.log(2) / 2)), name="b", setting="    values: {k: 2 1/h}\n")
    )
    assert qualify([folder]).ok


@pytest.mark.parametrize(
    ("by", "expectation", "found"),
    [("ratio", "value: 4, within: 1 %", 4.0), ("difference", "between: [2 h, 2.1 h]", 3 * math.log(2))],
)
def test_two_arms_are_compared_first_against_second(
    outside: Outside, by: str, expectation: str, found: float
) -> None:
    check = (
        "    compare: {arms: [slow, fast], endpoint: {measure: half_life, of: A}, "
        f"by: {by}, {expectation}}}\n"
    )
    verdict = verdict_of(outside(HEAD + claim(check)))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.numbers["found"] == pytest.approx(found, rel=1e-6)


PEOPLE = "    population: {path: people.yaml, n: 60, seed: 3}\n"
# A falls below 1 mmol/L before 4 h if k > ln(10) / 4: 0.5244 of people between k = 0.1 and 1.1 per hour.
LOW = "{endpoint: {measure: at, of: A, at: 4 h}, below: 1 mmol/L}"


def test_a_share_of_people_is_set_against_the_interval_of_published_counts(outside: Outside) -> None:
    check = "    share: {that: " + LOW + ", observed: {events: {}, of: 40}}\n"
    folder = outside(
        HEAD
        + claim(check.replace("{}", "21"), setting=PEOPLE)
        + claim(check.replace("{}", "5"), name="b", setting=PEOPLE)
    )
    verdict = verdict_of(folder)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.numbers["of"] == 60
    assert verdict.numbers["interval_low"] < verdict.numbers["share"] < verdict.numbers["interval_high"]
    assert abs(verdict.numbers["share"] - 0.5244) < 0.2
    assert verdict_of(folder, "b").outcome is Outcome.FAILED


def test_among_narrows_whom_a_share_is_of(outside: Outside) -> None:
    # Half-lives below 1 h mean k > 0.69, where everybody is below 1 mmol/L at 4 h.
    among = "{endpoint: {measure: half_life, of: A}, below: 1 h}"
    check = f"    share: {{that: {LOW}, among: {among}, between: [100 %, 100 %]}}\n"
    verdict = verdict_of(outside(HEAD + claim(check, setting=PEOPLE)))
    assert verdict.outcome is Outcome.PASSED
    assert 0 < verdict.numbers["of"] < 60
    assert verdict.n_in == 60


def test_a_predictor_that_orders_people_perfectly_has_an_area_of_one(outside: Outside) -> None:
    check = (
        "    discrimination: {predictor: {measure: half_life, of: A}, outcome: "
        + LOW
        + ", between: [0, 0.5]}\n"
    )
    verdict = verdict_of(outside(HEAD + claim(check, setting=PEOPLE)))
    # A long half-life goes with *not* being low: all pairs are in the wrong order.
    assert verdict.numbers["auc"] == 0.0
    assert verdict.numbers["with"] + verdict.numbers["without"] == 60
    assert verdict.outcome is Outcome.PASSED


def test_an_outcome_that_everybody_has_cannot_be_discriminated(outside: Outside) -> None:
    check = (
        "    discrimination: {predictor: {measure: half_life, of: A}, "
        "outcome: {endpoint: {measure: last, of: A}, below: 100 mmol/L}, between: [0, 1]}\n"
    )
    verdict = qualify([outside(HEAD + claim(check, setting=PEOPLE))])["a"]
    assert verdict.outcome is Outcome.ERROR
    assert verdict.diagnostics[0].code.value == "AC910"


def test_a_column_of_a_population_can_be_described_anew(outside: Outside) -> None:
    people = PEOPLE.replace("60", "5").replace(
        "}", ", columns: {k: {distribution: fixed, value: 1 1/h, note: x}}}"
    )
    check = "    scalar: {endpoint: {measure: half_life, of: A}, value: 0.6931 h, within: 0.1 %}\n"
    verdict = verdict_of(outside(HEAD + claim(check, setting=people)))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.n_in == 5


def test_a_pool_takes_the_points_of_its_members_as_one_set(outside: Outside) -> None:
    def rows(fold: float, times: tuple[float, ...]) -> str:
        return "time,value\n" + "".join(f"{t},{10 * math.exp(-0.5 * t) * fold!r}\n" for t in times)

    pool = """  - id: together
    kind: calibration
    statement: invented
    source: nobody
    pool: {claims: ["x_*"], gmfe: 1.7, within: {fold: 2, share: 80 %}, passes: {at_least: 1}}
"""
    folder = outside(
        HEAD
        + claim(curve("gmfe: 1.1", "one.csv"), name="x_one")
        + claim(curve("gmfe: 1.1", "two.csv"), name="x_two", kind="calibration")
        + claim(curve("gmfe: 9", "two.csv"), name="y")
        + pool,
        one__csv=rows(1.0, (1.0,)),
        two__csv=rows(4.0, (1.0, 2.0)),
    )
    verdict = verdict_of(folder, "together")
    assert verdict.members == ("x_one", "x_two")
    assert verdict.numbers["points"] == 3
    assert verdict.numbers["gmfe"] == pytest.approx(4 ** (2 / 3), rel=1e-5)
    assert verdict.numbers["share"] == pytest.approx(1 / 3)
    assert verdict.numbers["passed"] == 1
    assert verdict.outcome is Outcome.FAILED
    assert len(verdict.why) == 2


def test_a_pool_of_one_kind_leaves_the_other_out(outside: Outside) -> None:
    pool = """  - id: held_out
    kind: validation
    statement: x
    source: y
    pool: {claims: "x_*", kind: validation, gmfe: 2}
"""
    folder = outside(
        HEAD + claim(curve(), name="x_one") + claim(curve(), name="x_two", kind="calibration") + pool,
        data__csv="time,value\n1,6\n",
    )
    assert qualify([folder], kinds=["validation"])["held_out"].members == ("x_one",)


def test_a_pool_does_not_hold_while_a_member_cannot_be_evaluated(outside: Outside) -> None:
    pool = """  - {id: all, kind: validation, statement: x, source: y, pool: {claims: "x_*", gmfe: 9}}
"""
    folder = outside(
        HEAD + claim(curve(), name="x_one") + claim(curve(data="gone.csv"), name="x_two") + pool,
        data__csv="time,value\n1,6\n",
    )
    verdict = qualify([folder])["all"]
    assert verdict.outcome is Outcome.FAILED
    assert "x_two" in verdict.why[0]


@pytest.mark.parametrize(("n", "outcome"), [(50, Outcome.ERROR), (100, Outcome.PASSED)])
def test_a_share_is_not_judged_when_more_than_one_in_a_hundred_is_lost(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, n: int, outcome: Outcome
) -> None:
    import acinus.simulation
    from acinus.engine import Status

    simulate = acinus.simulation.simulate

    def lose_one(*given: object, **named: object) -> object:
        run = simulate(*given, **named)  # type: ignore[arg-type]
        values = run.values.copy()
        values[7] = float("nan")
        status = (*run.status[:7], Status.NEWTON_FAILED, *run.status[8:])
        return replace(run, values=values, status=status)

    monkeypatch.setattr(acinus.simulation, "simulate", lose_one)
    check = f"    share: {{that: {LOW}, between: [0, 1]}}\n"
    folder = outside(HEAD + claim(check, setting=PEOPLE.replace("60", str(n))))
    verdict = qualify([folder])["a"]
    assert verdict.outcome is outcome
    if outcome is Outcome.ERROR:
        assert "1 of 50 individuals did not finish" in str(verdict)
    else:
        assert (verdict.n_in, verdict.n_ok, verdict.n_failed) == (100, 99, 1)
        assert verdict.numbers["of"] == 99
