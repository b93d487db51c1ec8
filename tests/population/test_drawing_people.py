import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acinus.errors import PopulationError
from acinus.population import Individuals, draw_population, list_populations, read_population

DOSES = {"dose": {"distribution": "lognormal", "median": "9 g", "log_sd": 0.76, "low": "4 g", "high": "80 g"}}


def codes(error):
    return [d.code.value for d in error.value.diagnostics]


def test_a_free_column_keeps_its_unit_and_a_parameter_takes_the_models(toy):
    population = {"columns": {**DOSES, "BW": {"distribution": "fixed", "value": "70000 g"}}}
    people = draw_population(population, 5, 1, model=toy)
    assert dict(people.units) == {"dose": "g", "BW": "kg"}
    assert people["BW"].tolist() == pytest.approx([70.0] * 5)


def test_a_person_is_the_same_in_a_small_a_large_and_a_sharded_draw(toy):
    population = {"columns": DOSES, "parameters": "all"}
    large = draw_population(population, 2000, 7, model=toy)
    small = draw_population(population, 20, 7, model=toy)
    shard = draw_population(population, 2000, 7, model=toy, first=16, count=3)
    for name in large.columns:
        assert small[name][17] == large[name][17] == shard[name][1]
    assert shard.ids.tolist() == [16, 17, 18]


def test_other_columns_do_not_change_a_column(toy):
    alone = draw_population({"columns": DOSES}, 50, 7, model=toy)
    among = draw_population({"parameters": ["lag", "fu"], "columns": DOSES}, 50, 7, model=toy)
    assert alone["dose"].tolist() == among["dose"].tolist()


def test_another_seed_gives_other_people(toy):
    one, other = (draw_population({"columns": DOSES}, 50, seed, model=toy) for seed in (1, 2))
    assert not set(one["dose"].tolist()) & set(other["dose"].tolist())


def test_a_known_person_never_changes(toy):
    people = draw_population({"columns": DOSES}, 3, 7, model=toy)
    assert people["dose"].tolist() == pytest.approx(PINNED_DOSES, rel=1e-12)


# Made with the quantile function of the standard library from the pinned stream.
PINNED_DOSES = [10.41898590764156, 6.986390423582673, 7.542965839909068]


def test_all_varies_what_has_a_spread_and_is_used(toy):
    people = draw_population({"parameters": "all"}, 2000, 1, model=toy)
    assert set(people.columns) == {"ugt_vmax", "fu", "lag", "gsh_rest"}
    assert np.median(people["ugt_vmax"]) == pytest.approx(50, rel=0.03)
    assert people["ugt_vmax"].std() / people["ugt_vmax"].mean() == pytest.approx(0.3, rel=0.08)
    assert people["fu"].min() >= 0.6
    assert people["fu"].max() <= 1.0
    assert people["lag"].mean() == pytest.approx(1.0, rel=0.02)
    assert (people["gsh_rest"].min() >= 3.5) & (people["gsh_rest"].max() <= 7)


def test_a_column_of_its_own_takes_precedence_over_all_and_except_leaves_out(toy):
    population = {
        "parameters": "all",
        "except": ["lag"],
        "columns": {"fu": {"distribution": "fixed", "value": 0.5}},
    }
    people = draw_population(population, 4, 1, model=toy)
    assert set(people.columns) == {"fu", "ugt_vmax", "gsh_rest"}
    assert set(people["fu"].tolist()) == {0.5}


def test_a_group_multiplies_the_parameters_of_its_members_only(toy):
    plain = draw_population({"parameters": ["gsh_rest"]}, 4000, 5, model=toy)
    population = {
        "parameters": ["gsh_rest"],
        "groups": {"drinkers": {"share": "12 percent", "factors": {"gsh_rest": 0.8, "km": 2}}},
    }
    people = draw_population(population, 4000, 5, model=toy)
    members = people["drinkers"] == 1
    assert members.mean() == pytest.approx(0.12, abs=0.02)
    assert people["gsh_rest"][~members].tolist() == plain["gsh_rest"][~members].tolist()
    assert people["gsh_rest"][members] == pytest.approx(0.8 * plain["gsh_rest"][members])
    assert set(people["km"].tolist()) == {3.0, 6.0}


def test_yes_or_no_comes_in_its_share(toy):
    population = {"columns": {"fasted": {"distribution": "bernoulli", "share": 0.3}}}
    assert draw_population(population, 4000, 5, model=toy)["fasted"].mean() == pytest.approx(0.3, abs=0.03)


def test_mean_and_cv_describe_the_uncut_lognormal(toy):
    population = {"columns": {"dose": {"distribution": "lognormal", "mean": "10 g", "cv": "50 percent"}}}
    doses = draw_population(population, 20_000, 5, model=toy)["dose"]
    assert doses.mean() == pytest.approx(10, rel=0.02)
    assert doses.std() == pytest.approx(5, rel=0.05)


