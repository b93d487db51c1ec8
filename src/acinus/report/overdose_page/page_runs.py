"""The runs of the page: the same people in every arm, and what is read off them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.documents import Node
from acinus.endpoints import ids_read, list_endpoints, read_endpoint
from acinus.engine import Tolerances
from acinus.errors import Code, Diagnostic, RequestError
from acinus.evidence import clopper_pearson, qualify
from acinus.evidence.paired import paired_difference
from acinus.model import load_model
from acinus.model.tables import GRADES
from acinus.population import Individuals, draw_population
from acinus.population.stream import uniforms
from acinus.report.arm_view import nomogram_of
from acinus.report.overdose_page.page_numbers import (
    BandShare,
    Course,
    CourseLines,
    DelayShare,
    ExamplePerson,
    Lobule,
    LobuleQuantity,
    PageNumbers,
    RegimenShare,
    Spread,
)
from acinus.report.overdose_page.page_plan import read_page_plan
from acinus.report.overdose_page.published import read_published
from acinus.simulation import load_arms, simulate
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from acinus.evidence import Share
    from acinus.model import Model
    from acinus.report.overdose_page.page_plan import CourseRow, Example, LobuleRow, PagePlan
    from acinus.simulation import Protocol, Trajectories

    Progress = Callable[[str, int | None, int | None], None]

__all__ = ["make_overdose_page"]

_UNTREATED = "untreated"
_DELAY = "nac_delay"
# Shares need no more: endpoints come out as with the defaults to eight digits or so, and several times sooner.
_TOLERANCES = Tolerances(relative=1e-6, absolute=1e-10)
_PERCENTILES = (0.05, 0.5, 0.95)


def make_overdose_page(
    *,
    people: int | None = None,
    seed: int | None = None,
    claims: bool = True,
    workers: int = 2,
    progress: Progress | None = None,
    plan: PagePlan | None = None,
    model: Model | None = None,
) -> PageNumbers:
    """Simulate everything the page shows and return its numbers.

    Parameters
    ----------
    people, seed : int, optional
        How many, and which draw; as the page's file says unless given.
    claims : bool
        Whether every claim is checked as well, to say on the page what is known to fail.
    workers : int
        Threads; the numbers do not depend on it.
    progress : callable, optional
        Called with what comes next, and how much of how much is done.
    plan : PagePlan, optional
    model : Model, optional
        Instead of the one the page names.

    Raises
    ------
    RequestError
        AC990 or AC991 if the page's file is wrong.
    AcinusError
        Whatever is wrong with the population, a protocol or an endpoint that the page asks for.
    """
    say: Progress = progress or _say_nothing
    say("loading the model", None, None)
    plan = plan or read_page_plan()
    model = model or load_model(plan.model)
    published = read_published(plan, model)
    runs = _Runs(plan, model, people or plan.people, plan.seed if seed is None else seed, workers, say)

    untreated = runs.arm(_UNTREATED, runs.everybody)
    hurt = _answers(untreated, plan.outcome)
    level = read_endpoint(untreated, plan.level).values
    group = np.flatnonzero(_answers(untreated, plan.group) == 1)
    if group.size == 0:
        raise _nobody(plan, len(runs.everybody))
    members = runs.everybody.take(group)
    # Below the lowest line nobody is given the antidote.
    lowest = model.constant(plan.band_lines[0])[0]
    at_risk = np.flatnonzero(level >= lowest)
    treated = np.full(level.shape, np.nan)
    treated[at_risk] = _answers(runs.arm(plan.band_arm, runs.everybody.take(at_risk)), plan.outcome)
    delays = tuple(
        DelayShare(low, high, _share(_answers(runs.delayed(members, low, high), plan.outcome)))
        for low, high in plan.delay_bins
    )
    regimens = _regimens(runs, members, untreated, group)
    examples = tuple(_example(example, untreated, group, level) for example in plan.examples)
    people_shown = [example for example in examples if isinstance(example, ExamplePerson)]
    courses = _courses(runs, members, people_shown)
    drawn = [person for person in people_shown if person.key == plan.lobule_example]
    lobule = _lobule(runs, members, drawn[0]) if drawn else None
    endpoints = list_endpoints(model.biology)
    qualification = None
    if claims:
        qualification = qualify(
            progress=lambda done, total, name: say(f"checking claim {name}", done, total), workers=workers
        )
    return PageNumbers(
        title=plan.title,
        outcome=endpoints[plan.outcome].title,
        group=endpoints[plan.group].title,
        severity=endpoints[plan.severity].title,
        adverse=endpoints[plan.adverse].title,
        population=plan.population,
        provenance=replace(untreated.provenance, seed=runs.seed),
        begun=len(runs.everybody),
        group_size=int(group.size),
        runs=runs.begun,
        runs_finished=runs.finished,
        antidote=runs.protocols[plan.delay_arm].title,
        course_hour=plan.course_hour,
        delay_middle=float(np.median(runs.everybody[_DELAY])),
        untreated=_share(hurt[group]),
        everybody=_share(hurt),
        delays=delays,
        bands=_bands(plan, model, level, hurt, treated),
        regimens=regimens,
        reference=runs.protocols[plan.regimen_reference].title,
        examples=examples,
        courses=courses,
        lobule=lobule,
        nomogram=nomogram_of(untreated),
        published=published,
        grades=_grades(model),
        parameters=len(model.cards),
        qualification=qualification,
    )


class _Runs:
    """Simulates the arms of the page, and counts who was begun and who finished."""

    def __init__(
        self, plan: PagePlan, model: Model, people: int, seed: int, workers: int, say: Progress
    ) -> None:
        self.plan = plan
        self.model = model
        self.seed = seed
        self.workers = workers
        self.say = say
        self.protocols = load_arms(plan.protocol, model)
        self.course_protocols = load_arms(_sampled(plan.protocol, plan.course_sampling), model)
        self.everybody = draw_population(plan.population, people, seed, model=model)
        self.begun = 0
        self.finished = 0
        conditions = [node for example in plan.examples for node in example.that.endpoints]
        named = [plan.outcome, plan.group, plan.level, plan.severity, plan.adverse]
        self._read = sorted(
            ids_read(model, [*named, *(example.middle_of for example in plan.examples), *conditions])
        )
        within = uniforms(seed, "delay within a bin", people)
        self._within = dict(zip(self.everybody.ids.tolist(), within, strict=True))

    def arm(self, arm: str, people: Individuals, *, hours: float | np.ndarray | None = None) -> Trajectories:
        """Return what is read off people in an arm, the antidote begun after `hours` or their own delay."""
        when = "" if hours is None or isinstance(hours, np.ndarray) else f" from {hours:g} h"
        return self._simulate(self.protocols[arm], _delayed(people, hours), self._read, when)

    def delayed(self, people: Individuals, low: float, high: float) -> Trajectories:
        """Return the arm of the delays with each person's delay somewhere from `low` to `high` h."""
        within = np.array([self._within[number] for number in people.ids.tolist()])
        run = _delayed(people, low + within * (high - low))
        words = f" from {low:g} to {high:g} h"
        return self._simulate(self.protocols[self.plan.delay_arm], run, self._read, words)

    def course(
        self, arm: str, people: Individuals, record: Sequence[str], hours: Sequence[float] = ()
    ) -> Trajectories:
        """Return the time courses of an arm, at the page's sampling times or at `hours`."""
        protocol = self.course_protocols[arm]
        if hours:
            protocol = replace(protocol, sampling=tuple(hours))
        return self._simulate(protocol, _delayed(people, self.plan.course_hour), record, ", time courses")

    def _simulate(
        self, protocol: Protocol, people: Individuals, record: Sequence[str], words: str
    ) -> Trajectories:
        self.say(f"simulating {len(people):,} people, {protocol.title}{words}", None, None)
        run = simulate(
            self.model, protocol, people, record=record, tolerances=_TOLERANCES, workers=self.workers
        )
        self.begun += len(run)
        self.finished += int(run.ok.sum())
        return run


