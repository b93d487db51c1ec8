"""Readings: the numbers an endpoint gives for every individual of a run, with unit and denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.binding import bind
from acinus.endpoints.catalogue import read_catalogue
from acinus.endpoints.curve import INTERPOLATION
from acinus.endpoints.specification import Endpoint, parse_endpoint, to_node
from acinus.endpoints.window import check_window
from acinus.errors import Diagnostic, EndpointError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.endpoints.bound import Bound
    from acinus.endpoints.run import Run, RunModel

__all__ = ["Reading", "check_endpoints", "ids_read", "read_all", "read_endpoint", "read_possible"]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one endpoint is for everyone who was simulated.

    Attributes
    ----------
    name, title : str
        The endpoint's key and its full name.
    values : (B,) array, or (B, Z) for ``zones: each``
        NaN for individuals that did not finish, and for those who have no such number (see `n_defined`).
    unit : str
    n : int
        Individuals simulated.
    n_ok : int
        Those who finished; the denominator of every share.
    n_defined : int
        Those who have a reading: a level never crossed has no first time, a rising curve no half-life.
    method : str
        How it was measured, in words.
    yes_or_no : bool
        Whether the values are answers, 1 or 0.
    """

    name: str
    title: str
    values: NDArray[np.float64]
    unit: str
    n: int
    n_ok: int
    n_defined: int
    method: str
    yes_or_no: bool = False

    @property
    def value(self) -> float:
        """Return the one number of a run of one individual; `ValueError` for more."""
        if self.values.size != 1:
            raise ValueError(f"{self.name} has {self.values.size} values; choose one of `values`")
        return float(self.values.reshape(-1)[0])

    def __str__(self) -> str:
        defined = self.values[np.isfinite(self.values)]
        unit = "" if self.unit == "dimensionless" else f" {self.unit}"
        denominator = "" if self.n == 1 else f" ({self.n_defined} read of {self.n_ok} finished of {self.n})"
        if defined.size == 0:
            return f"{self.title}: no reading{denominator}"
        if self.yes_or_no and self.values.ndim == 1:
            answer = (
                ("yes" if defined[0] == 1 else "no")
                if self.n == 1
                else f"{defined.sum():g} of {defined.size}"
            )
            return f"{self.title}: {answer}{denominator}"
        if self.n == 1:
            return f"{self.title}: {', '.join(f'{v:.4g}' for v in self.values.reshape(-1))}{unit}"
        parts = []
        for column in self.values.reshape(self.n, -1).T:
            known = column[np.isfinite(column)]
            low, middle, high = np.percentile(known, [5, 50, 95]) if known.size else (np.nan, np.nan, np.nan)
            parts.append(f"median {middle:.4g}, 5-95 % {low:.4g} to {high:.4g}{unit}")
        return f"{self.title}: {'; '.join(parts)}{denominator}"


def read_endpoint(run: Run, spec: object, *, biology: Path | None = None) -> Reading:
    """Return one endpoint of every individual.

    Parameters
    ----------
    run : Run
        What was simulated; `acinus.simulation.Trajectories`.
    spec : str, mapping, Node or Endpoint
        A name of ``endpoints.yaml``, or the endpoint itself: ``{"measure": "maximum", "of": "alt_pla"}``.
    biology : Path, optional
        Whose ``endpoints.yaml`` knows the names; the model's own folder otherwise.

    Returns
    -------
    Reading

    Raises
    ------
    EndpointError
        AC701 to AC711: everything wrong with the endpoint, at once, with its place in the file.
    """
    findings: list[Diagnostic] = []
    bound = _prepare(run, spec, biology, findings)
    if bound is None or findings:
        raise EndpointError(dict.fromkeys(findings))
    return _read(bound, run)


def read_all(run: Run, specs: Iterable[object], *, biology: Path | None = None) -> Mapping[str, Reading]:
    """Return several endpoints by name; refuses all wrong ones together. Arguments as in `read_endpoint`."""
    findings: list[Diagnostic] = []
    bounds = [_prepare(run, spec, biology, findings) for spec in specs]
    if findings:
        raise EndpointError(dict.fromkeys(findings))
    return {bound.endpoint.name: _read(bound, run) for bound in bounds if bound is not None}


def read_possible(
    run: Run, specs: Iterable[object] | None = None, *, biology: Path | None = None
) -> tuple[Mapping[str, Reading], tuple[Diagnostic, ...]]:
    """Return the endpoints this run allows, and why each of the others cannot be read.

    All named endpoints if `specs` is None. For tables that show whatever a protocol can give: a run of 8 h
    has no urine of 24 h, which is no mistake of anyone.
    """
    catalogue = read_catalogue(biology or run.model.biology)
    readings: dict[str, Reading] = {}
    findings: list[Diagnostic] = []
    for spec in catalogue.nodes if specs is None else specs:
        own: list[Diagnostic] = []
        bound = _prepare(run, spec, biology, own)
        if bound is not None and not own:
            try:
                readings[bound.endpoint.name] = _read(bound, run)
            except EndpointError as error:
                own.extend(error.diagnostics)
        findings.extend(own)
    return readings, tuple(dict.fromkeys(findings))


def ids_read(model: RunModel, specs: Iterable[object], *, biology: Path | None = None) -> frozenset[str]:
    """Return the ids whose curves endpoints need, zone by zone: what a large run has to record.

    Raises
    ------
    EndpointError
        AC701 to AC711 if an endpoint is wrong.
    """
    findings: list[Diagnostic] = []
    bounds = [_bound(model, spec, biology, findings) for spec in specs]
    if findings:
        raise EndpointError(dict.fromkeys(findings))
    return frozenset().union(*(bound.ids(model) for bound in bounds if bound is not None))


def check_endpoints(model: RunModel, biology: Path | None = None) -> tuple[Diagnostic, ...]:
    """Return everything wrong with the named endpoints of a biology folder against one model."""
    catalogue = read_catalogue(biology or model.biology)
    findings: list[Diagnostic] = []
    for name, node in catalogue.nodes.items():
        endpoint = parse_endpoint(node, catalogue, findings, name=name, within=(name,))
        if endpoint is not None:
            bind(endpoint, model, findings)
    return tuple(dict.fromkeys(findings))


def _bound(model: RunModel, spec: object, biology: Path | None, findings: list[Diagnostic]) -> Bound | None:
    endpoint = spec if isinstance(spec, Endpoint) else None
    if endpoint is None:
        endpoint = parse_endpoint(to_node(spec), read_catalogue(biology or model.biology), findings)
    return None if endpoint is None else bind(endpoint, model, findings)


def _prepare(run: Run, spec: object, biology: Path | None, findings: list[Diagnostic]) -> Bound | None:
    bound = _bound(run.model, spec, biology, findings)
    if bound is not None:
        check_window(bound, run, findings)
    return bound


def _read(bound: Bound, run: Run) -> Reading:
    values = bound.read(run)
    values.setflags(write=False)
    finished = np.asarray(run.ok, dtype=bool)
    defined = np.isfinite(values).reshape(finished.size, -1).any(axis=1)
    endpoint = bound.endpoint
    return Reading(
        endpoint.name,
        endpoint.title,
        values,
        bound.unit,
        int(finished.size),
        int(finished.sum()),
        int(defined.sum()),
        f"{endpoint.measure.sentence}; {INTERPOLATION}",
        endpoint.measure.result == "yes_or_no",
    )
