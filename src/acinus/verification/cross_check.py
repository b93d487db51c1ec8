"""One SBML file in our engine and in other simulators, and how far they are apart.

Amounts of all floating species, and whatever has a rate rule, are compared at evenly spaced times by the largest
``|a - b| / (|b| + 1e-6 max|b|)``, the maximum taken over the course of the variable. A sample at the known time of an
event is left out: before or after it are both right.
"""

from __future__ import annotations

import enum
import itertools
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Tolerances
from acinus.errors import Code, Diagnostic, RequestError
from acinus.verification.isolation import Lost, Process, in_processes
from acinus.verification.ours import Refused, our_course, our_name, our_program
from acinus.verification.peers import PEERS, Question, installed, peer_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from acinus.system.graph import Program

__all__ = ["THRESHOLD", "Agreement", "FileReport", "FileVerdict", "check_file", "find_models"]

#: How our engine integrates. The unit of amount is the model's own: in a model in mol a trace is 1e-18, and an absolute
#: tolerance near it would drown it.
TOLERANCES = Tolerances(relative=1e-10, absolute=1e-30)

THRESHOLD = 1e-5
SIMULATOR_LIMIT = 120.0  # seconds for one simulator and one file
_OURS = "acinus"
_SMALL = 1e-6  # of the largest value of a variable: what is smaller need not agree as closely


@enum.unique
class FileVerdict(enum.Enum):
    """What is said of a file."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    REFUSED = "refused"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    ALONE = "not compared"

    @property
    def sound(self) -> bool:
        """Say whether this is an honest outcome: in agreement, or refused by name."""
        return self in (FileVerdict.AGREES, FileVerdict.REFUSED)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two simulators are apart.

    Attributes
    ----------
    first, second : str
        `second` gives the scale of the difference.
    difference : float
        The largest relative difference; infinity where only one has a number.
    variable : str
    time : float, unit of time of the model
        Where it is largest.
    """

    first: str
    second: str
    difference: float
    variable: str
    time: float


