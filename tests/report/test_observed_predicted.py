from __future__ import annotations

import numpy as np

from acinus.report import Curve, Pair, draw_observed_predicted, draw_study_curves


def pair(observed: float, predicted: float, *, unit: str = "mg/L", validation: bool = True) -> Pair:
    return Pair("study", "acetaminophen", unit, validation, observed, predicted)


def titles(figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_points_within_twofold_are_counted():
    figure = draw_observed_predicted([pair(1.0, 1.9), pair(1.0, 2.1), pair(2.0, 1.0)])
    assert titles(figure) == ["2 of 3 within 2-fold"]


def test_points_that_have_no_logarithm_are_counted_not_hidden():
    figure = draw_observed_predicted([pair(1.0, 1.0), pair(0.0, 1.0), pair(1.0, 0.0)])
    assert titles(figure) == ["1 of 1 within 2-fold; 2 not positive, not drawn"]


def test_each_unit_has_its_own_panel():
    figure = draw_observed_predicted([pair(1.0, 1.0), pair(1.0, 1.0, unit="percent")])
    assert [axes.get_xlabel() for axes in figure.axes] == ["observed [mg/L]", "observed [percent]"]


def test_calibration_and_validation_are_told_apart():
    figure = draw_observed_predicted([pair(1.0, 1.0), pair(1.0, 1.0, validation=False)])
    words = [text.get_text() for text in figure.axes[-1].texts]
    assert {"validation", "calibration"} <= set(words)


def test_each_study_has_its_own_small_picture():
    time = np.array([0.0, 1.0, 2.0])
    level = np.array([0.0, 2.0, 1.0])
    curves = [
        Curve(
            study=study,
            analyte=analyte,
            unit="mg/L",
            validation=True,
            observed_time=time[1:],
            observed=level[1:],
            time=time,
            predicted=level,
        )
        for study in ("one", "two", "three")
        for analyte in ("acetaminophen", "sulfate")
    ]
    assert titles(draw_study_curves(curves)) == ["one", "two", "three"]
