from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import signal
import subprocess
import sys
import time

import httpx
import pyarrow.parquet as pq
import pytest

from acinus.web.jobs import worker
from acinus.web.jobs.table import JobTable

ARMS = {
    "untreated": {"dose_g": 30, "nac_regimen": "none", "hours": 48},
    "treated": {"dose_g": 30, "hours": 48},
}
SMALL = {"kind": "population", "people": 24, "arms": ARMS, "endpoints": ["hepatotoxicity", "peak_alt"]}


@pytest.fixture
def table(application) -> JobTable:
    return JobTable(application.state.settings.folder)


@pytest.mark.slow
def test_a_population_is_computed_followed_and_read(client, table):
    job = client.post("/api/v1/jobs", json=SMALL).json()
    assert job["state"] == "waiting"
    assert client.get(f"/api/v1/jobs/{job['id']}/result.json").status_code == 409
    while worker.work_once(table):
        pass
    with client.stream("GET", f"/api/v1/jobs/{job['id']}/events") as followed:
        events = [
            json.loads(line.removeprefix("data: "))
            for line in followed.iter_lines()
            if line.startswith("data")
        ]
    assert events[-1]["state"] == "finished"
    assert events[-1]["done"] == 24
    summary = client.get(f"/api/v1/jobs/{job['id']}/result.json").json()
    assert [(arm["arm"], arm["n_in"], arm["n_ok"], arm["n_failed"]) for arm in summary["arms"]] == [
        ("untreated", 24, 24, 0),
        ("treated", 24, 24, 0),
    ]
    rows = list(csv.reader(io.StringIO(client.get(f"/api/v1/jobs/{job['id']}/result.csv").text)))
    assert rows[0][:5] == ["individual", "arm", "status", "reason", "reached [h]"]
    assert "dose" not in " ".join(rows[0])  # the population's own doses were not given
    assert len(rows) == 1 + 48
    parquet = pq.read_table(io.BytesIO(client.get(f"/api/v1/jobs/{job['id']}/result.parquet").content))
    assert parquet.num_rows == 48
    hurt = {
        arm["arm"]: {one["id"]: one for one in arm["endpoints"]}["hepatotoxicity"]["yes"]
        for arm in summary["arms"]
    }
    found = parquet.to_pandas().groupby("arm", observed=True)["hepatotoxicity"].sum()
    assert hurt == {arm: int(found[arm]) for arm in hurt}
    assert hurt["untreated"] >= hurt["treated"]


@pytest.mark.slow
def test_a_job_has_the_numbers_of_the_single_run(client, table, human):
    """One person of a population is the individual that Python simulates with that person's parameters."""
    from acinus.population import draw_population
    from acinus.simulation import load_protocol, simulate

    job = client.post("/api/v1/jobs", json={**SMALL, "people": 2, "seed": 5}).json()
    while worker.work_once(table):
        pass
    table_of = pq.read_table(
        io.BytesIO(client.get(f"/api/v1/jobs/{job['id']}/result.parquet").content)
    ).to_pandas()
    text = client.post("/api/v1/run/protocol.yaml", json=ARMS["untreated"]).text
    protocol = load_protocol(text, model=human)
    drawn = draw_population("overdose_presenters", 2, 5, model=human)
    kept = {k: v for k, v in drawn.columns.items() if k in human.symbols and k not in protocol.values}
    run = simulate(human, protocol, kept)
    found = table_of[table_of["arm"] == "untreated"]["peak_alt"].to_numpy()
    assert found == pytest.approx(run["alt_pla"].max(axis=1), rel=1e-6)


@pytest.mark.slow
def test_a_trial_by_its_arms_finds_what_python_finds(client, table):
    from acinus.trials import conduct_trial, read_trial

    said = {
        "kind": "trial",
        "people": 120,
        "seed": 4,
        "arms": {"late": {"nac_regimen": "nac_snap_12h", "nac_delay_h": 14}},
    }
    job = client.post("/api/v1/jobs", json=said).json()
    content = table.get(job["id"]).asked["source"]
    while worker.work_once(table):
        pass
    found = client.get(f"/api/v1/jobs/{job['id']}/result.json").json()
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["state"] == "finished"
    python = conduct_trial(read_trial(content, people=120, seed=4)).as_dict()
    for key in ("screened", "arms", "shares"):
        assert found[key] == json.loads(json.dumps(python[key]))
    assert found["screened"]["n_in"] == 120
    assert client.get(f"/api/v1/jobs/{job['id']}/result.png").content.startswith(b"\x89PNG")
    rows = client.get(f"/api/v1/jobs/{job['id']}/result.csv").text.splitlines()
    assert len(rows) == 1 + 2 * found["screened"]["n_entered"]


