"""The files of the page: the picture, and the map and the courses as tables."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from acinus.report.circle.circle_figure import draw_circle
from acinus.report.whole_files import save_figure, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from acinus.report.circle.circle_numbers import CircleNumbers

__all__ = ["write_circle"]

_MAP_HEAD = (
    *("susceptibility", "gain", "across", "up", "two_resting_states"),
    *("stage_from_healthy", "stage_from_scarred", "collagen_from_healthy", "collagen_from_scarred"),
    *("serum_magnesium_from_healthy_mmol_per_L", "serum_magnesium_from_scarred_mmol_per_L"),
)
_COURSE_HEAD = ("course", "years", "stage", "serum_magnesium_mmol_per_L")


def write_circle(out: Path, numbers: CircleNumbers) -> tuple[Path, ...]:
    """Write ``circle.png``, ``circle.csv`` and ``circle_courses.csv`` into a folder and return their paths.

    Raises
    ------
    RequestError
        AC980 if the place cannot be written to.
    """
    picture, table, courses = out / "circle.png", out / "circle.csv", out / "circle_courses.csv"
    save_figure(draw_circle(numbers), picture)
    write_text(table, _csv(_MAP_HEAD, _map_rows(numbers)))
    write_text(courses, _csv(_COURSE_HEAD, _course_rows(numbers)))
    return picture, table, courses


def _map_rows(numbers: CircleNumbers) -> Iterable[Sequence[object]]:
    for one in numbers.maps:
        for row, up in enumerate(numbers.up):
            for column, across in enumerate(numbers.across):
                ends = [
                    f"{values[start, row, column]:.6g}"
                    for values in (one.stage, one.collagen, one.serum)
                    for start in (0, 1)
                ]
                here = (f"{one.susceptibility:g}", f"{one.gain:g}", f"{across:g}", f"{up:g}")
                yield (*here, int(one.two[row, column]), *ends)


def _course_rows(numbers: CircleNumbers) -> Iterable[Sequence[object]]:
    for course in numbers.courses:
        for year, stage, serum in zip(course.years, course.stage, course.serum, strict=True):
            yield course.label, f"{year:g}", f"{stage:.6g}", f"{serum:.6g}"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
