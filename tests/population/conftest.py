from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from acinus.errors import Place
from acinus.model.record import Card, Model, Symbol

if TYPE_CHECKING:
    from pathlib import Path

ModelMaker = Callable[..., Model]


def a_card(name: str, value: float, unit: str, distribution: str = "fixed", **spread: float | None) -> Card:
    return Card(
        name,
        value,
        unit,
        distribution,
        spread.get("cv"),
        spread.get("low"),
        spread.get("high"),
        "assumed",
        "",
        "a toy",
        Place("toy.csv", 2),
    )


def a_symbol(name: str, kind: str, unit: str, value: float | None, *, constant: bool = True) -> Symbol:
    return Symbol(name, kind, unit, name, "", {}, name, None, constant, value)  # type: ignore[arg-type]


@pytest.fixture
def toy(tmp_path: Path) -> Model:
    """Return a model in which four parameters vary, two do not, and one more is not used."""
    cards = [
        a_card("BW", 70, "kg"),
        a_card("ugt_vmax", 50, "mmol/L/h", "lognormal", cv=0.3),
        a_card("fu", 0.8, "dimensionless", "normal", cv=0.1, low=0.6, high=1.0),
        a_card("lag", 1, "h", "uniform", low=0.5, high=1.5),
        a_card("gsh_rest", 5, "mmol/L", "lognormal", cv=0.16, low=3.5, high=7),
        a_card("km", 3, "mmol/L"),
        a_card("unused", 3, "mmol/L", "lognormal", cv=0.3),
    ]
    symbols = {c.id: a_symbol(c.id, "parameter", c.unit, c.value) for c in cards if c.id != "unused"}
    symbols["gsh_hep"] = a_symbol("gsh_hep", "species", "mmol/L", None, constant=False)
    return Model("toy", "toy", "", "0", None, symbols, {c.id: c for c in cards}, {}, {}, biology=tmp_path)
