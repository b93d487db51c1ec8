"""What the picture asks, read from ``biology/pages/ica.yaml``: axes, switches, subjects and their protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.calibration.entry import Entry
from acinus.documents import Node, biology_folder, read_yaml
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Hypothesis", "MapPlan", "Subject", "read_map_plan"]

_KEYS = (
    *("name", "title", "formed", "production", "affinity", "without", "more", "seen", "made", "needed"),
    *("hypotheses", "subjects"),
)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One row of panels: the switch that turns it on, and its constants; `rate` is empty if it has none.

    `axis` says in words what the affinity is, `usual` where its value in the tables comes from.
    """

    key: str
    title: str
    axis: str
    usual: str
    switch: str
    affinity: str
    rate: str


@dataclass(frozen=True)
class Subject:
    """One column of panels: a model and a protocol; `measured` says whether ica was looked for in its plasma."""

    key: str
    title: str
    short: str
    model: str
    measured: bool
    protocol: Node


@dataclass(frozen=True)
class MapPlan:
    """All that the picture asks.

    `affinities` and `shares` are the ends of the axes (mmol/L and a share) and how many points each has. `without` and
    `more` are the values that set aside all bacteria, or double what they make. The other texts are ids.
    """

    title: str
    formed: str
    production: str
    shares: tuple[float, float, int]
    affinities: tuple[float, float, int]
    without: Mapping[str, float]
    more: Mapping[str, float]
    seen: str
    limit: str
    made: str
    needed: str
    hypotheses: tuple[Hypothesis, ...]
    subjects: tuple[Subject, ...]


def read_map_plan(name: str = "ica", biology: Path | None = None) -> MapPlan:
    """Return what the picture asks.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if the file cannot be read.
    RequestError
        AC990 for keys, AC991 for values that are wrong, all at once.
    """
    root = read_yaml((biology or biology_folder()) / "pages" / f"{name}.yaml")
    findings: list[Diagnostic] = []
    top = _Part(root, f"the page `{name}`", findings)
    top.only(*_KEYS)
    production = top.part("production", "of", "from", "to", "points")
    affinity = top.part("affinity", "from", "to", "points")
    seen = top.part("seen", "of", "limit")
    plan = MapPlan(
        title=top.word("title"),
        formed=top.word("formed"),
        production=production.word("of"),
        shares=production.axis("dimensionless"),
        affinities=affinity.axis("mmol/L"),
        without=top.values("without"),
        more=top.values("more"),
        seen=seen.word("of"),
        limit=seen.word("limit"),
        made=top.word("made"),
        needed=top.word("needed"),
        hypotheses=tuple(_hypothesis(key, node, findings) for key, node in top.children("hypotheses")),
        subjects=tuple(_subject(key, node, findings) for key, node in top.children("subjects")),
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

    def part(self, key: str, *known: str) -> _Part:
        part = _Part(self.need(key) or Node({}, self.node.place), f"`{key}` of {self.what}", self.findings)
        part.only(*known)
        return part

    def children(self, key: str) -> tuple[tuple[str, Node], ...]:
        child = self.need(key)
        return tuple(child.items()) if child is not None else ()

    def values(self, key: str) -> Mapping[str, float]:
        part = _Part(self.need(key) or Node({}, self.node.place), f"`{key}` of {self.what}", self.findings)
        return {name: part.number(name) or 0.0 for name, _ in part.node.items()}

    def axis(self, unit: str) -> tuple[float, float, int]:
        ends = [self.positive(key, unit) for key in ("from", "to")]
        if ends[0] >= ends[1]:
            self.refuse(f"{self.what} ends before it begins", self.node.place)
        return ends[0], ends[1], self.whole("points", 25, low=2)

    def positive(self, key: str, unit: str) -> float:
        child = self.need(key)
        found = self.quantity(child, f"`{key}` of {self.what}", unit) if child is not None else None
        if found is None:
            return 1.0
        value = found.to(unit)
        if child is not None and value <= 0.0:
            self.refuse(f"`{key}` of {self.what} is not above zero", child.place, "The axis is logarithmic.")
            return 1.0
        return value


def _hypothesis(key: str, node: Node, findings: list[Diagnostic]) -> Hypothesis:
    part = _Part(node, f"the hypothesis `{key}`", findings)
    part.only("title", "axis", "usual", "switch", "affinity", "rate")
    return Hypothesis(
        key=key,
        title=part.word("title"),
        axis=part.word("axis"),
        usual=part.word("usual"),
        switch=part.word("switch"),
        affinity=part.word("affinity"),
        rate=part.text("rate") or "",
    )


def _subject(key: str, node: Node, findings: list[Diagnostic]) -> Subject:
    part = _Part(node, f"the subject `{key}`", findings)
    part.only("title", "short", "model", "measured", "protocol")
    measured = part.need("measured")
    return Subject(
        key,
        part.word("title"),
        part.word("short"),
        part.word("model"),
        measured is not None and measured.value is True,
        part.need("protocol") or node,
    )
