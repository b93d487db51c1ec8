"""`acinus run`: a protocol, all its arms side by side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import Step, progress
from acinus.cli.settings import read_settings
from acinus.cli.terminal import errors_terminal, number, print_json, print_use, terminal
from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from acinus.model import Model
    from acinus.report import EndpointTable
    from acinus.simulation import Protocol, Trajectories

__all__ = ["run"]


class _Result(NamedTuple):
    """What came of one protocol: the typical individual and the people by arm, endpoints, files written."""

    name: str
    title: str
    runs: dict[str, Trajectories]
    people: dict[str, Trajectories]
    table: EndpointTable
    files: tuple[Path, ...]


def run(
    protocols: Annotated[list[str], typer.Argument(help="Protocols of the model by name, or their files.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="ID=VALUE", help="A parameter, such as 'BW=60 kg'.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for figure, endpoints, trajectories, provenance.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model by name, or its Antimony or SBML file; that of each protocol, or human, if none."
        ),
    ] = None,
    zones: Annotated[int, typer.Option(help="Zones of the sinusoid, from portal to central.")] = 8,
    endpoint: Annotated[
        list[str] | None, typer.Option(help="Show this endpoint; all of them if none.")
    ] = None,
    people: Annotated[
        int, typer.Option(min=0, help="Simulate that many virtual people besides the typical adult.")
    ] = 0,
    population: Annotated[
        str, typer.Option(help="Which people; what the protocol or --set fixes is the same for all.")
    ] = "healthy_adults",
    seed: Annotated[int, typer.Option(help="Which draw of people.")] = 1,
    foods: Annotated[
        Path | None,
        typer.Option(help="Full USDA table of foods (CSV), for diets with foods that the own table lacks."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Simulate protocols and print what is read off, arms side by side.

    Exit code 3 if an individual did not reach the end.
    """
    from acinus.report import tabulate_endpoints, write_run

    with progress() as step:
        step("loading the model")
        plans = [_plan(name, model, zones, settings or [], foods) for name in protocols]
        results: list[_Result] = []
        for loaded, values, arms in plans:
            first = next(iter(arms.values()))
            runs = _simulate_arms(loaded, arms, values, step)
            crowd = _simulate_people(loaded, arms, values, step, (population, people, seed)) if people else {}
            step("reading endpoints")
            table = tabulate_endpoints(runs, endpoint or None)
            files: tuple[Path, ...] = ()
            if out is not None:
                step("writing figure and files")
                title = first.title or first.name
                files = write_run(out, runs, table, name=first.name, title=title, people=crowd)
            results.append(_Result(first.name, first.title or first.name, runs, crowd, table, files))

    if json:
        print_json(_as_data(results))
    else:
        for result in results:
            _print(result, every_row=bool(endpoint))
        print_use()
    everybody = [run for result in results for run in (*result.runs.values(), *result.people.values())]
    if not all(run.ok.all() for run in everybody):
        raise typer.Exit(ExitCode.INDIVIDUALS_FAILED)


def _plan(
    name: str, model: str | None, zones: int, settings: list[str], foods: Path | None
) -> tuple[Model, dict[str, float], Mapping[str, Protocol]]:
    """Return the model of a protocol, the settings in its units, and the protocol's arms, checked against it."""
    from acinus.model import food_table, load_model
    from acinus.simulation import load_arms

    table = None if foods is None else food_table(file=foods)
    if model is None:
        model = next(iter(load_arms(name, foods=table).values())).model or "human"
    loaded = load_model(model, zones=zones)
    return loaded, read_settings(settings, loaded), load_arms(name, loaded, table)


def _simulate_arms(
    model: Model, arms: Mapping[str, Protocol], values: Mapping[str, float], step: Step
) -> dict[str, Trajectories]:
    from acinus.simulation import simulate

    runs = {}
    for arm, protocol in arms.items():
        step(f"simulating {protocol.name} {arm}".rstrip())
        runs[arm] = simulate(model, protocol, values=values)
    return runs


def _simulate_people(
    model: Model,
    arms: Mapping[str, Protocol],
    values: Mapping[str, float],
    step: Step,
    draw: tuple[str, int, int],
) -> dict[str, Trajectories]:
    """Simulate the same people in every arm, alike in whatever the protocol or the settings fix."""
    from acinus.population import draw_population
    from acinus.simulation import simulate

    name, count, seed = draw
    drawn = draw_population(name, count, seed, model=model)
    runs = {}
    for arm, protocol in arms.items():
        step(f"simulating {count} people {arm}".rstrip())
        fixed = {*protocol.values, *values}
        kept = {key: column for key, column in drawn.columns.items() if key not in fixed}
        runs[arm] = simulate(model, protocol, kept, values=values, workers=2)
    return runs


