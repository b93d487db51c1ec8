"""What the page asks, read from ``biology/pages/overdose.yaml``: arms, bins, bands, examples, rows, published counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.calibration.condition import Condition, read_condition
from acinus.calibration.entry import Entry
from acinus.documents import Node, biology_folder, read_yaml
from acinus.errors import Code, Diagnostic, RequestError, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CourseRow", "Example", "LobuleRow", "PagePlan", "PublishedPlan", "read_page_plan"]

_KEYS = (
    *("name", "title", "model", "population", "people", "seed", "outcome", "group", "level", "protocol"),
    *("delays", "bands", "regimens", "examples", "courses", "lobule", "published"),
)


@dataclass(frozen=True)
class Example:
    """How one person is chosen: who fits, and by which endpoint the middle one is taken."""

    key: str
    title: str
    that: Condition
    middle_of: str


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One row of time courses.

    `of` is an id of the whole body, `zones` one that stands in every zone; one of them is empty. `level` names the
    constant that is drawn as a line, `unit` is that of the axis, the model's own if
    empty; `low` the lowest value of a logarithmic axis in it, `until` the
    end of the time axis in h.
    """

    title: str
    of: str
    zones: str
    logarithmic: bool
    relative: bool
    nomogram: bool
    level: str
    unit: str
    low: float | None
    until: float | None

    @property
    def recorded(self) -> str:
        """Return the id to record."""
        return self.of or self.zones


@dataclass(frozen=True, slots=True)
class LobuleRow:
    """One quantity of the lobule: the sum of ids that stand in every zone, as it is or against its start."""

    title: str
    of: tuple[str, ...]
    relative_to_start: bool


@dataclass(frozen=True, slots=True)
class PublishedPlan:
    """A published share and where it stands on the page.

    `claim` names the claim that holds its counts; without one `statement`, `source` and the three shares are given.
    `whole_group` says that the untreated patients were chosen as the page's group is. `delay` is h; `above` and `below`
    name nomogram lines.
    """

    label: str
    claim: str
    statement: str
    source: str
    from_memory: bool
    whole_group: bool
    delay: tuple[float, float] | None
    above: str
    below: str
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PagePlan:
    """All that the page asks, in the order of its sections; times are h.

    `protocol` is the node of a protocol with arms; the arm `untreated` is among them.
    """

    title: str
    model: str
    population: str
    people: int
    seed: int
    outcome: str
    group: str
    level: str
    protocol: Node
    delay_arm: str
    delay_bins: tuple[tuple[float, float], ...]
    band_arm: str
    band_lines: tuple[str, ...]
    regimen_hours: tuple[float, ...]
    regimen_reference: str
    regimen_arms: tuple[str, ...]
    severity: str
    adverse: str
    examples: tuple[Example, ...]
    course_arm: str
    course_hour: float
    course_sampling: Node
    course_rows: tuple[CourseRow, ...]
    lobule_example: str
    lobule_hours: tuple[float, ...]
    lobule_rows: tuple[LobuleRow, ...]
    published: tuple[PublishedPlan, ...]


