"""`acinus qualify`: every claim with what was expected, what was found, and the verdict."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import progress
from acinus.cli.terminal import complain, print_json, print_use, terminal

if TYPE_CHECKING:
    from acinus.evidence import Qualification, Verdict
    from acinus.report import Curve, Pair

__all__ = ["qualify"]

_COLOURS = {"passed": "green", "failed": "red", "error": "bold red"}


def qualify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Claims files or folders; the shipped claims if none."),
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only calibration, or only validation.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 1 if a claim failed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for figures and verdicts.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Check the claims of what the model must reproduce.

    A failed claim is a result, so the exit code stays 0 unless --strict. A claim that cannot be evaluated is
    an error: exit code 2.
    """
    from acinus.evidence import Outcome
    from acinus.evidence import qualify as qualify_claims

    with progress() as step:
        qualification = qualify_claims(
            paths or None,
            kinds=kind or None,
            progress=lambda done, total, name: step(f"claim {done + 1} of {total} {name}", done, total),
        )
        files = _write(out, qualification) if out is not None else ()
    if json:
        print_json({**qualification.as_dict(), "files": [str(path) for path in files]})
    else:
        _print(qualification, files)
    outcomes = {verdict.outcome for verdict in qualification.verdicts}
    if Outcome.ERROR in outcomes:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if strict and Outcome.FAILED in outcomes:
        raise typer.Exit(ExitCode.FINDINGS)


def _print(qualification: Qualification, files: tuple[Path, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = terminal()
    for kind, counts in qualification.summary.items():
        title = f"{kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        shown = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
        for name in ("verdict", "claim", "expected", "found"):
            shown.add_column(name, overflow="fold")
        for verdict in qualification.verdicts:
            if (verdict.kind or "unreadable") == kind:
                outcome = verdict.outcome.value
                cells = (verdict.id, verdict.expected, _found(verdict))
                shown.add_row(Text(outcome, style=_COLOURS[outcome]), *map(Text, cells))
        screen.print(shown)
        screen.print()
    complain(finding for verdict in qualification.verdicts for finding in verdict.diagnostics)
    for path in files:
        screen.print(Text(f"wrote {path}"), soft_wrap=True)
    print_use()


def _found(verdict: Verdict) -> str:
    words = [verdict.found]
    if verdict.n_in > 1:
        words.append(f"{verdict.n_ok} of {verdict.n_in} individuals finished")
    return "; ".join(word for word in words if word)


def _write(out: Path, qualification: Qualification) -> tuple[Path, ...]:
    from acinus.report import draw_observed_predicted, draw_study_curves, save_figure, write_text

    files = [out / "qualification.json"]
    write_text(files[0], json_format.dumps(qualification.as_dict(), indent=2, allow_nan=False) + "\n")
    pairs, curves = list(_pairs(qualification)), list(_curves(qualification))
    if pairs:
        files += [out / "observed_predicted.png", out / "studies.png"]
        save_figure(draw_observed_predicted(pairs), files[1])
        save_figure(draw_study_curves(curves), files[2])
    return tuple(files)


def _measured(qualification: Qualification) -> Iterator[Verdict]:
    # A pool repeats the points of its members.
    yield from (v for v in qualification.verdicts if v.curve is not None and not v.members)


def _pairs(qualification: Qualification) -> Iterator[Pair]:
    from acinus.report import Pair, in_words

    for verdict in _measured(qualification):
        curve = verdict.curve
        assert curve is not None
        for observed, predicted in zip(curve.observed, curve.predicted, strict=True):
            yield Pair(
                study=curve.study,
                analyte=in_words(curve.analyte),
                unit=curve.unit,
                validation=verdict.kind == "validation",
                observed=float(observed),
                predicted=float(predicted),
            )


def _curves(qualification: Qualification) -> Iterator[Curve]:
    from acinus.report import Curve, in_words

    for verdict in _measured(qualification):
        curve = verdict.curve
        assert curve is not None
        yield Curve(
            study=_series(verdict.id, curve.study),
            analyte=in_words(curve.analyte),
            unit=curve.unit,
            validation=verdict.kind == "validation",
            observed_time=curve.time,
            observed=curve.observed,
            time=curve.course_time,
            predicted=curve.course,
        )


def _series(claim: str, study: str) -> str:
    """Return study and series in words: claims on curves are named study, series, analyte."""
    from acinus.report import in_words

    series = claim.removeprefix(study).strip("_").rpartition("_")[0] if claim.startswith(study) else ""
    return in_words(study).capitalize() + (f", {in_words(series)}" if series else "")
