"""What the page on the circle asks, read from ``biology/pages/circle.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.entry import Entry
from acinus.documents import Node, biology_folder, read_yaml
from acinus.errors import Code, RequestError

if TYPE_CHECKING:
    from pathlib import Path

    from acinus.errors import Diagnostic

__all__ = ["Axis", "CirclePlan", "read_circle_plan"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A habit: the parameter it sets, by which molar mass, and from where to where in `unit` (mass per time)."""

    parameter: str
    molar_mass: str
    unit: str
    title: str
    low: float
    high: float
    steps: int

    @property
    def places(self) -> np.ndarray:
        """Return the places on the axis, (steps,) in `unit`."""
        return np.linspace(self.low, self.high, self.steps)


@dataclass(frozen=True, slots=True)
class CirclePlan:
    """All that the page asks; `rest` and `course_years` are years, habits of the courses in the units of the axes."""

    title: str
    model: str
    rest: float
    differ_by: float
    scarred: float
    across: Axis
    up: Axis
    susceptibility: str
    susceptible: tuple[float, ...]
    links: tuple[str, ...]
    gains: tuple[float, ...]
    course_years: float
    course_alcohol: float
    course_susceptible: float
    course_magnesium: tuple[float, ...]
    course_cut: tuple[str, ...]


def read_circle_plan(biology: Path | None = None) -> CirclePlan:
    """Return what the page asks.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if the file cannot be read.
    RequestError
        AC990 for keys, AC991 for values that are wrong, all at once.
    """
    root = read_yaml((biology or biology_folder()) / "pages" / "circle.yaml")
    findings: list[Diagnostic] = []
    top = _Part(root, "the page `circle`", findings)
    top.only(
        *("name", "title", "model", "rest", "differ_by", "scarred", "across", "up", "susceptibility"),
        *("susceptible", "links", "gains", "courses"),
    )
    courses = top.part("courses")
    courses.only("years", "alcohol", "susceptible", "magnesium", "cut")
    plan = CirclePlan(
        title=top.word("title"),
        model=top.word("model"),
        rest=top.positive("rest"),
        differ_by=top.positive("differ_by"),
        scarred=top.positive("scarred"),
        across=_axis(top.part("across")),
        up=_axis(top.part("up")),
        susceptibility=top.word("susceptibility"),
        susceptible=top.numbers("susceptible"),
        links=top.texts("links", needed=True),
        gains=top.numbers("gains"),
        course_years=courses.positive("years"),
        course_alcohol=courses.positive("alcohol"),
        course_susceptible=courses.positive("susceptible"),
        course_magnesium=courses.numbers("magnesium"),
        course_cut=courses.texts("cut", needed=True),
    )
    if findings:
        raise RequestError(dict.fromkeys(findings))
    return plan


class _Part(Entry):
    """A mapping of the page's file; its faults carry the codes of pages."""

    def __init__(self, node: Node, what: str, findings: list[Diagnostic]) -> None:
        super().__init__(node, what, findings, key=Code.PAGE_KEY, value=Code.PAGE_VALUE)

    def word(self, key: str) -> str:
        return self.text(key, needed=True) or ""

    def part(self, key: str) -> _Part:
        return _Part(self.need(key) or Node({}, self.node.place), f"`{key}` of {self.what}", self.findings)

    def positive(self, key: str) -> float:
        return self.number(key, needed=True, low=0.0) or 0.0

    def numbers(self, key: str) -> tuple[float, ...]:
        child = self.need(key)
        found: list[float] = []
        for item in child if child is not None and isinstance(child.value, list) else ():
            quantity = self.quantity(item, f"`{key}` of {self.what}", "dimensionless")
            if quantity is not None:
                found.append(quantity.to("dimensionless"))
        if not found and child is not None:
            self.refuse(f"`{key}` of {self.what} should be a list of numbers", child.place)
        return tuple(found)


def _axis(part: _Part) -> Axis:
    part.only("parameter", "molar_mass", "unit", "low", "high", "steps", "title")
    return Axis(
        part.word("parameter"),
        part.word("molar_mass"),
        part.word("unit"),
        part.word("title"),
        part.positive("low"),
        part.positive("high"),
        part.whole("steps", 2, low=2),
    )
