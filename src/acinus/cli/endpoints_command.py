"""`acinus endpoints`: what can be read off a run by name, and the measures that endpoints are made of."""

from __future__ import annotations

from typing import Annotated

import typer

from acinus.cli.terminal import print_json, terminal

__all__ = ["endpoints"]


def endpoints(json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False) -> None:
    """List endpoints and measures."""
    from rich.table import Table
    from rich.text import Text

    from acinus.endpoints import list_endpoints, list_measures

    named = {name: (endpoint.title, endpoint.measure.name) for name, endpoint in list_endpoints().items()}
    measures = list_measures()
    if json:
        listed = {name: {"name": title, "measure": measure} for name, (title, measure) in named.items()}
        print_json({"endpoints": listed, "measures": measures})
        return
    screen = terminal()
    shown = Table("endpoint", "name", "measure", box=None, pad_edge=False)
    for name, (title, measure) in named.items():
        shown.add_row(Text(name), Text(title), Text(measure))
    screen.print(shown)
    screen.print()
    shown = Table("measure", "what it is", box=None, pad_edge=False)
    for name, sentence in measures.items():
        shown.add_row(Text(name), Text(sentence))
    screen.print(shown)
