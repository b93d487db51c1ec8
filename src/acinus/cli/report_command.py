"""`acinus report`: pages that put what the model says beside what was published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acinus.cli.lost_courses import fail_if_lost
from acinus.cli.progress import progress
from acinus.cli.terminal import print_json, print_use, terminal

__all__ = ["ica", "overdose"]


def overdose(
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = Path("out/report"),
    people: Annotated[
        int | None, typer.Option(min=1, help="How many virtual people; as the page's file says if not given.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Which draw of people; as the page's file says if not given.")
    ] = None,
    claims: Annotated[
        bool, typer.Option(help="Check every claim as well, to say on the page what is known to fail.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Make the page on acetaminophen overdose: outcome by delay, level and regimen, time courses, the lobule.

    Writes overdose.html, .pdf, .png and .json. Exit code 3 if an individual did not reach the end.
    """
    from acinus.report.overdose_page import make_overdose_page, page_as_data, write_overdose_page

    with progress() as step:
        numbers = make_overdose_page(people=people, seed=seed, claims=claims, progress=step)
        step("drawing and writing")
        files = write_overdose_page(out, numbers)
    if json:
        print_json({**page_as_data(numbers), "files": [str(path) for path in files]})
    else:
        from rich.text import Text

        screen = terminal()
        screen.print(Text(f"{numbers.begun:,} people, {numbers.group_size:,} of them: {numbers.group}"))
        screen.print(Text(f"{numbers.outcome} untreated: {numbers.everybody}"))
        screen.print(Text(f"{numbers.outcome} untreated, {numbers.group.lower()}: {numbers.untreated}"))
        for path in files:
            screen.print(Text(f"wrote {path}"), soft_wrap=True)
        print_use()
    fail_if_lost(numbers.runs, numbers.runs_finished)


def ica(
    out: Annotated[Path, typer.Option(help="Folder for the picture.")] = Path("out/report"),
    points: Annotated[
        int | None, typer.Option(min=2, help="Points on each axis; as the page's file says if not given.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Make the picture on gut bacteria: how far their indole-3-carboxylic acid could lower NAPQI, over what is not known.

    Writes ica.png, .pdf and .json. Exit code 3 if an individual did not reach the end.
    """
    from acinus.report.ica_map import answer, make_ica_map, map_as_data, write_ica_map

    with progress() as step:
        numbers = make_ica_map(points=points, progress=step)
        step("drawing and writing")
        files = write_ica_map(out, numbers)
    if json:
        print_json({**map_as_data(numbers), "files": [str(path) for path in files]})
    else:
        from rich.text import Text

        screen = terminal()
        for row, words in zip(numbers.panels, answer(numbers), strict=True):
            screen.print(Text(f"{row[0].hypothesis}. {words}"))
        for path in files:
            screen.print(Text(f"wrote {path}"), soft_wrap=True)
        print_use()
    fail_if_lost(numbers.runs, numbers.runs_finished)
