"""A run whose curves are known in closed form, so that every reading can be checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from acinus.errors import Code, Diagnostic, ModelTextError, ProtocolError, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class KnownSymbol:
    unit: str
    moiety: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownModel:
    symbols: Mapping[str, KnownSymbol]
    constants: Mapping[str, tuple[float, str]]
    biology: Path | None = None

    def symbol(self, symbol_id: str, /) -> KnownSymbol:
        if symbol_id not in self.symbols:
            raise ModelTextError(
                Diagnostic(Code.UNDEFINED_SYMBOL, symbol_id, remedy=nearest(symbol_id, self.symbols))
            )
        return self.symbols[symbol_id]

    def zone_ids(self, local: str, /) -> tuple[str, ...]:
        return tuple(name for name in self.symbols if name.startswith("z") and name.endswith(f"_{local}"))

    def constant(self, symbol_id: str, /) -> tuple[float, str]:
        if symbol_id not in self.constants:
            raise ModelTextError(
                Diagnostic(Code.UNDEFINED_SYMBOL, symbol_id, remedy=nearest(symbol_id, self.constants))
            )
        return self.constants[symbol_id]


@dataclass(frozen=True)
class KnownRun:
    time: NDArray[np.float64]
    curves: Mapping[str, NDArray[np.float64]]
    model: KnownModel
    ok: NDArray[np.bool_]
    doses: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    columns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    column_units: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, symbol_id: str, /) -> NDArray[np.float64]:
        return self.curves[symbol_id]

    def zones(self, symbol_id: str, /) -> NDArray[np.float64]:
        names = [name for name in self.curves if name.endswith(f"_{symbol_id}") and name.startswith("z")]
        return np.stack([self.curves[name] for name in names], axis=-1)

    def dosed(self, substance: str, /) -> NDArray[np.float64]:
        if substance not in self.doses:
            raise ProtocolError(Diagnostic(Code.UNIT_WRONG, f"nobody was given `{substance}`"))
        return self.doses[substance]


NOMOGRAM = {
    "nomogram_half_life": (4.0, "h"),
    "nomogram_reference_time": (240.0, "min"),
    "nomogram_last_time": (24.0, "h"),
    "nomogram_line_100": (100.0, "mg/L"),
    "nomogram_line_150": (150.0, "mg/L"),
    "nomogram_line_200": (0.2, "g/L"),
    "nomogram_line_300": (300.0, "mg/L"),
    "toxic_level": (1000.0, "U/L"),
}

RunMaker = Callable[..., KnownRun]


@pytest.fixture
def make_run(tmp_path: Path) -> RunMaker:
    """Return a maker of runs: curves by id as functions of time or arrays, their units, and who finished."""

    def make(
        curves: Mapping[str, object],
        units: Mapping[str, str],
        *,
        time: NDArray[np.float64] | None = None,
        ok: list[bool] | None = None,
        moieties: Mapping[str, Mapping[str, float]] | None = None,
        doses: Mapping[str, NDArray[np.float64]] | None = None,
        endpoints: str = "",
        columns: Mapping[str, NDArray[np.float64]] | None = None,
        column_units: Mapping[str, str] | None = None,
    ) -> KnownRun:
        samples = np.arange(0.0, 97.0) if time is None else time
        sampled = {
            name: np.atleast_2d(np.asarray(curve(samples) if callable(curve) else curve, dtype=float))
            for name, curve in curves.items()
        }
        people = next(iter(sampled.values())).shape[0]
        (tmp_path / "endpoints.yaml").write_text(endpoints, encoding="utf-8")
        symbols = {name: KnownSymbol(units[name], (moieties or {}).get(name, {})) for name in curves}
        finished = np.ones(people, dtype=bool) if ok is None else np.array(ok)
        return KnownRun(
            samples,
            sampled,
            KnownModel(symbols, NOMOGRAM, tmp_path),
            finished,
            doses or {},
            columns or {},
            column_units or {},
        )

    return make
