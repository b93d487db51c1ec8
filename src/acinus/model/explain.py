"""What one id of a model is, where its number comes from and where it is used.

In: a model and an id, with or without its zone. Out: an `Explanation`, which prints as a card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, ModelTextError, nearest

if TYPE_CHECKING:
    from acinus.model.record import Card, Model, Symbol

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One id explained.

    `card` is the row of the parameter tables, for a number that has one; `symbols` are what the id stands
    for in the model: none if only doses or endpoints use it, one usually, one per zone for a local name;
    `used_in` are places in the model text; `assembly` is the model's name if it has numbers of its own.
    """

    id: str
    card: Card | None
    symbols: tuple[Symbol, ...]
    used_in: tuple[str, ...]
    assembly: str = ""

    def __str__(self) -> str:
        return "\n".join(f"{label + ':' if label else '':<14}{text}" for label, text in self.lines())

    def lines(self) -> list[tuple[str, str]]:
        """Return the card as pairs of label and text."""
        out = [("id", self.id)]
        if self.card is not None:
            out += _card_lines(self.card)
            if self.assembly:
                out.append((f"in {self.assembly}", _standing(self.card)))
        elif self.symbols:
            out += _symbol_lines(self.symbols)
        out += [("used in" if i == 0 else "", place) for i, place in enumerate(self.used_in)]
        return out


def explain(model: Model, identifier: str) -> Explanation:
    """Return what an id means: a parameter's card, or unit and ontology term of anything else.

    Parameters
    ----------
    model : Model
    identifier : str
        An id of the model (``z3_gsh_hep``), of a table (``ugt_vmax``), or a local name for all zones
        (``gsh_hep``).

    Raises
    ------
    ModelTextError
        AC133 with the nearest ids.
    """
    card = model.cards.get(identifier)
    symbol = model.symbols.get(identifier)
    if card is not None:
        assembly = model.id if model.has_own_numbers else ""
        return Explanation(identifier, card, (symbol,) if symbol else (), card.used_in, assembly)
    if symbol is not None:
        return Explanation(identifier, None, (symbol,), model.used_in.get(identifier, ()))
    alike = tuple(s for s in model.symbols.values() if s.local == identifier)
    if not alike:
        known = {*model.symbols, *model.cards, *(s.local for s in model.symbols.values())}
        raise ModelTextError(
            Diagnostic(
                Code.UNKNOWN_ID,
                f"`{identifier}` is not an id of the model `{model.id}`",
                None,
                "",
                nearest(identifier, known) or "Ids are in biology/vocabulary.csv and biology/parameters/.",
            )
        )
    places = dict.fromkeys(place for s in alike for place in model.used_in.get(s.id, ()))
    return Explanation(identifier, None, alike, tuple(places))


def _standing(card: Card) -> str:
    """Return whether a number is the assembly's own or shared."""
    if card.replaces is None:
        return "shared with all assemblies"
    other = card.replaces
    return f"its own; elsewhere {other.value:g} {other.unit} ({other.grade.replace('_', ' ')}, {other.place})"


def _card_lines(card: Card) -> list[tuple[str, str]]:
    spread = card.distribution
    if card.cv is not None:
        spread += f", coefficient of variation {card.cv:g}"
    if card.low is not None or card.high is not None:
        low = "-inf" if card.low is None else f"{card.low:g}"
        high = "inf" if card.high is None else f"{card.high:g}"
        spread += f", bounds {low} to {high}"
    out = [
        ("value", f"{card.value:g} {card.unit}"),
        ("spread", spread),
        ("grade", card.grade.replace("_", " ")),
        ("source", card.source or "none"),
        ("note", card.note),
        ("written at", str(card.place)),
    ]
    return [(label, text) for label, text in out if text]


def _symbol_lines(symbols: tuple[Symbol, ...]) -> list[tuple[str, str]]:
    first = symbols[0]
    zones = [s.zone for s in symbols if s.zone is not None]
    name = first.name.rsplit(", zone", 1)[0] if len(symbols) > 1 else first.name
    out = [("name", name), ("kind", first.kind), ("unit", first.unit)]
    if len(symbols) > 1:
        out.append(("ids", f"{symbols[0].id} ... {symbols[-1].id}"))
        if zones:
            out.append(("zones", f"{min(zones)} (portal) to {max(zones)} (central)"))
    elif zones:
        out.append(("zone", str(zones[0])))
    if len(symbols) == 1 and first.value is not None:
        out.append(("value" if first.constant else "starts at", f"{first.value:g} {first.unit}"))
    out.append(("ontology", first.ontology))
    out.append(("moieties", ", ".join(f"{n:g} {m}" for m, n in first.moiety.items())))
    return [(label, text) for label, text in out if text]
