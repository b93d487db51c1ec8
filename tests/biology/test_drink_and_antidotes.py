"""Alcohol, fomepizole, charcoal and slow stomachs in the human model: balances, rest, and which way things go."""

from __future__ import annotations

import itertools

import libsbml
import numpy as np
import pytest

from acinus.documents import read_yaml
from acinus.errors import Code, ProtocolError
from acinus.model import load_model
from acinus.simulation import load_protocol, load_regimen, simulate

LEDGERS = (
    "magnesium_eaten", "magnesium_urine", "magnesium_faeces", "magnesium_sweat",
    "ica_faeces", "ica_converted", "ica_urine", "ica_source",
)  # fmt: skip
OVERDOSE = "{substance: apap, amount: 30 g, route: oral, at: 0 h}"
DRINKS = "{substance: ethanol, amount: 40 g, route: oral, at: 0 h, every: 1 h, times: 3}"
EVERYTHING = (
    f"[{OVERDOSE}, {DRINKS}, {{substance: ethanol, amount: 30 g over 2 h, route: intravenous, at: 5 h}}, "
    "{regimen: fomepizole_24h, at: 4 h}, {substance: fomepizole, amount: 10 mg/kg, route: oral, at: 30 h}, "
    "{regimen: charcoal_50g, at: 30 min}, {regimen: nac_three_bag_20h, at: 8 h}]"
)


@pytest.fixture(scope="module")
def human():
    return load_model("human")


@pytest.fixture(scope="module")
def run(human, tmp_path_factory):
    path = tmp_path_factory.mktemp("protocols") / "protocol.yaml"

    def made(doses, until="48 h", extra="", every="30 min", **values):
        text = f"name: test\ndoses: {doses}\n{extra}\nsampling: {{every: {every}, until: {until}}}\n"
        found = simulate(human, load_protocol(read_yaml(path, text), model=human), values=values)
        found.raise_for_status()
        return found

    return made


def amounts(run, moiety):
    content = libsbml.readSBMLFromString(run.model.sbml).getModel()
    total = np.zeros(len(run.time))
    for key, symbol in run.symbols.items():
        if moiety in symbol.moiety:
            volume = run.parameter(content.getSpecies(key).getCompartment())[0]
            total += run[key][0] * symbol.moiety[moiety] * (volume if symbol.kind == "species" else 1.0)
    return total


@pytest.mark.slow
@pytest.mark.parametrize("substance", ["apap", "ethanol", "fomepizole", "charcoal", "nac"])
@pytest.mark.parametrize("weight", [12.0, 70.0])
def test_what_is_given_together_is_all_somewhere(run, substance, weight):
    found = run(EVERYTHING, BW=weight)
    given = found.dosed(substance)[0]
    assert given[-1] > 0
    assert np.abs(amounts(found, substance) - given).max() <= 1e-6 * given[-1]
    assert found["apap_charcoal"][0, -1] > 1.0


@pytest.mark.slow
def test_nothing_new_moves_under_acetaminophen_alone(run):
    found = run(f"[{OVERDOSE}]")
    for key in ("cyp2e1_competition", "stress_drive", "motility"):
        assert np.all(np.abs(found[key] - 1.0) <= 1e-12), key
    # A kidney that fails after the overdose keeps some magnesium back, of which CYP2E1 notices a little.
    assert np.all(np.abs(found["cyp2e1_level"] - 1.0) <= 1e-3)
    for key in ("ethanol_water", "acetaldehyde_hep", "fomepizole_pla", "apap_charcoal"):
        assert np.all(found[key] == 0.0), key
    for zone in range(1, 9):
        assert np.all(np.abs(found[f"z{zone}_ugt_ugt_maturity"] - 1.0) <= 1e-8)


@pytest.mark.slow
def test_food_lowers_and_delays_alcohol_in_blood(run):
    drink = "[{substance: ethanol, amount: 56 g, route: oral, at: 0 h}]"
    fasting, fed = (
        run(drink, "12 h", extra, "5 min")["ethanol_blood"][0] for extra in ("", "diet: [{state: fed}]")
    )
    assert fed.max() < fasting.max()
    assert fed.argmax() > fasting.argmax()


