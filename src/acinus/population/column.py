"""One column of a population: its distribution, its unit, and everything wrong with them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from acinus.documents import Node
from acinus.errors import Code, Diagnostic, Place, PopulationError, nearest
from acinus.population.distribution import (
    Choice,
    Distribution,
    Fixed,
    LogNormal,
    Normal,
    Quantiles,
    Uniform,
    log_sd_of_cv,
)
from acinus.population.individuals import may_differ
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.model.record import Model

__all__ = ["ColumnReader"]

# Below this share the inverse of the distribution function loses its digits, and the bounds are surely a slip.
_SMALLEST_SHARE = 1e-6
_REMARKS = frozenset({"distribution", "source", "note"})
_DISTRIBUTION_KEYS: dict[str, frozenset[str]] = {
    "fixed": frozenset({"value"}),
    "uniform": frozenset({"low", "high"}),
    "normal": frozenset({"mean", "sd", "cv", "low", "high"}),
    "lognormal": frozenset({"median", "mean", "log_sd", "cv", "low", "high"}),
    "choice": frozenset({"values", "shares"}),
    "bernoulli": frozenset({"share"}),
    "quantiles": frozenset({"shares", "values", "unit"}),
}


class ColumnReader:
    """Reads columns and gathers all that is wrong with them, so that everything is said at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.findings: list[Diagnostic] = []

    def refuse(self, code: Code, what: str, place: Place | None, why: str = "", remedy: str = "") -> None:
        """Note one thing that is wrong."""
        self.findings.append(Diagnostic(code, what, place, why, remedy))

    def known_keys(self, node: Node, known: tuple[str, ...] | frozenset[str], what: str) -> None:
        """Refuse every key that is not known."""
        for key, child in node.items():
            if key not in known:
                self.refuse(
                    Code.POPULATION_KEY,
                    f"{what} has no `{key}`",
                    child.place,
                    f"It takes {', '.join(f'`{k}`' for k in sorted(known))}.",
                    nearest(key, known),
                )

    def column(self, column: str, node: Node) -> tuple[Distribution, str] | None:
        """Return a column's distribution and unit; None if anything is wrong with it."""
        kind = node.get("distribution")
        if kind is None or kind.value not in _DISTRIBUTION_KEYS:
            self.refuse(
                Code.DISTRIBUTION_UNKNOWN,
                f"`{column}` has no distribution"
                if kind is None
                else f"`{kind.plain()}` is not a distribution",
                (kind or node).place,
                f"Distributions: {', '.join(_DISTRIBUTION_KEYS)}.",
                nearest(str(kind.value), _DISTRIBUTION_KEYS) if kind is not None else "",
            )
            return None
        before = len(self.findings)
        own = _DISTRIBUTION_KEYS[kind.value]
        self.known_keys(node, own | _REMARKS, f"`{kind.value}`")
        unit = self.unit_of_column(column, node)
        if len(self.findings) > before or unit is None:
            return None
        build: Callable[[str, Node, str], Distribution | None] = getattr(self, f"_{kind.value}")
        distribution = build(column, node, unit)
        return None if distribution is None or len(self.findings) > before else (distribution, unit)

    def unit_of_column(self, column: str, node: Node) -> str | None:
        """Return the model's unit for a parameter, else the unit of the first quantity written."""
        if column in self.model.cards or column in self.model.symbols:
            if not self.settable(column):
                self.refuse(
                    Code.PARAMETER_NOT_VARIED,
                    f"`{column}` is computed by the model and cannot be given to an individual",
                    node.place,
                    "",
                    "Vary a parameter, or choose another name for the column.",
                )
                return None
            return self.model.constant(column)[1]
        stated = node.get("unit")
        if stated is not None:
            return str(stated.value)
        for key in ("median", "mean", "value", "low", "high", "values"):
            child = node.get(key)
            written = (
                next(iter(child), None) if child is not None and isinstance(child.value, list) else child
            )
            if written is not None:
                unit = (
                    str(written.value).lstrip("+-0123456789.eE ").strip()
                    if isinstance(written.value, str)
                    else ""
                )
                return unit or "dimensionless"
        return "dimensionless"

    def settable(self, parameter: str) -> bool:
        """Say whether this is a parameter that individuals may have their own value of."""
        return may_differ(self.model.symbols.get(parameter))

    def quantity(self, node: Node | None, what: str, unit: str) -> float | None:
        """Return what is written in `unit`; None if nothing is, or if it is wrong."""
        if node is None:
            return None
        try:
            return parse_quantity(
                node.value,
                what=what,
                like=(unit,),
                place=node.place,
                error=PopulationError,
                code=Code.POPULATION_UNIT,
            ).to(unit)
        except PopulationError as error:
            self.findings.extend(error.diagnostics)
            return None

    def one_of(self, column: str, node: Node, keys: tuple[str, ...]) -> str | None:
        """Return which one of these keys is written; refuses none and more than one."""
        written = [key for key in keys if key in node]
        if len(written) == 1:
            return written[0]
        choices = " or ".join(f"`{key}`" for key in keys)
        what = (
            f"`{column}` needs {choices}" if not written else f"`{column}` says both {' and '.join(written)}"
        )
        self.refuse(Code.POPULATION_KEY, what, node.place, "", f"Write {choices}, one of them.")
        return None

    def bounds(self, column: str, node: Node, unit: str) -> tuple[float, float]:
        """Return `low` and `high` where written, else no bound."""
        low = self.quantity(node.get("low"), f"`low` of {column}", unit)
        high = self.quantity(node.get("high"), f"`high` of {column}", unit)
        return (-math.inf if low is None else low), (math.inf if high is None else high)

    def check_bounds(
        self, column: str, place: Place, distribution: Distribution, low: float, high: float, unit: str
    ) -> None:
        """Refuse bounds in the wrong order, and bounds that next to nobody lies between."""
        share = distribution.share_between(low, high) if low < high else 0.0
        if share < _SMALLEST_SHARE:
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"next to nobody lies within the bounds of `{column}`",
                place,
                f"They are {low:g} and {high:g} {unit}; a share of {share:.2g} of the distribution lies between them.",
                "Let `low` lie below `high`, and both where the distribution has people.",
            )

    def positive(
        self, column: str, node: Node, value: float | None, what: str, *, zero: bool = False
    ) -> None:
        """Refuse a value that is not positive, or negative if `zero` is allowed."""
        if value is not None and (value < 0 or (value == 0 and not zero)):
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"the {what} of `{column}` is {value:g}",
                node.place,
                "It must be positive.",
                "Write a positive number, or `distribution: fixed`.",
            )

    def _fixed(self, column: str, node: Node, unit: str) -> Distribution | None:
        if self.one_of(column, node, ("value",)) is None:
            return None
        value = self.quantity(node["value"], f"`value` of {column}", unit)
        return None if value is None else Fixed(value)

    def _uniform(self, column: str, node: Node, unit: str) -> Distribution | None:
        if self.one_of(column, node, ("low",)) is None or self.one_of(column, node, ("high",)) is None:
            return None
        low = self.quantity(node["low"], f"`low` of {column}", unit)
        high = self.quantity(node["high"], f"`high` of {column}", unit)
        if low is None or high is None:
            return None
        uniform = Uniform(low, high)
        self.check_bounds(column, node.place, uniform, low, high, unit)
        return uniform

    def _normal(self, column: str, node: Node, unit: str) -> Distribution | None:
        if self.one_of(column, node, ("mean",)) is None:
            return None
        width = self.one_of(column, node, ("sd", "cv"))
        mean = self.quantity(node["mean"], f"`mean` of {column}", unit)
        if width is None or mean is None:
            return None
        spread = self.quantity(
            node[width], f"`{width}` of {column}", unit if width == "sd" else "dimensionless"
        )
        self.positive(column, node[width], spread, width, zero=True)
        low, high = self.bounds(column, node, unit)
        if spread is None:
            return None
        normal = Normal(mean, spread if width == "sd" else spread * abs(mean), low, high)
        self.check_bounds(column, node.place, normal, low, high, unit)
        return normal

    def _lognormal(self, column: str, node: Node, unit: str) -> Distribution | None:
        centre = self.one_of(column, node, ("median", "mean"))
        width = self.one_of(column, node, ("log_sd", "cv"))
        if centre is None or width is None:
            return None
        middle = self.quantity(node[centre], f"`{centre}` of {column}", unit)
        spread = self.quantity(node[width], f"`{width}` of {column}", "dimensionless")
        self.positive(column, node[centre], middle, centre)
        self.positive(column, node[width], spread, width, zero=True)
        if middle is None or spread is None or middle <= 0 or spread < 0:
            return None
        log_sd = spread if width == "log_sd" else log_sd_of_cv(spread)
        median = middle if centre == "median" else middle * math.exp(-0.5 * log_sd**2)
        low, high = self.bounds(column, node, unit)
        lognormal = LogNormal(median, log_sd, max(low, 0.0), high)
        self.check_bounds(column, node.place, lognormal, max(low, 0.0), high, unit)
        return lognormal

    def _choice(self, column: str, node: Node, unit: str) -> Distribution | None:
        if self.one_of(column, node, ("values",)) is None:
            return None
        values = [self.quantity(child, f"a value of {column}", unit) for child in node["values"]]
        if "shares" in node:
            shares = [
                self.quantity(child, f"a share of {column}", "dimensionless") for child in node["shares"]
            ]
        else:
            shares = [1.0 / max(len(values), 1) for _ in values]
        if None in values or None in shares:
            return None
        known = tuple(share for share in shares if share is not None)
        if not values or len(values) != len(known) or min(known) < 0 or abs(math.fsum(known) - 1) > 1e-9:
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"the shares of `{column}` do not fit its values",
                (node.get("shares") or node).place,
                f"{len(values)} values have {len(known)} shares that add up to {math.fsum(known):g}.",
                "Give one share for each value; together they make 1.",
            )
            return None
        return Choice(tuple(value for value in values if value is not None), known)

    def _bernoulli(self, column: str, node: Node, unit: str) -> Distribution | None:
        del unit  # yes or no has none
        if self.one_of(column, node, ("share",)) is None:
            return None
        share = self.share(node["share"], f"`share` of {column}")
        return None if share is None else Choice((0.0, 1.0), (1 - share, share))

    def _quantiles(self, column: str, node: Node, unit: str) -> Distribution | None:
        written = node.get("shares"), node.get("values")
        if not all(part is not None and isinstance(part.value, list) for part in written):
            self.one_of(column, node, ("shares",))
            self.one_of(column, node, ("values",))
            return None
        own = node["unit"].value if "unit" in node else unit
        shares = [self.quantity(child, f"a share of {column}", "dimensionless") for child in node["shares"]]
        values = [
            self.quantity(
                Node(f"{child.value!r} {own}", child.place)
                if isinstance(child.value, (int, float)) and "unit" in node
                else child,
                f"a value of {column}",
                unit,
            )
            for child in node["values"]
        ]
        known = tuple(share for share in shares if share is not None)
        table = tuple(value for value in values if value is not None)
        if len(known) != len(shares) or len(table) != len(values):
            return None
        ends = bool(known) and known[0] == 0 and known[-1] == 1
        rising = all(one < other for one, other in pairwise(known))
        if not (ends and rising and len(known) == len(table) and list(table) == sorted(table)):
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"the quantiles of `{column}` are no distribution",
                node["shares"].place,
                f"{len(known)} shares, {len(table)} values.",
                "Let the shares rise from 0 to 1, with one value for each that is no lower than the one before.",
            )
            return None
        return Quantiles(known, table)

    def share(self, node: Node, what: str) -> float | None:
        """Return a share from 0 to 1."""
        share = self.quantity(node, what, "dimensionless")
        if share is not None and not 0 <= share <= 1:
            self.refuse(
                Code.DISTRIBUTION_VALUE,
                f"{what} is {share:g}",
                node.place,
                "A share lies between 0 and 1.",
                "Say 12 percent.",
            )
            return None
        return share
