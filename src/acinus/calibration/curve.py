"""Curves: one id of a model against the points of a CSV file, in the unit of the prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import require_finished
from acinus.calibration.entry import Entry
from acinus.calibration.measured import COLUMNS, Points, read_points
from acinus.calibration.statistics import fold_errors, geometric_mean_fold_error, share_within_fold
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.calibration.bench import Bench, Experiment
    from acinus.calibration.statement import Statement
    from acinus.documents import Node
    from acinus.model import Model

# Enough for a smooth line; samples cost next to nothing beside the integration.
_DRAWN_SAMPLES = 121

__all__ = ["CurveCheck", "FoldLimits", "Pairs", "read_curve", "read_fold_limits"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Measured and predicted values side by side.

    Attributes
    ----------
    time : (N,) array, h
    observed, predicted : (N,) array, in `unit`
        `observed` is above zero.
    low, high : (N,) array, in `unit`
        5th and 95th percentile of the individuals; equal to `predicted` for one.
    unit : str
    left_out : int
        Measured points of zero or below, of which no fold error exists.
    study, analyte : str
        What was measured where, for labels.
    course_time, course : (T,) array, h and `unit`
        The whole predicted curve.
    """

    time: NDArray[np.float64]
    observed: NDArray[np.float64]
    predicted: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    unit: str
    left_out: int
    study: str
    analyte: str
    course_time: NDArray[np.float64]
    course: NDArray[np.float64]

    @property
    def folds(self) -> NDArray[np.float64]:
        """Fold errors, (N,)."""
        return fold_errors(self.observed, self.predicted)


@dataclass(frozen=True)
class FoldLimits:
    """How far curves may lie off: mean fold error, and a share of points within a fold."""

    gmfe: float | None = None
    fold: float | None = None
    share: float | None = None

    def broken_by(self, folds: NDArray[np.float64]) -> tuple[str, ...]:
        """Return the limits that these fold errors do not keep, in words."""
        broken = []
        if self.gmfe is not None and not geometric_mean_fold_error(folds) <= self.gmfe:
            broken.append(f"mean fold error above {self.gmfe:g}")
        if (
            self.fold is not None
            and self.share is not None
            and not share_within_fold(folds, self.fold) >= self.share
        ):
            broken.append(f"fewer than {self.share:.0%} within {self.fold:g}-fold")
        return tuple(broken)

    def found(self, folds: NDArray[np.float64]) -> str:
        """Return in words what was found."""
        words = [f"mean fold error {geometric_mean_fold_error(folds):.3f}"]
        if self.fold is not None:
            words.append(f"{share_within_fold(folds, self.fold):.1%} within {self.fold:g}-fold")
        return ", ".join(words)

    def __str__(self) -> str:
        words = [] if self.gmfe is None else [f"mean fold error at most {self.gmfe:g}"]
        if self.fold is not None and self.share is not None:
            words.append(f"at least {self.share:.0%} within {self.fold:g}-fold")
        return ", ".join(words)


@dataclass(frozen=True, eq=False)
class CurveCheck:
    """A curve check, read.

    Attributes
    ----------
    statement : Statement
    points : Points
        What was measured.
    predict : Node
        The id that is set against it.
    times : (T,) array, h
        When everything of this series was sampled, so that its analytes share one run.
    molar_mass : mapping from basis to id of a constant
    limits : FoldLimits
    analyte : str
        The name of what was measured.
    """

    statement: Statement
    points: Points
    predict: Node
    times: NDArray[np.float64]
    molar_mass: Mapping[str, str] = field(default_factory=dict)
    limits: FoldLimits = FoldLimits()
    analyte: str = ""

    def prepare(self, bench: Bench, *, drawn: bool = False) -> Experiment:
        """Return the experiment, sampled when the points were; more often where the curve will be drawn."""
        times = self.times
        if drawn:
            times = np.union1d(times, np.linspace(0.0, times[-1], _DRAWN_SAMPLES))
        return bench.prepare(self.statement.setting, times=times, records=(str(self.predict.value),))

    def pairs(self, bench: Bench, experiment: Experiment) -> Pairs:
        """Return measured and predicted values.

        Raises
        ------
        AcinusError
            AC902 for an id the model does not have, AC906 for units that cannot be compared, AC501 or AC912
            if too few individuals finished.
        """
        predict = str(self.predict.value)
        unit = _unit_of(experiment.model, predict, self.predict)
        findings: list[Diagnostic] = []
        observed = self.points.to(unit, self.molar_mass, experiment.model, findings)
        if observed is None:
            raise RequestError(findings)
        run = bench.run(experiment)
        require_finished(run, self.predict.place)
        curves = run[predict][run.ok]
        column = np.searchsorted(run.time, self.points.time - 1e-6)
        levels = curves[:, np.minimum(column, len(run.time) - 1)]
        keep = observed > 0
        low, middle, high = np.percentile(levels, [5, 50, 95], axis=0)
        return Pairs(
            self.points.time[keep],
            observed[keep],
            middle[keep],
            low[keep],
            high[keep],
            unit,
            int((~keep).sum()),
            self.statement.source,
            self.analyte or predict,
            run.time,
            np.median(curves, axis=0),
        )


