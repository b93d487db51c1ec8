"""Memory of results serves again, and never while anybody holds what stands in it."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.engine.compiled.small_systems import from_antimony

from acinus.engine import Batch, solve
from acinus.engine.compiled import spare_memory
from acinus.engine.compiled.spare_memory import results_of

LARGE = (4000, 50, 5)  # 8 MB


@pytest.fixture(autouse=True)
def _nothing_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_memory, "_spare", [])


def test_memory_left_behind_serves_the_next_result() -> None:
    first = results_of(LARGE)
    place = first.ctypes.data
    del first
    second = results_of((3999, 50, 5))
    assert second.ctypes.data == place
    assert second.shape == (3999, 50, 5)
    assert second.flags.c_contiguous
    assert second.flags.writeable


def test_memory_that_any_view_shows_is_not_given_away() -> None:
    first = results_of(LARGE)
    first[...] = 1.0
    view = first[3:4, :, 2].T
    del first
    gc.collect()
    second = results_of(LARGE)
    second[...] = 2.0
    assert (view == 1.0).all()
    assert not np.shares_memory(view, second)


def test_only_what_fits_serves() -> None:
    place = _spare_of(LARGE)
    quarter = results_of((1000, 50, 5))
    assert quarter.ctypes.data == place
    del quarter
    larger = results_of((4001, 50, 5))
    assert spare_memory._spare == [], "what was too small is gone before the larger one is there"
    assert larger.size == 4001 * 250


def test_a_small_batch_between_does_not_cost_the_large_one() -> None:
    place = _spare_of(LARGE)
    between = results_of((999, 50, 5))
    assert between.ctypes.data != place
    again = results_of(LARGE)
    assert again.ctypes.data == place
    # The order in which further attempts at a few individuals and their batch are given back.
    del between, again
    assert results_of(LARGE).ctypes.data == place


def test_results_of_several_sizes_in_turn_each_find_memory() -> None:
    sizes = [(31, 8192), (87, 8192), (295, 8192)]
    for shape in sizes:
        _spare_of(shape)
    first = _spare_of(sizes[0])
    for _ in range(3):
        places = [_spare_of(shape) for shape in sizes]
        assert places[0] == first
        assert places[1] == places[2], "the memory of the largest, less than four times as large"


def test_of_results_of_like_size_the_memory_of_one_is_kept() -> None:
    held = [results_of((k, 50, 5)) for k in (4000, 3000, 4001, 1001)]
    largest = held[2].ctypes.data
    small = results_of((600, 50, 5))
    del held, small
    assert [block.size for block in spare_memory._spare] == [4001 * 250, 600 * 250]
    assert spare_memory._spare[0].ctypes.data == largest


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_memory, "_memory", lambda: 8 * 8_000_000 - 1)
    _spare_of(LARGE)
    assert spare_memory._spare == []
    monkeypatch.setattr(spare_memory, "_memory", lambda: 8 * 8_000_000)
    _spare_of(LARGE)
    assert len(spare_memory._spare) == 1


def test_small_results_do_not_take_part() -> None:
    _spare_of((10, 10, 10))
    assert spare_memory._spare == []


def test_many_threads_never_share() -> None:
    def work(number: int) -> bool:
        for _ in range(50):
            mine = results_of((1400, 100))
            mine[...] = number
            if not (mine == number).all():
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_a_solution_in_used_memory_has_the_bits_of_one_in_new_memory() -> None:
    system = from_antimony("k = 1; x = 1; x' = -k*x")
    batch = Batch(
        np.linspace(0.5, 2.0, 3000)[:, None] * system.parameter_values,
        ((),) * 3000,
        np.linspace(0.0, 3.0, 61),
        np.arange(len(system.outputs)),
    )
    first = solve(system, batch)
    kept, place = first.values.copy(), first.values.ctypes.data
    first.values[...] = np.nan
    del first
    second = solve(system, batch)
    assert second.values.ctypes.data == place
    np.testing.assert_array_equal(second.values, kept)


def _spare_of(shape: tuple[int, ...]) -> int:
    """Make and leave a result; return where it was."""
    return results_of(shape).ctypes.data
