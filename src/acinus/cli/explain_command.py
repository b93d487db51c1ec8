"""`acinus explain`: what an id stands for and how its number is known, or what a diagnostic code means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.code_page import explain_code
from acinus.cli.progress import progress
from acinus.cli.terminal import print_json, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from acinus.model import Card, Explanation, Model

__all__ = ["explain"]

_CODE = re.compile(r"AC\d{3}", re.IGNORECASE)


def explain(
    identifier: Annotated[
        str | None,
        typer.Argument(
            metavar="ID|CODE", help="An id of the model, or a code such as AC103; all ids if none."
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="Model by name, or its Antimony or SBML file.")] = "human",
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Explain a number, a variable or a diagnostic code."""
    if identifier is not None and _CODE.fullmatch(identifier):
        page = explain_code(identifier.upper())
        if json:
            print_json(page)
        else:
            _print_pairs((name, str(value)) for name, value in page.items())
        return
    from acinus.model import explain as explain_id
    from acinus.model import load_model

    with progress() as step:
        step("loading the model")
        loaded = load_model(model)
    if identifier is None:
        _list(loaded, as_json=json)
        return
    found = explain_id(loaded, identifier)
    if json:
        print_json(_as_data(found, loaded))
    else:
        _print_pairs(_with_citations(found, loaded))


def _with_citations(found: Explanation, model: Model) -> Iterator[tuple[str, str]]:
    for label, words in found.lines():
        if label == "source" and found.card is not None:
            for position, source in enumerate(_sources(found.card, model) or ["none"]):
                yield ("source" if position == 0 else "", source)
        else:
            yield label, words


def _sources(card: Card, model: Model) -> list[str]:
    from acinus.report import cite

    written = []
    for key in card.sources:
        full = cite(key, model.biology) if model.biology is not None else None
        if key.startswith("fit:"):
            written.append(f"fitted: calibration/{key.removeprefix('fit:')}.yaml")
        else:
            written.append(f"{key}: {full}" if full else key)
    return written


def _as_data(found: Explanation, model: Model) -> dict[str, object]:
    card = found.card
    data: dict[str, object] = {"id": found.id, "used_in": list(found.used_in)}
    if card is not None:
        names = ("value", "unit", "distribution", "cv", "low", "high", "grade", "note")
        data |= {name: getattr(card, name) for name in names}
        data |= {"written_at": str(card.place), "sources": _sources(card, model)}
        if found.assembly:
            elsewhere = card.replaces.value if card.replaces is not None else None
            data |= {"own": card.replaces is not None, "value_elsewhere": elsewhere}
    data["symbols"] = [{**_fields(symbol), "moiety": dict(symbol.moiety)} for symbol in found.symbols]
    return data


def _fields(symbol: object) -> dict[str, object]:
    names = ("id", "kind", "unit", "name", "ontology", "zone", "constant", "value")
    return {name: getattr(symbol, name) for name in names}


def _print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, show_header=False, pad_edge=False)
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")
    for label, words in pairs:
        shown.add_row(Text(label), Text(words))
    terminal().print(shown)


def _grade(card: Card, model: Model) -> str:
    if not model.has_own_numbers:
        return card.grade
    return f"{card.grade}, {'shared' if card.replaces is None else 'its own'}"


def _list(model: Model, *, as_json: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    rows = [(card.id, f"{card.value:g} {card.unit}", _grade(card, model)) for card in model.cards.values()]
    seen = set(model.cards)
    for symbol in model.symbols.values():
        if symbol.local not in seen and symbol.kind != "reaction":
            seen.add(symbol.local)
            rows.append((symbol.local, symbol.name, symbol.kind))
    if as_json:
        print_json([{"id": identifier, "what": what, "kind": kind} for identifier, what, kind in rows])
        return
    shown = Table("id", "what", "kind or grade", box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    terminal().print(shown)