def _print(result: _Result, *, every_row: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from acinus.endpoints import read_endpoint
    from acinus.report.people_table import share_hurt
    from acinus.report.time_unit import time_unit

    name, title, runs, people, table, files = result
    screen = terminal()
    times = time_unit(max(float(run.time[-1]) for run in runs.values()))
    shown = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    shown.add_column("endpoint")
    for arm in table.arms:
        shown.add_column(Text(arm or "value"), justify="right")
    shown.add_column("unit")
    hidden = 0
    for row in table.rows:
        # Zone by zone and with every detail the table would be longer than the screen; the files have it.
        empty = not any(value is not None for value in row.values)
        if not every_row and (row.by_zone or row.detail or row.still or empty):
            hidden += 1
            continue
        # Times of a run of months or years are hard to read in hours.
        factor, unit = (times.hours, times.symbol) if row.unit == "h" else (1.0, row.unit)
        cells = [
            _answer(value) if row.yes_or_no else number(None if value is None else value / factor)
            for value in row.values
        ]
        unit = "" if unit == "dimensionless" else unit.replace("percent", "%")
        shown.add_row(Text(row.title), *cells, Text(unit))
    if people and not all(row.still for row in table.rows if row.name == "hepatotoxicity"):
        counts = [share_hurt(people[arm]) for arm in table.arms]
        cells = [f"{hurt} of {ok}" for hurt, ok, _ in counts]
        words = read_endpoint(people[table.arms[0]], "hepatotoxicity").title
        shown.add_row(Text(f"{words}: of the virtual people"), *cells, Text(""), style="bold")
    for rule in dict.fromkeys(rule for run in runs.values() for rule in run.decisions):
        acted = [run.decisions.get(rule) for run in runs.values()]
        cells = ["-" if times is None else number(float(times[0])) for times in acted]
        shown.add_row(Text(f"Times the rule {rule} acted"), *cells, Text(""))
        if people:
            cells = [
                "-" if times is None else _share_acted(people[arm], rule)
                for arm, times in zip(runs, acted, strict=True)
            ]
            shown.add_row(Text("  acted: of the virtual people"), *cells, Text(""), style="bold")
    screen.print(shown)
    _print_notices(runs, "")
    _print_notices(people, "of the virtual people")
    for arm, run in [*runs.items(), *people.items()]:
        if not run.ok.all():
            errors_terminal().print(f"{arm or name}: {run.summary()}", style="bold red", markup=False)
    if hidden:
        where = "in the files" if files else "with --json"
        screen.print(
            f"{hidden} more rows (zone by zone, details, without a value, or of what did not move) {where}.",
            style="dim",
        )
    if table.left_out:
        screen.print(f"{len(table.left_out)} endpoints do not fit this model; --json says why.", style="dim")
    for path in files:
        screen.print(Text(f"wrote {path}"), soft_wrap=True)


def _print_notices(runs: Mapping[str, Trajectories], whose: str) -> None:
    """Say which limits were passed, once for arms that say the same."""
    from rich.text import Text

    arms_of: dict[str, list[str]] = {}
    for arm, run in runs.items():
        for notice in run.notices:
            arms_of.setdefault(str(notice), []).append(arm)
    for text, arms in arms_of.items():
        who = ", ".join(filter(None, (*arms, whose)))
        terminal().print(Text(f"{who}: {text}" if who else text, style="bold yellow"), soft_wrap=True)


def _share_acted(run: Trajectories, rule: str) -> str:
    return f"{int((run.decisions[rule][run.ok] > 0).sum())} of {int(run.ok.sum())}"


def _answer(value: float | None) -> str:
    return "-" if value is None else {0.0: "no", 1.0: "yes"}.get(value, number(value))


def _as_data(results: Sequence[_Result]) -> dict[str, object]:
    from acinus.report.people_table import share_hurt

    def people_of(result: _Result) -> dict[str, object]:
        shares = {arm: share_hurt(run) for arm, run in result.people.items()}
        return {arm: {"hurt": hurt, "finished": ok, "begun": n} for arm, (hurt, ok, n) in shares.items()}

    def decisions_of(run: Trajectories) -> dict[str, object]:
        """Return for each rule how many individuals it acted on how often; who failed is not counted."""
        counted: dict[str, object] = {}
        for rule, times in run.decisions.items():
            acted = times[run.ok].astype(int)
            counted[rule] = {str(k): int((acted == k).sum()) for k in sorted(set(acted.tolist()))}
        return counted

    def notices_of(runs: Mapping[str, Trajectories]) -> dict[str, object]:
        return {arm: [asdict(notice) for notice in run.notices] for arm, run in runs.items()}

    return {
        "acinus": version(),
        "context_of_use": CONTEXT_OF_USE,
        "runs": [
            {
                "protocol": result.name,
                "title": result.title,
                "arms": list(result.runs),
                "finished": {arm: int(run.ok.sum()) for arm, run in result.runs.items()},
                "individuals": {arm: len(run.ok) for arm, run in result.runs.items()},
                "summary": {arm: run.summary() for arm, run in result.runs.items()},
                "people": people_of(result),
                "decisions": {arm: decisions_of(run) for arm, run in result.runs.items()},
                "decisions_of_people": {arm: decisions_of(run) for arm, run in result.people.items()},
                "notices": notices_of(result.runs),
                "notices_of_people": notices_of(result.people),
                "endpoints": result.table.as_dict(),
                "left_out": dict(result.table.left_out),
                "files": [str(path) for path in result.files],
                "provenance": {arm: run.provenance.as_dict() for arm, run in result.runs.items()},
            }
            for result in results
        ],
    }
