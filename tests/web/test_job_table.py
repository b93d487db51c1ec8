from __future__ import annotations

import threading

import pytest

from acinus.web.jobs import worker
from acinus.web.jobs.results import safe_cell
from acinus.web.jobs.table import JobTable


@pytest.fixture
def table(tmp_path) -> JobTable:
    return JobTable(tmp_path)


def test_an_id_cannot_be_guessed_and_no_two_are_alike(table):
    ids = {table.add("protocol", {}, 1, 1.0).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 24 for one in ids)


def test_a_job_ends_once(table):
    job = table.add("protocol", {}, 10, 1.0).id
    assert table.begin(job) is not None
    assert table.end(job, "finished")
    assert not table.end(job, "failed")
    assert table.begin(job) is None
    assert table.get(job).state == "finished"
    assert table.get(job).done == 10
    assert table.events(job) == ["created", "began", "finished"]


def test_two_workers_never_have_the_same_job(table, monkeypatch):
    count, taken, begun = 12, [], threading.Barrier(4)
    for _ in range(count):
        table.add("protocol", {}, 1, 1.0)

    def work(own, job):
        taken.append(job.id)
        own.end(job.id, "finished")

    monkeypatch.setattr(worker, "_work", work)

    def worker_thread():
        own = JobTable(table.folder)
        begun.wait()
        while worker.work_once(own):
            pass

    threads = [threading.Thread(target=worker_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while worker.work_once(table):  # one that was held at the moment everybody looked
        pass
    assert len(taken) == len(set(taken)) == count


def test_what_a_dead_worker_left_is_gone_on_with(table, monkeypatch):
    job = table.add("protocol", {}, 1, 1.0).id
    table.begin(job)  # and its process ended here
    monkeypatch.setattr(worker, "_work", lambda own, begun: own.end(begun.id, "finished"))
    assert worker.work_once(table)
    assert table.events(job) == ["created", "began", "went on", "finished"]
    assert not worker.work_once(table)


def test_a_job_that_kills_its_workers_is_given_up(table):
    job = table.add("protocol", {}, 1, 1.0).id
    for _ in range(3):
        assert table.begin(job) is not None
    assert table.begin(job) is None
    found = table.get(job)
    assert found.state == "failed"
    assert "3 times" in found.failure["what"]


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked_to_stop(table):
    waiting, running = (table.add("protocol", {}, 5, 1.0).id for _ in range(2))
    assert table.cancel(waiting).state == "cancelled"
    assert table.begin(waiting) is None
    table.begin(running)
    assert table.progress(running, 1, 5)
    assert table.cancel(running).state == "running"
    assert not table.progress(running, 2, 5)


def test_a_cancel_while_its_worker_was_dead_ends_the_job(table):
    job = table.add("protocol", {}, 5, 1.0).id
    table.begin(job)
    table.cancel(job)
    assert table.begin(job) is None
    assert table.get(job).state == "cancelled"


def test_an_ended_job_stays_as_it_ended(table):
    job = table.add("protocol", {}, 5, 1.0).id
    table.begin(job)
    table.end(job, "finished")
    assert table.cancel(job).state == "finished"


def test_old_jobs_are_forgotten_and_running_ones_are_not(table):
    old, running = (table.add("protocol", {}, 5, 1.0).id for _ in range(2))
    for job in (old, running):
        table.begin(job)
    table.end(old, "finished")
    assert table.forget(table.get(old).ended + 1) == [old]
    assert table.get(old) is None
    assert table.get(running).state == "running"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")']
)
def test_no_cell_of_text_is_a_formula(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["untreated", "reached_end", "", "1=1", "nac 8 h"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == text