@dataclass(frozen=True)
class FileReport:
    """What came of one file.

    Attributes
    ----------
    file : Path
    verdict : FileVerdict
    construct, detail : str
        What is refused; the particulars of whatever is not agreement.
    end : float, unit of time of the model
    end_reason : str
        Where `end` comes from.
    variables : int
        How many were compared.
    agreements : tuple of Agreement
    simulators : dict
        Name and version of each that gave a result.
    troubles : dict
        Name of each that did not, and why.
    notes : tuple of str
        What the model leaves open, see `Program.notes`.
    """

    file: Path
    verdict: FileVerdict
    construct: str = ""
    detail: str = ""
    end: float = math.nan
    end_reason: str = ""
    variables: int = 0
    agreements: tuple[Agreement, ...] = ()
    simulators: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "file": str(self.file),
            "verdict": self.verdict.value,
            "construct": self.construct,
            "detail": self.detail,
            "end": self.end,
            "end_reason": self.end_reason,
            "variables": self.variables,
            "agreements": [
                {
                    "first": a.first,
                    "second": a.second,
                    "difference": a.difference,
                    "variable": a.variable,
                    "time": a.time,
                }
                for a in self.agreements
            ],
            "simulators": self.simulators,
            "troubles": self.troubles,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class OurAnswer:
    """What our engine says of a file; made in a process of its own."""

    species: tuple[str, ...]
    others: tuple[str, ...]
    end: float
    end_reason: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    at_event: NDArray[np.bool_]
    trouble: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Our engine does not take the model."""

    construct: str
    message: str


def find_models(paths: Iterable[Path]) -> list[Path]:
    """Return the files among paths and every ``.xml`` in the folders among them, in order and once each.

    Raises
    ------
    RequestError
        AC987 for paths that do not exist and folders without such files, all at once.
    """
    found: dict[Path, None] = {}
    findings = []
    for path in paths:
        files = sorted(path.glob("*.xml")) if path.is_dir() else [path] if path.is_file() else []
        if not files:
            what = f"there is no .xml file in {path}" if path.is_dir() else f"there is no {path}"
            findings.append(
                Diagnostic(
                    Code.NOTHING_TO_VERIFY, what, None, "", "Name SBML files, or folders that hold them."
                )
            )
        found |= dict.fromkeys(files)
    if findings:
        raise RequestError(findings)
    return list(found)


def check_file(
    file: Path,
    *,
    end: float | None = None,
    points: int = 101,
    threshold: float = THRESHOLD,
    limit: float = SIMULATOR_LIMIT,
) -> FileReport:
    """Simulate a file with every simulator that is there, and compare.

    Parameters
    ----------
    file : Path
        SBML of any level.
    end : float, optional
        In the model's unit of time; chosen from the model's own rates if absent (see `default_end`).
    points : int
        Samples, both ends included.
    threshold : float
        Largest relative difference that counts as agreement.
    limit : float, s
        A simulator that takes longer is given up.
    """
    process = Process()
    try:
        ours = process.call(f"{__name__}:our_answer", (str(file), end, points), limit)
    finally:
        process.close()
    if isinstance(ours, Lost):
        return FileReport(file, FileVerdict.FAILED, detail=ours.why)
    if isinstance(ours, Refusal):
        unreadable = ours.construct == Code.SBML_UNREADABLE.title
        verdict = FileVerdict.UNREADABLE if unreadable else FileVerdict.REFUSED
        return FileReport(file, verdict, "" if unreadable else ours.construct, ours.message)
    if ours.trouble:
        detail = ours.trouble
        return FileReport(file, FileVerdict.FAILED, "", detail, ours.end, ours.end_reason, notes=ours.notes)
    question = Question(str(file), ours.species, ours.others, ours.end, points)
    courses, troubles = _ask_peers(question, limit)
    names = (*ours.species, *ours.others)
    all_courses = {_OURS: ours.values, **courses}
    agreements = tuple(
        compare(first, second, ours.times, all_courses, names, ours.at_event)
        for first, second in itertools.combinations(all_courses, 2)
    )
    with_peers = [a for a in agreements if a.first == _OURS]
    apart = [a for a in with_peers if not a.difference <= threshold]
    verdict = FileVerdict.DISAGREES if apart else FileVerdict.AGREES if with_peers else FileVerdict.ALONE
    return FileReport(
        file,
        verdict,
        "",
        "" if with_peers else "no other simulator gave a result",
        ours.end,
        ours.end_reason,
        len(names),
        agreements,
        {_OURS: our_name(), **{peer: peer_version(peer) for peer in courses}},
        troubles,
        ours.notes,
    )


def our_answer(file: str, end: float | None, points: int) -> OurAnswer | Refusal:
    """Return our course of a file; called in a process of its own."""
    try:
        sbml = Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Refusal(Code.SBML_UNREADABLE.title, f"the file is not UTF-8: {error}")
    try:
        program = our_program(sbml, file)
        species, others = _compared(sbml, file)
        values, amounts = dict(program.symbols), dict(program.amounts)
        chosen, reason = (end, "as asked for") if end is not None else default_end(program)
        times = np.linspace(0.0, chosen, points)
        nodes = [*(amounts[key] for key in species), *(values[key] for key in others)]
        course = our_course(program, nodes, times, TOLERANCES)
    except Refused as refusal:
        return Refusal(refusal.construct, str(refusal))
    moments = _known_moments(program)
    at_event = np.any(np.abs(times[:, None] - moments) <= 1e-9 * chosen, axis=1)
    return OurAnswer(
        species,
        others,
        chosen,
        reason,
        times,
        course.values,
        np.asarray(at_event),
        course.trouble,
        program.notes,
    )


def default_end(program: Program) -> tuple[float, str]:
    """Return an end in the model's unit of time, and why it is this one.

    Ten times the median of the time constants (inverse real parts of the eigenvalues of the Jacobian at the start, those
    of modes that stand still left out), rounded up to 1, 2 or 5 times a power of ten: the middle of the dynamics is
    seen to settle, the fastest modes pass, and what takes a thousand times longer does not blow the run up.
    """
    from acinus.system.graph import evaluate, start_values

    params, state = start_values(program)
    matrix = np.zeros((len(program.states),) * 2)
    entries = evaluate(program, [node for _, _, node in program.jacobian], 0.0, state, params)
    matrix[[i for i, _, _ in program.jacobian], [j for _, j, _ in program.jacobian]] = entries
    if not np.isfinite(matrix).all():
        return 10.0, "the model's rates at the start are not finite"
    rates = np.abs(np.linalg.eigvals(matrix).real) if len(matrix) else np.empty(0)
    rates = rates[rates > 1e-9 * rates.max(initial=0.0)]
    if not rates.size:
        return 10.0, "nothing moves by itself at the start"
    wanted = 10.0 / float(np.median(rates))
    power = 10.0 ** math.floor(math.log10(wanted))
    end = next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= wanted * (1.0 - 1e-9))
    return float(f"{end:.0e}"), "ten times the median time constant at the start, rounded up"


def compare(
    first: str,
    second: str,
    times: NDArray[np.float64],
    courses: dict[str, NDArray[np.float64]],
    names: tuple[str, ...],
    left_out: NDArray[np.bool_],
) -> Agreement:
    """Return how far two of some (T, K) courses are apart at worst."""
    a, b = courses[first][~left_out], courses[second][~left_out]
    if not a.size:
        return Agreement(first, second, 0.0, "", math.nan)
    with np.errstate(all="ignore"):
        sizes = np.nanmax(np.where(np.isfinite(b), np.abs(b), 0.0), axis=0)
        apart = np.abs(a - b) / (np.abs(b) + _SMALL * sizes)
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, apart)
    apart = np.where(np.isnan(apart), np.inf, apart)
    row, column = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return Agreement(first, second, float(apart[row, column]), names[column], float(times[~left_out][row]))


def _ask_peers(question: Question, limit: float) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """Return the courses of the peers that gave one, and why the others did not."""
    there = [peer for peer in PEERS if installed(peer)]
    answers = in_processes(
        "acinus.verification.peers:peer_course", [(peer, question) for peer in there], len(there), limit
    )
    found = {there[place]: answer for place, answer in answers}
    troubles = {
        peer: "not installed; `pip install acinus[verify]` brings it" for peer in PEERS if peer not in there
    }
    troubles |= {
        peer: re.sub(r"\s+", " ", found[peer].why) for peer in there if isinstance(found[peer], Lost)
    }
    return {peer: found[peer] for peer in there if not isinstance(found[peer], Lost)}, troubles


def _compared(sbml: str, location: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the species and the other variables that are compared."""
    from acinus.system.graph.definitions import read_definitions
    from acinus.system.graph.refused import read_document

    document, _ = read_document(sbml, location)
    model = read_definitions(document.getModel())
    species = tuple(
        key
        for key, item in model.species.items()
        if key in model.rates or not (item.boundary or item.constant)
    )
    return species, tuple(key for key in model.rates if key not in model.species)


def _known_moments(program: Program) -> NDArray[np.float64]:
    """Return the times of the events whose time is known before the run."""
    from acinus.system.graph import evaluate, start_values

    params, state = start_values(program)
    return np.ravel(evaluate(program, [barrier.time for barrier in program.barriers], 0.0, state, params))
