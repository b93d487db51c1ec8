"""Our own text becomes one flat model, in which each number of the tables stands once and with its unit."""

from __future__ import annotations

import dataclasses
import pickle
from typing import TYPE_CHECKING

import libsbml
import pytest

from acinus.engine.libroadrunner import model_of_libroadrunner
from acinus.errors import Code, ModelTextError, SbmlError
from acinus.model import Model, load_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def model(tiny: Path) -> Model:
    return load_model("tiny", zones=3, biology=tiny)


def core(model: Model):
    return libsbml.readSBMLFromString(model.sbml)


def test_libsbml_has_nothing_to_remark(model):
    document = core(model)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    assert (document.getLevel(), document.getVersion()) == (3, 2)


@pytest.mark.parametrize("zones", [1, 2, 8])
def test_libsbml_has_nothing_to_remark_for_any_number_of_zones(zones, tiny):
    document = core(load_model("tiny", zones=zones, biology=tiny))
    assert document.checkConsistency() == 0


def test_a_number_of_the_tables_is_one_parameter_for_all_zones(model):
    assert model.symbols["enzyme_vmax"].value == 3.0
    assert [name for name in model.symbols if name.endswith("enzyme_vmax")] == ["enzyme_vmax"]


def test_a_row_for_a_longer_name_keeps_that_zone_apart(tiny):
    table = tiny / "parameters" / "all.csv"
    table.write_text(table.read_text() + "z2_enzyme_km,0.7,mmol/L,fixed,,,,assumed,,zone 2 differs\n")
    model = load_model("tiny", zones=3, biology=tiny)
    assert model.symbols["z2_enzyme_km"].value == 0.7
    assert model.symbols["enzyme_km"].value == 0.5
    assert {name for name in model.symbols if name.endswith("enzyme_km")} == {"enzyme_km", "z2_enzyme_km"}


def test_every_quantity_has_the_unit_of_its_row(model):
    assert model.symbols["enzyme_km"].unit == "mmol/L"
    assert model.symbols["drug_pla"].unit == "mmol/L"
    assert model.symbols["drug_gut"].unit == "mmol"
    assert model.symbols["drug_mg_pla"].unit == "mg/L"
    assert all(symbol.unit for symbol in model.symbols.values())


def test_names_and_zones_come_from_the_vocabulary(model):
    symbol = model.symbol("drug_hep_2")
    assert (symbol.local, symbol.zone) == ("drug_hep", 2)
    assert symbol.name == "drug in liver cells, zone 2"
    assert symbol.ontology == "CHEBI:46195"
    assert dict(symbol.moiety) == {"drug": 1.0}
    assert model.symbol("z3_helper_hep").zone == 3


def test_zone_ids_run_from_portal_to_central(model):
    assert model.zone_ids("drug_hep") == ("drug_hep_1", "drug_hep_2", "drug_hep_3")


def test_kinds_are_told_apart(model):
    kinds = {
        name: model.symbols[name].kind
        for name in ("drug_pla", "drug_gut", "factor_1", "BW", "V_liver", "leave")
    }
    assert list(kinds.values()) == ["species", "amount", "variable", "parameter", "compartment", "reaction"]


def test_a_species_without_a_start_starts_empty(model):
    assert model.symbols["drug_pla"].value == 0.0
    assert core(model).getModel().getSpecies("drug_pla").getInitialConcentration() == 0.0


def test_a_start_given_by_a_formula_is_computed_from_it(model):
    assert model.symbols["z1_helper_hep"].value is None
    assert core(model).getModel().getInitialAssignment("z1_helper_hep") is not None


def test_an_infusion_is_a_constant_changed_from_outside(model):
    assert core(model).getModel().getParameter("drug_infusion").getConstant()


def test_all_rows_are_cards_with_their_places(model):
    card = model.cards["enzyme_km"]
    assert (card.value, card.unit, card.grade) == (0.5, "mmol/L", "in_vitro")
    assert card.sources == ("Someone2001", "Other1999")
    assert str(card.place) == "parameters/all.csv:7:1"
    assert card.used_in == ("modules/conversion.ant:15 (converting)",)


def test_a_constant_is_found_in_the_model_or_in_the_tables(model):
    assert model.constant("BW") == (70.0, "kg")
    with pytest.raises(ModelTextError, match="enzyme_km"):
        model.constant("enzyme_k")


def test_a_wrong_id_gets_the_nearest(model):
    with pytest.raises(ModelTextError, match=r"AC133.*\n.*`drug_pla`"):
        model.symbol("drug_plaa")


def test_substances_and_diets_are_read(model):
    assert model.substances["drug"].routes["oral"].forms["tablet"] == "drug_gut"
    assert model.substances["drug"].routes["intravenous"].infusion == "drug_infusion"
    assert dict(model.diets["resting"]) == {"zonation": 1.0}
    assert model.body_weight == "BW"


def test_overrides_replace_values_in_the_sbml_and_on_the_card(tiny):
    model = load_model("tiny", zones=1, biology=tiny, overrides={"BW": 50.0})
    assert core(model).getModel().getParameter("BW").getValue() == 50.0
    assert model.cards["BW"].value == 50.0