@pytest.mark.slow
def test_a_map_has_a_number_for_every_cell(client, table):
    job = client.post(
        "/api/v1/jobs", json={"kind": "map", "map": "nac_by_dose_and_delay", "people": 10}
    ).json()
    while worker.work_once(table):
        pass
    found = client.get(f"/api/v1/jobs/{job['id']}/result.json").json()
    assert len(found["cells"]) == 3 * 36
    assert all(cell["n_in"] == cell["n_ok"] + cell["n_failed"] == 10 for cell in found["cells"])
    assert len(client.get(f"/api/v1/jobs/{job['id']}/result.csv").text.splitlines()) == 1 + 3 * 36


def test_a_trial_is_named_or_given_by_its_arms(client):
    for said in (
        {},
        {"trial": "prescott_1979", "arms": {"a": {}}},
        {"trial": "../prescott_1979"},
        {"trial": "prescot_1979"},
        {"arms": {"untreated": {}}},
        {"arms": {"A b": {}}},
    ):
        answer = client.post("/api/v1/jobs", json={"kind": "trial", **said})
        assert answer.status_code == 422, said
        assert answer.json()["what"]


def test_what_can_be_named_is_offered_with_titles(client):
    offered = client.get("/api/v1/jobs/offered").json()
    assert {"prescott_1979"} <= {one["id"] for one in offered["trials"]}
    assert {"nac_by_dose_and_delay"} <= {one["id"] for one in offered["maps"]}
    assert all(
        one["title"] for kind in ("trials", "maps", "protocols", "populations") for one in offered[kind]
    )


def test_what_cannot_be_computed_is_refused_before_it_waits(client, table):
    before = table.open_jobs()
    dear = {**SMALL, "people": 100_000, "arms": {name: {"hours": 168} for name in "abcdefgh"}}
    for said, status, word in (
        (dear, 413, "minutes of one core"),
        ({**SMALL, "endpoints": ["peak_al"]}, 422, "peak_al"),
        ({**SMALL, "arms": {"a": {"hours": 48}, "b": {"hours": 72}}}, 422, "hours"),
        ({"kind": "protocol", "protocol": "overdose_20g", "arms": ["nac_9h"]}, 422, "nac_9h"),
        ({"kind": "protocol", "protocol": "overdose_21g"}, 422, "Did you mean `overdose_20g`?"),
    ):
        answer = client.post("/api/v1/jobs", json=said)
        assert answer.status_code == status
        assert word in answer.text
    assert table.open_jobs() == before


def test_no_more_jobs_wait_than_the_server_takes(asker):
    server = asker(waiting_jobs=2)
    body = json.dumps(SMALL).encode()
    assert [server.ask("POST", "/api/v1/jobs", body).status for _ in range(3)] == [202, 202, 429]


@contextlib.contextmanager
def started(folder, ending):
    """A server in a process of its own and a client; at the end it gets a signal."""
    command = [sys.executable, "-m", "acinus", "serve", "--port", "0", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            address = re.search(r"http://\S+", process.stdout.readline())[0]
            with httpx.Client(base_url=address, timeout=60) as client:
                yield client
        finally:
            process.send_signal(ending)


def wait_for(question, seconds=120):
    for _ in range(10 * seconds):
        if question():
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


@pytest.mark.slow
def test_a_killed_server_finishes_its_job_once_after_it_is_started_again(tmp_path):
    people = 320
    with started(tmp_path, signal.SIGKILL) as client:
        said = {"kind": "protocol", "protocol": "overdose_20g", "people": people, "endpoints": ["peak_alt"]}
        job = client.post("/api/v1/jobs", json=said).json()["id"]
        wait_for(lambda: client.get(f"/api/v1/jobs/{job}").json()["done"] > 0)
    table = JobTable(tmp_path)
    left = table.get(job)
    assert (left.state, 0 < left.done < people) == ("running", True)
    with started(tmp_path, signal.SIGINT) as client:
        wait_for(lambda: client.get(f"/api/v1/jobs/{job}").json()["state"] != "running")
        summary = client.get(f"/api/v1/jobs/{job}/result.json").json()
    assert table.events(job) == ["created", "began", "went on", "finished"]
    assert [(arm["n_in"], arm["n_ok"]) for arm in summary["arms"]] == [(people, people)] * 2
    log = [
        json.loads(line)
        for line in (worker.folder_of(tmp_path, job) / "run" / "log.jsonl").read_text().splitlines()
    ]
    shards = [line["shard"] for line in log if line["event"] == "shard"]
    # A shard may have been committed in the instant before its line was written, and never twice.
    assert len(shards) == len(set(shards))


@pytest.mark.slow
def test_a_running_job_stops_when_it_is_cancelled(table, client):
    import threading

    job = client.post("/api/v1/jobs", json={**SMALL, "people": 5000}).json()["id"]
    thread = threading.Thread(target=worker.work_once, args=(table,))
    thread.start()
    wait_for(lambda: client.get(f"/api/v1/jobs/{job}").json()["done"] > 0)
    client.delete(f"/api/v1/jobs/{job}")
    thread.join()
    ended = client.get(f"/api/v1/jobs/{job}").json()
    assert ended["state"] == "cancelled"
    assert ended["done"] < 5000
    assert not (worker.folder_of(table.folder, job) / "run").exists()
