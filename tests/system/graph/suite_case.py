"""One case of the SBML Test Suite: its files, what is asked for, and whether numbers agree with its results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class SuiteCase:
    """A folder of the suite."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def model(self) -> Path:
        (found,) = self.folder.glob("*-sbml-*.xml")
        return found

    def settings(self) -> dict[str, str]:
        lines = (self.folder / f"{self.name}-settings.txt").read_text(encoding="utf-8").splitlines()
        return {
            key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines) if key
        }

    def tags(self) -> str:
        return (self.folder / f"{self.name}-model.m").read_text(encoding="utf-8")

    def expected(self) -> tuple[list[str], np.ndarray]:
        lines = (self.folder / f"{self.name}-results.csv").read_text(encoding="utf-8-sig").split("\n")
        names = [name.strip().strip('"') for name in lines[0].split(",")]
        rows = [[float(v) for v in line.split(",")] for line in lines[1:] if line.strip()]
        return names, np.array(rows)


def wanted_nodes(program, case, names):
    """Return, for each column but the first, (node, node to divide by or None)."""
    settings = case.settings()
    amounts = {s.strip() for s in settings.get("amount", "").split(",")}
    concentrations = {s.strip() for s in settings.get("concentration", "").split(",")}
    symbols, amount_nodes = dict(program.symbols), dict(program.amounts)
    volumes = compartments(case)
    found = []
    for name in names:
        key = name.replace(".", "__") if name not in symbols else name
        if key in amount_nodes and name in amounts:
            found.append((amount_nodes[key], None))
        elif key in amount_nodes and name in concentrations:
            found.append((amount_nodes[key], symbols[volumes[key]]))
        else:
            found.append((symbols[key], None))
    return found


def compartments(case):
    from acinus.system.graph.definitions import read_definitions
    from acinus.system.graph.refused import read_document

    document, _ = read_document(case.model.read_text(encoding="utf-8"), str(case.model))
    return {
        symbol: item.compartment for symbol, item in read_definitions(document.getModel()).species.items()
    }


def agrees(case, expected, found):
    """Return the worst error, in units of what the case allows."""
    settings = case.settings()
    absolute, relative = float(settings["absolute"]), float(settings["relative"])
    with np.errstate(all="ignore"):
        same = (expected == found) | (np.isnan(expected) & np.isnan(found))
        error = np.where(same, 0.0, np.abs(expected - found) / (absolute + relative * np.abs(expected)))
    return float(np.where(np.isnan(error), np.inf, error).max()) if error.size else 0.0
