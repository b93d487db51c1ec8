import numpy as np
import pytest
from scipy.stats import spearmanr

from acinus.errors import PopulationError
from acinus.population import draw_population, read_population

HEIGHT = {"distribution": "normal", "mean": "170 cm", "sd": "10 cm"}
STRATA = {
    "columns": {"height": HEIGHT},
    "correlations": [{"between": ["height", "dose"], "rank": 0.5}],
    "strata": {
        "women": {
            "share": 0.6,
            "columns": {
                "female": {"distribution": "fixed", "value": 1},
                "height": {"distribution": "normal", "mean": "162 cm", "sd": "7 cm"},
                "dose": {"distribution": "lognormal", "median": "8 g", "cv": 0.5},
            },
        },
        "men": {
            "share": 0.4,
            "columns": {
                "female": {"distribution": "fixed", "value": 0},
                "dose": {"distribution": "lognormal", "median": "12 g", "cv": 0.5},
            },
            "correlations": [{"between": ["height", "dose"], "rank": -0.5}],
        },
    },
}
N = 20_000


def test_strata_come_in_their_shares_with_their_own_distributions_and_correlations(toy):
    people = draw_population({**STRATA, "parameters": "all"}, N, 3, model=toy)
    women = people["stratum"] == 1
    assert women.mean() == pytest.approx(0.6, abs=4 * np.sqrt(0.24 / N))
    assert np.array_equal(people["female"] == 1, women)
    for who, height, dose, rank in ((women, 162, 8, 0.5), (~women, 170, 12, -0.5)):
        assert people["height"][who].mean() == pytest.approx(height, abs=0.5)
        assert np.median(people["dose"][who]) == pytest.approx(dose, rel=0.03)
        assert spearmanr(people["height"][who], people["dose"][who]).statistic == pytest.approx(
            rank, abs=0.04
        )
    plain = draw_population({"parameters": "all"}, N, 3, model=toy)
    assert people["fu"].tolist() == plain["fu"].tolist()


def test_quantiles_are_recovered_and_a_share_at_one_value_stays_there(toy):
    column = {
        "distribution": "quantiles",
        "unit": "g/d",
        "shares": [0, 0.3, 0.5, 0.9, 1],
        "values": [0, 0, 2, 30, 100],
    }
    people = draw_population({"columns": {"alcohol": column}}, N, 3, model=toy)
    assert people.units["alcohol"] == "g/d"
    assert (people["alcohol"] == 0).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / N))
    assert np.quantile(people["alcohol"], [0.5, 0.9]) == pytest.approx([2, 30], rel=0.06)
    assert people["alcohol"].max() <= 100


def test_columns_follow_from_others_with_their_units(toy):
    population = {
        "columns": {
            "BMI": {"distribution": "uniform", "low": "20 kg/m^2", "high": "40 kg/m^2"},
            "height": HEIGHT,
            "drink": {"distribution": "fixed", "value": "24 g/d"},
            "wait": {"distribution": "fixed", "value": "30 min"},
            "arrival": {"distribution": "fixed", "value": "4 h"},
        },
        "derived": {
            "BW": {"product": {"BMI": 1, "height": 2}},
            "habit": {"product": {"drink": 1}, "factor": "20 mmol/g", "unit": "mmol/h"},
            "treated": {"sum": ["arrival", "wait"], "unit": "h"},
        },
    }
    people = draw_population(population, 50, 3, model=toy)
    assert people.units["BW"] == "kg"
    assert people["BW"] == pytest.approx(people["BMI"] * (people["height"] / 100) ** 2)
    assert people["habit"] == pytest.approx(np.full(50, 20.0))
    assert people["treated"] == pytest.approx(np.full(50, 4.5))


RULES = {
    "columns": {
        "arrival": {"distribution": "uniform", "low": "1 h", "high": "9 h"},
        "nac": {"distribution": "uniform", "low": "60 min", "high": "540 min"},
        "BW": {"distribution": "normal", "mean": "70 kg", "sd": "10 kg"},
    },
    "plausible": [{"rule": "nac at least arrival"}, {"rule": "BW between 50 and 90000 g"}],
}


def test_people_who_are_removed_are_counted_by_rule(toy):
    wrong = {**RULES, "plausible": [{"rule": "nac at least arrival"}, {"rule": "BW between 50 kg and 90 kg"}]}
    kept = draw_population({**wrong, "implausible": "remove"}, N, 3, model=toy)
    everybody = draw_population({"columns": RULES["columns"]}, N, 3, model=toy)
    late = everybody["nac"] / 60 < everybody["arrival"]
    size = (everybody["BW"] < 50) | (everybody["BW"] > 90)
    report = kept.plausibility
    assert report.n_in == N == report.n_ok + report.n_removed
    assert report.n_removed == (late | size).sum()
    assert dict(report.broken) == {
        "nac at least arrival": late.sum(),
        "BW between 50 kg and 90 kg": size.sum(),
    }
    assert kept.ids.tolist() == np.flatnonzero(~(late | size)).tolist()
    assert kept["BW"].tolist() == everybody["BW"][kept.ids].tolist()


