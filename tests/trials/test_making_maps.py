from __future__ import annotations

import numpy as np
import pytest
from small_trial import LEVEL, small_map

import acinus.trials.mapping
import acinus.trials.setting
from acinus.trials import make_map, read_map

pytestmark = pytest.mark.slow

START = {"whole": 1.0, "half": 0.5}


def test_every_cell_is_the_closed_form():
    # Everybody of a cell has its g and h, so that all are alike: A(4 h) = A(0) / (1 - 4 A(0) g h); `half` dilutes A(0).
    found = make_map(read_map(small_map()))
    for cell in found.cells:
        start = START[cell.arm]
        assert cell.value == pytest.approx(start / (1 - 4 * start * cell.across * cell.down), rel=1e-4)
        assert (cell.n_in, cell.n_ok, cell.n_failed, cell.n_read) == (20, 20, 0, 20)
    assert found.grid("whole", "value").shape == (2, 3)
    np.testing.assert_array_equal(found.grid("whole", "across")[0], [0.05, 0.1, 0.15])


def test_who_does_not_finish_is_counted_in_the_cell():
    axis = {"column": "g", "values": [0.1, 0.6]}
    found = make_map(read_map(small_map(across=axis, people=6)))
    for cell in found.cells:
        lost = 6 if START[cell.arm] * cell.across * cell.down > 0.25 else 0  # the pole lies before the end
        assert (cell.n_in, cell.n_ok, cell.n_failed) == (6, 6 - lost, lost)
        assert np.isnan(cell.value) == (lost == 6)


def test_cells_have_the_same_people_and_differences_are_theirs():
    # g differs between people here; the axes set h and age, and age does nothing.
    content = small_map(
        people=200,
        protocol={
            "sampling": {"every": "3 min", "until": "4 h"},
            "arms": {"whole": {}, "half": {"values": {"V": 1}}},
        },
        across={"column": "age", "values": ["20 year", "60 year"]},
        outcome={"measure": "exceeds", "of": "A", "level": LEVEL},
        against="whole",
    )
    found = make_map(read_map(content))
    assert found.is_share
    value = found.grid("whole", "value")
    np.testing.assert_array_equal(value[:, 0], value[:, 1])
    assert (value[0] < value[1]).all()
    half = [cell for cell in found.cells if cell.arm == "half"]
    assert {cell.difference for cell in half} == {0.0}
    assert all(cell.low < cell.value < cell.high for cell in found.cells)


def test_chunks_of_a_map_change_nothing(monkeypatch):
    whole = make_map(read_map(small_map()))
    monkeypatch.setattr(acinus.trials.mapping, "CHUNK", 7)
    parts = make_map(read_map(small_map()), workers=2)
    for arm in ("whole", "half"):
        for what in ("value", "low", "high", "n_ok"):
            np.testing.assert_array_equal(parts.grid(arm, what), whole.grid(arm, what))


def test_kept_map_is_made_again_without_simulating(monkeypatch, tmp_path):
    asked = read_map(small_map())
    first = make_map(asked, kept=tmp_path)

    def refused(*_, **__):
        raise AssertionError("simulated again")

    monkeypatch.setattr(acinus.trials.setting, "simulate", refused)
    assert repr(make_map(asked, kept=tmp_path).cells) == repr(first.cells)  # NaN equals NaN in words
    with pytest.raises(AssertionError, match="simulated again"):
        make_map(read_map(small_map(seed=8)), kept=tmp_path)
