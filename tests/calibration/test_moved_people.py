from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.calibration.moved_people import moved_people
from acinus.errors import Place, PopulationError
from acinus.model.record import Card, Model, Symbol
from acinus.population import draw_population

PLACE = Place("toy.csv", 2)
POPULATION = {
    "columns": {"dose": {"distribution": "lognormal", "median": "9 g", "log_sd": 0.7}},
    "parameters": "all",
    "groups": {"induced": {"share": 0.3, "factors": {"vmax": 2, "idle": 3}}},
}


def model(**values: float) -> Model:
    """Return a model in which two parameters vary, one of them between near bounds, and one does not."""
    cards = {
        "vmax": Card("vmax", 50, "mmol/h", "lognormal", 0.3, None, None, "assumed", "", "toy", PLACE),
        "rest": Card("rest", 5, "mmol/L", "lognormal", 0.3, 3.5, 7, "assumed", "", "toy", PLACE),
        "idle": Card("idle", 2, "1/h", "fixed", None, None, None, "assumed", "", "toy", PLACE),
    }
    cards = {name: replace(card, value=values.get(name, card.value)) for name, card in cards.items()}
    symbols = {
        c.id: Symbol(c.id, "parameter", c.unit, c.id, "", {}, c.id, None, True, c.value)
        for c in cards.values()
    }
    return Model("toy", "toy", "", str(values), None, symbols, cards, {}, {})


@pytest.mark.parametrize(
    "values", [{"vmax": 80.0}, {"rest": 6.0}, {"idle": 0.5}, {"vmax": 20.0, "rest": 4.0}]
)
def test_moved_people_are_those_that_other_tables_would_give(values: dict[str, float]) -> None:
    people = draw_population(POPULATION, 200, 9, model=model())
    expected = draw_population(POPULATION, 200, 9, model=model(**values))
    found = moved_people(people, _text(), values, model=model())
    assert list(found.columns) == list(people.columns)
    for name in expected.columns:
        np.testing.assert_array_equal(found[name], expected[name])


def test_without_near_bounds_everybody_moves_by_the_same_factor() -> None:
    people = draw_population(POPULATION, 200, 9, model=model())
    found = moved_people(people, _text(), {"vmax": 75.0}, model=model())
    np.testing.assert_allclose(found["vmax"] / people["vmax"], 1.5, rtol=1e-12)


def test_near_a_bound_people_are_squeezed_and_keep_their_order() -> None:
    people = draw_population(POPULATION, 200, 9, model=model())
    found = moved_people(people, _text(), {"rest": 7.5}, model=model())
    assert found["rest"].max() <= 7
    assert (np.diff(found["rest"][np.argsort(people["rest"])]) > 0).all()
    with pytest.raises(PopulationError, match="AC804"):
        moved_people(people, _text(), {"rest": 70.0}, model=model())


def test_numbers_of_a_column_move_too() -> None:
    people = draw_population(POPULATION, 200, 9, model=model())
    wider = {
        **POPULATION,
        "columns": {"dose": {"distribution": "lognormal", "median": "12 g", "log_sd": 0.9}},
    }
    expected = draw_population(wider, 200, 9, model=model())
    found = moved_people(people, _text(), {"dose.median": 12.0, "dose.log_sd": 0.9}, model=model())
    np.testing.assert_array_equal(found["dose"], expected["dose"])
    np.testing.assert_array_equal(found["vmax"], people["vmax"])
    assert found.units["dose"] == "g"


@pytest.mark.parametrize(
    "more",
    [
        {"correlations": [{"between": ["dose", "vmax"], "rank": 0.6}]},
        {"plausible": [{"rule": "dose at most 12 g"}, {"rule": "vmax at least 45 mmol/h"}]},
        {"plausible": [{"rule": "vmax at least 45 mmol/h"}], "implausible": "remove"},
        {"derived": {"square": {"product": {"vmax": 2}, "unit": "mmol**2/h**2"}}},
    ],
)
def test_people_move_with_all_that_hangs_on_the_moved(more: dict[str, object]) -> None:
    from acinus.endpoints.specification import to_node

    population = {**POPULATION, **more}
    people = draw_population(population, 200, 9, model=model())
    expected = draw_population(population, 200, 9, model=model(vmax=60.0))
    found = moved_people(people, to_node(population), {"vmax": 60.0}, model=model())
    assert found.ids.tolist() == expected.ids.tolist()
    for name in expected.columns:
        np.testing.assert_array_equal(found[name], expected[name])


def test_nobody_moves_for_a_parameter_that_nobody_has() -> None:
    population = {"columns": POPULATION["columns"]}
    people = draw_population(population, 5, 9, model=model())
    assert moved_people(people, _text(), {"vmax": 80.0}, model=model()) is people


def _text():
    from acinus.endpoints.specification import to_node

    return to_node(POPULATION)