def test_people_cannot_be_changed_and_survive_pickling(toy):
    people = draw_population({"columns": DOSES}, 5, 1, model=toy)
    with pytest.raises(ValueError, match="read-only"):
        people["dose"][0] = 1.0
    with pytest.raises(TypeError):
        people.columns["dose"] = people["dose"]  # type: ignore[index]
    copy = pickle.loads(pickle.dumps(people))
    assert copy["dose"].tolist() == people["dose"].tolist()
    assert (copy.source, copy.seed, dict(copy.units)) == (people.source, people.seed, dict(people.units))


def test_taking_some_keeps_ids_and_values(toy):
    people = draw_population({"columns": DOSES}, 50, 1, model=toy)
    heavy = people.take(people["dose"] > 15)
    assert len(heavy) < 50
    assert heavy["dose"].tolist() == [people["dose"][k] for k in heavy.ids]


def test_people_with_one_id_are_refused():
    with pytest.raises(PopulationError, match="same id"):
        Individuals(np.array([1, 1]), {}, {})


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0, -3, 2.0, True]))
def test_impossible_numbers_of_people_are_refused(number):
    from acinus.population import Population, draw

    population = Population("p", "", "", "", {}, {}, ())
    with pytest.raises(PopulationError) as error:
        draw(population, number, 1)
    assert codes(error) == ["AC807"]


WRONG = [
    (
        "columns: {dose: {distribution: lognorml, median: 9 g, log_sd: 1}}",
        "AC803",
        "Did you mean `lognormal`",
    ),
    ("columns: {dose: {median: 9 g}}", "AC803", "has no distribution"),
    ("columns: {dose: {distribution: lognormal, median: 9 g}}", "AC802", "needs `log_sd` or `cv`"),
    (
        "columns: {dose: {distribution: lognormal, median: 9 g, mean: 8 g, cv: 1}}",
        "AC802",
        "both median and mean",
    ),
    (
        "columns: {dose: {distribution: lognormal, median: 9 g, log_sdd: 1}}",
        "AC802",
        "Did you mean `log_sd`?",
    ),
    ("columns: {dose: {distribution: lognormal, median: -9 g, cv: 1}}", "AC804", "must be positive"),
    (
        "columns: {dose: {distribution: lognormal, median: 9 g, cv: 0.1, low: 90 g}}",
        "AC804",
        "next to nobody",
    ),
    ("columns: {dose: {distribution: uniform, low: 9 g, high: 3 g}}", "AC804", "next to nobody"),
    ("columns: {dose: {distribution: uniform, low: 9 g, high: 3 h}}", "AC805", "wrong kind of unit"),
    ("columns: {BW: {distribution: fixed, value: 70 L}}", "AC805", "wrong kind of unit"),
    ("columns: {BW: {distribution: fixed, value: 70}}", "AC805", "no unit"),
    ("columns: {gsh_hep: {distribution: fixed, value: 5 mmol/L}}", "AC806", "computed by the model"),
    ("columns: {f: {distribution: choice, values: [1, 2], shares: [0.5, 0.6]}}", "AC804", "add up to 1.1"),
    ("columns: {f: {distribution: bernoulli, share: 1.2}}", "AC804", "between 0 and 1"),
    ("parameters: [ugt_vmx]", "AC806", "Did you mean `ugt_vmax`?"),
    ("parameters: [km]", "AC806", "no spread"),
    ("parameters: some", "AC802", "`all`, or a list"),
    ("parameters: [fu]\ncolumns: {fu: {distribution: fixed, value: 1}}", "AC802", "both in `columns`"),
    ("parameters: all\nexept: [fu]", "AC802", "Did you mean `except`?"),
    ("parameters: all\ngroups: {g: {share: 0.1, factors: {gsh_hep: 2}}}", "AC806", "no spread"),
    ("parameters: all\ngroups: {g: {share: 0.1}}", "AC802", "needs `share` and `factors`"),
    ("name: nobody", "AC802", "nothing varies"),
]


@pytest.mark.parametrize(("text", "code", "words"), WRONG, ids=[w[0][:50] for w in WRONG])
def test_a_wrong_population_is_refused_with_file_and_line(toy, tmp_path, text, code, words):
    path = tmp_path / "people.yaml"
    path.write_text(text)
    with pytest.raises(PopulationError) as error:
        read_population(path, model=toy)
    assert codes(error) == [code]
    assert words in str(error.value)
    place = error.value.diagnostics[0].place
    assert place is not None
    assert place.file.endswith("people.yaml")
    assert place.line is not None


def test_everything_wrong_is_said_at_once(toy):
    with pytest.raises(PopulationError) as error:
        read_population(
            {"columns": {"a": {"distribution": "x"}}, "parameters": ["km"], "extra": 1}, model=toy
        )
    assert sorted(codes(error)) == ["AC802", "AC803", "AC806"]


def test_populations_have_names(toy):
    folder = Path(toy.biology) / "populations"
    folder.mkdir()
    (folder / "presenters.yaml").write_text("parameters: all")
    assert list_populations(toy.biology) == ("presenters",)
    assert len(draw_population("presenters", 3, 1, model=toy)) == 3
    with pytest.raises(PopulationError, match="Did you mean `presenters`"):
        draw_population("presentes", 3, 1, model=toy)


def test_the_shipped_populations_are_listed():
    assert {"overdose_presenters", "healthy_adults"} <= set(list_populations())
