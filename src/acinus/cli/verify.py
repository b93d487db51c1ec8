"""`acinus verify`: SBML files beside other simulators, or our engine on the SBML Test Suite."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import progress
from acinus.cli.terminal import print_json, terminal
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from acinus.verification import CaseResult, FileReport, SuiteReport

__all__ = ["verify"]

_COLOURS = {
    "pass": "green",
    "agrees": "green",
    "refused": "yellow",
    "wrong": "bold red",
    "disagrees": "bold red",
    "failed": "red",
    "unreadable": "red",
    "not compared": "yellow",
}


def verify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE.xml]...", help="SBML files, or folders of them, to compare."),
    ] = None,
    sbml_suite: Annotated[
        Path | None,
        typer.Option("--sbml-suite", metavar="DIR", help="Run the cases of the SBML Test Suite in a folder."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="Suite: level and version, as in l2v4; the highest of each case if none."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Suite: processes; as many as cores if none.")] = None,
    end: Annotated[
        float | None,
        typer.Option(help="Files: end in the model's unit of time; from the model's own rates if none."),
    ] = None,
    points: Annotated[int, typer.Option(help="Files: samples from 0 to the end.")] = 101,
    threshold: Annotated[
        float, typer.Option(help="Files: the largest relative difference that counts as agreement.")
    ] = 1e-5,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Compare our engine with other simulators, or with the SBML Test Suite.

    A construct that is refused by name is an honest answer. Exit code 1 for anything wrong, failed, unreadable, not
    agreeing or not compared at all.
    """
    _refuse_impossible(paths, sbml_suite, workers, end, points, threshold)
    if sbml_suite is not None:
        sound = _suite(sbml_suite, level, workers, as_json=json)
    else:
        sound = _files(paths or [], end, points, threshold, as_json=json)
    if not sound:
        raise typer.Exit(ExitCode.FINDINGS)


def _refuse_impossible(
    paths: Sequence[Path] | None,
    suite: Path | None,
    workers: int | None,
    end: float | None,
    points: int,
    threshold: float,
) -> None:
    checks = (
        (bool(paths) != (suite is not None), "name either files or --sbml-suite"),
        (workers is None or workers >= 1, f"--workers is {workers}; at least 1 is needed"),
        (end is None or 0.0 < end < math.inf, f"--end is {end}; it must be above 0"),
        (points >= 2, f"--points is {points}; at least 2 are needed"),
        (0.0 < threshold < math.inf, f"--threshold is {threshold}; it must be above 0"),
    )
    findings = [
        Diagnostic(Code.VERIFY_OPTION, what, None, "", "`acinus verify --help` shows what is possible.")
        for holds, what in checks
        if not holds
    ]
    if findings:
        raise RequestError(findings)


# ----------------------------------------------------------------------------------------------------- the suite
def _suite(folder: Path, level: str | None, workers: int | None, *, as_json: bool) -> bool:
    from acinus.verification import verify_suite

    with progress() as step:
        report = verify_suite(
            folder,
            level=level,
            workers=workers,
            progress=lambda name, done, total: step(f"{done} of {total} cases, {name}", done, total),
        )
    if as_json:
        print_json(report.as_dict())
    else:
        _print_suite(report)
    return report.sound


def _print_suite(report: SuiteReport) -> None:
    from rich.text import Text

    screen = terminal()
    counts = _table("SBML Test Suite", "verdict", "cases")
    for verdict, count in report.counts.items():
        counts.add_row(Text(verdict, style=_COLOURS[verdict] if count else "dim"), f"{count:,}")
    counts.add_row("all", f"{len(report.results):,}", style="bold")
    screen.print(counts)
    refused = [r for r in report.results if r.verdict.value == "refused"]
    if refused:
        screen.print()
        shown = _table("Refused, by construct", "construct", "cases", "which")
        groups: dict[str, list[CaseResult]] = {}
        for result in refused:
            groups.setdefault(result.construct, []).append(result)
        for construct, cases in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
            shown.add_row(Text(construct), f"{len(cases):,}", Text(" ".join(case.case for case in cases)))
        screen.print(shown)
    troubled = [r for r in report.results if not r.verdict.sound]
    if troubled:
        screen.print()
        shown = _table("Not right", "case", "verdict", "what")
        for result in troubled:
            verdict = result.verdict.value
            shown.add_row(Text(result.case), Text(verdict, style=_COLOURS[verdict]), Text(result.detail))
        screen.print(shown)
    screen.print()
    if report.left_out:
        screen.print(Text(f"{report.left_out:,} cases have no model of this level and were left out."))
    exactness = f"relative {report.tolerances.relative:g}, absolute {report.tolerances.absolute:g}"
    screen.print(Text(f"{report.engine}; {exactness} in every case", style="dim"))


# ----------------------------------------------------------------------------------------------------- the files
def _files(paths: Sequence[Path], end: float | None, points: int, threshold: float, *, as_json: bool) -> bool:
    from acinus.verification import check_file, find_models

    files = find_models(paths)
    reports: list[FileReport] = []
    with progress() as step:
        for done, file in enumerate(files):
            step(f"{done + 1} of {len(files)} files, {file.name}", done, len(files))
            reports.append(check_file(file, end=end, points=points, threshold=threshold))
    if as_json:
        print_json(
            {"threshold": threshold, "points": points, "files": [report.as_dict() for report in reports]}
        )
    else:
        for report in reports:
            _print_file(report, threshold)
        if len(reports) > 1:
            _print_counts(reports)
    return all(report.verdict.sound for report in reports)


def _print_file(report: FileReport, threshold: float) -> None:
    from rich.text import Text

    screen = terminal()
    verdict = report.verdict.value
    head = Text(f"{report.file}: ", style="bold")
    head.append(verdict, style=_COLOURS[verdict])
    about = ": ".join(part for part in (report.construct, report.detail) if part)
    head.append(f" ({about})" if about else "", style="not bold")
    screen.print(head, soft_wrap=True)
    if report.agreements:
        shown = _table("", "", "beside", "largest relative difference", "variable", "at time", "")
        for pair in report.agreements:
            near = pair.difference <= threshold
            number = "one has no number" if math.isinf(pair.difference) else f"{pair.difference:.1e}"
            cells = (pair.first, pair.second, number, pair.variable, f"{pair.time:g}")
            shown.add_row(*map(Text, cells), Text("" if near else "apart", style="" if near else "bold red"))
        screen.print(shown)
    for name, why in report.troubles.items():
        screen.print(Text(f"  {name}: {why}", style="yellow"), soft_wrap=True)
    for note in report.notes:
        screen.print(Text(f"  the model leaves open: {note}"), soft_wrap=True)
    if not math.isnan(report.end):
        compared = f"variables: {report.variables}, from 0 to {report.end:g} ({report.end_reason})"
        screen.print(Text(f"  {compared}; threshold {threshold:g}", style="dim"), soft_wrap=True)
    if report.simulators:
        screen.print(Text(f"  {', '.join(report.simulators.values())}", style="dim"), soft_wrap=True)
    screen.print()


def _print_counts(reports: Sequence[FileReport]) -> None:
    from collections import Counter

    from rich.text import Text

    counts = Counter(report.verdict.value for report in reports)
    words = ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common())
    terminal().print(Text(f"files: {len(reports)}; {words}", style="bold"))


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=Text(title, style="bold") if title else None, title_justify="left", box=None)
    shown.pad_edge = not title
    for column in columns:
        right = column in ("cases", "largest relative difference", "at time")
        shown.add_column(column, justify="right" if right else "left", overflow="fold")
    return shown
