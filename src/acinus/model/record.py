"""What a model is once loaded: immutable records that answer a wrong name with a near one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from acinus.errors import Code, Diagnostic, ModelTextError, Place, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Card", "Kind", "Model", "Route", "Substance", "Symbol", "frozen"]

K = TypeVar("K")
V = TypeVar("V")
Kind = Literal["species", "amount", "variable", "parameter", "compartment", "reaction"]


def frozen(mapping: Mapping[K, V]) -> Mapping[K, V]:
    """Return a read-only copy of a mapping."""
    return FrozenMapping(mapping)


class FrozenMapping(Mapping[K, V]):
    """A read-only mapping that, unlike `MappingProxyType`, can be sent to a worker process."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = MappingProxyType(dict(items))

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))

    def __reduce__(self) -> tuple[type[FrozenMapping[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self._items),)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One id of the model.

    `unit` is pint text, empty where a foreign model says nothing; `local` is the id of the row in
    `vocabulary.csv` or the parameter tables (``gsh_hep`` for ``z3_gsh_hep``); `zone` counts from 1
    (portal); `value` is the number it starts from, None where a formula gives it.
    """

    id: str
    kind: Kind
    unit: str
    name: str
    ontology: str
    moiety: Mapping[str, float]
    local: str
    zone: int | None
    constant: bool
    value: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the parameter tables: a number, how it is spread, how it is known and where it is used.

    `replaces` is the row that all assemblies share, where this one is an assembly's own.
    """

    id: str
    value: float
    unit: str
    distribution: str
    cv: float | None
    low: float | None
    high: float | None
    grade: str
    source: str
    note: str
    place: Place
    used_in: tuple[str, ...] = ()
    replaces: Card | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the bibliography keys and ``fit:`` names in `source`, one by one."""
        return tuple(part.strip() for part in self.source.split(";") if part.strip())


@dataclass(frozen=True, slots=True)
class Route:
    """How a substance enters by one route: species that take a bolus, the parameter of an infusion."""

    default: str | None
    forms: Mapping[str, str]
    bolus: str | None
    infusion: str | None


@dataclass(frozen=True, slots=True)
class Substance:
    """Something that can be given.

    `molar_mass` is the id of a parameter in g/mol; `largest_dose` the quantity (as text) above which a single dose is
    taken for a slip of the pen.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    ontology: str
    molar_mass: str
    routes: Mapping[str, Route]
    largest_dose: str | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """Something eaten, drunk or swallowed day after day, so that only its average matters.

    Attributes
    ----------
    id, name : str
    way : str
        ``intake``, ``supplement`` or ``drink``: the key of a diet line that names it.
    parameter : str
        The parameter that takes the amount per time.
    molar_mass : str
        Id of a parameter in g/mol; empty where only moles are taken.
    doses : str
        Id of the parameter that takes how often it is taken; empty where that does not matter.
    settings : mapping from parameter to number or id of a number
        What else holds while it lasts.
    nutrient : str
        Column of a full table of foods that gives its mass in mg per 100 g; empty where foods do not count.
    """

    id: str
    name: str
    way: str
    parameter: str
    molar_mass: str
    doses: str
    settings: Mapping[str, float | str]
    nutrient: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount above which a run says so, or a state of the body in which supplements are dangerous.

    Attributes
    ----------
    id : str
        The word by which a protocol asks for what would be refused: ``despite: [low_egfr]``.
    says : str
        What is told, a sentence.
    supplements : str
        Id of the molar mass of what counts; habits and single oral doses with it are added up.
    per_day : str
        The largest amount a day, as text; empty for a state of the body.
    parameter, warns_below, refuses_below : str
        The parameter that says the state, and its values as text; empty for an amount a day.
    source : str
        Key in the bibliography.
    models : tuple of str
        Assemblies it is meant for; all if empty.
    """

    id: str
    says: str
    supplements: str
    per_day: str
    parameter: str
    warns_below: str
    refuses_below: str
    source: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A validated model: SBML Level 3 Version 2 text with units, and what every id in it means.

    Attributes
    ----------
    id, name : str
        The assembly's name, and the same as a reader would say it.
    sbml : str
        Flat SBML with the unit of every quantity attached; libSBML's check of it is silent for our own text.
    hash : str
        Content hash of `sbml` and `zones`.
    zones : int or None
        Number of liver zones; None for a model that is not built from zones.
    symbols : mapping from id to Symbol
    cards : mapping from id to Card
        All rows of the parameter tables, also those that only doses or endpoints use.
    substances : mapping from id to Substance
    diets : mapping from diet state to parameter values
    body_weight : str or None
        Id of the parameter that doses per kilogram refer to.
    habits : mapping from id to Habit
    limits : tuple of Limit
    findings : tuple of Diagnostic
        What libSBML remarked about a foreign model without refusing it.
    biology : Path or None
        The folder it was read from.
    used_in : mapping from id to places
        Where the model text mentions each id: ``modules/x.ant:12 (conjugation)``.
    """

    id: str
    name: str
    sbml: str = field(repr=False)
    hash: str
    zones: int | None
    symbols: Mapping[str, Symbol] = field(repr=False)
    cards: Mapping[str, Card] = field(repr=False)
    substances: Mapping[str, Substance] = field(repr=False)
    diets: Mapping[str, Mapping[str, float]] = field(repr=False)
    body_weight: str | None = None
    habits: Mapping[str, Habit] = field(default_factory=dict, repr=False)
    limits: tuple[Limit, ...] = field(default=(), repr=False)
    findings: tuple[Diagnostic, ...] = field(default=(), repr=False)
    biology: Path | None = None
    used_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def __hash__(self) -> int:
        return hash(self.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.hash == other.hash

    def symbol(self, identifier: str) -> Symbol:
        """Return what an id of the model means; `ModelTextError` AC133 with the nearest ids otherwise."""
        found = self.symbols.get(identifier)
        if found is None:
            raise ModelTextError(self._unknown(identifier, self.symbols))
        return found

    def constant(self, identifier: str) -> tuple[float, str]:
        """Return value and unit of a number of the model or its tables; AC133 if there is none."""
        symbol = self.symbols.get(identifier)
        if symbol is not None and symbol.constant and symbol.value is not None:
            return symbol.value, symbol.unit
        card = self.cards.get(identifier)
        if card is None:
            raise ModelTextError(self._unknown(identifier, [*self.cards, *self.symbols]))
        return card.value, card.unit

    @property
    def has_own_numbers(self) -> bool:
        """Return whether some rows of the tables are this assembly's own, as a mouse's are."""
        return any(card.replaces is not None for card in self.cards.values())

    def zone_ids(self, local: str) -> tuple[str, ...]:
        """Return the ids of a quantity in every zone, portal first; AC133 if no zone has it."""
        found = {s.zone: s.id for s in self.symbols.values() if s.local == local and s.zone is not None}
        if not found:
            zoned = sorted({s.local for s in self.symbols.values() if s.zone is not None})
            raise ModelTextError(self._unknown(local, zoned))
        return tuple(found[zone] for zone in sorted(found))

    def _unknown(self, identifier: str, known: object) -> Diagnostic:
        names = [str(name) for name in known] if isinstance(known, (Mapping, list, tuple)) else []
        return Diagnostic(
            Code.UNKNOWN_ID,
            f"`{identifier}` is not an id of the model `{self.id}`",
            None,
            "",
            nearest(identifier, names) or "`acinus explain` without an id lists what there is.",
        )
