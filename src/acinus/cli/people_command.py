"""`acinus people`: virtual people of a population, as a table in a file and a summary on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.terminal import errors_terminal, number, print_json, print_use, terminal

if TYPE_CHECKING:
    from acinus.population import ColumnSummary, Individuals

__all__ = ["people"]


def people(
    population: Annotated[
        str | None, typer.Argument(help="Population by name, or its file; lists them if none.")
    ] = None,
    n: Annotated[int, typer.Option("--n", help="How many people.")] = 1000,
    seed: Annotated[int, typer.Option(help="Which draw of people.")] = 1,
    design: Annotated[str, typer.Option(help="random, latin_hypercube or sobol.")] = "random",
    out: Annotated[
        Path | None,
        typer.Option(help="Write them to this file, .csv or .parquet, which other commands read."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model by name, or its file; that of the population if none.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show parameters that vary as their rows in the tables say, too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Draw virtual people and print how they are spread."""
    from acinus.model import load_model
    from acinus.population import draw, list_populations, read_population, summarise_people, write_cohort
    from acinus.report import whole_file

    if population is None:
        print_json(list(list_populations())) if json else typer.echo("\n".join(list_populations()))
        return
    source = Path(population) if population.endswith((".yaml", ".yml")) else population
    read = read_population(source, model=None if model is None else load_model(model))
    drawn = draw(read, n, seed, design=design)
    if out is not None:
        with whole_file(out) as temporary:
            write_cohort(drawn, temporary)
        errors_terminal().print(f"wrote {out}", markup=False)
    summaries = summarise_people(drawn)
    if json:
        print_json(_as_data(drawn, summaries))
        return
    shown = [row for row in summaries if every or row.name not in read.as_in_tables]
    _print(f"{read.title}: {len(drawn):,} people, seed {seed}, {design}", shown, len(summaries) - len(shown))
    _print_plausibility(drawn)
    print_use()


def _print(title: str, rows: list[ColumnSummary], hidden: int) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    table.add_column("column")
    for name in ("mean", "5 %", "median", "95 %", "lowest", "highest"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for row in rows:
        figures = (row.mean, row.low, row.median, row.high, row.lowest, row.highest)
        unit = "" if row.unit == "dimensionless" else row.unit
        table.add_row(Text(row.name), *(number(figure) for figure in figures), Text(unit))
    screen = terminal()
    screen.print(table)
    if hidden:
        screen.print(
            f"and {hidden} parameters that vary as their rows in the tables say (--all)", style="dim"
        )


def _print_plausibility(drawn: Individuals) -> None:
    report = drawn.plausibility
    if report is None:
        return
    screen = terminal()
    screen.print(
        f"{report.n_in:,} drawn = {report.n_ok:,} in the table + {report.n_removed:,} removed as implausible; "
        f"{report.n_redrawn:,} of those in the table were drawn again",
        markup=False,
    )
    for rule, count in report.broken.items():
        if count:
            screen.print(f"  {count:,} broke: {rule}", markup=False)


def _as_data(drawn: Individuals, rows: list[ColumnSummary]) -> dict[str, object]:
    from dataclasses import asdict

    report = drawn.plausibility
    counts: dict[str, object] = {}
    if report is not None:
        counts = {
            "n_in": report.n_in,
            "n_ok": report.n_ok,
            "n_removed": report.n_removed,
            "n_redrawn": report.n_redrawn,
            "broken": dict(report.broken),
        }
    return {
        "source": drawn.source,
        "seed": drawn.seed,
        "n": len(drawn),
        "plausibility": counts,
        "columns": [asdict(row) for row in rows],
    }
