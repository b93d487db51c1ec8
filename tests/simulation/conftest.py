"""A toy with two drugs, a body weight and a diet; every answer is known in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libsbml
import pytest

from acinus.model import Model, Route, Substance, Symbol
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Callable

# drug: by mouth from `gut` (rate ka), lost with ke from the plasma volume V = V_kg * BW; salt: into a vein only.
TOY = """
    compartment V; V = V_kg*BW;
    species drug_pla in V, salt_pla in V;
    substanceOnly species gut, slow_gut, out;
    species z1_mark in V, z2_mark in V;
    drug_pla = 0; salt_pla = 0; gut = 0; slow_gut = 0; out = 0; z1_mark = 1; z2_mark = 2;
    ka = 1.2; ka_slow = 0.2; ke = 0.3; V_kg = 0.5; BW = 70; drug_infusion = 0; salt_infusion = 0; f_fed = 0;
    const ka, ka_slow, ke, V_kg, BW, drug_infusion, salt_infusion, f_fed;
    J1: gut => drug_pla; ka*gut/(1 + f_fed);
    J2: slow_gut => drug_pla; ka_slow*slow_gut;
    J3: drug_pla => out; ke*drug_pla*V;
    J4: => drug_pla; drug_infusion;
    J5: => salt_pla; salt_infusion;
    drug_mg := drug_pla*100;
"""
UNITS = {
    "ka": "1/h",
    "ka_slow": "1/h",
    "ke": "1/h",
    "V_kg": "L/kg",
    "BW": "kg",
    "drug_infusion": "mmol/h",
    "salt_infusion": "mmol/h",
    "drug_mg": "mg/L",
}


def symbols_of(sbml: str) -> dict[str, Symbol]:
    content = libsbml.readSBMLFromString(sbml).getModel()

    def symbol(key: str, kind, unit: str, *, constant: bool, value: float | None) -> Symbol:
        zone = int(key[1]) if key.startswith("z") and key[2] == "_" else None
        local = key.split("_", 1)[1] if zone else key
        return Symbol(key, kind, unit, f"name of {key}", "", {"drug": 1.0}, local, zone, constant, value)

    found = {}
    for p in content.getListOfParameters():
        key, constant = p.getId(), p.getConstant()
        kind, value = ("parameter", p.getValue()) if constant else ("variable", None)
        found[key] = symbol(key, kind, UNITS.get(key, "dimensionless"), constant=constant, value=value)
    for c in content.getListOfCompartments():
        size = c.getSize() if c.isSetSize() else None
        found[c.getId()] = symbol(c.getId(), "compartment", "L", constant=True, value=size)
    for s in content.getListOfSpecies():
        kind, unit = ("amount", "mmol") if s.getHasOnlySubstanceUnits() else ("species", "mmol/L")
        found[s.getId()] = symbol(s.getId(), kind, unit, constant=False, value=None)
    return found


@pytest.fixture(scope="session")
def model_of() -> Callable[[str], Model]:
    import antimony

    def build(body: str) -> Model:
        antimony.clearPreviousLoads()
        assert antimony.loadAntimonyString(f"model toy\n{body}\nend") >= 0, antimony.getLastError()
        sbml = str(antimony.getSBMLString("toy"))
        symbols = symbols_of(sbml)
        mass = Symbol("molar_mass", "parameter", "g/mol", "", "", {}, "molar_mass", None, True, 100.0)
        oral = Route("immediate", {"immediate": "gut", "extended": "slow_gut"}, None, None)
        vein = Route(None, {}, None, "drug_infusion")
        salt = Route(None, {}, "salt_pla", "salt_infusion")
        return Model(
            id="toy",
            name="toy",
            sbml=sbml,
            hash=content_hash(sbml),
            zones=2,
            symbols={**symbols, "molar_mass": mass},
            cards={},
            substances={
                "drug": Substance(
                    "drug", "testamol", ("paratest",), "", "molar_mass", {"oral": oral, "intravenous": vein}
                ),
                "salt": Substance("salt", "salt", (), "", "molar_mass", {"intravenous": salt}),
            },
            diets={"fed": {"f_fed": 1.0}, "fasted": {"f_fed": 0.5}, "starved": {"ka": 0.1}},
            body_weight="BW",
        )

    return build


@pytest.fixture(scope="session")
def toy(model_of: Callable[[str], Model]) -> Model:
    return model_of(TOY)
