"""Calls in a process of their own: whatever happens there, the caller gets an answer or the reason why not."""

from __future__ import annotations

import pytest

from acinus.verification.isolation import Lost, Process, in_processes
from acinus.verification.memory_limit import most_memory


@pytest.fixture
def process():
    process = Process()
    yield process
    process.close()


@pytest.mark.slow
def test_a_process_answers_crashes_hangs_and_answers_again(process):
    first = process.call("os:getpid", (), 60.0)
    assert process.call("os:getpid", (), 60.0) == first
    assert process.call("os:abort", (), 60.0) == Lost("the process ended by SIGABRT")
    second = process.call("os:getpid", (), 60.0)
    assert second != first
    assert process.call("time:sleep", (60.0,), 0.2) == Lost("no answer in 0.2 s")
    assert process.call("math:hypot", (3.0, 4.0), 60.0) == 5.0


@pytest.mark.slow
def test_an_exception_is_an_answer_in_words_and_noise_is_not(process):
    assert process.call("math:sqrt", (-1.0,), 60.0) == Lost("ValueError: math domain error")
    assert process.call("os:system", ("echo noise; echo noise >&2",), 60.0) == 0


@pytest.mark.slow
def test_a_process_that_asks_for_most_of_the_memory_gets_none(process):
    pytest.importorskip("resource", reason="limits of memory are those of POSIX")
    answer = process.call("mmap:mmap", (-1, most_memory() + 2**20), 60.0)
    assert isinstance(answer, Lost)
    assert "Cannot allocate memory" in answer.why


@pytest.mark.slow
def test_answers_carry_the_place_of_their_call():
    answers = dict(in_processes("math:factorial", [(n,) for n in range(7)], 3, 60.0))
    assert answers == dict(enumerate([1, 1, 2, 6, 24, 120, 720]))


def test_no_calls_give_no_answers():
    assert list(in_processes("os:getpid", [], 2, 60.0)) == []


@pytest.mark.slow
def test_who_stops_listening_does_not_wait_for_the_rest():
    answers = in_processes("time:sleep", [(seconds,) for seconds in (0.0, 3600.0, 3600.0)], 2, 7200.0)
    assert next(answers) == (0, None)
    answers.close()  # would take an hour
