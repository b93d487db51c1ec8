"""Running the ledger: every check that is needed is made once, or found from before, and each statement judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, RequestError, nearest
from acinus.evidence.ledger.liver_deaths import LiverDeaths, make_liver_deaths
from acinus.evidence.ledger.remembering import key_of_folder, recall, remember
from acinus.evidence.ledger.results import PartResult, Result, combined, verdict_of
from acinus.evidence.ledger.statement import HealthStatement, MechanismCheck, SurveyCheck, read_statements
from acinus.evidence.qualification import qualify
from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from acinus.evidence.ledger.arithmetic import Sum

    Progress = Callable[[int, int, str], None]

__all__ = ["Ledger", "LedgerEntry", "run_ledger"]

HOW_TO_SURVEY = "Not run. Name a folder with the survey's files: `acinus evidence --survey DIR` (docs/survey.md says which)."


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One statement, the results of its check, and the verdict that follows."""

    statement: HealthStatement
    parts: tuple[PartResult, ...]
    result: Result
    verdict: str

    @property
    def found(self) -> str:
        """The result in a few words: ``3 of 4 passed, 1 not run``."""
        if self.result is Result.NONE:
            return "no check"
        counts = Counter(part.result for part in self.parts)
        run = len(self.parts) - counts[Result.NOT_RUN]
        words = [f"{counts[Result.PASSED]} of {run} hold"] if run else []
        words += [
            f"{counts[other]} {other.value}" for other in (Result.ERROR, Result.NOT_RUN) if counts[other]
        ]
        return ", ".join(words)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        one = self.statement
        return {
            "id": one.id,
            "article": one.article,
            "kind": one.kind,
            "title": one.title,
            "statement": one.statement,
            "known": one.known,
            "sources": [
                {"key": key, "doi": reference.fields.get("doi"), "pmid": reference.fields.get("pmid")}
                for key, reference in one.references.items()
            ],
            "certainty": one.certainty,
            "because": list(one.because),
            "verdict": self.verdict,
            "computed": one.verdict is None,
            "unmoved": one.unmoved or None,
            "when": dict(one.when),
            "would_change": one.would_change,
            "result": self.result.value,
            "parts": [part.as_dict() for part in self.parts],
            "unchecked": one.unchecked or None,
            "warning": one.warning or None,
            "place": str(one.place),
        }


