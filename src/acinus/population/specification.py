"""Population texts -> `Population` records: distributions checked, units agreed, parameters found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import Node, biology_folder, read_yaml, shown
from acinus.errors import Code, Diagnostic, Place, PopulationError, nearest
from acinus.population.column import ColumnReader
from acinus.population.distribution import Distribution, Fixed, LogNormal, Normal, Uniform, log_sd_of_cv
from acinus.population.relations import Ranks, copula, derived_columns, rank_correlations, rules
from acinus.population.stratum import STRATUM, Stratum

if TYPE_CHECKING:
    from acinus.model.record import Card, Model
    from acinus.population.copula import Copula
    from acinus.population.derived import Derived
    from acinus.population.plausibility import Rule

__all__ = ["Group", "Population", "list_populations", "read_population"]

_FILE_KEYS = (
    "name",
    "title",
    "source",
    "note",
    "model",
    "columns",
    "parameters",
    "except",
    "groups",
    "strata",
    "correlations",
    "derived",
    "plausible",
    "implausible",
)
_IMPLAUSIBLE = ("redraw", "remove")
_SHARES_ADD_UP = 1e-6
_USUAL_MODEL = "human"


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the people in whom some parameters are larger or smaller by a factor.

    Attributes
    ----------
    name : str
        Also the column that says who belongs to it (1) and who does not (0).
    share : float
        Of all people.
    factors : mapping from parameter id to float
    """

    name: str
    share: float
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Population:
    """What virtual people are drawn from.

    Attributes
    ----------
    name, title, source, note : str
    distributions : mapping from column to Distribution
    units : mapping from column to unit
        The model's for a parameter, as written for a free column.
    groups : tuple of Group
    strata : tuple of Stratum
        Empty, or parts that make up the whole.
    copula : Copula or None
        How columns hang together; a stratum may have its own.
    derived : tuple of Derived
        Columns that follow from others.
    rules : tuple of Rule
        What holds for every plausible person.
    removes : bool
        Whether an implausible person is left out; else the person is drawn again.
    model : str
        Name of the model it is meant for.
    as_in_tables : frozenset of str
        Parameters that vary as their rows in the tables say.
    """

    name: str
    title: str
    source: str
    note: str
    distributions: Mapping[str, Distribution]
    units: Mapping[str, str]
    groups: tuple[Group, ...]
    strata: tuple[Stratum, ...] = ()
    copula: Copula | None = None
    derived: tuple[Derived, ...] = ()
    rules: tuple[Rule, ...] = ()
    removes: bool = False
    model: str = _USUAL_MODEL
    as_in_tables: frozenset[str] = frozenset()


def list_populations(biology: Path | None = None) -> tuple[str, ...]:
    """Return the names of the populations in a biology folder (the shipped one if None)."""
    return tuple(sorted(path.stem for path in ((biology or biology_folder()) / "populations").glob("*.yaml")))


def read_population(
    source: str | Path | Node | Mapping[str, object], *, model: Model | None = None
) -> Population:
    """Return a population by name, from a file, or from its content.

    Parameters
    ----------
    source : str, Path, Node or mapping
        A name (``overdose_presenters``), a path to a YAML file, or what such a file contains.
    model : Model, optional
        Whose parameters are varied, and whose units they have; the one the population names if None.

    Raises
    ------
    PopulationError
        AC801 to AC806, AC811, AC812: everything wrong with it, at once, with file and line.
    ModelTextError
        AC101, AC102 if a file is missing or is not YAML.
    """
    root, name = _open(source, model.biology if model is not None else None)
    reader = _Reader(_named_model(root) if model is None else model)
    population = reader.read(root, name)
    if reader.findings:
        raise PopulationError(reader.findings)
    return population


def _named_model(root: Node) -> Model:
    from acinus.model import load_model

    named = root.get("model") if isinstance(root.value, dict) else None
    return load_model(_USUAL_MODEL if named is None else str(named.value))


