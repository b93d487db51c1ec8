"""The numbers of the page, as plain records: everything that is drawn or written on it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from acinus.evidence import Qualification, Share
    from acinus.evidence.paired import PairedDifference
    from acinus.provenance import Provenance
    from acinus.report.arm_view import Nomogram

__all__ = [
    "BandShare",
    "Course",
    "CourseLines",
    "DelayShare",
    "ExamplePerson",
    "Lobule",
    "LobuleQuantity",
    "PageNumbers",
    "PublishedShare",
    "RegimenShare",
    "Spread",
]


@dataclass(frozen=True, slots=True)
class DelayShare:
    """Of the group, how many are hurt when the antidote comes `low` to `high` hours after the dose."""

    low: float
    high: float
    share: Share


@dataclass(frozen=True, slots=True)
class BandShare:
    """Of those whose level at 4 h is from `low` to below `high` (mg/L; None: no end), how many are hurt.

    A share is None where nobody is in the band.
    """

    low: float | None
    high: float | None
    untreated: Share | None
    treated: Share | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 5th and 95th percentile of an endpoint, in `unit`."""

    middle: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class RegimenShare:
    """One regimen begun at one hour in the group; `difference` to the regimen of reference, None for itself.

    `hours` is None for the arm that is never treated.
    """

    arm: str
    title: str
    hours: float | None
    share: Share
    difference: PairedDifference | None
    severity: Spread
    adverse: Spread


@dataclass(frozen=True, slots=True)
class ExamplePerson:
    """One person of the group, and out of how many who fit the description this is the middle one.

    `dose` g, `weight` kg, `level` mg/L at 4 h; `number` is the person's number in the population; `place` the row
    of the group.
    """

    key: str
    title: str
    fitting: int
    number: int
    place: int
    dose: float
    weight: float
    level: float


@dataclass(frozen=True, slots=True)
class CourseLines:
    """One row of time courses in one arm.

    Attributes
    ----------
    examples : mapping from key of the example to (L, T) array
        One line, or the portal and the central zone.
    middle, low, high : (L, T) arrays
        Median, 5th and 95th percentile of the group at each time.
    """

    examples: Mapping[str, np.ndarray]
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True)
class Course:
    """One row of time courses: its title and name in the vocabulary, unit, line of reference, and both arms.

    `time` is h, (T,); of a quantity by zone `zones` is true, and the lines are the portal and the central zone.
    """

    title: str
    name: str
    unit: str
    logarithmic: bool
    relative: bool
    nomogram: bool
    level: float | None
    floor: float | None
    zones: bool
    time: np.ndarray
    untreated: CourseLines
    treated: CourseLines


@dataclass(frozen=True, slots=True)
class LobuleQuantity:
    """One quantity by zone; (T, Z) arrays in `unit`, portal zone first."""

    title: str
    unit: str
    untreated: np.ndarray
    treated: np.ndarray


@dataclass(frozen=True, slots=True)
class Lobule:
    """The lobule of one person over time (h)."""

    person: ExamplePerson
    hours: tuple[float, ...]
    quantities: tuple[LobuleQuantity, ...]


@dataclass(frozen=True, slots=True)
class PublishedShare:
    """A published share with its interval, its source, and whether the model was fitted to it.

    `counts` is None where only a share is known; `low_line` and `high_line` are mg/L. `delay` is h, None for
    untreated patients; of these `whole_group` says whether they were chosen as the page's group is.
    """

    label: str
    statement: str
    source: str
    kind: str
    claim: str
    from_memory: bool
    counts: Share | None
    share: float
    low: float
    high: float
    whole_group: bool
    delay: tuple[float, float] | None
    low_line: float | None
    high_line: float | None


@dataclass(frozen=True)
class PageNumbers:
    """The whole page.

    Attributes
    ----------
    title, outcome, group, severity, adverse : str
        In words, as the endpoints are named.
    provenance : Provenance
    begun, group_size : int
        People drawn, and those of them in the group.
    runs, runs_finished : int
        Individual courses simulated for the page, and those that reached their end.
    antidote : str
        The regimen of sections on delay and band, in words.
    course_hour : float
        When the antidote begins in the time courses, h.
    delay_middle : float
        Median of people's own delays, h.
    untreated : Share
        Of the group without an antidote.
    everybody : Share
        Of all people without an antidote.
    grades : mapping from grade to number of rows of the parameter tables
    qualification : Qualification or None
        None where the claims were not asked.
    """

    title: str
    outcome: str
    group: str
    severity: str
    adverse: str
    population: str
    provenance: Provenance
    begun: int
    group_size: int
    runs: int
    runs_finished: int
    antidote: str
    course_hour: float
    delay_middle: float
    untreated: Share
    everybody: Share
    delays: tuple[DelayShare, ...]
    bands: tuple[BandShare, ...]
    regimens: tuple[RegimenShare, ...]
    reference: str
    examples: tuple[ExamplePerson | str, ...]
    courses: tuple[Course, ...] = field(repr=False)
    lobule: Lobule | None = field(repr=False)
    nomogram: Nomogram | None
    published: tuple[PublishedShare, ...]
    grades: Mapping[str, int]
    parameters: int
    qualification: Qualification | None = field(default=None, repr=False)
