"""A decision map as text: an outcome over two quantities, one panel for each arm of a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.calibration.entry import Entry
from acinus.errors import Code, Place, RequestError, nearest
from acinus.trials.setting import SETTING_KEYS, Setting, listed, read_setting, root_of
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.documents import Node
    from acinus.errors import Diagnostic

__all__ = ["Axis", "DecisionMap", "list_maps", "read_map"]

_KEYS = (*SETTING_KEYS, "across", "down", "outcome", "against", "confidence", "uncertain_above")


@dataclass(frozen=True)
class Axis:
    """One quantity that is set for everybody, to one value after another.

    Attributes
    ----------
    column : str
        A column of the people, or a parameter of the model.
    title : str
    unit : str
        Of the values as written, for labels.
    values : tuple of float
        As written.
    in_unit : tuple of float
        The same in the unit of the column.
    column_unit : str
    labels : tuple of str
        What the values are called in pictures and tables.
    """

    column: str
    title: str
    unit: str
    values: tuple[float, ...]
    in_unit: tuple[float, ...]
    column_unit: str
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DecisionMap:
    """A map, read.

    Attributes
    ----------
    setting : Setting
        `people` are the individuals of every cell, the same in all of them.
    across, down : Axis
    outcome : Node
        An endpoint that answers yes or no (its share is shown), or a number (its mean).
    title_of_outcome : str
        That of the endpoint if none is written.
    against : str
        The arm with which the others are compared; empty for none.
    confidence : float
    uncertain_above : float or None
        Cells whose interval is wider are marked in the picture; in the unit of what is shown, for shares from 0 to 1.
    """

    setting: Setting
    across: Axis
    down: Axis
    outcome: Node
    title_of_outcome: str
    against: str
    confidence: float
    uncertain_above: float | None


def list_maps() -> tuple[str, ...]:
    """Return the names of the shipped maps."""
    return listed("map")


def read_map(
    source: str | Path | Mapping[str, object], *, people: int | None = None, seed: int | None = None
) -> DecisionMap:
    """Return a map from a shipped name, a file, or its content.

    Parameters
    ----------
    source : str, Path or mapping
    people, seed : int, optional
        Instead of those of the file.

    Raises
    ------
    RequestError
        AC920 for keys, AC921 for values, AC922 for a name that does not exist.
    PopulationError, ProtocolError, ModelTextError
        What is wrong with the population, its columns or the protocol.
    """
    root, name = root_of(source, "map")
    findings: list[Diagnostic] = []
    entry = Entry(root, "a map", findings, key=Code.TRIAL_KEY, value=Code.TRIAL_VALUE)
    entry.only(*_KEYS)
    outcome = entry.need("outcome")
    setting = read_setting(entry, name, people, seed)
    if findings or setting is None or outcome is None:
        raise RequestError(findings)
    across, down = (_axis(entry, key, setting) for key in ("across", "down"))
    if across is not None and down is not None and across.column == down.column:
        entry.refuse(f"`across` and `down` both set `{across.column}`", root.place)
    against = entry.text("against") or ""
    if against and against not in setting.arms:
        arms = list(setting.arms)
        entry.refuse(
            f"there is no arm `{against}`", root["against"].place, f"There are {', '.join(arms)}.",
            nearest(against, arms),
        )  # fmt: skip
    confidence = entry.number("confidence", low=0.5, high=0.9999)
    uncertain = entry.number("uncertain_above", low=0.0)
    if findings or across is None or down is None:
        raise RequestError(findings)
    title = outcome.get("name")
    return DecisionMap(
        setting,
        across,
        down,
        outcome,
        "" if title is None else str(title.value),
        against,
        0.95 if confidence is None else confidence,
        uncertain,
    )


def _axis(entry: Entry, key: str, setting: Setting) -> Axis | None:
    node = entry.need(key)
    if node is None:
        return None
    part = Entry(node, f"`{key}` of the map", entry.findings, key=Code.TRIAL_KEY, value=Code.TRIAL_VALUE)
    part.only("column", "values", "title", "unit", "labels")
    column, written = part.text("column", needed=True), part.need("values")
    if column is None or written is None:
        return None
    unit = _unit_of(column, setting)
    if unit is None:
        known = [*setting.population.units, *_settable(setting)]
        part.refuse(
            f"neither the people nor the model have `{column}`",
            node["column"].place,
            "An axis sets a column of the people or a constant of the model.",
            nearest(column, known),
        )
        return None
    shown = part.text("unit") or unit
    found: list[float] = []
    for item in written if isinstance(written.value, list) else (written,):
        number = _in_unit(part, item, unit, column)
        if number is not None:
            found.append(number)
    if len(found) != len(set(found)) or len(found) < 2:
        part.refuse(f"{part.what} needs two different `values` or more", written.place)
    factor = _factor(unit, shown, part, node.place)
    if factor is None:
        return None
    title = part.text("title") or column.replace("_", " ")
    if found != sorted(found):
        part.refuse(
            f"the `values` of {part.what} do not rise", written.place, "", "Write the smallest first."
        )
    labels = part.texts("labels")
    if labels and len(labels) != len(found):
        part.refuse(f"{part.what} has {len(labels)} `labels` for {len(found)} `values`", node.place)
    values = tuple(value * factor for value in found)
    return Axis(
        column,
        title,
        "" if labels else shown,
        values,
        tuple(found),
        unit,
        labels or tuple(f"{value:.3g}" for value in values),
    )


def _unit_of(column: str, setting: Setting) -> str | None:
    if column in setting.population.units:
        return setting.population.units[column]
    return setting.model.symbols[column].unit if column in _settable(setting) else None


def _settable(setting: Setting) -> set[str]:
    return {
        key for key, symbol in setting.model.symbols.items() if symbol.constant and symbol.value is not None
    }


def _in_unit(part: Entry, item: Node, unit: str, column: str) -> float | None:
    if isinstance(item.value, (int, float)) and not isinstance(item.value, bool):
        return float(item.value)  # in the unit of the column, as in a table of people
    try:
        quantity = parse_quantity(
            item.value,
            what=f"a value of `{column}`",
            like=(unit or "dimensionless",),
            place=item.place,
            error=RequestError,
            code=Code.TRIAL_VALUE,
        )
    except RequestError as error:
        part.findings.extend(error.diagnostics)
        return None
    return quantity.to(unit or "dimensionless")


def _factor(unit: str, shown: str, part: Entry, place: Place) -> float | None:
    from acinus.units import convert

    try:
        return convert(1.0, unit or "dimensionless", shown or "dimensionless")
    except ValueError:
        part.refuse(f"`{shown}` is no unit for what is in `{unit}`", place, "", f"Write `unit: {unit}`.")
        return None
