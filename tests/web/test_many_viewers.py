from __future__ import annotations

import asyncio

import pytest
from benchmarks.web_viewers import watch

from acinus.web.overdose import structure
from acinus.web.schemas import OverdoseSetting
from acinus.web.side_by_side import SideBySide


@pytest.mark.slow
def test_viewers_who_move_sliders_together_all_get_their_curves(client):
    watched = asyncio.run(watch(str(client.base_url), viewers=12, seconds=4.0))
    assert watched.failures == []
    assert len(watched.seconds) >= 12


def sides(solve, at_once=1):
    return SideBySide(solve, structure, at_once)


async def here():
    return False


async def gone():
    return True


def test_those_who_wait_are_solved_in_one_batch_and_each_gets_his_own():
    batches = []

    def solve(settings):
        batches.append(len(settings))
        return [f"{setting.dose_g}".encode() for setting in settings]

    async def ask():
        side = sides(solve)
        settings = [OverdoseSetting(dose_g=dose) for dose in range(10)]
        return await asyncio.gather(*(side.answer(setting, here) for setting in settings))

    assert asyncio.run(ask()) == [f"{float(dose)}".encode() for dose in range(10)]
    assert batches == [1, 9]  # the first found nobody waiting


def test_settings_of_different_kinds_are_not_mixed():
    batches = []

    def solve(settings):
        batches.append({setting.nac_regimen for setting in settings})
        return [b"" for _ in settings]

    async def ask():
        side = sides(solve)
        kinds = ("none", "nac_snap_12h", "nac_oral_72h")
        settings = [OverdoseSetting(dose_g=dose, nac_regimen=kinds[dose % 3]) for dose in range(9)]
        await asyncio.gather(*(side.answer(setting, here) for setting in settings))

    asyncio.run(ask())
    assert all(len(kinds) == 1 for kinds in batches)


def test_who_has_left_costs_nothing():
    solved = []

    def solve(settings):
        solved.extend(settings)
        return [b"" for _ in settings]

    async def ask():
        await sides(solve).answer(OverdoseSetting(), gone)

    asyncio.run(ask())
    assert solved == []


def test_an_answer_is_remembered():
    solved = []

    def solve(settings):
        solved.extend(settings)
        return [b"same" for _ in settings]

    async def ask():
        side = sides(solve)
        return [await side.answer(OverdoseSetting(), here) for _ in range(3)]

    assert asyncio.run(ask()) == [b"same"] * 3
    assert len(solved) == 1


def test_a_fault_reaches_those_it_concerns_and_ends_nothing():
    def solve(settings):
        if settings[0].dose_g == 13:
            raise ValueError("no such luck")
        return [b"well" for _ in settings]

    async def ask():
        side = sides(solve)
        with pytest.raises(ValueError, match="no such luck"):
            await side.answer(OverdoseSetting(dose_g=13), here)
        return await side.answer(OverdoseSetting(dose_g=14), here)

    assert asyncio.run(ask()) == b"well"