@pytest.mark.slow
def test_alcohol_leaves_blood_at_the_usual_constant_rate(run):
    # 0.08 to 0.2 g/L an hour are usual in moderate drinkers.
    level = run("[{substance: ethanol, amount: 80 g, route: oral, at: 0 h}]", "8 h", every="1 h")[
        "ethanol_blood"
    ][0]
    falls = -np.diff(level)[3:]
    assert np.all((falls > 0.08) & (falls < 0.2))
    assert np.ptp(falls) < 0.1 * falls.mean()


@pytest.mark.slow
def test_fomepizole_slows_the_elimination_of_ethanol(run):
    drink = "{substance: ethanol, amount: 60 g, route: oral, at: 0 h}"
    alone, held = (
        run(f"[{doses}]", "6 h")["ethanol_blood"][0]
        for doses in (drink, f"{drink}, {{regimen: fomepizole_24h, at: 0 h}}")
    )
    assert held[-1] > 1.3 * alone[-1]


@pytest.mark.slow
def test_whatever_keeps_napqi_from_forming_saves_glutathione_and_cells(run):
    alone = run(f"[{OVERDOSE}]", "96 h", every="2 h")
    # The drink is gone long before the drug, and 50 g of charcoal hold 5 of the 30 g: less harm, not little.
    for helper, left in (
        ("{regimen: fomepizole_24h, at: 2 h}", 0.5),
        ("{substance: ethanol, amount: 60 g, route: oral, at: 0 h}", 1.0),
        ("{regimen: charcoal_50g, at: 15 min}", 1.0),
    ):
        helped = run(f"[{OVERDOSE}, {helper}]", "96 h", every="2 h")
        assert helped["gsh_liver"].min() > alone["gsh_liver"].min(), helper
        assert helped["alt_pla"].max() < left * alone["alt_pla"].max(), helper


@pytest.mark.slow
def test_an_induced_enzyme_and_spent_glutathione_make_a_dose_worse(run):
    dose = "{substance: apap, amount: 20 g, route: oral, at: 672 h}"
    weeks = "{substance: ethanol, amount: 120 g, route: oral, at: 12 h, every: 24 h, times: 27}"
    sober, drinker = (run(f"[{doses}]", "768 h", every="4 h") for doses in (dose, f"{weeks}, {dose}"))
    assert drinker["ethanol_blood"][0, drinker.time == 672.0] < 0.01
    assert drinker["gsh_liver"].min() < sober["gsh_liver"].min()
    poor = run(f"[{dose}]", "768 h", every="4 h", f_chronic_alcohol=1.0)
    assert poor["alt_pla"].max() > sober["alt_pla"].max()


@pytest.mark.slow
def test_the_hold_on_stress_is_off_unless_switched_on_and_then_helps_late(run):
    late = f"[{OVERDOSE}, {{regimen: fomepizole_24h, at: 10 h}}]"
    off, on = (run(late, "96 h", every="2 h", f_fomepizole_jnk=switch) for switch in (0.0, 1.0))
    assert np.all(off["stress_drive"] == 1.0)
    assert on["necrosis"].max() < off["necrosis"].max()


@pytest.mark.slow
def test_the_earlier_the_charcoal_the_less_is_absorbed(run):
    bound = [
        run(f"[{OVERDOSE}, {{regimen: charcoal_50g, at: {delay} min}}]", "24 h")["apap_charcoal"][0, -1]
        for delay in (0, 15, 30, 60, 120)
    ]
    assert all(later < earlier for earlier, later in itertools.pairwise(bound))


@pytest.mark.slow
def test_a_slow_stomach_delays_the_peak_and_loses_nothing(run):
    dose = "[{substance: apap, amount: 1 g, route: oral, at: 0 h}]"
    plain = run(dose, "24 h", every="3 min")
    for state in ("opioid", "antimuscarinic"):
        slow = run(dose, "24 h", f"diet: [{{state: {state}}}]", "3 min")
        assert slow["apap_pla"][0].argmax() > plain["apap_pla"][0].argmax()
        assert slow["apap_faeces"][0, -1] == pytest.approx(plain["apap_faeces"][0, -1], rel=1e-6)


