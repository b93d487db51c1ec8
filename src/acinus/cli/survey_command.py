"""`acinus survey`: what the US health survey says of magnesium, the liver and death."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.progress import progress
from acinus.cli.terminal import errors_terminal, print_json, print_use, terminal
from acinus.provenance import CONTEXT_OF_USE

if TYPE_CHECKING:
    from acinus.evidence.survey import Estimate, SurveyResult

__all__ = ["survey"]


def survey(
    folder: Annotated[Path, typer.Argument(help="Folder with the survey's files.", metavar="DIR")],
    report: Annotated[Path | None, typer.Option(help="Write a page with figures to this HTML file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Analyse NHANES: magnesium eaten, ALT, liver fat and stiffness, and death, with design-based errors.

    DIR holds the joined tables, or the files of 2017-2018 as the survey publishes them. Each estimate is printed with its
    model, the people in it, its 95 % interval and the degrees of freedom of the design.
    """
    from acinus.evidence.survey import analyse_survey

    with progress() as step:
        result = analyse_survey(folder, progress=step)
        if report is not None:
            from acinus.report.survey_page import write_survey_page

            step("drawing and writing")
            write_survey_page(report, result)
    if json:
        files = [str(report)] if report is not None else []
        print_json({"context_of_use": CONTEXT_OF_USE, **result.as_data(), "files": files})
    else:
        _print(result, report)


def _print(result: SurveyResult, report: Path | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from acinus.evidence.survey import LIMITS

    screen = terminal()
    for diagnostic in result.missing:
        errors_terminal().print(str(diagnostic), style="bold red", markup=False)
    for table in result.tables:
        screen.print(
            Text(
                f"{table.name}: {table.title}. {table.rows:,} people, {table.adults_with_magnesium:,} adults with magnesium; "
                f"{table.psus} sampling units in {table.strata} strata, {table.df} degrees of freedom."
            )
        )
    shown = Table(box=None, pad_edge=False)
    for title in ("estimate", "what"):
        shown.add_column(title)
    for title in ("value", "95 % interval", "n", "events", "df"):
        shown.add_column(title, justify="right", no_wrap=True)
    for estimate in result.estimates.values():
        shown.add_row(*(Text(cell) for cell in _cells(estimate)))
    screen.print(shown)
    for name, curve in result.curves.items():
        screen.print(
            Text(
                f"{name}: not a straight line, F = {curve.nonlinear[0]:.2f}, p = {curve.nonlinear[1]:.2g}; "
                f"any relation, F = {curve.overall[0]:.2f}, p = {curve.overall[1]:.2g} ({curve.n:,} people, df {curve.df})"
            )
        )
    for limit in LIMITS:
        screen.print(Text(limit))
    if report is not None:
        screen.print(Text(f"wrote {report}"), soft_wrap=True)
    print_use()


def _cells(estimate: Estimate) -> tuple[str, ...]:
    words = f"{estimate.measure} {estimate.unit}".strip()
    interval = f"{estimate.low:.4g} to {estimate.high:.4g}"
    events = "" if estimate.events is None else f"{estimate.events:,}"
    df = "normal" if estimate.df is None else str(estimate.df)
    return (estimate.name, words, f"{estimate.value:.4g}", interval, f"{estimate.n:,}", events, df)