def test_people_who_are_drawn_again_are_all_there_and_plausible(toy):
    wrong = {**RULES, "plausible": [{"rule": "nac at least arrival"}, {"rule": "BW between 50 kg and 90 kg"}]}
    people = draw_population(wrong, 2000, 3, model=toy)
    first = draw_population({"columns": RULES["columns"]}, 2000, 3, model=toy)
    assert (people["nac"] / 60 >= people["arrival"]).all()
    assert (people["BW"] >= 50).all()
    same = people["BW"] == first["BW"]
    report = people.plausibility
    assert (report.n_in, report.n_ok, report.n_removed) == (2000, 2000, 0)
    assert report.n_redrawn == (~same).sum()
    chunk = draw_population(wrong, 2000, 3, model=toy, first=700, count=50)
    assert chunk["BW"].tolist() == people["BW"][700:750].tolist()


def test_a_table_with_its_report_survives_pickling(toy):
    import pickle

    people = draw_population({**RULES, "plausible": [{"rule": "BW above 60 kg"}]}, 20, 3, model=toy)
    assert pickle.loads(pickle.dumps(people)).plausibility == people.plausibility


def test_somebody_who_is_never_plausible_is_refused(toy):
    with pytest.raises(PopulationError, match="never plausible") as error:
        draw_population({**RULES, "plausible": [{"rule": "BW below 1 kg"}]}, 5, 3, model=toy)
    assert error.value.diagnostics[0].code.value == "AC813"
    assert "BW below 1 kg" in str(error.value)


BW = "columns: {BW: {distribution: fixed, value: 70 kg}}\n"
WRONG = [
    (BW + "plausible: [{rule: BW is fine}]", "AC812", "not a rule"),
    (BW + "plausible: [{rule: BMI above 3 kg}]", "AC812", "no column"),
    (BW + "plausible: [{rule: BW between 90 and 50 kg}]", "AC812", "lower bound first"),
    (BW + "plausible: [{rule: BW between 50 kg}]", "AC812", "between what and what"),
    (BW + "plausible: [{rule: BW above 50 L}]", "AC805", "wrong kind of unit"),
    (BW + "plausible: [{rule: BW above 50 kg, sauce: x}]", "AC802", "Did you mean `source`"),
    (BW + "plausible: {rule: BW above 50 kg}", "AC802", "not a list"),
    (BW + "implausible: ignore", "AC802", "`redraw` or `remove`"),
    (BW + "strata: {a: {share: 0.5}, b: {share: 0.4}}", "AC804", "add up to 0.9"),
    (
        BW + "strata: {a: {share: 0.5, columns: {d: {distribution: fixed, value: 1 g}}}, b: {share: 0.5}}",
        "AC802",
        "lacks `d`",
    ),
    (BW + "strata: {a: {}}", "AC802", "needs `share`"),
    (BW + "derived: {x: {product: {BWW: 1}, unit: kg}}", "AC802", "Did you mean `BW`"),
    (BW + "derived: {x: {product: {BW: 1}, unit: L}}", "AC805", "what it is derived from is not"),
    (BW + "derived: {BW: {product: {BW: 1}}}", "AC802", "drawn and derived"),
    (BW + "derived: {x: {sum: [BW, BWW], unit: kg}}", "AC802", "no column before it"),
    (BW + "derived: {x: {unit: kg}}", "AC802", "needs `product` or `sum`"),
    ("columns: {a: {distribution: quantiles, shares: [0, 1], values: [1 g]}}", "AC804", "no distribution"),
    (
        "columns: {a: {distribution: quantiles, shares: [0.1, 1], values: [1 g, 2 g]}}",
        "AC804",
        "rise from 0 to 1",
    ),
    ("columns: {a: {distribution: quantiles, shares: [0, 1], values: [3 g, 2 g]}}", "AC804", "no lower"),
]


@pytest.mark.parametrize(("text", "code", "words"), WRONG, ids=[w[0][-50:] for w in WRONG])
def test_what_is_wrong_is_refused_with_file_and_line(toy, tmp_path, text, code, words):
    path = tmp_path / "people.yaml"
    path.write_text(text)
    with pytest.raises(PopulationError) as error:
        read_population(path, model=toy)
    assert [d.code.value for d in error.value.diagnostics] == [code]
    assert words in str(error.value)
    place = error.value.diagnostics[0].place
    assert place is not None
    assert place.file.endswith("people.yaml")
