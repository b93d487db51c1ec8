"""The SBML Test Suite run with our engine: a verdict for each case.

Every case is integrated with the same tolerances, whatever tolerance its results are compared with.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Tolerances
from acinus.verification.isolation import Lost, in_processes
from acinus.verification.ours import Refused, our_course, our_name, our_program
from acinus.verification.suite_case import (
    SuiteCase,
    UnreadableCase,
    find_cases,
    read_expected,
    read_settings,
)
from acinus.verification.verdict import CaseResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.system.graph import Program
    from acinus.verification.suite_case import Settings

__all__ = ["TOLERANCES", "SuiteReport", "judge", "verify_suite"]

#: How every case is integrated. The suite asks for 1e-4 at the least and 1e-9 of an amount at the most; these are
#: tight enough that what differs is a matter of meaning and not of numerics.
TOLERANCES = Tolerances(relative=1e-9, absolute=1e-14)

CASE_LIMIT = 60.0  # seconds; a case takes a tenth of one


@dataclass(frozen=True)
class SuiteReport:
    """What came of a run.

    Attributes
    ----------
    results : tuple of CaseResult
        In the order of the cases.
    left_out : int
        Cases without a model of the level that was asked for.
    engine : str
    tolerances : Tolerances
    """

    results: tuple[CaseResult, ...]
    left_out: int
    engine: str
    tolerances: Tolerances

    @property
    def counts(self) -> dict[str, int]:
        """Number of cases by verdict, all verdicts named."""
        found = Counter(result.verdict for result in self.results)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def sound(self) -> bool:
        """True if every case is right or refused by name."""
        return all(result.verdict.sound for result in self.results)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "engine": self.engine,
            "tolerances": {"relative": self.tolerances.relative, "absolute": self.tolerances.absolute},
            "counts": self.counts,
            "left_out": self.left_out,
            "cases": {result.case: result.as_dict() for result in self.results},
        }


def verify_suite(
    folder: Path,
    *,
    level: str | None = None,
    workers: int | None = None,
    limit: float = CASE_LIMIT,
    progress: Callable[[str, int, int], None] | None = None,
) -> SuiteReport:
    """Run the cases of the test suite below a folder.

    Parameters
    ----------
    folder : Path
        See `find_cases`.
    level : str, optional
        Level and version of SBML, such as `l2v4`; the highest of each case if absent.
    workers : int, optional
        Processes; as many as there are cores if absent. The verdicts do not depend on it.
    limit : float, s
        A case that takes longer has failed.
    progress : callable, optional
        Called with the id of a case that is done, how many are, and how many there are.

    Raises
    ------
    RequestError
        See `find_cases`.
    """
    cases, left_out = find_cases(folder, level)
    results: list[CaseResult | None] = [None] * len(cases)
    calls = [(case,) for case in cases]
    answers = in_processes(f"{__name__}:judge", calls, workers or os.cpu_count() or 1, limit)
    for done, (place, answer) in enumerate(answers, start=1):
        case = cases[place]
        if isinstance(answer, Lost):
            answer = CaseResult(case.id, Verdict.FAILED, detail=answer.why)
        results[place] = answer
        if progress is not None:
            progress(case.id, done, len(cases))
    return SuiteReport(tuple(r for r in results if r is not None), left_out, our_name(), TOLERANCES)


def judge(case: SuiteCase) -> CaseResult:
    """Return the verdict on one case."""
    try:
        settings, model = read_settings(case), case.model()
        case.file("results.csv")
        try:
            program = our_program(model.read_text(encoding="utf-8"), str(model))
            expected = read_expected(case, settings)
            values, trouble = _ours(program, model, settings)
        except Refused as refusal:
            return CaseResult(case.id, Verdict.REFUSED, refusal.construct, str(refusal))
    except (UnreadableCase, OSError, UnicodeDecodeError) as damage:
        return CaseResult(case.id, Verdict.UNREADABLE, detail=str(damage))
    if trouble:
        return CaseResult(case.id, Verdict.FAILED, detail=trouble)
    difference = first_difference(settings, expected.times, expected.values, values)
    verdict = Verdict.WRONG if difference else Verdict.PASS
    return CaseResult(case.id, verdict, detail=difference)


def first_difference(
    settings: Settings,
    times: NDArray[np.float64],
    expected: NDArray[np.float64],
    found: NDArray[np.float64],
) -> str:
    """Return the first sample outside the tolerance of a case in words, or an empty string.

    Parameters
    ----------
    settings : Settings
    times : (T,) array
    expected, found : (T, K) arrays
        Infinity and NaN are right where they are expected.
    """
    with np.errstate(all="ignore"):
        same = (expected == found) | (np.isnan(expected) & np.isnan(found))
        near = np.abs(found - expected) <= settings.absolute + settings.relative * np.abs(expected)
    wrong = ~(same | (near & np.isfinite(expected)))
    if not wrong.any():
        return ""
    row = int(np.flatnonzero(wrong.any(axis=1))[0])
    column = int(np.flatnonzero(wrong[row])[0])
    return (
        f"{settings.variables[column]} at {times[row]:g}: ours {found[row, column]:.10g}, "
        f"expected {expected[row, column]:.10g}"
    )


def _ours(program: Program, model: Path, settings: Settings) -> tuple[NDArray[np.float64], str]:
    """Return the (T, K) values of the variables and why they are not complete, if they are not."""
    meant = [_meaning(name, program, model, settings) for name in settings.variables]
    nodes = list(dict.fromkeys(node for pair in meant for node in pair if node is not None))
    course = our_course(program, nodes, settings.times(), TOLERANCES)
    value = {node: course.values[:, k] for k, node in enumerate(nodes)}
    with np.errstate(all="ignore"):
        columns = [value[n] if volume is None else value[n] / value[volume] for n, volume in meant]
    return np.stack(columns, axis=1), course.trouble


def _meaning(name: str, program: Program, model: Path, settings: Settings) -> tuple[int, int | None]:
    """Return the node of a variable, and that of what it is divided by, as the settings mean it."""
    symbols, amounts = dict(program.symbols), dict(program.amounts)
    if name not in symbols:
        raise UnreadableCase(f"the model has no variable `{name}`")
    if name in amounts and name in settings.amounts:
        return amounts[name], None
    if name in amounts and name in settings.concentrations and symbols[name] == amounts[name]:
        return amounts[name], symbols[_compartment(name, model)]
    return symbols[name], None


def _compartment(species: str, model: Path) -> str:
    """Return the compartment of a species whose id means its amount."""
    from acinus.system.graph.definitions import read_definitions
    from acinus.system.graph.refused import read_document

    document, _ = read_document(model.read_text(encoding="utf-8"), str(model))
    return read_definitions(document.getModel()).species[species].compartment