def _say_nothing(name: str, done: int | None = None, total: int | None = None) -> None:
    del name, done, total


def _nobody(plan: PagePlan, people: int) -> RequestError:
    return RequestError(
        Diagnostic(
            Code.DRAW_REQUEST,
            f"nobody of {people} people of `{plan.population}` is in the group `{plan.group}`",
            None,
            "The page compares the people of that group.",
            "Draw more people with --people.",
        )
    )


def _sampled(protocol: Node, sampling: Node) -> Node:
    return Node({**dict(protocol.items()), "sampling": sampling}, protocol.place)


def _delayed(people: Individuals, hours: float | np.ndarray | None) -> Individuals:
    if hours is None:
        return people
    column = np.broadcast_to(np.asarray(hours, dtype=np.float64), (len(people),))
    return Individuals(
        people.ids,
        {**people.columns, _DELAY: column},
        {**people.units, _DELAY: "h"},
        people.source,
        people.seed,
    )


def _answers(run: Trajectories, endpoint: str) -> np.ndarray:
    """Return 1, 0, or NaN for each individual, (B,)."""
    return read_endpoint(run, endpoint).values


def _share(answers: np.ndarray) -> Share:
    known = answers[np.isfinite(answers)]
    return clopper_pearson(int(known.sum()), int(known.size))


def _bands(
    plan: PagePlan, model: Model, level: np.ndarray, untreated: np.ndarray, treated: np.ndarray
) -> tuple[BandShare, ...]:
    edges = [None, *(model.constant(name)[0] for name in plan.band_lines), None]
    found = []
    for low, high in itertools.pairwise(edges):
        within = np.isfinite(level)
        within &= True if low is None else level >= low
        within &= True if high is None else level < high
        shares = [
            _share(answers[within]) if np.isfinite(answers[within]).any() else None
            for answers in (untreated, treated)
        ]
        found.append(BandShare(low, high, *shares))
    return tuple(found)