def read_page_plan(name: str = "overdose", biology: Path | None = None) -> PagePlan:
    """Return what a page asks.

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
    delays, bands = top.part("delays", "arm", "bins"), top.part("bands", "arm", "lines")
    regimens = top.part("regimens", "at", "reference", "arms", "severity", "adverse")
    courses = top.part("courses", "arm", "at", "sampling", "rows")
    lobule = top.part("lobule", "example", "at", "rows")
    plan = PagePlan(
        title=top.word("title"),
        model=top.word("model"),
        population=top.word("population"),
        people=top.whole("people", 1, low=1),
        seed=top.whole("seed", 1),
        outcome=top.word("outcome"),
        group=top.word("group"),
        level=top.word("level"),
        protocol=top.need("protocol") or root,
        delay_arm=delays.word("arm"),
        delay_bins=tuple(delays.pair(node) for node in delays.listed("bins")),
        band_arm=bands.word("arm"),
        band_lines=bands.texts("lines", needed=True),
        regimen_hours=tuple(regimens.hours(node) for node in regimens.listed("at")),
        regimen_reference=regimens.word("reference"),
        regimen_arms=regimens.texts("arms", needed=True),
        severity=regimens.word("severity"),
        adverse=regimens.word("adverse"),
        examples=tuple(_example(key, node, findings) for key, node in top.children("examples")),
        course_arm=courses.word("arm"),
        course_hour=courses.hours(courses.need("at")),
        course_sampling=courses.need("sampling") or root,
        course_rows=tuple(_course_row(node, findings) for node in courses.listed("rows")),
        lobule_example=lobule.word("example"),
        lobule_hours=tuple(lobule.hours(node) for node in lobule.listed("at")),
        lobule_rows=tuple(_lobule_row(node, findings) for node in lobule.listed("rows")),
        published=tuple(_published(node, findings) for node in top.listed("published")),
    )
    _check_arms(plan, findings)
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

    def listed(self, key: str) -> tuple[Node, ...]:
        child = self.need(key)
        if child is None:
            return ()
        if not isinstance(child.value, list) or not child.value:
            self.refuse(
                f"`{key}` of {self.what} should be a list", child.place, "", "Start each line with `- `."
            )
        return tuple(child)

    def children(self, key: str) -> tuple[tuple[str, Node], ...]:
        child = self.need(key)
        return tuple(child.items()) if child is not None else ()

    def hours(self, node: Node | None) -> float:
        if node is None:
            return 0.0
        found = self.quantity(node, f"a time of {self.what}", "h")
        return found.to("h") if found is not None else 0.0

    def pair(self, node: Node) -> tuple[float, float]:
        ends = [self.hours(end) for end in node]
        if len(ends) != 2 or ends[0] >= ends[1]:
            self.refuse(
                f"`{node.plain()}` of {self.what} is not two times", node.place, "", "Write `[4 h, 8 h]`."
            )
            return 0.0, 1.0
        return ends[0], ends[1]

    def flag(self, key: str) -> bool:
        child = self.get(key)
        if child is not None and not isinstance(child.value, bool):
            self.refuse(f"`{key}` of {self.what} is true or false, not `{child.plain()}`", child.place)
        return child is not None and child.value is True


def _example(key: str, node: Node, findings: list[Diagnostic]) -> Example:
    part = _Part(node, f"the example `{key}`", findings)
    part.only("title", "that", "middle_of")
    condition = read_condition(part.need("that"), f"`that` of {part.what}", findings)
    return Example(key, part.word("title"), condition or Condition(()), part.word("middle_of"))


def _course_row(node: Node, findings: list[Diagnostic]) -> CourseRow:
    part = _Part(node, "a row of the time courses", findings)
    part.only("title", "of", "zones", "scale", "relative", "nomogram", "level", "unit", "low", "until")
    until = part.get("until")
    of, zones = part.text("of") or "", part.text("zones") or ""
    if bool(of) == bool(zones):
        part.refuse(f"{part.what} needs `of` or `zones`", node.place, "", "Write one of the two.")
    return CourseRow(
        part.word("title"),
        of,
        zones,
        part.choice("scale", ("linear", "log"), "linear") == "log",
        part.flag("relative"),
        part.flag("nomogram"),
        part.text("level") or "",
        part.text("unit") or "",
        part.number("low"),
        part.hours(until) if until is not None else None,
    )


def _lobule_row(node: Node, findings: list[Diagnostic]) -> LobuleRow:
    part = _Part(node, "a row of the lobule", findings)
    part.only("title", "of", "relative_to_start")
    return LobuleRow(part.word("title"), part.texts("of", needed=True), part.flag("relative_to_start"))


def _published(node: Node, findings: list[Diagnostic]) -> PublishedPlan:
    part = _Part(node, "a published share", findings)
    part.only(
        *("label", "claim", "statement", "source", "from_memory", "whole_group", "delay"),
        *("above", "below", "share", "low", "high"),
    )
    claim = part.text("claim") or ""
    if not claim:
        for key in ("statement", "source", "share"):
            part.need(key)
    delay = part.get("delay")
    return PublishedPlan(
        part.word("label"),
        claim,
        part.text("statement") or "",
        part.text("source") or "",
        part.flag("from_memory"),
        part.flag("whole_group"),
        part.pair(delay) if delay is not None else None,
        part.text("above") or "",
        part.text("below") or "",
        *(part.number(key, low=0.0, high=1.0) for key in ("share", "low", "high")),
    )


def _check_arms(plan: PagePlan, findings: list[Diagnostic]) -> None:
    arms = plan.protocol.get("arms")
    known = [name for name, _ in arms.items()] if arms is not None else []
    asked = (plan.delay_arm, plan.band_arm, plan.course_arm, plan.regimen_reference, *plan.regimen_arms)
    findings += [
        Diagnostic(
            Code.PAGE_VALUE,
            f"the protocol of the page has no arm `{arm}`",
            plan.protocol.place,
            f"Its arms are {', '.join(f'`{name}`' for name in known)}.",
            nearest(arm, known),
        )
        for arm in dict.fromkeys(("untreated", *asked))
        if arm not in known
    ]
    keys = [example.key for example in plan.examples]
    if plan.lobule_example not in keys:
        findings.append(
            Diagnostic(
                Code.PAGE_VALUE,
                f"there is no example `{plan.lobule_example}` whose lobule could be drawn",
                plan.protocol.place,
                f"The examples are {', '.join(f'`{key}`' for key in keys)}.",
                nearest(plan.lobule_example, keys),
            )
        )