def _unit_of(model: Model, symbol_id: str, node: Node) -> str:
    from acinus.errors import ModelTextError

    try:
        return model.symbol(symbol_id).unit
    except ModelTextError as error:
        first = error.diagnostics[0]
        raise RequestError(
            Diagnostic(
                Code.CLAIM_VALUE, f"the model has no `{symbol_id}`", node.place, first.why, first.remedy
            )
        ) from error


def read_fold_limits(entry: Entry) -> FoldLimits:
    """Return `gmfe` and `within: {fold, share}`; at least one of them is needed."""
    gmfe = entry.number("gmfe", low=1)
    fold = share = None
    within = entry.get("within")
    if within is not None:
        part = Entry(within, f"`within` of {entry.what}", entry.findings)
        part.only("fold", "share")
        fold = part.number("fold", needed=True, low=1)
        share = part.number("share", needed=True, low=0, high=1)
    return FoldLimits(gmfe, fold, share)


def read_curve(statement: Statement, findings: list[Diagnostic]) -> CurveCheck | None:
    """Return the curve check of a statement; None, and findings, if it cannot be used.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if the CSV file cannot be read.
    """
    entry = Entry(statement.node, f"the curve of `{statement.id}`", findings)
    entry.only(
        "data",
        "series",
        "observable",
        "predict",
        "columns",
        "units",
        "molar_mass",
        "from",
        "until",
        "gmfe",
        "within",
    )
    before = len(findings)
    data, predict = entry.text("data", needed=True), entry.need("predict")
    series, observable = entry.text("series"), entry.text("observable")
    columns = _named(entry, "columns", COLUMNS)
    units = _named(entry, "units", ("time", "value"))
    molar_mass = _named(entry, "molar_mass", None)
    limits = read_fold_limits(entry)
    if limits == FoldLimits():
        entry.refuse(
            f"{entry.what} has no limit",
            entry.node.place,
            "",
            "Write `gmfe: 1.5` or `within: {fold: 2, share: 90 %}`.",
        )
    start, end = (_time(entry, key, default) for key, default in (("from", -math.inf), ("until", math.inf)))
    if len(findings) > before or data is None or predict is None:
        return None
    path: Path = statement.file.parent / data
    place = statement.node["data"].place

    def read(analyte: str | None) -> Points | None:
        return read_points(
            path,
            series=series,
            observable=analyte,
            columns=columns,
            units=units,
            place=place,
            findings=findings,
        )

    points, everything = (
        read(observable),
        read(None) if observable is not None and series is not None else None,
    )
    if points is None:
        return None
    times = (everything or points).within(start, end).time
    points = points.within(start, end)
    if not (points.value > 0).any():
        entry.refuse(
            f"no point of {entry.what} is above zero", statement.node["data"].place, code=Code.CLAIM_DATA
        )
        return None
    if (points.time < 0).any():
        entry.refuse(
            f"{entry.what} has points before time 0",
            statement.node["data"].place,
            "A run starts at 0 h.",
            "Leave them out with `from: 0 h`.",
            Code.CLAIM_DATA,
        )
        return None
    return CurveCheck(statement, points, predict, np.unique(times), molar_mass, limits, observable or "")


def _named(entry: Entry, key: str, known: tuple[str, ...] | None) -> dict[str, str]:
    node = entry.get(key)
    if node is None:
        return {}
    part = Entry(node, f"`{key}` of {entry.what}", entry.findings)
    if known is not None:
        part.only(*known)
    return {name: str(child.value) for name, child in node.items()}


def _time(entry: Entry, key: str, default: float) -> float:
    node = entry.get(key)
    if node is None:
        return default
    quantity = entry.quantity(node, f"`{key}` of {entry.what}", "h")
    return default if quantity is None else quantity.to("h")
