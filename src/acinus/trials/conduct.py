"""A trial conducted: people screened and treated chunk by chunk, then analysed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.errors import Code, Diagnostic, RequestError
from acinus.trials.analysis import analyse
from acinus.trials.answers import Asker
from acinus.trials.entering import Screening, eligible, screen
from acinus.trials.results import ArmData, TrialResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.endpoints import Reading
    from acinus.population import Individuals
    from acinus.trials.answers import Answers
    from acinus.trials.trial import Trial

    Progress = Callable[[str, int, int], None]

__all__ = ["CHUNK", "conduct_trial"]

CHUNK = 2000
"""Individuals simulated together. Memory, not results, depend on it."""


@dataclass(eq=False)
class _Gathered:
    """What has come in from the chunks so far, for one arm."""

    ok: list[NDArray[np.bool_]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    values: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    risk: dict[str, list[NDArray[np.bool_]]] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    end: float = 0.0

    def add(self, answers: Answers, trial: Trial, keep: NDArray[np.bool_] | None = None) -> None:
        chosen = np.ones(len(answers.ok), dtype=bool) if keep is None else keep
        ok = answers.ok[chosen]
        self.ok.append(ok)
        for place in np.flatnonzero(chosen & ~answers.ok):
            reason = answers.status[place]
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        for item in trial.measured:
            reading = answers[item.endpoint]
            self.readings[item.name] = reading
            self.values.setdefault(item.name, []).append(reading.values[chosen])
            if item.kind == "events":
                among = ok if item.among is None else ok & (answers[item.among].values[chosen] == 1.0)
                self.risk.setdefault(item.name, []).append(among)
        self.end = answers.end

    def data(self, name: str, title: str) -> ArmData:
        values = {key: np.concatenate(parts) for key, parts in self.values.items()}
        risk = {key: np.concatenate(parts) for key, parts in self.risk.items()}
        return ArmData(name, title, np.concatenate(self.ok), values, risk, dict(self.reasons), self.end)


def conduct_trial(
    trial: Trial, *, workers: int = 1, progress: Progress | None = None, kept: Path | None = None
) -> TrialResult:
    """Return what a trial finds.

    Everybody is simulated in the arm of reference; who meets the criteria there is simulated in the others too. So arms
    have the same individuals, and differences between arms are differences of treatment alone.

    Parameters
    ----------
    trial : Trial
    workers : int
        Threads; the result does not depend on it.
    progress : callable, optional
        Called with what is done now, people done and people in all.
    kept : Path, optional
        Folder in which answers are kept, 2,000 people at a time; the same trial goes on from what it finds there.

    Raises
    ------
    RequestError
        AC980 if `kept` cannot be written to; AC923 if nobody enters; AC921 if an outcome does not answer yes or no, or
        an event is no time.
    AcinusError
        What is wrong with the endpoints, the criteria or the protocol for a real individual.
    """
    setting = trial.setting
    criteria = [criterion.endpoint for criterion in trial.entry if criterion.endpoint is not None]
    endpoints = [item.endpoint for item in trial.measured]
    endpoints += [item.among for item in trial.measured if item.among is not None]
    asker = Asker(setting, workers, kept)
    order = [trial.reference, *(arm for arm in setting.arms if arm != trial.reference)]
    gathered = {arm: _Gathered() for arm in order}
    ids: list[NDArray[Any]] = []
    columns: dict[str, list[NDArray[np.float64]]] = {}
    units: dict[str, str] = {}
    total = Screening(0, 0, 0, dict.fromkeys((criterion.words for criterion in trial.entry), 0))
    for first in range(0, setting.people, CHUNK):
        count = min(CHUNK, setting.people - first)
        _say(progress, f"screening by `{trial.reference}`", first, setting.people)
        people = setting.individuals(first, count)
        removed = count - len(people)
        if not len(people):
            total = replace(total, n_implausible=total.n_implausible + removed)
            continue
        suited, out = eligible(trial.entry, people.columns, len(people))
        if not suited.any():
            total = _together(total, Screening(len(people), 0, 0, out), removed)
            continue
        people = people.take(suited)
        answers = asker.ask(trial.reference, people, [*endpoints, *criteria])
        inside, here = screen(trial.entry, answers, out)
        total = _together(total, here, removed)
        gathered[trial.reference].add(answers, trial, inside)
        if not ids:
            _check_kinds(trial, gathered[trial.reference])
        entered = people.take(inside)
        ids.append(entered.ids)
        for name in _shown(trial, people):
            columns.setdefault(name, []).append(entered[name])
            units[name] = people.units[name]
        if not len(entered):
            continue
        for arm in order[1:]:
            _say(progress, f"treating by `{arm}`", first, setting.people)
            gathered[arm].add(asker.ask(arm, entered, endpoints), trial)
    if total.n_entered == 0:
        raise _nobody(total)
    _say(progress, "analysing", setting.people, setting.people)
    # In the order of the file, whichever came first here.
    arms = {arm: gathered[arm].data(arm, setting.titles[arm]) for arm in setting.arms}
    readings = gathered[trial.reference].readings
    table = {name: np.concatenate(parts) for name, parts in columns.items()}
    return analyse(trial, total, np.concatenate(ids), table, units, arms, readings)


def _say(progress: Progress | None, words: str, done: int, total: int) -> None:
    if progress is not None:
        progress(words, done, total)


def _together(total: Screening, here: Screening, removed: int) -> Screening:
    out = {words: total.n_not_entered[words] + count for words, count in here.n_not_entered.items()}
    return Screening(
        total.n_in + here.n_in,
        total.n_failed + here.n_failed,
        total.n_entered + here.n_entered,
        out,
        total.n_implausible + removed,
    )


def _shown(trial: Trial, people: Individuals) -> list[str]:
    """Return the columns that stand beside results: those that are no parameters of the model."""
    return [name for name in people.columns if name not in trial.setting.model.symbols]


def _check_kinds(trial: Trial, gathered: _Gathered) -> None:
    findings: list[Diagnostic] = []
    for item in trial.measured:
        reading = gathered.readings[item.name]
        if item.kind == "outcomes" and not reading.yes_or_no:
            findings.append(
                Diagnostic(
                    Code.TRIAL_VALUE,
                    f"`{item.name}` does not answer yes or no",
                    item.endpoint.place,
                    f"It is a number in `{reading.unit}`.",
                    "Write `{measure: exceeds, of: alt_pla, level: 1000 U/L}`, or move it to `numbers`.",
                )
            )
        if item.kind == "events" and reading.unit != "h":
            findings.append(
                Diagnostic(
                    Code.TRIAL_VALUE,
                    f"`{item.name}` is no time in hours",
                    item.endpoint.place,
                    f"It is measured in `{reading.unit}`.",
                    "Use `first_time_above` or `first_time_below`, with the unit h.",
                )
            )
    if findings:
        raise RequestError(findings)


def _nobody(total: Screening) -> RequestError:
    reasons = "; ".join(f"{count:,} by `{words}`" for words, count in total.n_not_entered.items())
    return RequestError(
        Diagnostic(
            Code.TRIAL_NOBODY,
            f"nobody of {total.n_in:,} enters the trial",
            None,
            f"Not entered: {reasons}; {total.n_failed:,} did not finish.",
            "Screen more people, or loosen the rule of entry.",
        )
    )
