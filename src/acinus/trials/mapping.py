"""A map made: every cell simulated with the same individuals, and its number with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.evidence import clopper_pearson
from acinus.population import Individuals
from acinus.trials.answers import Asker
from acinus.trials.contrasts import contrast_numbers, contrast_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.trials.decision_map import DecisionMap

    Progress = Callable[[str, int, int], None]

__all__ = ["CHUNK", "Cell", "MapResult", "make_map"]

CHUNK = 2000
"""Individuals simulated together, of whichever cells. Memory, not results, depend on it."""


@dataclass(frozen=True)
class Cell:
    """One cell: ``n_in = n_ok + n_failed``.

    Attributes
    ----------
    arm : str
    across, down : float
        In the units of the axes.
    value, low, high : float
        Share or mean with its interval; NaN if nobody has a reading.
    n_in, n_ok, n_failed, n_read : int
        Individuals, those who finished, those who did not, and those who have a reading.
    difference, difference_low, difference_high : float
        Against the arm of comparison, in the same people; NaN for that arm itself and where there is none.
    """

    arm: str
    across: float
    down: float
    value: float
    low: float
    high: float
    n_in: int
    n_ok: int
    n_failed: int
    n_read: int
    difference: float
    difference_low: float
    difference_high: float


@dataclass(frozen=True, eq=False)
class MapResult:
    """A map with its numbers.

    Attributes
    ----------
    map : DecisionMap
    cells : tuple of Cell
        By arm, then down, then across.
    title, unit : str
        Of the outcome; the unit is empty for shares.
    is_share : bool
    """

    map: DecisionMap
    cells: tuple[Cell, ...]
    title: str
    unit: str
    is_share: bool

    def grid(self, arm: str, what: str) -> NDArray[np.float64]:
        """Return an attribute of the cells of an arm, (down, across)."""
        values = [float(getattr(cell, what)) for cell in self.cells if cell.arm == arm]
        return np.array(values).reshape(len(self.map.down.values), len(self.map.across.values))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, for JSON."""
        from dataclasses import asdict

        from acinus.provenance import CONTEXT_OF_USE, version

        setting = self.map.setting
        return {
            "acinus": version(),
            "context_of_use": CONTEXT_OF_USE,
            "map": setting.name,
            "title": setting.title,
            "note": setting.note,
            "model": {setting.model.id: setting.model.hash},
            "population": setting.population.name,
            "people": setting.people,
            "seed": setting.seed,
            "outcome": self.title,
            "unit": self.unit,
            "is_share": self.is_share,
            "confidence": self.map.confidence,
            "against": self.map.against,
            "across": {"column": self.map.across.column, "unit": self.map.across.unit},
            "down": {"column": self.map.down.column, "unit": self.map.down.unit},
            "cells": [asdict(cell) for cell in self.cells],
        }


def make_map(
    asked: DecisionMap, *, workers: int = 1, progress: Progress | None = None, kept: Path | None = None
) -> MapResult:
    """Return a map with its numbers.

    Every cell has the same individuals, with the two quantities set anew: what differs between two cells is what the
    axes and the arm say, not who was drawn.

    Parameters
    ----------
    asked : DecisionMap
    workers : int
        Threads; the result does not depend on it.
    progress : callable, optional
        Called with what is done now, individuals done and individuals in all.
    kept : Path, optional
        Folder in which answers are kept, 2,000 individuals at a time; the same map goes on from what it finds there.

    Raises
    ------
    RequestError
        AC980 if `kept` cannot be written to; AC921 if the outcome has one number per zone.
    AcinusError
        What is wrong with the outcome or the protocol for a real individual.
    """
    setting = asked.setting
    people = setting.individuals(0, setting.people)
    cells = len(asked.down.values) * len(asked.across.values)
    asker = Asker(setting, workers, kept)
    total, done = len(setting.arms) * cells * len(people), 0
    found: dict[str, NDArray[np.float64]] = {}
    finished: dict[str, NDArray[np.bool_]] = {}
    title, unit, is_share = "", "", False
    for arm in setting.arms:
        values, ok = [], []
        for chunk in _chunks(people, asked):
            if progress is not None:
                progress(f"`{arm}`", done, total)
            answers = asker.ask(arm, chunk, [asked.outcome])
            reading = answers[asked.outcome]
            title, unit, is_share = reading.title, reading.unit, reading.yes_or_no
            values.append(reading.values)
            ok.append(answers.ok)
            done += len(chunk)
        found[arm] = np.concatenate(values).reshape(cells, len(people))
        finished[arm] = np.concatenate(ok).reshape(cells, len(people))
    table = tuple(
        _cell(asked, arm, place, found, finished[arm][place], is_share=is_share)
        for arm in setting.arms
        for place in range(cells)
    )
    return MapResult(asked, table, asked.title_of_outcome or title, "" if is_share else unit, is_share)


def _chunks(people: Individuals, asked: DecisionMap) -> Iterator[Individuals]:
    """Yield the people of all cells, each with the values of their cell, some at a time."""
    n, wide = len(people), len(asked.across.values)
    total = n * wide * len(asked.down.values)
    units = {
        **people.units,
        asked.across.column: asked.across.column_unit,
        asked.down.column: asked.down.column_unit,
    }
    for start in range(0, total, CHUNK):
        rows = np.arange(start, min(start + CHUNK, total))
        cell, person = np.divmod(rows, n)
        down, across = np.divmod(cell, wide)
        columns = {name: values[person] for name, values in people.columns.items()}
        columns[asked.across.column] = np.array(asked.across.in_unit)[across]
        columns[asked.down.column] = np.array(asked.down.in_unit)[down]
        yield Individuals(rows, columns, units, people.source, people.seed)


def _cell(
    asked: DecisionMap,
    arm: str,
    place: int,
    found: dict[str, NDArray[np.float64]],
    ok: NDArray[np.bool_],
    *,
    is_share: bool,
) -> Cell:
    down, across = divmod(place, len(asked.across.values))
    values = found[arm][place]
    known = values[np.isfinite(values)]
    value, low, high = _estimate(known, asked.confidence, is_share=is_share)
    difference = (float("nan"),) * 3
    if asked.against and arm != asked.against:
        make = contrast_shares if is_share else _of_numbers
        made = make("", (arm, asked.against), values, found[asked.against][place], asked.confidence)
        if made:
            difference = (made[0].value, made[0].low, made[0].high)
    return Cell(
        arm,
        asked.across.values[across],
        asked.down.values[down],
        value,
        low,
        high,
        int(ok.size),
        int(ok.sum()),
        int(ok.size - ok.sum()),
        int(known.size),
        *difference,
    )


def _of_numbers(
    measured: str,
    names: tuple[str, str],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    confidence: float,
) -> tuple[Any, ...]:
    return contrast_numbers(measured, names, first, second, "", confidence)


def _estimate(known: NDArray[np.float64], confidence: float, *, is_share: bool) -> tuple[float, float, float]:
    """Return a share with its exact interval, or a mean with Student's."""
    nan = float("nan")
    if not known.size:
        return nan, nan, nan
    if is_share:
        share = clopper_pearson(int(known.sum()), int(known.size), confidence)
        return share.value, share.low, share.high
    mean = float(known.mean())
    if known.size == 1:
        return mean, nan, nan
    from scipy.stats import t as student

    half = (
        float(student.ppf((1 + confidence) / 2, known.size - 1)) * float(known.std(ddof=1)) / known.size**0.5
    )
    return mean, mean - half, mean + half
