from __future__ import annotations

import json

import pytest
import yaml

from acinus.runs import open_run

REQUEST = {
    "name": "decaying",
    "model": "decay.xml",
    "population": {
        "columns": {
            "k": {"distribution": "uniform", "low": "0.1 dimensionless", "high": "0.9 dimensionless"},
            "group": {"distribution": "uniform", "low": "0 dimensionless", "high": "1 dimensionless"},
        }
    },
    "people": 60,
    "protocol": {"sampling": {"every": "1 h", "until": "4 h"}},
    "endpoints": [
        {"measure": "minimum", "of": "A", "name": "lowest"},
        {"measure": "exceeds", "of": "A", "level": "0.5 dimensionless", "name": "above"},
    ],
    "trajectories": {"keep": 4},
    "shard_size": 20,
}


@pytest.fixture(scope="module")
def request_file(tmp_path_factory, decay_sbml):
    folder = tmp_path_factory.mktemp("request")
    (folder / "decay.xml").write_text(decay_sbml, encoding="utf-8")
    (folder / "request.yaml").write_text(yaml.safe_dump(REQUEST), encoding="utf-8")
    return folder / "request.yaml"


@pytest.fixture(scope="module")
def folder(request_file, acinus):
    out = request_file.parent / "run"
    answer = acinus("runs", "start", request_file, "--out", out)
    assert answer.code == 0, answer.err
    assert "only: 60 in = 60 finished + 0 failed" in answer.out
    assert "60 of 60 individuals" in answer.err
    return out


def test_progress_says_how_far_and_that_nobody_works(acinus, folder):
    assert "60 of 60 individuals, 3 of 3 shards" in acinus("runs", "progress", folder).out
    plain = json.loads(acinus("runs", "progress", folder, "--json").out)
    assert plain["people_done"] == 60
    assert plain["active"] is False


def test_a_run_that_is_there_is_not_overwritten(acinus, request_file, folder):
    answer = acinus("runs", "start", request_file, "--out", folder)
    assert answer.code == 2
    assert "AC952" in answer.err


def test_verify_finds_what_resume_mends(acinus, folder):
    assert acinus("runs", "verify", folder).code == 0
    shard = sorted((folder / "shards").iterdir())[1]
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1])
    answer = acinus("runs", "verify", folder)
    assert answer.code == 1
    assert "AC956" in answer.err
    assert "2 of 3 shards are sound: 40 individuals" in answer.out
    assert json.loads(acinus("runs", "verify", folder, "--json").out)["damaged"] == 1
    assert acinus("runs", "resume", folder).code == 0
    assert shard.read_bytes() == whole


def test_parts_are_merged(acinus, request_file, folder, tmp_path):
    for k in (1, 2):
        assert acinus("runs", "start", request_file, "--out", tmp_path / str(k), "--part", f"{k}/2").code == 0
    assert acinus("runs", "start", request_file, "--out", tmp_path / "3", "--part", "3/2").code == 2
    answer = acinus("runs", "merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "whole", "--json")
    assert json.loads(answer.out)["complete"] is True
    assert [p.name for p in sorted((tmp_path / "whole" / "shards").iterdir())] == [
        p.name for p in sorted((folder / "shards").iterdir())
    ]


def test_the_summary_gives_quantiles_and_shares_with_intervals(acinus, folder):
    plain = json.loads(acinus("summary", folder, "--json").out)
    (arm,) = plain["arms"]
    assert (arm["n_in"], arm["n_ok"], arm["n_failed"]) == (60, 60, 0)
    lowest, above = arm["endpoints"]
    values = open_run(folder).to_pandas(["lowest"])["lowest"]
    assert lowest["quantiles"]["0.5"] == pytest.approx(values.median())
    assert above["share"]["low"] <= above["share"]["value"] <= above["share"]["high"]
    assert above["share"]["value"] == above["yes"] / 60
    shown = acinus("summary", folder).out
    assert "only: 60 in = 60 finished + 0 failed" in shown
    assert "95 % interval" in shown
    assert "research" in shown


def test_a_query_answers_as_table_csv_and_json(acinus, folder):
    sql = "SELECT count(*) AS n, max(individual) AS last FROM results WHERE arm = 'only'"
    assert acinus("query", folder, sql).out.split() == ["n", "last", "60", "59"]
    assert acinus("query", folder, sql, "--csv").out.split() == ["n,last", "60,59"]
    assert json.loads(acinus("query", folder, sql, "--json").out) == [{"n": 60, "last": 59}]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY results TO 'stolen.csv'",
        "CREATE TABLE mine AS SELECT * FROM results",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT 1; SELECT 2",
        "SET enable_external_access = true",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SELECT lowst FROM results",
        "nonsense",
        "",
    ],
)
def test_a_query_can_only_read_the_results(acinus, folder, tmp_path, monkeypatch, sql):
    monkeypatch.chdir(tmp_path)
    answer = acinus("query", folder, sql)
    assert answer.code == 2
    assert "AC959" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_query_does_not_see_what_another_has_loaded(acinus, folder):
    results = [1]  # a variable of Python of the name of the table
    assert acinus("query", folder, "SELECT count(*) AS n FROM results").out.split() == ["n", "60"]
    assert "AC959" in acinus("query", folder, "SELECT * FROM answer").err
    assert results == [1]


def test_the_same_request_from_python_gives_the_same_shards(folder, request_file, tmp_path):
    from acinus.runs import load_request, start_run

    start_run(load_request(request_file), tmp_path / "run")
    names = [path.name for path in sorted((tmp_path / "run" / "shards").iterdir())]
    assert names == [path.name for path in sorted((folder / "shards").iterdir())]


def test_a_folder_without_a_run_is_refused(acinus, tmp_path):
    for words in (("summary", tmp_path), ("runs", "progress", tmp_path), ("runs", "resume", tmp_path)):
        answer = acinus(*words)
        assert answer.code == 2
        assert "AC953" in answer.err
