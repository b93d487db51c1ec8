from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from acinus.provenance import CONTEXT_OF_USE

pytestmark = pytest.mark.slow

ZONES = ("--zones", 2)


def test_the_command_gives_the_same_numbers_as_python(acinus, short_protocol):
    from acinus.endpoints import read_endpoint
    from acinus.model import load_model
    from acinus.simulation import load_arms, simulate

    answer = acinus("run", short_protocol, *ZONES, "--set", "BW=60 kg", "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)["runs"][0]["endpoints"]["apap_cmax"]["values"]

    model = load_model("human", zones=2)
    for arm, protocol in load_arms(short_protocol, model).items():
        run = simulate(model, protocol, values={"BW": 60.0})
        assert said[arm] == read_endpoint(run, "apap_cmax").value


def test_a_setting_changes_the_result(acinus, short_protocol):
    def highest(*words: str) -> float:
        answer = acinus("run", short_protocol, *ZONES, "--endpoint", "apap_cmax", "--json", *words)
        return json.loads(answer.out)["runs"][0]["endpoints"]["apap_cmax"]["values"]["tablets"]

    assert highest("--set", "BW=50") > highest("--set", "BW=90 kg")


def test_files_are_written_whole_and_say_what_made_them(acinus, short_protocol, tmp_path):
    from acinus.simulation import load_trajectories

    out = tmp_path / "results"
    answer = acinus("run", short_protocol, *ZONES, "--out", out)
    assert answer.code == 0, answer.err
    assert sorted(path.name for path in out.iterdir()) == [
        "short.png",
        "short_course.csv",
        "short_endpoints.csv",
        "short_endpoints.json",
        "short_liquid.nc",
        "short_provenance.json",
        "short_tablets.nc",
    ]
    assert (out / "short.png").read_bytes().startswith(b"\x89PNG")
    made = json.loads((out / "short_provenance.json").read_text(encoding="utf-8"))
    assert made["liquid"]["context_of_use"] == CONTEXT_OF_USE
    kept = load_trajectories(out / "short_liquid.nc")
    said = json.loads((out / "short_endpoints.json").read_text(encoding="utf-8"))
    assert np.max(kept["apap_mg_pla"]) == said["apap_cmax"]["values"]["liquid"]


def test_the_table_names_arms_units_and_use(acinus, short_protocol):
    answer = acinus("run", short_protocol, *ZONES)
    assert answer.code == 0, answer.err
    for words in ("4 g by mouth, 70 kg", "tablets", "liquid", "mg/L", CONTEXT_OF_USE):
        assert words in answer.out
    assert answer.err == ""


def test_individuals_that_do_not_finish_give_exit_code_3(acinus, short_protocol, monkeypatch):
    from acinus import simulation
    from acinus.engine import Status

    genuine = simulation.simulate

    def failing(*words, **options):
        run = genuine(*words, **options)
        return dataclasses.replace(run, status=(Status.MAX_STEPS,))

    monkeypatch.setattr(simulation, "simulate", failing)
    answer = acinus("run", short_protocol, *ZONES)
    assert answer.code == 3
    assert "0 of 1 finished" in answer.err


def test_a_protocol_that_does_not_exist_is_answered_with_the_nearest(acinus):
    answer = acinus("run", "overdose_20", *ZONES)
    assert answer.code == 2
    assert "overdose_20g" in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_all_wrong_settings_are_reported_at_once(acinus, short_protocol):
    words = ("BWW=60", "BW=60 h", "BW", "apap_pla=1")
    answer = acinus("run", short_protocol, *ZONES, *(word for text in words for word in ("--set", text)))
    assert answer.code == 2
    assert "Did you mean `BW`?" in answer.err
    for code in ("AC981", "AC982", "AC983"):
        assert code in answer.err


def test_names_are_never_read_as_markup(acinus):
    answer = acinus("run", "[bold]none[/bold]", *ZONES)
    assert answer.code == 2
    assert "[bold]none[/bold]" in answer.err


def test_an_endpoint_that_does_not_exist_is_refused(acinus, short_protocol):
    answer = acinus("run", short_protocol, *ZONES, "--endpoint", "peak_altt")
    assert answer.code == 2
    assert "`peak_alt`" in answer.err


def test_a_model_from_elsewhere_gets_plain_time_courses(acinus, tmp_path):
    model = tmp_path / "decay.ant"
    model.write_text(
        "model decay()\n  compartment V = 1;\n  species A in V = 1;\n  J: A => ; k*A*V;\n  k = 0.5;\nend\n",
        encoding="utf-8",
    )
    protocol = tmp_path / "watch.yaml"
    protocol.write_text("name: watch\nsampling: {every: 1 h, until: 4 h}\n", encoding="utf-8")
    answer = acinus("run", protocol, "--model", model, "--out", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)["runs"][0]
    assert said["endpoints"] == {}
    assert "peak_alt" in said["left_out"]
    assert (tmp_path / "out" / "watch.png").exists()


def test_a_protocol_is_run_with_the_model_it_names_unless_told_otherwise(acinus, short_protocol):
    text = short_protocol.read_text(encoding="utf-8")
    named = text.replace("values: {BW: 70 kg}\n", "model: mouse\n").replace("4 g", "100 mg/kg")
    short_protocol.write_text(named, encoding="utf-8")

    def highest(*words: str) -> float:
        answer = acinus("run", short_protocol, *ZONES, "--endpoint", "apap_auc", "--json", *words)
        assert answer.code == 0, answer.err
        return json.loads(answer.out)["runs"][0]["endpoints"]["apap_auc"]["values"]["liquid"]

    assert highest() == highest("--model", "mouse")
    assert highest("--model", "human") > 2 * highest()