@pytest.mark.slow
def test_glucuronidation_ripens_with_age(run):
    ratios = []
    for weeks in (0.0, 26.0, 104.0, 313.0, 600.0, 1565.0):
        found = run("[{substance: apap, amount: 10 mg/kg, route: oral, at: 0 h}]", "24 h", age=weeks)
        ratios.append(found["ag_urine"][0, -1] / found["as_urine"][0, -1])
    assert all(later > earlier for earlier, later in itertools.pairwise(ratios))


def test_someone_whose_dose_is_nothing_stays_at_rest(human, tmp_path):
    text = "name: test\ndoses: [{substance: apap, amount: $dose, route: oral, at: 0 h}]\nsampling: {every: 1 h, until: 48 h}\n"
    plan = load_protocol(read_yaml(tmp_path / "p.yaml", text), model=human)
    found = simulate(human, plan, {"dose": (np.array([0.0, 10.0]), "g")})
    found.raise_for_status()
    for key in set(found.ids) - set(LEDGERS):
        start = found[key][0, 0]
        assert np.abs(found[key][0] - start).max() <= 1e-6 * max(abs(start), 1e-9), key
    assert found["apap_pla"][1].max() > 0.1


@pytest.mark.parametrize(
    ("amount", "code", "said"),
    [
        ("1000 g", Code.DOSE_IMPOSSIBLE, "500.0 g"),
        ("-1 g", Code.DOSE_IMPOSSIBLE, "not positive"),
        ("0 g", Code.DOSE_IMPOSSIBLE, "not positive"),
        ("nan g", Code.UNIT_WRONG, "not a finite number"),
    ],
)
def test_impossible_doses_of_acetaminophen_are_refused(human, tmp_path, amount, code, said):
    text = (
        f"name: test\ndoses: [{{substance: apap, amount: {amount}, route: oral, at: 0 h}}]\nsampling: 1 h\n"
    )
    with pytest.raises(ProtocolError) as refused:
        load_protocol(read_yaml(tmp_path / "protocol.yaml", text), model=human)
    assert refused.value.diagnostics[0].code is code
    assert said in str(refused.value)
    assert "protocol.yaml:2" in str(refused.value)


def test_a_thousand_grams_in_a_column_are_refused_like_a_thousand_grams_written(human, tmp_path):
    text = "name: test\ndoses: [{substance: apap, amount: $dose, route: oral, at: 0 h}]\nsampling: 1 h\n"
    plan = load_protocol(read_yaml(tmp_path / "protocol.yaml", text), model=human)
    with pytest.raises(ProtocolError, match="an amount up to 500 g; 1 of 2 individuals"):
        simulate(human, plan, {"dose": (np.array([500.0, 1000.0]), "g")})


@pytest.mark.parametrize(
    ("regimen", "per_kilogram", "hours"),
    [
        ("nac_three_bag_20h", 300.0, 20.25),
        ("nac_three_bag_21h", 300.0, 21.0),
        ("nac_two_bag_20h", 300.0, 20.0),
        ("nac_two_bag_double_20h", 400.0, 20.0),
        ("nac_snap_12h", 300.0, 12.0),
        ("nac_oral_72h", 1330.0, 68.0),
        ("nac_iv_48h", 980.0, 49.0),
        ("fomepizole_24h", 25.0, 12.5),
        ("fomepizole_48h", 55.0, 48.5),
        ("fomepizole_oral_24h", 25.0, 12.0),
    ],
)
def test_regimens_give_what_they_say(human, tmp_path, regimen, per_kilogram, hours):
    substance = load_regimen(regimen)[0].substance
    text = f"name: test\ndoses: [{{regimen: {regimen}, at: 0 h}}]\nsampling: {{every: 15 min, until: 80 h}}\n"
    found = simulate(
        human, load_protocol(read_yaml(tmp_path / "p.yaml", text), model=human), record=["nac_pla"]
    )
    given = found.dosed(substance)[0]
    grams, unit = human.constant(human.substances[substance].molar_mass)
    grams /= {"g/mol": 1000.0}[unit]
    assert given[-1] * grams * 1000.0 / 70.0 == pytest.approx(per_kilogram, rel=1e-9)
    assert found.time[np.flatnonzero(given >= given[-1] * (1 - 1e-12))[0]] == hours
