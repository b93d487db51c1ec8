"""Single modules in a toy liver against what can be worked out on paper."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from acinus.documents import biology_folder, read_yaml
from acinus.engine import Tolerances
from acinus.model import load_model
from acinus.simulation import load_protocol, simulate

TIGHT = Tolerances(relative=1e-9)
ENZYME = """
model toy()
  compartment V_liver_water, V_fomepizole, V_hep, V_liver_store;
  V_liver_water = V_liver_water_ref;
  V_fomepizole = V_fomepizole_ref;
  V_hep = V_liver_ref;
  species ethanol_hep in V_liver_water, fomepizole_pla in V_fomepizole;
  species apap_hep in V_hep, gsh_hep in V_hep, cys_hep in V_hep, gsh_mito in V_hep, adduct_hep in V_hep, adduct_mito in V_hep;
  substanceOnly species thiol_hep in V_liver_store, cysteine_body in V_liver_store;
  capacity := 1;
  cyp2e1 := 1;
  drinking := 0;
  cyp2e1_synthesis := 1;
  ica_inactivation := 0 * k_cyp2e1;
  ica_inactivation_rest := 0 * k_cyp2e1;
  ica_rivalry := 0;
  enzyme: cyp2e1_turnover(cyp2e1_level, cyp2e1_labile, cyp2e1_lasting, cyp2e1_competition, ethanol_hep, drinking, cyp2e1_synthesis, ica_inactivation, ica_inactivation_rest, ica_rivalry, V_liver_water, fomepizole_pla, V_fomepizole);
  cyp: apap_oxidation(V_hep, apap_hep, capacity, cyp2e1, cyp2e1_level, cyp2e1_competition, formation);
  fate: napqi_fate(V_hep, apap_hep, formation, gsh_hep, cys_hep, gsh_mito, adduct_hep, adduct_mito, thiol_hep, V_liver_store, cysteine_body, napqi, conjugating);
end
"""
FOMEPIZOLE = """
model toy()
  compartment V_lumen, V_fomepizole, V_urine;
  V_fomepizole = V_fomepizole_ref;
  substanceOnly species fomepizole_gut in V_lumen, fomepizole_cleared in V_urine;
  species fomepizole_pla in V_fomepizole;
  body: body_size(volume_scale, flow_scale);
  methylpyrazole: fomepizole_disposition(fomepizole_gut, fomepizole_pla, fomepizole_cleared, stress_drive, V_lumen, V_fomepizole, V_urine, flow_scale);
end
"""
NAPQI = """
model toy()
  compartment V_hep, V_liver_store;
  V_hep = V_liver_ref;
  species apap_hep in V_hep, gsh_hep in V_hep, cys_hep in V_hep, gsh_mito in V_hep, adduct_hep in V_hep, adduct_mito in V_hep;
  substanceOnly species thiol_hep in V_liver_store, cysteine_body in V_liver_store;
  formation := cypx_vmax;
  fate: napqi_fate(V_hep, apap_hep, formation, gsh_hep, cys_hep, gsh_mito, adduct_hep, adduct_mito, thiol_hep, V_liver_store, cysteine_body, napqi, conjugating);
end
"""
MITOCHONDRIA = """
model toy()
  compartment V_hep;
  V_hep = V_liver_ref;
  species gsh_hep in V_hep, gsh_mito in V_hep, gssg_mito in V_hep;
  gsh_start := gsh_rest * (1 - f_gsh_mito);
  gsh_mito_start := gsh_rest * f_gsh_mito;
  gsh_hep = gsh_start;
  peroxynitrite := 1;
  energy := 1;
  matrix: mitochondrial_glutathione(V_hep, gsh_hep, gsh_mito, gssg_mito, gsh_start, gsh_mito_start, peroxynitrite, energy);
end
"""
LIGASE = """
model toy()
  compartment V_hep, V_ecf, V_liver_store;
  V_hep = V_liver_ref;
  V_ecf = V_ecf_ref;
  species gsh_hep in V_hep, cys_hep in V_hep, sulfate_ecf in V_ecf;
  substanceOnly species cysteine_body in V_liver_store;
  gsh_start := gsh_rest;
  working := 1;
  energy := 1 / 2;
  gsh_condition := 1;
  nac_deacetylated := 0 * k_gsh_export * gsh_rest;
  gsh: glutathione_synthesis(V_hep, gsh_hep, cys_hep, sulfate_ecf, V_ecf, cysteine_body, V_liver_store, gsh_start, working, energy, gsh_condition, nac_deacetylated, cysteine_to_sulfate);
