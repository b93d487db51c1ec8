"""A trial as text: who, which arms, what is compared, what was published, what is asked of trials of some size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.calibration.entry import Entry
from acinus.documents import Node
from acinus.errors import Code, RequestError, nearest
from acinus.trials.entering import Criterion, read_criteria
from acinus.trials.setting import SETTING_KEYS, Setting, listed, read_setting, root_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.errors import Diagnostic

__all__ = ["KINDS", "Measured", "Power", "Published", "Replicates", "Trial", "list_trials", "read_trial"]

KINDS = ("outcomes", "numbers", "events")
"""What is measured: answers yes or no; numbers; times until something happens, absent for whom it never does."""

_KEYS = (
    *SETTING_KEYS,
    "reference",
    "entry",
    *KINDS,
    "comparisons",
    "confidence",
    "published",
    "replicates",
    "power",
)


@dataclass(frozen=True, eq=False)
class Measured:
    """One thing measured in everybody who entered.

    Attributes
    ----------
    name : str
        Its key in the file.
    title : str
        For tables; that of the endpoint if none is written.
    kind : str
        One of `KINDS`.
    endpoint : Node
    among : Node or None
        An endpoint that answers yes or no: to whom else an event cannot happen. Recovery is for those who were hurt.
    """

    name: str
    title: str
    kind: str
    endpoint: Node
    among: Node | None = None


@dataclass(frozen=True)
class Published:
    """What a study found in one arm: events among some, or a number.

    Attributes
    ----------
    measured, arm : str
    events, of : int or None
        Counts, for outcomes; for numbers `of` says how many people they were measured in.
    value : float or None
        For numbers, in the unit of the endpoint; the mean unless `statistic` says median.
    statistic : str
    source, note : str
    """

    measured: str
    arm: str
    events: int | None
    of: int | None
    value: float | None
    statistic: str
    source: str
    note: str


@dataclass(frozen=True)
class Replicates:
    """Trials of some size, drawn again and again from all who entered.

    Attributes
    ----------
    trials : int
    sizes : mapping from arm to int
    """

    trials: int
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Power:
    """How often trials of several sizes would find a difference.

    Attributes
    ----------
    measured : str
    arms : (str, str)
    sizes : tuple of int
        People in each arm.
    trials : int
        Drawn for each size.
    alpha, target : float
        Level of the test, and the power wanted.
    """

    measured: str
    arms: tuple[str, str]
    sizes: tuple[int, ...]
    trials: int
    alpha: float
    target: float


@dataclass(frozen=True, eq=False)
class Trial:
    """A trial, read.

    Attributes
    ----------
    setting : Setting
    reference : str
        The arm on whose courses entry is judged, and with which the others are compared unless `comparisons` say so.
    entry : tuple of Criterion
    measured : tuple of Measured
    comparisons : tuple of (str, str)
        Arms: the first against the second.
    confidence : float
    published : tuple of Published
    replicates : Replicates or None
    power : tuple of Power
    source : str
    """

    setting: Setting
    reference: str
    entry: tuple[Criterion, ...]
    measured: tuple[Measured, ...]
    comparisons: tuple[tuple[str, str], ...]
    confidence: float
    published: tuple[Published, ...]
    replicates: Replicates | None
    power: tuple[Power, ...]
    source: str

    def of_kind(self, kind: str) -> tuple[Measured, ...]:
        """Return what is measured of one kind."""
        return tuple(item for item in self.measured if item.kind == kind)


def list_trials() -> tuple[str, ...]:
    """Return the names of the shipped trials."""
    return listed("trial")


def read_trial(
    source: str | Path | Mapping[str, object], *, people: int | None = None, seed: int | None = None
) -> Trial:
    """Return a trial from a shipped name, a file, or its content.

    Parameters
    ----------
    source : str, Path or mapping
    people, seed : int, optional
        Instead of those of the file.

    Raises
    ------
    RequestError
        AC920 for keys, AC921 for values, AC922 for a name that does not exist: all of one kind at once, with lines.
    PopulationError, ProtocolError, ModelTextError
        What is wrong with the population, its columns or the protocol.
    """
    root, name = root_of(source, "trial")
    findings: list[Diagnostic] = []
    entry = Entry(root, "a trial", findings, key=Code.TRIAL_KEY, value=Code.TRIAL_VALUE)
    entry.only(*_KEYS)
    measured = tuple(item for kind in KINDS for item in _measured(entry, kind))
    if not measured and not findings:
        entry.refuse(
            "the trial measures nothing", root.place, "", "Write `outcomes: {damage: severe_liver_damage}`."
        )
    _twice([item.name for item in measured], entry)
    setting = read_setting(entry, name, people, seed)
    if findings or setting is None:
        raise RequestError(findings)
    arms, names = list(setting.arms), [item.name for item in measured]
    reference = entry.text("reference") or arms[0]
    _known(reference, arms, "arm", entry, root)
    criteria = read_criteria(entry.get("entry"), setting.population.units, findings)
    pairs = _comparisons(entry, reference, arms)
    confidence = entry.number("confidence", low=0.5, high=0.9999)
    published = _published(entry, names, arms)
    replicates = _replicates(entry, arms, published)
    power = _power(entry, {item.name: item for item in measured}, arms)
    if findings:
        raise RequestError(findings)
    return Trial(
        setting,
        reference,
        criteria,
        measured,
        pairs,
        0.95 if confidence is None else confidence,
        published,
        replicates,
        power,
        entry.text("source") or "",
    )


def _part(node: Node, what: str, entry: Entry) -> Entry:
    return Entry(node, what, entry.findings, key=Code.TRIAL_KEY, value=Code.TRIAL_VALUE)


def _items(entry: Entry, key: str) -> list[Node]:
    node = entry.get(key)
    if node is None:
        return []
    return list(node) if isinstance(node.value, list) else [node]


def _known(name: str, known: list[str], what: str, entry: Entry, node: Node) -> None:
    if name not in known:
        entry.refuse(
            f"there is no {what} `{name}`", node.place, f"There are {', '.join(known)}.", nearest(name, known)
        )


def _twice(names: list[str], entry: Entry) -> None:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            entry.refuse(
                f"`{name}` is measured twice", entry.node.place, "", "Give one of them another name."
            )


def _measured(entry: Entry, kind: str) -> list[Measured]:
    """Return what is measured: ``name: endpoint`` lines, or a list of names of endpoints."""
    node = entry.get(kind)
    if node is None:
        return []
    if isinstance(node.value, list):
        return [Measured(str(item.value), "", kind, item) for item in node]
    found = []
    for name, child in _part(node, f"`{kind}` of the trial", entry).node.items():
        title, among = child.get("name"), child.get("among") if kind == "events" else None
        endpoint = child
        if among is not None:
            endpoint = Node({key: item for key, item in child.items() if key != "among"}, child.place)
        found.append(Measured(name, "" if title is None else str(title.value), kind, endpoint, among))
    return found


def _comparisons(entry: Entry, reference: str, arms: list[str]) -> tuple[tuple[str, str], ...]:
    if entry.get("comparisons") is None:
        return tuple((arm, reference) for arm in arms if arm != reference)
    found: list[tuple[str, str]] = []
    for item in _items(entry, "comparisons"):
        pair = [str(child.value) for child in item] if isinstance(item.value, list) else []
        if len(pair) != 2:
            entry.refuse(
                f"`{item.plain()}` is no comparison",
                item.place,
                "",
                "Write `comparisons: [[late, untreated]]`.",
            )
            continue
        for arm in pair:
            _known(arm, arms, "arm", entry, item)
        found.append((pair[0], pair[1]))
    return tuple(found)


def _published(entry: Entry, names: list[str], arms: list[str]) -> tuple[Published, ...]:
    found: list[Published] = []
    for item in _items(entry, "published"):
        part = _part(item, "a published result", entry)
        part.only("what", "arm", "events", "of", "value", "statistic", "source", "note")
        what, arm = part.text("what", needed=True), part.text("arm", needed=True)
        source = part.text("source", needed=True)
        counted = part.get("events") is not None
        events = part.whole("events", 0) if counted else None
        of = part.whole("of", 1, low=1) if counted or part.get("of") is not None else None
        value = part.number("value") if not counted else None
        statistic = part.choice("statistic", ("mean", "median"), "mean")
        if not counted and value is None:
            part.refuse("a published result has `events` and `of`, or a `value`", item.place)
        if events is not None and of is not None and events > of:
            part.refuse(
                f"{events} events of {of}", item.place, "", "There are at most as many events as people."
            )
        if what is None or arm is None:
            continue
        _known(what, names, "measure", part, item)
        _known(arm, arms, "arm", part, item)
        found.append(
            Published(
                what, arm, events, of, value, statistic or "mean", source or "", part.text("note") or ""
            )
        )
    return tuple(found)


def _replicates(entry: Entry, arms: list[str], published: tuple[Published, ...]) -> Replicates | None:
    node = entry.get("replicates")
    if node is None:
        return None
    part = _part(node, "`replicates`", entry)
    part.only("trials", "sizes")
    trials = part.whole("trials", 1000, low=1)
    sizes: dict[str, int] = {}
    written = part.get("sizes")
    if written is None:
        for item in published:
            if item.of is not None:
                sizes.setdefault(item.arm, item.of)
    else:
        counts = _part(written, "`sizes` of `replicates`", entry)
        for arm, child in written.items():
            _known(arm, arms, "arm", counts, child)
            sizes[arm] = counts.whole(arm, 1, low=1)
    if not sizes:
        part.refuse("`replicates` has no sizes", node.place, "", "Write `sizes: {untreated: 57}`.")
    return Replicates(trials, sizes)


def _power(entry: Entry, measured: Mapping[str, Measured], arms: list[str]) -> tuple[Power, ...]:
    found: list[Power] = []
    for item in _items(entry, "power"):
        part = _part(item, "`power`", entry)
        part.only("what", "arms", "sizes", "trials", "alpha", "target")
        what = part.text("what", needed=True)
        pair, sizes = part.texts("arms", needed=True), part.texts("sizes", needed=True)
        for arm in pair:
            _known(arm, arms, "arm", part, item)
        if len(pair) != 2:
            part.refuse("`power` compares two arms", item.place)
        whole = [int(size) for size in sizes if size.isdecimal() and int(size) > 1]
        if len(whole) != len(sizes) or not whole:
            part.refuse("`sizes` are whole numbers from 2 on", item.place)
        alpha = part.number("alpha", low=1e-6, high=0.5)
        target = part.number("target", low=0.05, high=0.999)
        if what is None or len(pair) != 2:
            continue
        _known(what, list(measured), "measure", part, item)
        if what in measured and measured[what].among is not None:
            part.refuse(
                f"the power of `{what}` is not defined",
                item.place,
                "Whom it can happen to depends on the arm they are drawn into.",
                "Ask for the power of an outcome, or of an event without `among`.",
            )
        found.append(
            Power(
                what,
                (pair[0], pair[1]),
                tuple(sorted(whole)),
                part.whole("trials", 1000, low=10),
                0.05 if alpha is None else alpha,
                0.8 if target is None else target,
            )
        )
    return tuple(found)
