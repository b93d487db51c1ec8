"""`acinus map`: an outcome over two quantities, one panel for each arm of a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.lost_courses import fail_if_lost
from acinus.cli.progress import progress
from acinus.cli.terminal import number, print_json, print_use, terminal
from acinus.cli.unfinished import UNFINISHED, forget

if TYPE_CHECKING:
    from acinus.trials import MapResult
    from acinus.trials.decision_map import Axis

__all__ = ["decision_map"]


def decision_map(
    file: Annotated[str | None, typer.Argument(help="Map by name, or its file; lists them if none.")] = None,
    people: Annotated[
        int | None, typer.Option(help="Individuals in each cell, instead of what the file says.", min=1)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Which draw of people, instead of the file's.", min=0)
    ] = None,
    workers: Annotated[int, typer.Option(help="Threads; the numbers do not depend on it.", min=1)] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write tables and a picture to this folder; the same command goes on there after a kill."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Map an outcome over two quantities and the arms of a protocol, with an interval for every cell.

    Exit code 3 if some individuals did not finish.
    """
    from acinus.trials import list_maps, make_map, read_map

    if file is None:
        print_json(list(list_maps())) if json else typer.echo("\n".join(list_maps()))
        return
    with progress() as step:
        step("reading")
        asked = read_map(file, people=people, seed=seed)
        kept = None if out is None else out / UNFINISHED
        result = make_map(asked, workers=workers, progress=step, kept=kept)
        files: tuple[Path, ...] = ()
        if out is not None:
            from acinus.report.trial_files import write_map

            step("drawing and writing")
            files = write_map(result, out)
            forget(out)
    if json:
        print_json({**result.as_dict(), "files": [str(path) for path in files]})
    else:
        _print(result)
        for path in files:
            terminal().print(f"wrote {path}", markup=False, soft_wrap=True)
        print_use()
    runs = sum(cell.n_in for cell in result.cells)
    fail_if_lost(runs, sum(cell.n_ok for cell in result.cells))


def _print(result: MapResult) -> None:
    from rich.table import Table
    from rich.text import Text

    asked, screen = result.map, terminal()
    screen.print(Text(asked.setting.title, style="bold"))
    kind = "share in percent" if result.is_share else f"mean [{result.unit}]"
    screen.print(
        f"{result.title}: {kind} of the same {asked.setting.people:,} individuals in every cell, "
        f"with its {asked.confidence:.0%} interval",
        markup=False,
    )
    scale = 100.0 if result.is_share else 1.0
    across = asked.across.labels
    for arm in asked.setting.arms:
        table = Table(
            title=Text(asked.setting.titles[arm], style="bold"),
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        table.add_column(Text(f"{_named(asked.down)} \\ {_named(asked.across)}"))
        for head in across:
            table.add_column(Text(head), justify="right")
        value, low, high = (scale * result.grid(arm, what) for what in ("value", "low", "high"))
        for row, down in enumerate(asked.down.labels):
            cells = (
                f"{number(value[row, i])} ({number(low[row, i])}-{number(high[row, i])})"
                for i in range(len(across))
            )
            table.add_row(Text(down), *(Text(cell) for cell in cells))
        screen.print()
        screen.print(table)
    if asked.setting.note:
        screen.print(Text(asked.setting.note, style="dim"))


def _named(axis: Axis) -> str:
    return f"{axis.column} [{axis.unit}]" if axis.unit else axis.column