end
"""
CHARCOAL = """
model toy()
  compartment V_lumen;
  substanceOnly species apap_tablet in V_lumen, apap_stomach in V_lumen, apap_intestine in V_lumen;
  substanceOnly species charcoal_gut in V_lumen, apap_charcoal in V_lumen;
  charcoal: charcoal_binding(apap_tablet, apap_stomach, apap_intestine, charcoal_gut, apap_charcoal, V_lumen);
end
"""


@pytest.fixture
def toy(tmp_path):
    """Return a function that runs a toy with boluses (mmol) into species at the start."""

    def run(text, start, hours, **values):
        shipped = biology_folder()
        for name in ("modules", "parameters", "calibration"):
            # Numbers of an assembly's own belong to assemblies that are not here.
            shutil.copytree(shipped / name, tmp_path / name, ignore=shutil.ignore_patterns("mouse"))
        for name in ("references.bib", "vocabulary.csv"):
            shutil.copy(shipped / name, tmp_path / name)
        (tmp_path / "assemblies").mkdir()
        (tmp_path / "assemblies" / "toy.ant").write_text(text)
        forms = "".join(
            f"\n  {key}: {{molar_mass: charcoal_molar_mass, routes: {{given: {{default: x, forms: {{x: {key}}}}}}}}}"
            for key in start
        )
        (tmp_path / "substances.yaml").write_text(f"body_weight: BW_ref\nsubstances:{forms}\n")
        model = load_model("toy", biology=tmp_path)
        doses = ", ".join(
            f"{{substance: {key}, amount: {mmol!r} mmol, route: given, at: 0 h}}"
            for key, mmol in start.items()
            if mmol > 0
        )
        protocol = f"name: toy\ndoses: [{doses}]\nsampling: {{every: {hours / 50!r} h, until: {hours!r} h}}\n"
        plan = load_protocol(read_yaml(tmp_path / "toy.yaml", protocol), model=model)
        found = simulate(model, plan, values=values, tolerances=TIGHT)
        found.raise_for_status()
        return found

    return run


def card(key: str) -> float:
    return load_model("human").cards[key].value


def test_an_enzyme_held_by_ethanol_rises_as_its_linear_equation_says(toy):
    ethanol = 20.0
    run = toy(ENZYME, {"ethanol_hep": ethanol * card("V_liver_water_ref")}, 300.0)
    longer = 1.0 + ethanol / card("cyp2e1_stabilising_ethanol")
    labile, lasting = (
        longer - (longer - 1.0) * np.exp(-card(rate) * run.time / longer)
        for rate in ("k_cyp2e1_labile", "k_cyp2e1")
    )
    share = card("cyp2e1_labile_share")
    expected = share * labile + (1.0 - share) * lasting
    np.testing.assert_allclose(run["cyp2e1_level"][0], expected, rtol=1e-7)
    assert expected[-1] > 1.5


@pytest.mark.parametrize(("ethanol", "fomepizole"), [(0.0, 0.0), (20.0, 0.0), (0.0, 0.15), (20.0, 0.15)])
def test_oxidation_is_that_of_competitive_inhibition(toy, ethanol, fomepizole):
    start = {
        "ethanol_hep": ethanol * card("V_liver_water_ref"),
        "fomepizole_pla": fomepizole * card("V_fomepizole_ref"),
        "apap_hep": 1.0 * card("V_liver_ref"),
        "gsh_hep": 5.0 * card("V_liver_ref"),
    }
    run = toy(ENZYME, start, 1e-3)
    free = card("fu_apap") * run["apap_hep"][0]
    km = card("cyp2e1_km") * (
        1 + ethanol / card("cyp2e1_km_ethanol") + fomepizole / card("cyp2e1_ki_fomepizole")
    )
    by_cyp2e1 = run["cyp2e1_level"][0] * card("cyp2e1_vmax") * free / (km + free)
    by_others = card("cypx_vmax") * free / (card("cypx_km") + free)
    np.testing.assert_allclose(run["formation"][0], by_cyp2e1 + by_others, rtol=1e-12)
    alone = card("cyp2e1_vmax") * 0.82 / (1.29 + 0.82)
    assert (
        by_cyp2e1[0] < 0.5 * alone
        if ethanol or fomepizole
        else by_cyp2e1[0] == pytest.approx(alone, rel=1e-6)
    )


def test_fomepizole_leaves_as_the_integrated_michaelis_menten_law_says(toy):
    run = toy(FOMEPIZOLE, {"fomepizole_pla": 10.0}, 100.0)
    level, volume = run["fomepizole_pla"][0], card("V_fomepizole_ref")
    elapsed = (
        (level[0] - level + card("fomepizole_km") * np.log(level[0] / level))
        * volume
        / card("fomepizole_vmax")
    )
    np.testing.assert_allclose(elapsed, run.time, rtol=1e-6, atol=1e-6)
    assert level[-1] < 0.5 * level[0]
    assert np.all(run["stress_drive"][0] == 1.0)


def test_the_switch_lets_fomepizole_hold_stress_back(toy):
    run = toy(FOMEPIZOLE, {"fomepizole_pla": 10.0}, 10.0, f_fomepizole_jnk=1.0)
    level = run["fomepizole_pla"][0]
    np.testing.assert_allclose(
        run["stress_drive"][0],
        card("fomepizole_jnk_half") / (card("fomepizole_jnk_half") + level),
        rtol=1e-12,
    )


@pytest.mark.parametrize("drug", [5.0, 100.0], ids=["charcoal to spare", "charcoal full"])
def test_charcoal_binds_by_a_second_order_law_until_it_is_full(toy, drug):
    carbon = 2000.0
    run = toy(CHARCOAL, {"apap_stomach": drug, "charcoal_gut": carbon}, 2.0)
    sites = carbon * card("charcoal_capacity") * card("charcoal_molar_mass") / card("apap_molar_mass")
    grown = np.exp(card("k_adsorption") * (sites - drug) * run.time)
    expected = sites * drug * (grown - 1.0) / (sites * grown - drug)
    np.testing.assert_allclose(run["apap_charcoal"][0], expected, rtol=1e-6, atol=1e-7)
    assert run["apap_charcoal"][0, -1] == pytest.approx(min(sites, drug), rel=0.01)


def test_napqi_is_shared_out_as_rates_of_reaction_say(toy):
    liver = card("V_liver_ref")
    run = toy(NAPQI, {"apap_hep": 50.0 * liver, "gsh_hep": 1.0 * liver, "gsh_mito": 0.1 * liver}, 1e-3)
    made = card("cypx_vmax") * run.time
    inside = card("f_mito_oxidation")
    gsh, protein, entry = card("k_napqi_gsh"), card("k_napqi_protein"), card("k_napqi_entry")
    lost = gsh + protein + entry
    np.testing.assert_allclose(run["adduct_hep"][0], (1 - inside) * made * protein / lost, rtol=1e-3)
    matrix = protein * card("mito_volume_share")
    bound = matrix / (gsh * 0.1 + matrix)
    np.testing.assert_allclose(
        run["adduct_mito"][0], (inside + (1 - inside) * entry / lost) * made * bound, rtol=1e-3
    )


def test_all_napqi_binds_protein_once_thiols_are_spent(toy):
    liver = card("V_liver_ref")
    run = toy(NAPQI, {"apap_hep": 50.0 * liver}, 1.0)
    made = card("cypx_vmax") * run.time
    np.testing.assert_allclose(run["adduct_hep"][0] + run["adduct_mito"][0], made, rtol=1e-6, atol=1e-12)


def test_oxidised_mitochondrial_glutathione_settles_where_reductase_balances_it(toy):
    run = toy(MITOCHONDRIA, {}, 100.0)
    ratio = run["gssg_mito"][0] / run["gsh_mito"][0]
    assert ratio[-1] == pytest.approx(card("gssg_ratio_rest") * (1 + card("oxidant_gain")), rel=1e-6)
    total = run["gsh_hep"][0] + run["gsh_mito"][0] + 2 * run["gssg_mito"][0]
    np.testing.assert_allclose(total, total[0], rtol=1e-9)


def test_half_the_energy_costs_the_ligase_what_its_michaelis_constant_says(toy):
    run = toy(LIGASE, {}, 1e-3)
    km = card("gcl_km_energy")
    pace = 0.5 * (1 + km) / (0.5 + km)
    turnover = card("k_gsh_export") * card("gsh_rest")
    fall = run["gsh_hep"][0, -1] - run["gsh_hep"][0, 0]
    assert fall == pytest.approx((pace - 1) * turnover * run.time[-1], rel=1e-3)
    assert 0.5 < pace < 1.0