def _regimens(
    runs: _Runs, members: Individuals, untreated: Trajectories, group: np.ndarray
) -> tuple[RegimenShare, ...]:
    plan = runs.plan
    found: list[RegimenShare] = []
    for hours in plan.regimen_hours:
        reference = runs.arm(plan.regimen_reference, members, hours=hours)
        for arm in plan.regimen_arms:
            if arm == _UNTREATED:
                run, rows = untreated, group
            else:
                run = reference if arm == plan.regimen_reference else runs.arm(arm, members, hours=hours)
                rows = np.arange(group.size)
            answers, beside = _answers(run, plan.outcome)[rows], _answers(reference, plan.outcome)
            both = np.isfinite(answers) & np.isfinite(beside)
            found.append(
                RegimenShare(
                    arm,
                    runs.protocols[arm].title,
                    hours,
                    _share(answers),
                    None if run is reference else paired_difference(answers[both], beside[both]),
                    _spread(run, plan.severity, rows),
                    _spread(run, plan.adverse, rows),
                )
            )
    return tuple(found)


def _spread(run: Trajectories, endpoint: str, rows: np.ndarray) -> Spread:
    reading = read_endpoint(run, endpoint)
    low, middle, high = np.nanquantile(reading.values[rows], _PERCENTILES)
    return Spread(float(middle), float(low), float(high), reading.unit)


def _example(
    example: Example, untreated: Trajectories, group: np.ndarray, level: np.ndarray
) -> ExamplePerson | str:
    """Return the middle one of those of the group who fit, or the title where nobody does."""
    fits = group[example.that.of(untreated)[group] == 1]
    values = read_endpoint(untreated, example.middle_of).values
    fits = fits[np.isfinite(values[fits])]
    if fits.size == 0:
        return example.title
    person = int(fits[np.argsort(values[fits], kind="stable")[(fits.size - 1) // 2]])
    return ExamplePerson(
        example.key,
        example.title,
        int(fits.size),
        int(untreated.individuals[person]),
        int(np.flatnonzero(group == person)[0]),
        convert(float(untreated.columns["dose"][person]), untreated.column_units["dose"], "g"),
        convert(float(untreated.parameter("BW")[person]), untreated.model.symbol("BW").unit, "kg"),
        float(level[person]),
    )


def _courses(runs: _Runs, members: Individuals, examples: Sequence[ExamplePerson]) -> tuple[Course, ...]:
    plan = runs.plan
    record = list(dict.fromkeys(row.recorded for row in plan.course_rows))
    both = [runs.course(arm, members, record) for arm in (_UNTREATED, plan.course_arm)]
    return tuple(_course(row, both, examples) for row in plan.course_rows)


def _course(row: CourseRow, runs: Sequence[Trajectories], examples: Sequence[ExamplePerson]) -> Course:
    model = runs[0].model
    symbol = model.symbol(model.zone_ids(row.zones)[0] if row.zones else row.of)
    unit = row.unit or symbol.unit
    level = None
    if row.level:
        value, written = model.constant(row.level)
        level = convert(value, written, unit)
    time = runs[0].time
    shown = time <= (time[-1] if row.until is None else row.until)
    untreated, treated = (_lines(row, run, examples, shown, unit) for run in runs)
    return Course(
        row.title,
        symbol.name,
        unit,
        row.logarithmic,
        row.relative,
        row.nomogram,
        level,
        row.low,
        bool(row.zones),
        time[shown],
        untreated,
        treated,
    )


def _lines(
    row: CourseRow, run: Trajectories, examples: Sequence[ExamplePerson], shown: np.ndarray, unit: str
) -> CourseLines:
    # One line, or the first and the last zone: (B, L, T).
    values = run.zones(row.zones)[:, :, [0, -1]].transpose(0, 2, 1) if row.zones else run[row.of][:, None, :]
    own = run.unit(row.of) if row.of else run.model.symbol(run.model.zone_ids(row.zones)[0]).unit
    values = values[:, :, shown] * convert(1.0, own, unit)
    low, middle, high = np.quantile(values[run.ok], _PERCENTILES, axis=0)
    return CourseLines({person.key: values[person.place] for person in examples}, middle, low, high)


def _lobule(runs: _Runs, members: Individuals, person: ExamplePerson) -> Lobule:
    plan = runs.plan
    record = list(dict.fromkeys(key for row in plan.lobule_rows for key in row.of))
    alone = members.take([person.place])
    both = [runs.course(arm, alone, record, plan.lobule_hours) for arm in (_UNTREATED, plan.course_arm)]
    return Lobule(person, plan.lobule_hours, tuple(_quantity(row, *both) for row in plan.lobule_rows))


def _quantity(row: LobuleRow, untreated: Trajectories, treated: Trajectories) -> LobuleQuantity:
    def zones(run: Trajectories) -> np.ndarray:
        values = np.sum([run.zones(key)[0] for key in row.of], axis=0)
        return 100.0 * values / values[0] if row.relative_to_start else values

    model = untreated.model
    unit = "percent" if row.relative_to_start else model.symbol(model.zone_ids(row.of[0])[0]).unit
    return LobuleQuantity(row.title, unit, zones(untreated), zones(treated))


def _grades(model: Model) -> dict[str, int]:
    counts = Counter(card.grade for card in model.cards.values())
    return {grade: counts[grade] for grade in GRADES if counts[grade]}
