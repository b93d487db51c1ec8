"""`acinus check`: the text of a biology folder or of one model, with everything that is wrong at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import progress
from acinus.cli.terminal import complain, diagnostics_as_data, print_json, terminal
from acinus.errors import AcinusError, Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model import CheckReport

__all__ = ["check"]


def check(
    path: Annotated[
        Path | None,
        typer.Argument(help="A biology folder, an .ant file or an SBML file; the shipped biology if none."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Check model text: symbols, units, sources, tables, bibliography.

    Exit code 1 if something is to be mended.
    """
    from acinus.documents import biology_folder

    path = path or biology_folder()
    if not path.exists():
        raise RequestError(
            Diagnostic(Code.CHECK_PATH, f"there is no {path}", None, "", "Name a folder or a file.")
        )
    with progress() as step:
        step(f"checking {path}")
        report, findings = _check_folder(path) if path.is_dir() else (None, _check_file(path))
    if json:
        print_json({"path": str(path), "findings": diagnostics_as_data(findings), **_counts(report)})
    else:
        complain(findings)
        _print(path, report, findings)
    if findings:
        raise typer.Exit(ExitCode.FINDINGS)


def _check_folder(path: Path) -> tuple[CheckReport, tuple[Diagnostic, ...]]:
    from acinus.model import check_biology

    report = check_biology(path)
    return report, tuple(report.diagnostics)


def _check_file(path: Path) -> tuple[Diagnostic, ...]:
    from acinus.model import load_model

    try:
        return tuple(load_model(path).findings)
    except AcinusError as error:
        return error.diagnostics


def _counts(report: CheckReport | None) -> dict[str, object]:
    if report is None:
        return {}
    return {
        "assemblies": list(report.assemblies),
        "parameters": report.parameters,
        "references": report.references,
        "grades": dict(report.grades),
        "modules": [
            {"name": m.name, "file": m.file, "parameters": list(m.parameters), "grades": dict(m.grades)}
            for m in report.modules
        ],
        "own_numbers": [
            {"assembly": o.assembly, "own": list(o.own), "shared": list(o.shared), "grades": dict(o.grades)}
            for o in report.own_numbers
        ],
    }


def _print(path: Path, report: CheckReport | None, findings: tuple[Diagnostic, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from acinus.model import GRADES

    screen = terminal()
    if report is not None:
        grades = [g for g in GRADES if any(g in m.grades for m in (report, *report.own_numbers))]
        shown = Table(title=Text("How the numbers are known", style="bold"), box=None, pad_edge=False)
        shown.title_justify = "left"
        shown.add_column("module")
        shown.add_column("numbers", justify="right")
        for grade in grades:
            shown.add_column(grade.replace("_", " "), justify="right")
        for module in report.modules:
            shown.add_row(Text(module.name), str(len(module.parameters)), *_shares(module.grades, grades))
        shown.add_row("all", str(report.parameters), *_shares(report.grades, grades), style="bold")
        for own in report.own_numbers:
            shown.add_row(f"{own.assembly}'s own", str(len(own.own)), *_shares(own.grades, grades))
        screen.print(shown)
        for own in report.own_numbers:
            screen.print(Text(f"{own.assembly} shares with the others: {', '.join(own.shared)}"))
        counts = f"{len(report.modules)} modules, {report.parameters} numbers, {report.references} references"
        screen.print(Text(f"assemblies: {', '.join(report.assemblies)}; {counts}"))
    verdict = f"{len(findings)} to mend" if findings else "nothing to mend"
    screen.print(Text(f"{path}: {verdict}", style="bold"))


def _shares(shares: Mapping[str, float], grades: list[str]) -> list[str]:
    return [f"{shares[grade]:.0%}" if shares.get(grade) else "" for grade in grades]
