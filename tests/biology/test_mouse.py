"""The mouse: the human modules with numbers of its own."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.errors import PopulationError
from acinus.model import load_model
from acinus.population import draw_population
from acinus.simulation import load_arms, load_protocol, load_trajectories, simulate
from acinus.units import same_dimension

SIZED = ("L", "L/h", "mmol", "mmol/h", "1/(mmol*h)", "1/mmol", "kg")
PLACES_OF_AMOUNTS = {"V_lumen", "V_urine", "V_liver_store", "V_magnesium_store", "cysteine_body_start"}
PER_SURFACE = {"egfr", "egfr_normal"}
LEDGERS = (
    "magnesium_eaten", "magnesium_urine", "magnesium_faeces", "magnesium_sweat",
    "ica_faeces", "ica_converted", "ica_urine", "ica_source",
)  # fmt: skip
"""What adds up what passes through a body at rest; their balance is tested elsewhere."""


@pytest.fixture(scope="module")
def mouse():
    return load_model("mouse")


@pytest.fixture(scope="module")
def untreated(mouse):
    run = simulate(mouse, load_arms("mouse_300mgkg", mouse)["untreated"])
    run.raise_for_status()
    return run


def test_mouse_and_man_are_wired_alike(mouse):
    human = load_model("human")
    assert list(mouse.symbols) == list(human.symbols)
    assert mouse.hash != human.hash


def test_nothing_with_the_size_of_a_body_is_shared_with_man(mouse):
    shared = [
        card.id
        for card in mouse.cards.values()
        if card.id in mouse.symbols
        and card.replaces is None
        and card.id not in PLACES_OF_AMOUNTS | PER_SURFACE
        and card.value != 0
        and any(same_dimension(card.unit, unit) for unit in SIZED)
    ]
    assert shared == []


def test_own_rows_differ_from_the_shared_ones(mouse):
    # What was fitted to people may come to the mouse's value by chance; its own row keeps it when people are fitted again.
    alike = [
        c.id
        for c in mouse.cards.values()
        if c.replaces is not None and c.value == c.replaces.value and c.replaces.grade != "fitted"
    ]
    assert alike == []


def test_acetaminophen_injected_is_somewhere_to_a_millionth(mouse, untreated, moiety_amount):
    total = moiety_amount(mouse, untreated, "apap")
    given = untreated.dosed("apap")[0]
    assert given[-1] == pytest.approx(0.3 * 25 / 151.16, rel=1e-9)
    assert np.max(np.abs(total - given)) <= 1e-6 * given[-1]


def test_without_a_dose_a_fed_mouse_stands_still(mouse, tmp_path):
    text = "name: rest\ndoses: []\nsampling: {every: 2 h, until: 120 h}\n"
    run = simulate(mouse, load_protocol(read_yaml(tmp_path / "rest.yaml", text), model=mouse))
    run.raise_for_status()
    for key in set(run.ids) - set(LEDGERS):
        curve = run[key][0]
        assert np.abs(curve - curve[0]).max() <= 1e-6 * max(abs(curve[0]), 1e-9), key


def test_the_peritoneum_empties_by_first_order(mouse, untreated):
    rate = mouse.cards["k_peritoneum"].value
    left, time = untreated["apap_peritoneum"][0], untreated.time
    later = (time >= 12.25) & (time <= 13.5)
    dose = untreated.dosed("apap")[0][-1]
    expected = dose * np.exp(-rate * (time[later] - 12.0))
    np.testing.assert_allclose(left[later], expected, rtol=1e-4)


def test_necrosis_begins_at_the_central_end(mouse, untreated):
    lost = [1 - untreated[f"z{zone}_healthy"][0].min() for zone in range(1, 9)]
    assert lost[-1] > lost[0]
    assert lost == sorted(lost)


def test_no_people_are_drawn_for_a_mouse_nor_mice_for_man(mouse):
    with pytest.raises(PopulationError, match="AC804.*`mouse`"):
        draw_population("healthy_adults", 2, 1, model=mouse)
    with pytest.raises(PopulationError, match="AC804.*`human`"):
        draw_population("laboratory_mice", 2, 1, model=load_model("human"))
    weights = draw_population("laboratory_mice", 50, 1, model=mouse).columns["BW"]
    assert 0.02 <= weights.min() < weights.max() <= 0.03


def test_a_run_on_disk_keeps_what_a_number_replaces(mouse, untreated, tmp_path):
    untreated.save(tmp_path / "mouse.nc")
    kept = load_trajectories(tmp_path / "mouse.nc").model.cards["gsh_rest"]
    assert kept == mouse.cards["gsh_rest"]
    assert kept.replaces is not None
    assert kept.replaces.value == 5.0