@dataclass(frozen=True, slots=True)
class Ledger:
    """Statements with their results.

    Attributes
    ----------
    entries : tuple of LedgerEntry
    liver_deaths : LiverDeaths or None
        Of the run of mechanisms, where a statement asks for it.
    survey : mapping from name to estimate, or None
        As `Estimate.as_data` gives them; None where the survey was not run.
    """

    entries: tuple[LedgerEntry, ...]
    liver_deaths: LiverDeaths | None
    survey: Mapping[str, Mapping[str, Any]] | None

    def __getitem__(self, statement_id: str) -> LedgerEntry:
        for entry in self.entries:
            if entry.statement.id == statement_id:
                return entry
        raise _unknown([statement_id], [entry.statement.id for entry in self.entries])

    @property
    def verdicts(self) -> Mapping[str, int]:
        """Number of statements by verdict."""
        return Counter(entry.verdict for entry in self.entries)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; warnings stand at their statements."""
        return {
            "acinus": version(),
            "context_of_use": CONTEXT_OF_USE,
            "verdicts": dict(self.verdicts),
            "survey": None if self.survey is None else "run",
            "liver_deaths": None if self.liver_deaths is None else self.liver_deaths.as_dict(),
            "statements": [entry.as_dict() for entry in self.entries],
        }


def run_ledger(
    ids: Iterable[str] | None = None,
    *,
    folder: Path | None = None,
    survey: Path | None = None,
    fresh: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ledger:
    """Run the checks of statements and judge them.

    Parameters
    ----------
    ids : iterable of str, optional
        Only these statements.
    folder : Path, optional
        Statements other than the shipped ones.
    survey : Path, optional
        Folder with the files of the US health survey; without it checks on it are not run, and said to be.
    fresh : bool
        Run what could be found from before.
    workers : int
        Threads within a run of many people.
    progress : callable, optional
        Called with (done, in all, what comes next).

    Raises
    ------
    RequestError
        AC940 to AC943 if statements are wrong, AC944 for an unknown id, AC97x for the survey's files.
    """
    statements = read_statements(folder)
    if ids is not None:
        asked = list(dict.fromkeys(name.upper() for name in ids))
        known = [statement.id for statement in statements]
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise _unknown(unknown, known)
        statements = tuple(statement for statement in statements if statement.id in asked)
    deaths = None
    if any(statement.mechanism for statement in statements):
        deaths = _liver_deaths(fresh=fresh, workers=workers, progress=progress)
    names = [name for statement in statements for name in statement.claims]
    claims = _claims(list(dict.fromkeys(names)), fresh=fresh, workers=workers, progress=progress)
    estimates = None
    if survey is not None and any(statement.survey for statement in statements):
        estimates = _survey(survey, fresh=fresh, progress=progress)
    entries = []
    for statement in statements:
        parts = _parts(statement, claims, estimates, deaths)
        result = combined(parts)
        entries.append(
            LedgerEntry(statement, parts, result, verdict_of(result, statement.verdict, statement.when))
        )
    return Ledger(tuple(entries), deaths, estimates)


def _unknown(names: Sequence[str], known: Sequence[str]) -> RequestError:
    return RequestError(
        Diagnostic(Code.STATEMENT_UNKNOWN, f"there is no statement `{name}`", None, "", nearest(name, known))
        for name in names
    )


def _claims(
    names: Sequence[str], *, fresh: bool, workers: int, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    """Return verdicts of claims as plain values; those that were evaluated before are not run again."""
    found = {} if fresh else {name: recall("claim", name) for name in names}
    missing = [name for name in names if found.get(name) is None]
    if missing:
        for verdict in qualify(ids=missing, workers=workers, progress=progress).verdicts:
            entry = {key: value for key, value in verdict.as_dict().items() if key != "curve"}
            found[verdict.id] = entry
            if entry["outcome"] != "error":
                remember(entry, "claim", verdict.id)
    return {name: entry for name, entry in found.items() if entry is not None}


def _liver_deaths(*, fresh: bool, workers: int, progress: Progress | None) -> LiverDeaths:
    before = None if fresh else recall("liver_deaths")
    if before is not None:
        return LiverDeaths.of_dict(before)
    deaths = make_liver_deaths(workers=workers, progress=progress)
    remember(deaths.as_dict(), "liver_deaths")
    return deaths


def _survey(folder: Path, *, fresh: bool, progress: Progress | None) -> dict[str, dict[str, Any]]:
    from acinus.evidence.survey import analyse_survey

    key = key_of_folder(folder) if folder.is_dir() else ""
    before = None if fresh or not key else recall("survey", key)
    if before is not None:
        return before
    say = None if progress is None else (lambda words: progress(0, 0, words))
    estimates = {
        name: estimate.as_data() for name, estimate in analyse_survey(folder, progress=say).estimates.items()
    }
    remember(estimates, "survey", key)
    return estimates  # pyright: ignore[reportReturnType]


def _parts(
    statement: HealthStatement,
    claims: Mapping[str, Mapping[str, Any]],
    estimates: Mapping[str, Mapping[str, Any]] | None,
    deaths: LiverDeaths | None,
) -> tuple[PartResult, ...]:
    parts = [_claim_part(name, claims.get(name)) for name in statement.claims]
    if statement.mechanism is not None:
        parts.append(_mechanism_part(statement.mechanism, deaths))
    parts += [_survey_part(check, estimates) for check in statement.survey]
    parts += [_sum_part(one, number) for number, one in enumerate(statement.arithmetic, start=1)]
    return tuple(parts)


def _claim_part(name: str, verdict: Mapping[str, Any] | None) -> PartResult:
    if verdict is None:
        return PartResult("claim", name, "", Result.ERROR, note="The claim was not evaluated.")
    faults = "; ".join(f"{d['code']} {d['what']}" for d in verdict["diagnostics"])
    return PartResult(
        "claim",
        name,
        verdict["statement"],
        {"passed": Result.PASSED, "failed": Result.FAILED, "error": Result.ERROR}[verdict["outcome"]],
        verdict["expected"],
        verdict["found"],
        verdict["kind"] == "calibration",
        faults or verdict["note"],
        verdict["numbers"],
    )


def _mechanism_part(check: MechanismCheck, deaths: LiverDeaths | None) -> PartResult:
    assert deaths is not None  # made whenever a statement asks for it
    ratio = deaths.as_measured
    return PartResult(
        "mechanism",
        check.run,
        f"By mechanism alone {deaths.more} more makes the ratio of liver deaths as low as {check.at_most:g}",
        Result.PASSED if ratio.everyone <= check.at_most else Result.FAILED,
        f"at most {check.at_most:g}",
        f"{ratio.everyone:.3f} ({ratio.low:.3f} to {ratio.high:.3f} over samples of the people) in {deaths.years:g} years",
        numbers={"found": ratio.everyone, "low": ratio.low, "high": ratio.high, "limit": check.at_most},
    )


def _survey_part(check: SurveyCheck, estimates: Mapping[str, Mapping[str, Any]] | None) -> PartResult:
    words = f"{check.estimate}: {check.words}"
    if estimates is None:
        return PartResult("survey", check.estimate, words, Result.NOT_RUN, check.words, note=HOW_TO_SURVEY)
    found = estimates.get(check.estimate)
    if found is None:
        where = nearest(check.estimate, estimates) or "The table it comes from is not in the folder."
        return PartResult("survey", check.estimate, words, Result.NOT_RUN, check.words, note=where)
    low, high, value = found["low"], found["high"], found["value"]
    return PartResult(
        "survey",
        check.estimate,
        words,
        Result.PASSED if check.holds(low, high) else Result.FAILED,
        check.words,
        f"{found['measure']} {value:.4g} ({low:.4g} to {high:.4g}) {found['unit']}; {found['n']:,} people, df {found['df']}",
        numbers={"found": value, "low": low, "high": high, "n": found["n"], "df": found["df"]},
    )


def _sum_part(one: Sum, number: int) -> PartResult:
    holds, expected, found, value = one.settle()
    return PartResult(
        "arithmetic",
        f"arithmetic {number}",
        one.words,
        Result.PASSED if holds else Result.FAILED,
        expected,
        found,
        numbers={"found": value},
    )
