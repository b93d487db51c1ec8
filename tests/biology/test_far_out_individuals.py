"""Ten thousand people nobody will meet: every number of the human model far from its value, and all come out."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.simulation import load_protocol, simulate

COUNT = 10_000
MOST_DEVIATIONS = 4.0
OVERDOSE = """
name: overdose
despite: [low_egfr]
doses:
  - {substance: apap, amount: $dose, route: oral, at: 0 h}
  - {regimen: nac_three_bag_20h, at: $delay}
sampling: {every: 6 h, until: 120 h}
"""


def far_out(model, rng):
    """Return columns for the model's numbers: evenly drawn up to four standard deviations of the log from the value.

    What has no spread of its own is drawn evenly between the limits of its card.
    """
    columns = {}
    for card in model.cards.values():
        symbol = model.symbols.get(card.id)
        if symbol is None or not symbol.constant or symbol.value is None:
            continue
        if card.cv:
            spread = np.sqrt(np.log1p(card.cv**2))
            columns[card.id] = card.value * np.exp(
                spread * rng.uniform(-MOST_DEVIATIONS, MOST_DEVIATIONS, COUNT)
            )
        elif card.low is not None and card.high is not None and card.low < card.high:
            columns[card.id] = rng.uniform(card.low, card.high, COUNT)
    return columns


@pytest.mark.slow
def test_nearly_everyone_finishes_and_the_others_have_their_reason(tmp_path):
    model, rng = load_model("human"), np.random.default_rng(20261122)
    columns = far_out(model, rng)
    assert len(columns) > 90
    people = columns | {
        "dose": (np.exp(rng.uniform(np.log(0.5), np.log(500.0), COUNT)), "g"),
        "delay": (np.where(rng.uniform(size=COUNT) < 0.5, np.inf, rng.uniform(0.0, 48.0, COUNT)), "h"),
    }
    protocol = load_protocol(read_yaml(tmp_path / "overdose.yaml", OVERDOSE), model=model)
    run = simulate(model, protocol, people, record=["apap_pla", "alt_pla", "gsh_hep", "inr"], workers=2)
    failed = np.flatnonzero(~run.ok)
    reasons = [f"{i}: {run.status[i].name}, {run.message[i]}" for i in failed]
    assert run.ok.sum() + len(reasons) == COUNT
    assert all(run.message[i] and np.isfinite(run.reached[i]) for i in failed)
    assert run.ok.mean() >= 0.999, reasons
    assert np.isfinite(run.values[run.ok]).all()
    assert (run["apap_pla"][run.ok] >= -1e-9).all()
