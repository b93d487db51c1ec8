"""`acinus report circle`: where low magnesium and liver disease would keep each other going."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acinus.cli.lost_courses import fail_if_lost
from acinus.cli.progress import progress
from acinus.cli.terminal import print_json, print_use, terminal

__all__ = ["circle"]


def circle(
    out: Annotated[Path, typer.Option(help="Folder for the picture and the tables.")] = Path("out/report"),
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Map where low magnesium and liver disease have one or two resting states, over magnesium eaten and alcohol.

    Writes circle.png, circle.csv and circle_courses.csv. Exit code 3 if an individual did not reach the end.
    """
    from acinus.report.circle import make_circle, write_circle

    with progress() as step:
        numbers = make_circle(progress=step)
        step("drawing and writing")
        files = write_circle(out, numbers)
    shares = [(one.susceptibility, one.gain, one.share_of_two) for one in numbers.maps]
    if json:
        print_json(
            {
                "title": numbers.title,
                "provenance": numbers.provenance.as_dict(),
                "years": numbers.rest,
                "two_resting_states": [
                    {"susceptibility": susceptibility, "gain": gain, "share_of_the_map": share}
                    for susceptibility, gain, share in shares
                ],
                "n_in": numbers.runs,
                "n_ok": numbers.runs_finished,
                "files": [str(path) for path in files],
            }
        )
    else:
        from rich.text import Text

        screen = terminal()
        screen.print(Text("Share of the map with two resting states"))
        for susceptibility, gain, share in shares:
            screen.print(
                Text(f"  scars {susceptibility:g} times as readily, links times {gain:g}: {share:.1%}")
            )
        for path in files:
            screen.print(Text(f"wrote {path}"), soft_wrap=True)
        print_use()
    fail_if_lost(numbers.runs, numbers.runs_finished)
