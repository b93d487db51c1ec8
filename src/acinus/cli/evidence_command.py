"""`acinus evidence`: the statements of popular articles, how sure anyone can be, and what the checks found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.progress import progress
from acinus.cli.terminal import print_json, print_use, terminal

if TYPE_CHECKING:
    from acinus.evidence.ledger import Ledger, LedgerEntry

__all__ = ["evidence"]

_COLOURS = {
    "supported": "green",
    "partly": "yellow",
    "overstated": "dark_orange",
    "contradicted": "red",
    "wrong": "red",
    "unsafe": "bold red",
}


def evidence(
    statements: Annotated[
        list[str] | None, typer.Argument(help="Ids such as A08; a table of all if none.", metavar="[ID]...")
    ] = None,
    survey: Annotated[
        Path | None, typer.Option(help="Folder with the files of the US health survey, for checks on it.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with figures to this HTML file.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run what could be found from before.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Put the statements of popular articles to the test: certainty, verdict, and what each check found.

    Without ids a table, with ids a page for each. Results are kept between runs until the science or the program changes.
    """
    from acinus.evidence.ledger import run_ledger

    with progress() as step:
        ledger = run_ledger(
            statements or None,
            survey=survey,
            fresh=fresh,
            progress=lambda done, total, name: step(name, done, total) if total else step(name),
        )
        if html is not None:
            from acinus.report.evidence_page import write_evidence_page

            step("drawing and writing")
            write_evidence_page(html, ledger)
    if json:
        print_json({**ledger.as_dict(), "files": [str(html)] if html is not None else []})
        return
    if statements:
        for entry in ledger.entries:
            _print_page(entry, ledger)
    else:
        _print_table(ledger)
    if html is not None:
        terminal().print(f"wrote {html}", markup=False, soft_wrap=True)
    print_use()


def _print_table(ledger: Ledger) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = terminal()
    shown = Table(box=None, pad_edge=False)
    for name in ("id", "statement", "certainty", "verdict", "check"):
        shown.add_column(name, overflow="fold", no_wrap=name in ("id", "certainty", "verdict"))
    for entry in ledger.entries:
        one = entry.statement
        cells = (Text(one.id), Text(one.title), Text(one.certainty))
        shown.add_row(*cells, Text(entry.verdict, style=_COLOURS.get(entry.verdict, "")), Text(entry.found))
        if one.warning:
            shown.add_row("", Text(f"WARNING: {one.warning}", style="bold red"))
    screen.print(shown)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in ledger.verdicts.items())
    checked = sum(entry.statement.checked for entry in ledger.entries)
    screen.print(Text(f"{len(ledger.entries)} statements, {checked} with a check: {counts}."))


def _print_page(entry: LedgerEntry, ledger: Ledger) -> None:
    from rich.text import Text

    from acinus.report.evidence_page import page_lines

    screen = terminal()
    for line, style in page_lines(entry, ledger):
        screen.print(Text(line, style=style))
    screen.print()
