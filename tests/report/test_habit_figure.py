from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.model import load_model
from acinus.report.habit_figure import can_draw_habits, draw_habits
from acinus.report.time_unit import time_unit
from acinus.simulation import DietLine, Protocol, every, simulate

pytestmark = pytest.mark.slow

READ = ["serum_magnesium", "stool_mass", "magnesium_intake", "alt_pla", "apap_pla"]


@pytest.fixture(scope="module")
def runs():
    model = load_model(zones=1)

    def eating(*lines):
        return simulate(model, Protocol(diet=lines, sampling=every("5 d", until="100 d")), record=READ)

    return {
        "little": eating(DietLine(way="intake", of="magnesium", amount="10 mg/d")),
        "much": eating(DietLine(way="supplement", of="magnesium_citrate", amount="900 mg/d")),
        "usual": eating(),
    }


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_panels_show_what_moves_in_the_unit_of_the_run(runs):
    figure = draw_habits(runs, title="Little and much")
    assert titles(figure) == [
        "Magnesium taken by habit [mg/d]",
        "Magnesium in serum [mmol/L]",
        "Stool [g/d]",
        "ALT in plasma [U/L]",
    ]
    serum = figure.axes[1]
    assert figure.axes[-1].get_xlabel() == "time [d]"
    drawn = [line.get_ydata() for line in serum.get_lines() if len(line.get_ydata()) == 21]
    np.testing.assert_array_equal(drawn, [run["serum_magnesium"][0] for run in runs.values()])


def test_limits_that_were_passed_stand_below_the_panels(runs):
    words = " ".join(text.get_text() for text in draw_habits(runs, title="").texts).replace("\n", " ")
    assert "much: Magnesium from supplements passed" in words
    assert "little: " not in words


def test_arms_that_differ_but_stand_still_are_drawn(runs):
    still = {arm: replace(run, ids=READ[:3], values=run.values[:, :, :3]) for arm, run in runs.items()}
    flat = {arm: replace(run, values=np.repeat(run.values[:, -1:], 21, axis=1)) for arm, run in still.items()}
    assert len(titles(draw_habits(flat, title=""))) == 3
    assert not can_draw_habits({"usual": flat["usual"]})


@pytest.mark.parametrize(("days", "symbol"), [(4, "h"), (10, "h"), (21, "d"), (1000, "d"), (10957, "y")])
def test_times_are_shown_in_a_unit_that_suits_the_run(days, symbol):
    assert time_unit(days * 24.0).symbol == symbol
