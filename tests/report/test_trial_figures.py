from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from acinus.report.map_figure import draw_map
from acinus.report.trial_figure import draw_trial
from acinus.trials import conduct_trial, make_map, read_map, read_trial

_BESIDE = Path(__file__).parents[1] / "trials" / "small_trial.py"
_SPEC = importlib.util.spec_from_file_location("small_trial_of_figures", _BESIDE)
assert _SPEC is not None
assert _SPEC.loader is not None
small = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(small)

pytestmark = pytest.mark.slow


def test_a_trial_has_a_panel_for_each_thing_measured():
    power = [{"what": "high", "arms": ["slow", "fast"], "sizes": [5, 10], "trials": 20}]
    figure = draw_trial(conduct_trial(read_trial(small.small_trial(power=power))))
    titles = [axes.get_title(loc="left").split("   ")[1] for axes in figure.axes]
    assert titles[:2] == ["Shares of each arm", "Differences in the same people"]
    assert titles[-1] == "Power of smaller trials"
    assert len(titles) == 5
    only = {"outcomes": None, "events": None}
    assert len(draw_trial(conduct_trial(read_trial(small.small_trial(**only)))).axes) == 1


def test_cells_with_a_wide_interval_are_hatched():
    content = small.small_map(outcome={"measure": "exceeds", "of": "A", "level": small.LEVEL})

    def hatched(width):
        figure = draw_map(make_map(read_map({**content, "uncertain_above": width})))
        return [len([p for p in axes.patches if p.get_hatch()]) for axes in figure.axes[:2]]

    # 0 or 20 of 20 leave an interval 17 points wide.
    assert hatched(0.2) == [0, 0]
    assert hatched(0.1) == [6, 6]


def test_a_map_says_how_many_courses_are_missing():
    axis = {"column": "g", "values": [0.1, 0.6]}
    figure = draw_map(make_map(read_map(small.small_map(across=axis, people=5))))
    words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    assert "15 of 40 courses did not finish" in words
    assert "no reading" in [text.get_text() for axes in figure.axes for text in axes.texts]
