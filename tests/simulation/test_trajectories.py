"""What a run can be asked, and that it survives on disk."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances
from acinus.errors import IntegrationError, ProtocolError
from acinus.simulation import DietLine, Dose, Protocol, Trajectories, every, simulate

PROTOCOL = Protocol(
    name="two_doses",
    title="Two doses",
    doses=[Dose("drug", "5 g", "oral"), Dose("drug", "10 mg/kg over 20 min", "intravenous", at="$delay")],
    diet=[DietLine("fed", "1 h", "2 h")],
    values={"ke": "0.4 1/h"},
    sampling=every("1 h", until="6 h"),
    arm="late",
)
PEOPLE = {"delay": [1.0, 4.0, 2.5], "BW": [70.0, 80.0, 90.0]}


@pytest.fixture(scope="module")
def run(toy):
    return simulate(toy, PROTOCOL, PEOPLE)


def test_axes_are_individual_and_time(run):
    assert run["drug_pla"].shape == (3, 7)
    assert run.values.shape == (3, 7, len(run.ids))
    np.testing.assert_array_equal(run.time, np.arange(7.0))
    assert run.ok.tolist() == [True, True, True]
    assert len(run) == 3
    assert "drug_pla" in run
    assert run.unit("drug_mg") == "mg/L"


def test_a_wrong_name_gets_the_nearest(run):
    with pytest.raises(ProtocolError, match=r"AC612 `drug_plaa` was not recorded(.|\n)*`drug_pla`"):
        run["drug_plaa"]


def test_a_name_that_stands_in_every_zone_is_read_by_zone(run):
    with pytest.raises(ProtocolError, match=r"run.zones\('mark'\)"):
        run["mark"]
    np.testing.assert_array_equal(run.zones("mark")[0, 0], [1.0, 2.0])
    with pytest.raises(ProtocolError, match="`mark`"):
        run.zones("mrak")


def test_parameters_are_those_of_each_individual(run):
    np.testing.assert_array_equal(run.parameter("BW"), [70.0, 80.0, 90.0])
    np.testing.assert_array_equal(run.parameter("ke"), [0.4, 0.4, 0.4])
    np.testing.assert_array_equal(run.parameter("ka"), [1.2, 1.2, 1.2])
    np.testing.assert_allclose(run.parameter("V"), [35.0, 40.0, 45.0])
    with pytest.raises(ProtocolError, match="changes with time"):
        run.parameter("drug_pla")
    with pytest.raises(ProtocolError, match="`BW`"):
        run.parameter("BWW")


def test_provenance_says_what_made_the_run(run, toy):
    about = run.provenance
    assert (about.model, about.model_hash, about.protocol) == ("toy", toy.hash, "two_doses:late")
    assert about.engine.startswith("acinus")
    assert about.settings == {"relative": 1e-8, "absolute": 1e-12, "max_steps": 100_000}


def test_only_what_is_asked_for_is_recorded(toy):
    run = simulate(toy, PROTOCOL, PEOPLE, record=["mark", "drug_mg"])
    assert run.ids == ("z1_mark", "z2_mark", "drug_mg")
    with pytest.raises(
        ProtocolError, match=r"(?s)`drugmg` cannot be recorded.*Did you mean `drug_mg`.*`ke` cannot"
    ):
        simulate(toy, PROTOCOL, PEOPLE, record=["drugmg", "ke"])


def test_the_last_word_on_a_parameter_counts(toy):
    assert simulate(toy, PROTOCOL, {"delay": [1.0], "ke": [0.7]}).parameter("ke") == [0.7]
    assert simulate(toy, PROTOCOL, {"delay": [1.0], "ke": [0.7]}, values={"ke": 0.9}).parameter("ke") == [0.9]


def test_a_failure_is_counted_named_and_raised_only_on_demand(toy):
    people = {"delay": [1.0, 1.0, 1.0], "V_kg": [0.5, 0.0, 0.5]}
    run = simulate(toy, PROTOCOL, people)
    assert run.ok.tolist() == [True, False, True]
    assert run.summary() == "2 of 3 finished; 1 not_finite"
    assert run.status[1] is Status.NOT_FINITE
    assert np.isnan(run["drug_pla"][1]).all()
    with pytest.raises(IntegrationError, match=r"(?s)AC501 2 of 3 finished.*1: at 0 h"):
        run.raise_for_status()


def test_an_individual_is_the_same_alone_and_in_a_crowd(toy, run):
    for i in range(3):
        alone = simulate(toy, PROTOCOL, {key: [values[i]] for key, values in PEOPLE.items()})
        np.testing.assert_array_equal(alone.values[0], run.values[i])


@pytest.mark.slow
def test_the_number_of_workers_changes_no_bit(toy, run):
    np.testing.assert_array_equal(simulate(toy, PROTOCOL, PEOPLE, workers=2).values, run.values)


def test_a_table_with_ids_units_and_text_is_accepted(toy, run):
    class Table:
        ids = ("anna", "ben", "cem")
        columns = {
            "delay": np.array([60.0, 240.0, 150.0]),
            "BW": np.array([70e3, 80e3, 90e3]),
            "sex": ["f", "m", "m"],
        }
        units = {"delay": "min", "BW": "g"}

    found = simulate(toy, PROTOCOL, Table())
    assert found.individuals.tolist() == ["anna", "ben", "cem"]
    np.testing.assert_allclose(found.values, run.values, rtol=1e-12)


def test_a_run_survives_on_disk_with_everything(run, tmp_path):
    run.save(tmp_path / "run.nc")
    again = Trajectories.load(tmp_path / "run.nc")
    np.testing.assert_array_equal(again.values, run.values)
    np.testing.assert_array_equal(again.time, run.time)
    np.testing.assert_array_equal(again.individuals, run.individuals)
    assert (again.ids, again.status, again.message) == (run.ids, run.status, run.message)
    assert again.provenance == run.provenance
    assert {k: (s.unit, s.name, s.zone, dict(s.moiety)) for k, s in again.symbols.items()} == {
        k: (s.unit, s.name, s.zone, dict(s.moiety)) for k, s in run.symbols.items()
    }
    np.testing.assert_array_equal(again.dosed("paratest"), run.dosed("drug"))
    np.testing.assert_array_equal(again.parameter("V"), run.parameter("V"))
    np.testing.assert_array_equal(again.zones("mark"), run.zones("mark"))
    assert again.model.constant("molar_mass") == (100.0, "g/mol")


def test_a_run_from_disk_can_be_repeated(run, tmp_path):
    run.save(tmp_path / "run.nc")
    again = Trajectories.load(tmp_path / "run.nc")
    assert again.protocol.label == "two_doses:late"
    repeated = simulate(again.model, again.protocol, again.columns)
    np.testing.assert_array_equal(repeated.values, run.values)


def test_failures_and_names_of_individuals_survive_on_disk(toy, tmp_path):
    class Table:
        ids = ("anna", "ben")
        columns = {"delay": np.array([1.0, 1.0]), "V_kg": np.array([0.5, 0.0])}

    run = simulate(toy, PROTOCOL, Table(), tolerances=Tolerances(relative=1e-6))
    run.save(tmp_path / "run.nc")
    again = Trajectories.load(tmp_path / "run.nc")
    assert again.individuals.tolist() == ["anna", "ben"]
    assert again.summary() == run.summary()
    assert again.message == run.message
    np.testing.assert_array_equal(again.values, run.values)


def test_a_dataset_has_units_and_names(run):
    data = run.to_dataset()
    assert data["drug_mg"].dims == ("individual", "time")
    assert data["drug_mg"].attrs["units"] == "mg/L"
    assert data["drug_mg"].attrs["long_name"] == "name of drug_mg"
    assert data["time"].attrs["units"] == "h"


def test_a_file_that_is_no_run_is_refused(tmp_path):
    (tmp_path / "notes.nc").write_text("not a run")
    with pytest.raises(ProtocolError, match="AC613"):
        Trajectories.load(tmp_path / "notes.nc")
    with pytest.raises(ProtocolError, match="AC613.*no such file"):
        Trajectories.load(tmp_path / "absent.nc")
