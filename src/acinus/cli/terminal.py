"""How commands speak: results on standard output, the rest on standard error, nothing read as markup."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import typer

from acinus.provenance import CONTEXT_OF_USE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from acinus.errors import Diagnostic

_FILE_WIDTH = 160

__all__ = [
    "complain",
    "diagnostics_as_data",
    "errors_terminal",
    "number",
    "print_json",
    "print_use",
    "terminal",
]


def terminal() -> Console:
    """Return the terminal for results; made anew, so that it follows redirection."""
    import os

    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        # A file has no edge; tables folded at 80 characters are hard to read and to search.
        console.width = _FILE_WIDTH
    return console


def errors_terminal() -> Console:
    """Return the terminal for messages."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def complain(diagnostics: Iterable[Diagnostic]) -> None:
    """Print refusals: the first line of each stands out, the rest is as the author wrote it."""
    from rich.text import Text

    screen = errors_terminal()
    codes: list[str] = []
    for diagnostic in diagnostics:
        codes.append(diagnostic.code.value)
        first, *rest = str(diagnostic).split("\n")
        screen.print(Text(first, style="bold red"), soft_wrap=True)
        for line in rest:
            screen.print(Text(line), soft_wrap=True)
    for code in dict.fromkeys(codes):
        screen.print(Text(f"More: acinus explain {code}", style="dim"), soft_wrap=True)


def diagnostics_as_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Return diagnostics as plain values, ready for JSON."""
    return [
        {
            "code": d.code.value,
            "title": d.code.title,
            "what": d.what,
            "file": d.place.file if d.place else None,
            "line": d.place.line if d.place else None,
            "column": d.place.column if d.place else None,
            "why": d.why,
            "remedy": d.remedy,
        }
        for d in diagnostics
    ]


def print_json(value: object) -> None:
    """Print one JSON document, alone, on standard output; numbers that are not finite become null."""
    typer.echo(json.dumps(_finite(value), indent=2, allow_nan=False, ensure_ascii=False))


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def print_use() -> None:
    """Print below results what they may be used for."""
    from rich.text import Text

    terminal().print(Text(CONTEXT_OF_USE, style="dim"))


def number(value: float | None) -> str:
    """Return a number as a reader likes it: three digits that count, thousands set apart.

    Examples
    --------
    >>> number(12345.6), number(0.012345), number(None)
    ('12,346', '0.0123', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if abs(value) >= 1e6 or 0.0 < abs(value) < 1e-3:
        return f"{value:.2e}"
    if abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"
