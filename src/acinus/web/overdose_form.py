"""The form of the overdose view, from ``biology/pages/browser.yaml``: inputs with limits and defaults, what is drawn."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from acinus.documents import biology_folder, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Choice", "GridPart", "Input", "LobuleLine", "OverdoseForm", "overdose_form"]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Input(_Written):
    """A number that can be chosen.

    `of` is the parameter that it sets; `per_mole` the molar mass where the parameter counts moles and the input mass.
    """

    label: str
    unit: str
    minimum: float
    maximum: float
    step: float
    default: float
    help: str
    of: str = ""
    per_mole: str = ""


class Choice(_Written):
    """One of several; `options` maps each to its words."""

    label: str
    default: str
    help: str
    options: dict[str, str]


class Effect(_Written):
    """What an option sets: lines of the diet, parameters."""

    diet: list[dict[str, str]] = []
    values: dict[str, float] = {}


class GridPart(_Written):
    """Samples every so many h until an hour."""

    every: float
    until: float


class LobuleLine(_Written):
    """A quantity by zone: the sum of ids that stand in every zone, against its start."""

    label: str
    of: list[str]


class OverdoseForm(_Written):
    """The whole form."""

    name: str
    title: str
    model: str
    inputs: dict[str, Input]
    choices: dict[str, Choice]
    effects: dict[str, Effect]
    grid: list[GridPart]
    band_grid: list[GridPart]
    curves: list[str]
    lobule: dict[str, LobuleLine]
    lines: list[str]
    outcome: str
    endpoints: list[str]


@functools.cache
def overdose_form(biology: Path | None = None) -> OverdoseForm:
    """Return the form; a file that is not one raises `pydantic.ValidationError` with every fault."""
    written: Any = read_yaml((biology or biology_folder()) / "pages" / "browser.yaml").plain()
    return OverdoseForm.model_validate(written)
