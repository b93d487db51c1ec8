import numpy as np
import pytest

import acinus
from acinus.documents import read_yaml
from acinus.model.bibliography import read_bibliography
from acinus.population import draw_population, list_populations, read_population
from acinus.simulation import Dose, people


@pytest.mark.slow
@pytest.mark.parametrize("name", list_populations())
def test_every_shipped_population_can_be_drawn_for_its_model(name):
    model = acinus.load_model(read_population(name).model)
    drawn = draw_population(name, 200, 1, model=model)
    table = people.people_of(drawn)
    assert table.size == 200
    for column, values in drawn.columns.items():
        assert np.isfinite(values).all()
        card = model.cards.get(column)
        if card is not None:
            assert drawn.units[column] == card.unit


@pytest.mark.slow
def test_presenters_take_about_the_dose_assumed_and_some_are_induced():
    model = acinus.load_model("human")
    drawn = draw_population("overdose_presenters", 4000, 1, model=model)
    assert drawn.units["dose"] == "g"
    assert np.median(drawn["dose"]) == pytest.approx(10.1, rel=0.05)
    assert drawn["induced"].mean() == pytest.approx(0.12, abs=0.02)
    assert drawn["dose"].min() >= 1
    assert people.people_of(drawn).column("dose", "mg", "the dose") == pytest.approx(1000 * drawn["dose"])


@pytest.mark.slow
def test_presenters_are_simulated_with_their_own_dose_and_weight():
    model = acinus.load_model("human", zones=3)
    drawn = draw_population("overdose_presenters", 2, 1, model=model)
    protocol = acinus.Protocol(doses=[Dose("apap", "$dose", route="oral")], sampling=["0 h", "4 h"])
    run = acinus.simulate(model, protocol, drawn)
    assert run.ok.all()
    grams = run.dosed("apap")[:, -1] * model.constant("apap_molar_mass")[0] / 1000
    assert grams == pytest.approx(drawn["dose"])
    assert run.parameter("BW") == pytest.approx(drawn["BW"])
    assert acinus.read_endpoint(run, "apap_4h_equivalent").n_ok == 2
