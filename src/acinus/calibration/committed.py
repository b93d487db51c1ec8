"""The result that stands beside a problem, and whether a new fit says the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.documents import Node, read_yaml, shown
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from pathlib import Path

    from acinus.calibration.fit import Fit

__all__ = ["Committed", "compare_with_committed", "read_committed"]

Committed = dict[str, tuple[float, Node]]


def read_committed(path: Path) -> Committed:
    """Return the fitted values of a result file by id, each with its place.

    Raises
    ------
    RequestError
        AC935 if there is no such file, or none with values.
    """
    if path.is_file():
        rows = read_yaml(path).get("parameters")
        found = {str(row["id"].value): row["value"] for row in rows or () if "id" in row and "value" in row}
        values = {name: (float(node.value), node) for name, node in found.items() if _is_number(node.value)}
        if values:
            return values
    raise RequestError(
        Diagnostic(
            Code.CALIBRATION_MOVED,
            f"{shown(path)} holds no result to compare with",
            None,
            "A check sets a new fit against the result of an earlier one.",
            "Run `acinus calibrate` without --check first.",
        )
    )


def compare_with_committed(fit: Fit, committed: Committed, tolerance: float) -> list[Diagnostic]:
    """Return a diagnostic for every parameter that differs from the committed result.

    Parameters
    ----------
    fit : Fit
    committed : mapping from id to value and place
        From `read_committed`.
    tolerance : float
        Largest difference, in standard deviations after the fit; of the logarithm where the search was on it.
        Committed values are rounded to the digits that their error leaves, which is up to a quarter of one.
    """
    moved = []
    logarithmic = {moving.id: moving.scale == "log" for moving in fit.problem.parameters}
    for found in fit.parameters:
        if found.id not in committed:
            moved.append(
                Diagnostic(
                    Code.CALIBRATION_MOVED,
                    f"the committed result of `{fit.problem.name}` has no `{found.id}`",
                    None,
                    "It was made from another problem.",
                    "Fit again and commit the result.",
                )
            )
            continue
        value, node = committed[found.id]
        both_positive = value > 0 and found.value > 0
        difference = (
            math.log(found.value / value) if logarithmic[found.id] and both_positive else found.value - value
        )
        distance = abs(difference) / found.posterior_sd if found.posterior_sd > 0 else math.inf
        if distance > tolerance:
            moved.append(
                Diagnostic(
                    Code.CALIBRATION_MOVED,
                    f"`{found.id}` of `{fit.problem.name}` is {found.rounded:g} {found.unit} now and was {value:g}",
                    node.place,
                    f"That is {distance:.2g} of its posterior standard deviations; {tolerance:g} are accepted.",
                    "Find out what changed (hashes of problem, data, model and software stand in both results); "
                    "if it is meant, commit the new result and enter its values in the tables.",
                )
            )
    return moved


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