def _open(source: str | Path | Node | Mapping[str, object], biology: Path | None) -> tuple[Node, str]:
    if isinstance(source, Node):
        return source, "population"
    if isinstance(source, Mapping):
        import yaml

        return read_yaml(
            Path("population given in Python"), yaml.safe_dump(dict(source), sort_keys=False)
        ), "population"
    if isinstance(source, Path) or source.endswith((".yaml", ".yml")):
        return read_yaml(Path(source)), Path(source).stem
    biology = biology or biology_folder()
    path = biology / "populations" / f"{source}.yaml"
    if not path.is_file():
        known = list_populations(biology)
        raise PopulationError(
            Diagnostic(
                Code.POPULATION_UNKNOWN,
                f"no population is called `{source}`",
                None,
                f"Populations are files in {shown(biology / 'populations')}.",
                nearest(source, known) or f"Known: {', '.join(known) or 'none'}.",
            )
        )
    return read_yaml(path), source


class _Reader(ColumnReader):
    """Reads one population and gathers all that is wrong with it."""

    def read(self, root: Node, name: str) -> Population:
        if not isinstance(root.value, dict):
            self.refuse(
                Code.POPULATION_KEY,
                "a population must be a mapping",
                root.place,
                "",
                "Begin with `name:`, `columns:` and `parameters:`.",
            )
            root = Node({}, root.place)
        self.known_keys(root, _FILE_KEYS, "a population")
        distributions: dict[str, Distribution] = {}
        units: dict[str, str] = {}
        columns = root.get("columns")
        for column, node in columns.items() if columns is not None else ():
            found = self.column(column, node)
            if found is not None:
                distributions[column], units[column] = found
                self.right_body(column, found[0], node.place)
        parts = self.parts(root, distributions, units)
        before = set(distributions)
        self.parameters(root, distributions, units)
        as_in_tables = frozenset(set(distributions) - before)
        groups = self.groups(root, distributions, units)
        drawn = list(dict.fromkeys([*distributions, *units, *(group.name for group in groups)]))
        ranks = rank_correlations(self, root.get("correlations"), drawn)
        strata = tuple(self.stratum(part, ranks, drawn) for part in parts)
        shown_columns = {**units, **{group.name: "dimensionless" for group in groups}}
        if strata:
            shown_columns[STRATUM] = "dimensionless"
        derived = derived_columns(self, root.get("derived"), shown_columns)
        units |= {column.name: shown_columns[column.name] for column in derived}
        if not distributions and not parts and not groups and not self.findings:
            self.refuse(
                Code.POPULATION_KEY,
                "nothing varies in this population",
                root.place,
                "",
                "Add `columns` or `parameters`.",
            )
        text = {
            key: str(node.value) for key, node in root.items() if not isinstance(node.value, (dict, list))
        }
        return Population(
            text.get("name", name),
            text.get("title", name.replace("_", " ")),
            text.get("source", ""),
            text.get("note", ""),
            distributions,
            units,
            groups,
            strata,
            copula(self, ranks, drawn, root.get("correlations") or root),
            derived,
            rules(self, root.get("plausible"), shown_columns),
            self.removes(root.get("implausible")),
            text.get("model", _USUAL_MODEL),
            as_in_tables,
        )

    def removes(self, node: Node | None) -> bool:
        """Return whether implausible people are left out."""
        if node is not None and node.value not in _IMPLAUSIBLE:
            self.refuse(
                Code.POPULATION_KEY,
                f"`implausible` is `{node.plain()}`",
                node.place,
                "",
                "Write `redraw` or `remove`.",
            )
        return node is not None and node.value == "remove"

    # Strata

    def parts(
        self, root: Node, distributions: Mapping[str, Distribution], units: dict[str, str]
    ) -> list[tuple[str, Node, float, dict[str, Distribution]]]:
        """Return name, text, share and own distributions of every stratum; adds the units of their columns."""
        node = root.get("strata")
        parts: list[tuple[str, Node, float, dict[str, Distribution]]] = []
        for name, child in node.items() if node is not None else ():
            self.known_keys(child, ("share", "columns", "correlations", "source", "note"), "a stratum")
            share = self.share(child["share"], f"`share` of {name}") if "share" in child else None
            if share is None:
                if "share" not in child:
                    self.refuse(
                        Code.POPULATION_KEY, f"the stratum `{name}` needs `share`", child.place, "", "Add it."
                    )
                continue
            own: dict[str, Distribution] = {}
            columns = child.get("columns")
            for column, written in columns.items() if columns is not None else ():
                found = self.column(column, written)
                if found is None:
                    continue
                own[column], unit = found
                if units.setdefault(column, unit) != unit:
                    self.refuse(
                        Code.POPULATION_UNIT,
                        f"`{column}` is in `{unit}` here and in `{units[column]}` elsewhere",
                        written.place,
                        "A column has one unit.",
                        f"Write it in `{units[column]}`.",
                    )
            parts.append((name, child, share, own))
        if parts and node is not None:
            self.whole(parts, distributions, node)
        return parts

    def whole(
        self,
        parts: list[tuple[str, Node, float, dict[str, Distribution]]],
        distributions: Mapping[str, Distribution],
        node: Node,
    ) -> None:
        """Refuse strata that are not the whole, or of which some lack a column that others have."""
        together = math.fsum(share for _, _, share, _ in parts)
        if abs(together - 1) > _SHARES_ADD_UP:
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"the shares of the strata add up to {together:g}",
                node.place,
                "Every person belongs to one stratum.",
                "Let the shares make 1 together.",
            )
        everywhere = {column for *_, own in parts for column in own} - set(distributions)
        for name, child, _, own in parts:
            if missing := sorted(everywhere - set(own)):
                self.refuse(
                    Code.POPULATION_KEY,
                    f"the stratum `{name}` lacks {', '.join(f'`{column}`' for column in missing)}",
                    child.place,
                    "Other strata have it, and no distribution stands above the strata.",
                    "Add it here, or to the `columns` of the whole population.",
                )

    def stratum(
        self, part: tuple[str, Node, float, dict[str, Distribution]], ranks: Ranks, drawn: list[str]
    ) -> Stratum:
        """Return a stratum; its correlations take the place of the population's pair by pair."""
        name, child, share, own = part
        node = child.get("correlations")
        together = ranks | rank_correlations(self, node, drawn)
        return Stratum(name, share, own, copula(self, together, drawn, node or child))

    def right_body(self, column: str, distribution: Distribution, place: Place) -> None:
        """Refuse body weights of another species, which would scale every volume and clearance with them."""
        card = self.model.cards.get(column)
        if column != self.model.body_weight or card is None or card.low is None or card.high is None:
            return
        if distribution.share_between(card.low, card.high) == 0:
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"no body weight of this population is one of the model `{self.model.id}`",
                place,
                f"Its tables allow {card.low:g} to {card.high:g} {card.unit}.",
                "Draw from a population of that species.",
            )

    # Parameters with a spread of their own

    def parameters(self, root: Node, distributions: dict[str, Distribution], units: dict[str, str]) -> None:
        asked, left_out = root.get("parameters"), root.get("except")
        if asked is None:
            return
        excluded = [str(node.value) for node in left_out] if left_out is not None else []
        computed = root.get("derived")
        excluded += [*units, *(name for name, _ in (computed.items() if computed is not None else ()))]
        varied = {
            card.id: card for card in self.model.cards.values() if _varies(card) and self.settable(card.id)
        }
        for node in left_out if left_out is not None else ():
            if str(node.value) not in varied:
                self.not_varied(str(node.value), node.place, varied)
        if asked.value == "all":
            chosen = [
                (card, asked.place)
                for name, card in varied.items()
                if name not in [*excluded, *distributions]
            ]
        elif isinstance(asked.value, list):
            chosen = []
            for node in asked:
                card = varied.get(str(node.value))
                if card is None:
                    self.not_varied(str(node.value), node.place, varied)
                elif card.id in distributions:
                    self.refuse(
                        Code.POPULATION_KEY,
                        f"`{card.id}` stands both in `columns` and in `parameters`",
                        node.place,
                        "Only one of its two distributions could be drawn from.",
                        "Keep one of them.",
                    )
                else:
                    chosen.append((card, node.place))
        else:
            self.refuse(
                Code.POPULATION_KEY,
                f"`parameters` is `{asked.plain()}`",
                asked.place,
                "It must say which parameters vary as their cards say.",
                "Write `all`, or a list of ids.",
            )
            return
        for card, place in chosen:
            before = len(self.findings)
            distribution = self.of_card(card, place)
            if len(self.findings) == before:
                distributions[card.id], units[card.id] = distribution, self.model.constant(card.id)[1]

    def of_card(self, card: Card, place: Place) -> Distribution:
        cv = card.cv or 0.0
        low = -math.inf if card.low is None else card.low
        high = math.inf if card.high is None else card.high
        distribution: LogNormal | Normal | Uniform
        if card.distribution == "lognormal":
            distribution = LogNormal(card.value, log_sd_of_cv(cv), max(low, 0.0), high)
        elif card.distribution == "normal":
            distribution = Normal(card.value, cv * abs(card.value), low, high)
        else:
            distribution = Uniform(low, high)
        self.check_bounds(card.id, card.place or place, distribution, low, high, card.unit)
        return distribution

    def not_varied(self, name: str, place: Place, varied: Mapping[str, Card]) -> None:
        if name in self.model.cards or name in self.model.symbols:
            self.refuse(
                Code.PARAMETER_NOT_VARIED,
                f"`{name}` has no spread in the parameter tables",
                place,
                "Its distribution is `fixed`, or it is no parameter of this model.",
                "Give it a column here with a distribution of its own.",
            )
        else:
            self.refuse(
                Code.PARAMETER_NOT_VARIED,
                f"`{name}` is not a parameter of this model",
                place,
                "",
                nearest(name, varied),
            )

    # Groups

    def groups(
        self, root: Node, distributions: dict[str, Distribution], units: dict[str, str]
    ) -> tuple[Group, ...]:
        node = root.get("groups")
        found = []
        for name, child in node.items() if node is not None else ():
            self.known_keys(child, ("share", "factors", "source", "note"), "a group")
            if "share" not in child or "factors" not in child:
                self.refuse(
                    Code.POPULATION_KEY,
                    f"the group `{name}` needs `share` and `factors`",
                    child.place,
                    "",
                    "Add both.",
                )
                continue
            if name in distributions:
                self.refuse(
                    Code.POPULATION_KEY,
                    f"`{name}` is both a group and a column",
                    child.place,
                    "",
                    "Rename one of them.",
                )
            share = self.share(child["share"], f"`share` of {name}")
            factors: dict[str, float] = {}
            for parameter, written in child["factors"].items():
                if not self.settable(parameter):
                    self.not_varied(
                        parameter,
                        written.place,
                        {i: c for i, c in self.model.cards.items() if self.settable(i)},
                    )
                    continue
                factor = self.quantity(written, f"the factor of {parameter}", "dimensionless")
                self.positive(parameter, written, factor, "factor")
                if factor is not None:
                    factors[parameter] = factor
                    value, unit = self.model.constant(parameter)
                    distributions.setdefault(parameter, Fixed(value))
                    units.setdefault(parameter, unit)
            if share is not None:
                found.append(Group(name, share, factors))
        return tuple(found)


def _varies(card: Card) -> bool:
    if card.distribution == "uniform":
        return card.low is not None and card.high is not None
    return card.distribution in ("normal", "lognormal") and card.cv is not None and card.cv > 0
