"""The same request on worker processes, one of which is lost on the way."""

from __future__ import annotations

import os
import signal

import pytest
from small_run import content_of, small_request

from acinus.errors import RequestError
from acinus.runs import open_run, start_run

pytestmark = [
    pytest.mark.slow,
    # What Dask remarks when a worker is killed is what this file is about.
    pytest.mark.filterwarnings("default"),
]

MANY = {"people": 200, "shard_size": 5, "trajectories": {"keep": 20}}


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as started:
        yield started


def workers_of(cluster) -> list[int]:
    from distributed import Client

    with Client(cluster) as client:
        return list(client.run(os.getpid).values())


def test_a_worker_lost_in_mid_run_changes_no_byte(tmp_path, cluster):
    start_run(small_request(**MANY), tmp_path / "threads")
    processes = workers_of(cluster)
    assert len(processes) == 2
    lost = []

    def lose_one(progressed):
        if progressed.shards_done == 10:
            os.kill(processes[0], signal.SIGKILL)
            lost.append(progressed.shards_done)

    start_run(small_request(**MANY), tmp_path / "cluster", cluster=cluster.scheduler_address, tell=lose_one)
    assert lost == [10]
    assert processes[0] not in workers_of(cluster)
    assert open_run(tmp_path / "cluster").complete
    assert content_of(tmp_path / "cluster") == content_of(tmp_path / "threads")


def test_the_people_of_a_cohort_are_sent_with_their_shards(tmp_path, cluster):
    table = tmp_path / "people.csv"
    table.write_text("id,g\n" + "".join(f"p{k},{0.1 + k / 1000}\n" for k in range(50)), encoding="utf-8")
    request = small_request(population=None, people=None, cohort=str(table))
    start_run(request, tmp_path / "threads")
    start_run(request, tmp_path / "cluster", cluster=cluster.scheduler_address)
    assert content_of(tmp_path / "cluster") == content_of(tmp_path / "threads")


def test_a_scheduler_that_does_not_answer_is_named(tmp_path, monkeypatch):
    from acinus.runs import cluster

    monkeypatch.setattr(cluster, "_PATIENCE", 1.0)
    with pytest.raises(RequestError) as caught:
        start_run(small_request(), tmp_path / "run", cluster="tcp://127.0.0.1:9")
    (found,) = caught.value.diagnostics
    assert found.code.value == "AC960"
    assert "tcp://127.0.0.1:9" in found.what
