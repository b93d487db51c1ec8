"""What a population says about columns together: correlations, derived columns, rules of plausibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.documents import Node
from acinus.errors import Code, PopulationError, nearest
from acinus.population.copula import Copula, copula_of_ranks
from acinus.population.derived import Derived, Product, Total
from acinus.population.plausibility import Rule, read_rule
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.population.column import ColumnReader

__all__ = ["Ranks", "copula", "derived_columns", "rank_correlations", "rules"]

Ranks = dict[tuple[str, str], float]

# Estimated correlations miss each other by about this much; a larger contradiction is a slip.
_LARGEST_MOVE = 0.05


def rank_correlations(reader: ColumnReader, node: Node | None, known: Sequence[str]) -> Ranks:
    """Return rank correlations by pair, each pair in the order of the columns."""
    found: Ranks = {}
    for entry in _entries(reader, node, "correlations"):
        reader.known_keys(entry, ("between", "rank", "source", "note"), "a correlation")
        between, written = entry.get("between"), entry.get("rank")
        if (
            between is None
            or written is None
            or not isinstance(between.value, list)
            or len(between.value) != 2
        ):
            reader.refuse(
                Code.POPULATION_KEY,
                "a correlation needs two columns and a rank",
                entry.place,
                "",
                "Write `{between: [dose, BW], rank: 0.3, source: ...}`.",
            )
            continue
        pair = [str(name.value) for name in between]
        unknown = [name for name in pair if name not in known]
        for name in unknown:
            reader.refuse(
                Code.CORRELATION_IMPOSSIBLE,
                f"`{name}` is not drawn in this population",
                between.place,
                "Only columns, varying parameters and groups can be correlated.",
                nearest(name, known),
            )
        rank = reader.quantity(written, "a rank correlation", "dimensionless")
        if unknown or rank is None:
            continue
        one, other = sorted(pair, key=known.index)
        if one == other or (one, other) in found or not -1 < rank < 1:
            what = (
                f"the rank correlation of `{one}` and `{other}` is {rank:g}"
                if not -1 < rank < 1
                else f"the correlation of `{one}` and `{other}` {'stands twice' if one != other else 'is 1'}"
            )
            remedy = "Write a number between -1 and 1, once for each pair of different columns."
            reader.refuse(Code.CORRELATION_IMPOSSIBLE, what, entry.place, "", remedy)
            continue
        found[one, other] = rank
    return found


def copula(reader: ColumnReader, ranks: Ranks, known: Sequence[str], node: Node) -> Copula | None:
    """Return the copula of some rank correlations; refuses those that are far from holding together."""
    if not ranks:
        return None
    named = {name for pair in ranks for name in pair}
    built = copula_of_ranks([name for name in known if name in named], ranks)
    if built.moved > _LARGEST_MOVE:
        (one, other), rank = max(ranks.items(), key=lambda item: abs(built.rank(*item[0]) - item[1]))
        reader.refuse(
            Code.CORRELATION_IMPOSSIBLE,
            "these correlations cannot all hold",
            node.place,
            f"In the nearest table that can, one moves by {built.moved:.2f}; "
            f"`{one}` with `{other}` from {rank:g} to {built.rank(one, other):.2f}.",
            "Correct them; pairs that are not written count as 0.",
        )
        return None
    return built


def derived_columns(reader: ColumnReader, node: Node | None, units: dict[str, str]) -> tuple[Derived, ...]:
    """Return derived columns in the order written, and add their units to `units`."""
    found: list[Derived] = []
    for name, child in node.items() if node is not None else ():
        reader.known_keys(child, ("product", "factor", "sum", "unit", "source", "note"), "a derived column")
        how = reader.one_of(name, child, ("product", "sum"))
        if name in units:
            reader.refuse(
                Code.POPULATION_KEY, f"`{name}` is drawn and derived", child.place, "", "Keep one of them."
            )
        elif how is not None:
            unit = reader.unit_of_column(name, child)
            derived = (_product if how == "product" else _total)(reader, name, child, units, unit)
            if derived is not None and unit is not None:
                found.append(derived)
                units[name] = unit
    return tuple(found)


def _product(
    reader: ColumnReader, name: str, node: Node, units: dict[str, str], unit: str | None
) -> Product | None:
    """Return a product of powers, ``product: {BMI: 1, height: 2}``."""
    product = node["product"]
    if not isinstance(product.value, dict):
        reader.refuse(
            Code.POPULATION_KEY,
            f"the product of `{name}` is no mapping",
            product.place,
            "",
            "Write `{BMI: 1}`.",
        )
        return None
    powers: dict[str, float] = {}
    for column, written in product.items():
        power = reader.quantity(written, f"the power of {column}", "dimensionless")
        if _known(reader, name, column, written, units) and power is not None:
            powers[column] = power
    number, of = _factor(reader, node.get("factor"), name)
    if unit is None or len(powers) < len(product.value):
        return None
    written_in = "*".join([of, *(f"({units[column]})**{power:g}" for column, power in powers.items())])
    scale = _scale(reader, name, node, written_in, unit)
    return None if scale is None else Product(name, powers, number * scale)


def _total(
    reader: ColumnReader, name: str, node: Node, units: dict[str, str], unit: str | None
) -> Total | None:
    """Return a sum, ``sum: [presentation, nac_wait]``."""
    parts = node["sum"]
    if not isinstance(parts.value, list) or "factor" in node:
        reader.refuse(
            Code.POPULATION_KEY,
            f"the sum of `{name}` is no list of columns",
            node.place,
            "",
            "Write `[a, b]`.",
        )
        return None
    scales: dict[str, float] = {}
    for part in parts:
        column = str(part.value)
        if unit is not None and _known(reader, name, column, part, units):
            scale = _scale(reader, name, part, units[column], unit)
            if scale is not None:
                scales[column] = scale
    return Total(name, scales) if len(scales) == len(parts.value) else None


def _known(reader: ColumnReader, name: str, column: str, node: Node, units: dict[str, str]) -> bool:
    if column not in units:
        reader.refuse(
            Code.POPULATION_KEY,
            f"`{name}` is derived from `{column}`, which is no column before it",
            node.place,
            "",
            nearest(column, units),
        )
    return column in units


def _scale(reader: ColumnReader, name: str, node: Node, written_in: str, unit: str) -> float | None:
    """Return the factor from the unit of what is combined to that of the column."""
    try:
        return convert(1.0, written_in, unit)
    except ValueError:
        reader.refuse(
            Code.POPULATION_UNIT,
            f"`{name}` is in `{unit}`, and what it is derived from is not",
            node.place,
            f"That is in `{written_in}`.",
            "Correct `unit`, the powers, or the unit of a `factor`.",
        )
        return None


def _factor(reader: ColumnReader, node: Node | None, name: str) -> tuple[float, str]:
    """Return the number and the unit of a factor; 1 if none is written."""
    if node is None:
        return 1.0, "dimensionless"
    number, _, unit = str(node.value).strip().partition(" ")
    unit = unit.strip() or "dimensionless"
    value = reader.quantity(Node(f"{number} {unit}", node.place), f"the factor of {name}", unit)
    return (1.0 if value is None else value), f"({unit})"


def rules(reader: ColumnReader, node: Node | None, units: dict[str, str]) -> tuple[Rule, ...]:
    """Return the rules of plausibility."""
    found = []
    for entry in _entries(reader, node, "plausible"):
        reader.known_keys(entry, ("rule", "source", "note"), "a rule")
        written = entry.get("rule")
        if written is None:
            reader.refuse(
                Code.POPULATION_KEY,
                "an entry of `plausible` needs `rule`",
                entry.place,
                "",
                'Write `{rule: "BMI between 14 and 70 kg/m^2"}`.',
            )
            continue
        try:
            found.append(read_rule(str(written.value), units, written.place))
        except PopulationError as error:
            reader.findings.extend(error.diagnostics)
    return tuple(found)


def _entries(reader: ColumnReader, node: Node | None, key: str) -> list[Node]:
    if node is None:
        return []
    if isinstance(node.value, list) and all(isinstance(entry.value, dict) for entry in node):
        return list(node)
    reader.refuse(
        Code.POPULATION_KEY, f"`{key}` is not a list of entries", node.place, "", "Begin each with `- `."
    )
    return []
