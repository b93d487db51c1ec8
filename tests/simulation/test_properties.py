"""Properties that hold for any quantity, sampling plan and set of infusions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acinus.simulation import Dose, Every, Protocol, every, simulate
from acinus.simulation.sampling import sampling_times
from acinus.simulation.written import as_text, read_written
from acinus.units import Quantity

positive = st.floats(min_value=1e-6, max_value=1e6, allow_nan=False)


@given(positive, st.sampled_from(["g", "mg", "mmol", "mg/kg"]))
def test_a_quantity_written_out_reads_back_with_every_digit(value, unit):
    quantity = Quantity(value, unit)
    assert read_written(as_text(quantity), "it", (unit,)) == quantity


@given(st.floats(0.01, 5.0), st.floats(0.0, 10.0), st.floats(0.0, 50.0))
def test_a_range_increases_from_its_start_to_its_end(step, start, length):
    times = sampling_times([Every(f"{step!r} h", f"{start + length!r} h", f"{start!r} h")])
    assert times[0] == pytest.approx(start, abs=1e-8)
    assert times[-1] == pytest.approx(start + length, abs=1e-8)
    assert (np.diff(times) > 0).all()
    assert (np.diff(times) <= step + 1e-8).all()


@given(st.lists(st.floats(0.0, 1e3), min_size=1, max_size=20, unique_by=lambda t: round(t, 6)))
def test_single_times_in_order_are_kept(hours):
    ordered = sorted(hours)
    found = sampling_times([f"{t!r} h" for t in ordered])
    np.testing.assert_allclose(found, ordered, atol=1e-9)


@given(st.floats(0.05, 3.0), st.integers(1, 8))
def test_minutes_and_hours_are_the_same_grid(step, count):
    hours = sampling_times([every(f"{step!r} h", f"{step * count!r} h")])
    minutes = sampling_times([every(f"{step * 60!r} min", f"{step * count * 60!r} min")])
    np.testing.assert_allclose(hours, minutes, atol=1e-8)


infusions = st.lists(
    st.tuples(st.floats(0.0, 20.0), st.floats(0.01, 10.0), st.floats(0.1, 50.0)), min_size=1, max_size=5
)


@settings(max_examples=25, deadline=None)
@given(infusions)
def test_everything_infused_arrives_whatever_overlaps(toy, plan):
    doses = [
        Dose("drug", f"{amount!r} g", "intravenous", at=f"{at!r} h", over=f"{over!r} h")
        for at, over, amount in plan
    ]
    run = simulate(toy, Protocol(doses=doses, sampling=["20 h", "31 h"]), record=["drug_pla", "out"])
    arrived = run["out"][0] + run["drug_pla"][0] * run.parameter("V")
    np.testing.assert_allclose(arrived, run.dosed("drug")[0], rtol=1e-7, atol=1e-9)
    assert run.dosed("drug")[0, -1] == pytest.approx(10 * sum(amount for *_, amount in plan))
