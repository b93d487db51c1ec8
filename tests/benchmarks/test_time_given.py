"""How works are timed in turn, and how many individuals a slow peer is given."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from benchmarks.crowd import Effort
from benchmarks.threads import best_in_turn
from benchmarks.work_precision import within_seconds


@dataclass
class Crowd:
    """A peer of two processes."""

    seconds: float
    asked: list[int] = field(default_factory=list)

    def solve(self, _relative: float, people: int, kept: int) -> Effort:
        self.asked.append(people)
        return Effort(np.zeros((min(kept, people), 1, 1)), people, 0, people * self.seconds / 2, 1.0)


@pytest.mark.parametrize(
    ("seconds", "people", "errors"),
    [(0.01, 128, 32), (0.5, 40, 32), (1.0, 20, 20), (60.0, 2, 2)],
)
def test_a_peer_is_given_what_it_integrates_in_ten_seconds(seconds, people, errors):
    crowd = Crowd(seconds)
    effort = within_seconds(crowd, 1e-6, 128, 32, 2)
    assert (effort.people, len(effort.values)) == (people, errors)
    assert crowd.asked == ([2, people] if people > 2 else [2])


def test_works_are_timed_in_turn_and_the_best_of_each_counts():
    now, order = [0.0], []
    times = {"a": iter([5.0, 1.0]), "b": iter([2.0, 7.0])}

    def work(name):
        order.append(name)
        now[0] += next(times[name])

    best = best_in_turn([lambda: work("a"), lambda: work("b")], lambda: now[0], 2)
    assert (best, order) == ([1.0, 2.0], ["a", "b", "a", "b"])
