"""Doses as written against answers that can be written down."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.simulation import Column, DietLine, Dose, Protocol, every, simulate
from acinus.units import Quantity

# The local error of 1e-8 adds up over the many half-lives of a day: the bound here is 5e-6 of the value.
KA, KE, V = 1.2, 0.3, 35.0
SAMPLING = every("30 min", until="24 h")


def oral(amount: float, time: np.ndarray, ka: float = KA, ke: float = KE, volume: float = V) -> np.ndarray:
    t = np.maximum(time, 0.0)
    return amount / volume * ka / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t)) * (time >= 0)


def infused(amount: float, over: float, time: np.ndarray, ke: float = KE, volume: float = V) -> np.ndarray:
    on, after = np.clip(time, 0, over), np.maximum(time - over, 0)
    return amount / over / ke / volume * (1 - np.exp(-ke * on)) * np.exp(-ke * after)


def curve(model, *doses, **more):
    run = simulate(model, Protocol(doses=doses, sampling=SAMPLING, **more))
    run.raise_for_status()
    return run, run["drug_pla"][0]


def test_a_dose_by_mouth(toy):
    run, found = curve(toy, Dose("drug", "10 g", "oral"))
    np.testing.assert_allclose(found, oral(100.0, run.time), rtol=5e-6, atol=1e-9)


def test_a_dose_per_weight_by_an_alias_in_another_form(toy):
    run, found = curve(toy, Dose("Paratest", "100 mg/kg", "oral", form="extended"), values={"BW": "50 kg"})
    np.testing.assert_allclose(found, oral(50.0, run.time, ka=0.2, volume=25.0), rtol=5e-6, atol=1e-9)


def test_moles_and_grams_are_the_same_dose(toy):
    _, grams = curve(toy, Dose("drug", "7 g", "oral"))
    for amount in ("70 mmol", "1 mmol/kg", Quantity(7000.0, "mg"), "0.1 g/kg"):
        _, other = curve(toy, Dose("drug", amount, "oral"))
        np.testing.assert_allclose(other, grams, rtol=1e-12)


def test_an_infusion(toy):
    run, found = curve(toy, Dose("drug", "150 mg/kg over 15 min", "intravenous", at="2 h"))
    np.testing.assert_allclose(found, infused(105.0, 0.25, run.time - 2.0), rtol=5e-6, atol=1e-9)


def test_infusions_that_overlap_add_up_and_end_exactly(toy):
    first = Dose("drug", "3 g", "intravenous", at="1 h", over="6 h")
    second = Dose("drug", "5 g", "intravenous", at="3 h", over="7 h")
    run, found = curve(toy, first, second)
    expected = infused(30.0, 6.0, run.time - 1.0) + infused(50.0, 7.0, run.time - 3.0)
    np.testing.assert_allclose(found, expected, rtol=5e-6, atol=1e-9)


def test_repeated_doses_by_number_and_by_last_time_are_the_same(toy):
    run, found = curve(toy, Dose("drug", "1 g", "oral", at="1 h", every="6 h", times=3))
    _, other = curve(toy, Dose("drug", "1 g", "oral", at="1 h", every="6 h", until="13 h"))
    np.testing.assert_allclose(
        found, sum(oral(10.0, run.time - t) for t in (1.0, 7.0, 13.0)), rtol=5e-6, atol=1e-9
    )
    np.testing.assert_array_equal(found, other)


def test_a_diet_line_holds_from_its_start_to_its_end(toy):
    dose, slow = Dose("drug", "10 g", "oral"), KA / 2
    run, found = curve(toy, dose, diet=[DietLine("fed", "0 h", "4 h")])
    fed = oral(100.0, run.time, ka=slow)
    np.testing.assert_allclose(found[run.time <= 4], fed[run.time <= 4], rtol=5e-6, atol=1e-9)
    left = 100.0 * np.exp(-slow * 4.0)
    later = run.time[run.time > 4] - 4.0
    expected = fed[run.time == 4.0] * np.exp(-KE * later) + oral(left, later)
    np.testing.assert_allclose(found[run.time > 4], expected, rtol=5e-6)


def test_diet_lines_of_one_state_may_overlap(toy):
    dose = Dose("drug", "10 g", "oral")
    _, once = curve(toy, dose, diet=[DietLine("fed", "0 h", "6 h")])
    _, twice = curve(toy, dose, diet=[DietLine("fed", "0 h", "4 h"), DietLine("fed", "2 h", "6 h")])
    np.testing.assert_allclose(twice, once, rtol=5e-6)


def test_a_diet_without_end_lasts(toy):
    run, found = curve(toy, Dose("drug", "10 g", "oral"), diet=[DietLine("fed")])
    np.testing.assert_allclose(found, oral(100.0, run.time, ka=KA / 2), rtol=5e-6, atol=1e-9)


def test_columns_give_each_individual_its_dose_time_and_parameters(toy):
    protocol = Protocol(
        doses=[
            Dose("drug", "$dose", "oral", at="$delay"),
            Dose("drug", "1 g", "intravenous", over="$duration", after=Column("delay"), at="1 h"),
        ],
        values={"ka": "$own_ka"},
        sampling=SAMPLING,
    )
    people = {
        "dose": ([9.0, 20.0], "g"),
        "delay": [0.5, 3.0],
        "duration": [1.0, 2.0],
        "own_ka": [1.2, 0.8],
        "BW": [70.0, 100.0],
    }
    run = simulate(toy, protocol, people)
    for i, (dose, delay, over, ka, volume) in enumerate(
        [(90.0, 0.5, 1.0, 1.2, 35.0), (200.0, 3.0, 2.0, 0.8, 50.0)]
    ):
        expected = oral(dose, run.time - delay, ka=ka, volume=volume)
        expected = expected + infused(10.0, over, run.time - delay - 1.0, volume=volume)
        np.testing.assert_allclose(run["drug_pla"][i], expected, rtol=5e-6, atol=1e-9)


def test_an_infinite_time_means_never(toy):
    protocol = Protocol(doses=[Dose("drug", "1 g", "oral", at="$delay")], sampling=SAMPLING)
    run = simulate(toy, protocol, {"delay": [1.0, np.inf]})
    assert run["drug_pla"][0].max() > 0
    assert (run["drug_pla"][1] == 0).all()
    assert (run.dosed("drug")[1] == 0).all()


def test_what_was_given_is_known_exactly_at_every_time(toy):
    doses = [Dose("drug", "1 g", "oral", at="2 h"), Dose("drug", "4 g", "intravenous", at="4 h", over="4 h")]
    run = simulate(toy, Protocol(doses=doses, sampling=["0 h", "2 h", "3 h", "5 h", "8 h", "9 h"]))
    np.testing.assert_allclose(run.dosed("testamol")[0], [0, 10, 10, 20, 50, 50], rtol=1e-12)
    assert (run.dosed("salt") == 0).all()


def test_what_was_given_is_in_the_body_or_left_it(toy):
    doses = [
        Dose("drug", "5 g", "oral", every="4 h", times=4),
        Dose("drug", "50 mg/kg", "intravenous", at="1.3 h", over="100 min"),
    ]
    run = simulate(toy, Protocol(doses=doses, sampling=every("17 min", until="72 h")), {"BW": [60.0, 90.0]})
    volume = run.parameter("V")[:, None]
    total = run["gut"] + run["slow_gut"] + run["out"] + run["drug_pla"] * volume
    np.testing.assert_allclose(total, run.dosed("drug"), rtol=1e-9, atol=1e-9)


def test_a_bolus_into_a_vein_where_the_model_takes_one(toy):
    run = simulate(toy, Protocol(doses=[Dose("salt", "3.5 g", "intravenous")], sampling=["0 h", "1 h"]))
    np.testing.assert_allclose(run["salt_pla"][0], [1.0, 1.0])


@pytest.mark.parametrize("step", ["7 min", "1 h", "24 h"])
def test_the_sampling_times_do_not_change_the_curve(toy, step):
    doses = [
        Dose("drug", "5 g", "oral", at="1 h"),
        Dose("drug", "1 g", "intravenous", at="3 h", over="10 min"),
    ]
    reference = simulate(toy, Protocol(doses=doses, sampling=["24 h"]))["drug_pla"][0, -1]
    found = simulate(toy, Protocol(doses=doses, sampling=every(step, until="24 h")))["drug_pla"][0, -1]
    assert found == pytest.approx(reference, rel=5e-6)
