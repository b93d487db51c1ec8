"""`acinus summary` and `acinus query`: the results of a run in a few numbers, and by SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from acinus.cli.terminal import number, print_json, print_use, terminal

if TYPE_CHECKING:
    from acinus.runs import RunSummary

__all__ = ["query", "summary"]

_Folder = Annotated[Path, typer.Argument(help="Folder of the run, finished or not.")]
_MOST_LINES = 1000


def summary(
    folder: _Folder, json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False
) -> None:
    """Show counts, quantiles, and shares with their 95 % intervals, arm by arm."""
    from acinus.runs import open_run

    run = open_run(folder)
    found = run.summary()
    if json:
        print_json({"identity": run.manifest.identity, **_as_data(found)})
        return
    _print(found, run.manifest.parsed_request().name or folder.name)
    print_use()


def query(
    folder: _Folder,
    sql: Annotated[str, typer.Argument(help="One SELECT from the table `results`.")],
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values, all of them.")] = False,
) -> None:
    """Ask the results of a run by SQL; reads only, and nothing but the table `results`."""
    from rich.table import Table
    from rich.text import Text

    from acinus.runs import open_run

    answer = open_run(folder).query(sql)
    if json:
        print_json(_plain(answer.to_pylist()))
        return
    if csv:
        typer.echo(answer.to_pandas().to_csv(index=False), nl=False)
        return
    shown = Table(box=None, pad_edge=False)
    for name in answer.column_names:
        shown.add_column(Text(name))
    for row in answer.slice(0, _MOST_LINES).to_pylist():
        shown.add_row(*(Text(_cell(value)) for value in row.values()))
    terminal().print(shown)
    if answer.num_rows > _MOST_LINES:
        terminal().print(f"{answer.num_rows - _MOST_LINES:,} more rows with --csv or --json", style="dim")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return number(value) if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """Return values that JSON knows: dates and the like as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _print(found: RunSummary, name: str) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = terminal()
    screen.print(Text(name, style="bold"))
    if found.people_done < found.people:
        screen.print(f"{found.people_done:,} of {found.people:,} individuals so far", style="bold yellow")
    if found.left_out:
        screen.print(f"{found.left_out:,} were left out as implausible by the rules of the population")
    for arm in found.arms:
        ways = ", ".join(f"{count:,} {status}" for status, count in arm.ways_to_fail.items())
        failed = f"{arm.n_failed:,} failed" + (f" ({ways})" if ways else "")
        screen.print()
        screen.print(
            Text(f"{arm.arm}: {arm.n_in:,} in = {arm.n_ok:,} finished + {failed}", style="bold"),
            soft_wrap=True,
        )
        shown = Table(box=None, pad_edge=False)
        shown.add_column("endpoint")
        for column in ("read", "mean", "5 %", "25 %", "median", "75 %", "95 %"):
            shown.add_column(column, justify="right")
        shown.add_column("unit")
        for endpoint in arm.endpoints:
            if endpoint.yes is not None:
                continue
            values = [endpoint.mean, *endpoint.quantiles.values()]
            unit = "" if endpoint.unit == "dimensionless" else endpoint.unit
            shown.add_row(
                Text(endpoint.title), f"{endpoint.n_defined:,}", *(number(v) for v in values), Text(unit)
            )
        if shown.row_count:
            screen.print(shown)
        shown = Table(box=None, pad_edge=False)
        for column, side in (
            ("answer yes", "left"),
            ("share", "right"),
            ("95 % interval", "right"),
            ("of", "right"),
        ):
            shown.add_column(column, justify="right" if side == "right" else "left")
        for endpoint in arm.endpoints:
            share = _share(endpoint.yes, endpoint.n_defined)
            if endpoint.yes is None:
                continue
            cells = ("-", "-") if share is None else (f"{share[0]:.2%}", f"{share[1]:.2%} to {share[2]:.2%}")
            shown.add_row(Text(endpoint.title), *cells, f"{endpoint.yes:,} of {endpoint.n_defined:,}")
        if shown.row_count:
            screen.print(shown)


def _share(yes: int | None, of: int) -> tuple[float, float, float] | None:
    """Return a share with its exact interval; None where nobody was asked."""
    from acinus.evidence.binomial import clopper_pearson

    if yes is None or of == 0:
        return None
    found = clopper_pearson(yes, of)
    return found.value, found.low, found.high


def _as_data(found: RunSummary) -> dict[str, Any]:
    arms = []
    for arm in found.arms:
        endpoints = []
        for endpoint in arm.endpoints:
            share = _share(endpoint.yes, endpoint.n_defined)
            endpoints.append(
                {
                    "name": endpoint.name,
                    "title": endpoint.title,
                    "unit": endpoint.unit,
                    "n_defined": endpoint.n_defined,
                    "mean": endpoint.mean,
                    "quantiles": {f"{p:g}": value for p, value in endpoint.quantiles.items()},
                    "yes": endpoint.yes,
                    "share": None
                    if share is None
                    else dict(zip(("value", "low", "high"), share, strict=True)),
                }
            )
        arms.append(
            {
                "arm": arm.arm,
                "n_in": arm.n_in,
                "n_ok": arm.n_ok,
                "n_failed": arm.n_failed,
                "ways_to_fail": dict(arm.ways_to_fail),
                "endpoints": endpoints,
            }
        )
    return {
        "individuals": found.people,
        "individuals_done": found.people_done,
        "left_out": found.left_out,
        "arms": arms,
    }
