"""`acinus foods`: what foods contain, from the own table or a full one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acinus.cli.terminal import number, print_json, terminal
from acinus.errors import Code, Diagnostic, RequestError

__all__ = ["foods"]


def foods(
    search: Annotated[list[str] | None, typer.Argument(help="Words in the name; all foods if none.")] = None,
    file: Annotated[Path | None, typer.Option("--foods", help="Full USDA table of foods (CSV).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """List foods with what they contain in 100 g, richest first."""
    from rich.table import Table
    from rich.text import Text

    from acinus.model import food_table

    table = food_table(file=file)
    words = " ".join(search or [])
    found = table.search(words)
    if not found:
        raise RequestError(
            Diagnostic(
                Code.FOOD_UNKNOWN,
                f"no food is called `{words}`",
                None,
                "",
                table.near(words) or "`acinus foods` lists all; `--foods FILE` reads a full table.",
            )
        )
    nutrients = list(dict.fromkeys(key for food in found for key in food.content))
    ordered = sorted(found, key=lambda food: [-food.content.get(key, 0.0) for key in nutrients])
    if json:
        listed = [
            {
                "id": f.id,
                "name": f.name,
                "number": f.number,
                "mg_per_100_g": dict(f.content),
                "source": f.source,
            }
            for f in ordered
        ]
        print_json({"foods": listed})
        return
    columns = ["food", *(f"{key} [mg/100 g]" for key in nutrients), "USDA", "name"]
    shown = Table(box=None, pad_edge=False)
    for column in columns:
        shown.add_column(Text(column))
    for food in ordered:
        contents = [number(food.content.get(key)) for key in nutrients]
        shown.add_row(Text(food.id), *contents, Text(food.number or "-"), Text(food.name))
    terminal().print(shown)