def test_an_override_of_nothing_is_refused_with_the_nearest(tiny):
    with pytest.raises(ModelTextError, match="enzyme_vmax"):
        load_model("tiny", zones=1, biology=tiny, overrides={"enzyme_vmaxx": 1.0})


def test_an_override_of_a_state_is_refused(tiny):
    with pytest.raises(ModelTextError, match="AC133"):
        load_model("tiny", zones=1, biology=tiny, overrides={"strain": 1.0})


def test_the_hash_changes_with_zones_and_values_and_with_nothing_else(tiny):
    first = load_model("tiny", zones=3, biology=tiny)
    assert load_model("tiny", zones=3, biology=tiny).hash == first.hash
    assert load_model("tiny", zones=2, biology=tiny).hash != first.hash
    assert load_model("tiny", zones=3, biology=tiny, overrides={"BW": 60.0}).hash != first.hash
    notes = tiny / "parameters" / "all.csv"
    notes.write_text(notes.read_text().replace("a usual adult", "a common adult"))
    again = load_model("tiny", zones=3, biology=tiny)
    assert again.hash == first.hash
    assert again.cards["BW"].note == "a common adult"


def test_a_model_cannot_be_changed(model):
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.sbml = ""
    with pytest.raises(TypeError):
        model.symbols["x"] = None


def test_a_model_can_be_sent_to_another_process(model):
    copy = pickle.loads(pickle.dumps(model))
    assert copy == model
    assert copy.symbols["BW"] == model.symbols["BW"]


def test_an_unknown_assembly_gets_the_nearest(tiny):
    with pytest.raises(ModelTextError, match="Did you mean `tiny`"):
        load_model("tinny", biology=tiny)


def test_all_that_is_wrong_is_said_at_once(tiny):
    module = tiny / "modules" / "conversion.ant"
    module.write_text(module.read_text().replace("drug / (enzyme_km", "0.3 * drug / (enzyme_kmm"))
    table = tiny / "parameters" / "all.csv"
    table.write_text(table.read_text().replace("k_strain,0.2,1/h", "k_strain,0.2,"))
    with pytest.raises(ModelTextError) as refused:
        load_model("tiny", biology=tiny)
    assert {d.code for d in refused.value.diagnostics} == {
        Code.UNDEFINED_SYMBOL,
        Code.NUMBER_IN_MODULE,
        Code.UNIT_MISSING,
    }


def test_units_that_disagree_stop_the_load(tiny):
    table = tiny / "parameters" / "all.csv"
    table.write_text(table.read_text().replace("enzyme_vmax,3,mmol/L/h", "enzyme_vmax,3,mmol/L/min"))
    with pytest.raises(SbmlError) as refused:
        load_model("tiny", biology=tiny)
    assert {d.code for d in refused.value.diagnostics} == {Code.UNITS_DISAGREE}


def test_an_assembly_outside_the_folder_uses_its_numbers(tiny):
    text = (
        "model alone()\n  compartment V_blood, V_outside;\n  species drug_pla in V_blood;\n"
        "  substanceOnly species drug_gut in V_outside, drug_urine in V_outside;\n"
        "  intake: inflow(drug_gut, drug_pla, drug_urine, V_blood);\nend\n"
    )
    model = load_model(text, biology=tiny)
    assert model.id == "alone"
    assert model.zones is None
    assert model.symbols["CL_drug"].value == 4.0


def test_roadrunner_and_copasi_read_the_sbml_alike(model):
    import COPASI
    import libsbml

    # The dose is written into the text, so that neither simulator's way of setting it matters.
    document = libsbml.readSBMLFromString(model.sbml)
    document.getModel().getSpecies("drug_gut").setInitialAmount(1.0)
    sbml = libsbml.writeSBMLToString(document)
    runner = model_of_libroadrunner(sbml)
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-12
    names = ["drug_pla", "drug_hep_3", "product_pla", "z2_helper_hep"]
    end = runner.simulate(0, 10, 2, [f"[{name}]" for name in names])[-1]
    data = COPASI.CRootContainer.addDatamodel()
    assert data.importSBMLFromString(sbml)
    found = data.getModel()
    task = data.getTask("Time-Course")
    task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
    task.getMethod().getParameter("Relative Tolerance").setDblValue(1e-10)
    task.getMethod().getParameter("Absolute Tolerance").setDblValue(1e-12)
    task.getProblem().setDuration(10.0)
    task.getProblem().setStepNumber(1)
    assert task.processRaw(True)
    other = {m.getSBMLId(): m.getConcentration() for m in found.getMetabolites()}
    # Both integrate to 1e-10 and 1e-12 a step; their errors add up over some hundred steps.
    assert [other[name] for name in names] == pytest.approx(list(end), rel=1e-6, abs=1e-10)


def test_a_port_that_stayed_a_copy_is_found_in_the_flat_model(tiny):
    from acinus.model.library import read_library
    from acinus.model.rules.wiring import unjoined_ports
    from acinus.model.tree import build_tree

    library = read_library(tiny, zones=2)
    tree = build_tree(library, library.assemblies["tiny"])
    (finding,) = unjoined_ports('<parameter constant="true" id="z2_factor"/>', tree)
    assert finding.code is Code.PORT_NOT_JOINED
    assert unjoined_ports('<parameter constant="true" id="factor_2"/>', tree) == []
