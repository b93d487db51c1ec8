"""Speed and error of every tool at every tolerance, and the ratio of speeds at equal error."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import ours
from benchmarks.accuracy import errors
from benchmarks.crowd import Crowd, Effort, PeerAbsent
from benchmarks.fresh import first_result
from benchmarks.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.accuracy import Reference

__all__ = ["OURS", "Curve", "compare", "measure", "speed_at", "within_seconds"]

OURS = "acinus"
_TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
_OUR_TOLERANCES = (1e-3, *_TOLERANCES)
_EQUAL = (1e-4, 1e-5, 1e-6)
_SECONDS = 10.0  # what a tool may take at one tolerance
_ROUNDS = 5  # of ours in that time: its first has to wait for memory that the machine must find


@dataclass
class Curve:
    """A tool on a problem: at each tolerance the median error, individuals a second by the clock and by processor."""

    tool: str
    error: list[float] = field(default_factory=list)
    wall_speed: list[float] = field(default_factory=list)
    processor_speed: list[float] = field(default_factory=list)


def measure(reference: Reference, tools: dict[str, int], folder: Path, workers: int) -> list[Curve]:
    """Measure our engine with all individuals and each peer with as many as it is given; ours is the first curve.

    Ours goes through all of them some times over, for as long as a peer may take, and the whole of that time counts. A
    peer that would take longer than some seconds at a tolerance, from what one individual a process takes there, is
    given fewer, and its error is that of fewer.

    Both speeds are for all cores: by the clock, and as many individuals as the processor time spent would have given on
    cores with nothing else to do.
    """
    problem = reference.problem
    table = Table(
        f"{problem.name}: {len(problem.states)} states, {len(problem.varied)} parameters vary, 96 h, "
        f"{len(problem.times)} samples, all states kept, {workers} cores, a peer at most about {_SECONDS:.0f} s a line",
        (
            "tool",
            "individuals",
            "tolerance",
            "1/s clock",
            "1/s cpu",
            "median error",
            "95 % error",
            "errors of",
            "failed",
            "import s",
            "load s",
        ),
        folder / f"work_precision_{problem.name}.csv",
    )
    curves = [_ours(reference, table, workers)]
    for tool, people in tools.items():
        try:
            with Crowd(tool, problem, reference.sizes, folder, workers) as crowd:
                curve = Curve(crowd.name)
                for relative in _TOLERANCES:
                    effort = within_seconds(crowd, relative, people, len(reference.values), workers)
                    _record(
                        curve, effort, reference, table, relative, workers, crowd.importing, crowd.loading
                    )
                print(f"    absolute tolerance: {crowd.absolute}")
            curves.append(curve)
        except PeerAbsent as reason:
            print(f"  {tool}: not in this table. {reason}")
    return curves


def compare(curves: list[Curve], problem: str, folder: Path) -> None:
    """Print how many times faster ours is at equal median error, by the clock and by processor time."""
    table = Table(
        f"{problem}: speed of acinus over that of others at equal median error",
        ("by", "error", "libroadrunner", "fastest peer", "which"),
        folder / f"ratio_{problem}.csv",
    )
    own, *peers = curves
    ratios: list[tuple[float, float]] = []
    for by in ("clock", "cpu"):
        for error in _EQUAL:
            mine = speed_at(own, error, by)
            others = {peer.tool: speed_at(peer, error, by) for peer in peers}
            known = {tool: speed for tool, speed in others.items() if np.isfinite(speed)}
            if not known or not np.isfinite(mine):
                continue
            fastest = max(known, key=lambda tool: known[tool])
            theirs = next((s for tool, s in known.items() if tool.startswith("libroadrunner")), np.nan)
            ratios.append((mine / theirs, mine / known[fastest]))
            table.add(by, error, mine / theirs, mine / known[fastest], fastest)
    if ratios:
        worst = np.min(np.array(ratios), axis=0)
        table.add("worst of these", "", float(worst[0]), float(worst[1]), "")


def speed_at(curve: Curve, error: float, by: str) -> float:
    """Return the speed at an error, straight between measured points on logarithmic axes; NaN outside of them."""
    speeds = curve.wall_speed if by == "clock" else curve.processor_speed
    points = sorted(zip(curve.error, speeds, strict=True))
    log = np.log(np.array([point for point in points if np.isfinite(point[0]) and point[0] > 0]))
    if len(log) == 0:
        return float("nan")
    return float(np.exp(np.interp(np.log(error), log[:, 0], log[:, 1], left=np.nan, right=np.nan)))


def _ours(reference: Reference, table: Table, workers: int) -> Curve:
    problem = reference.problem
    curve = Curve(OURS)
    importing, loading = first_result(problem.sbml)
    for relative in _OUR_TOLERANCES:
        ours.solve(problem, relative, workers, 1)  # loads the method for this tolerance before the clock runs
        wall, processor, people = time.monotonic(), time.process_time(), 0
        while time.monotonic() - wall < _SECONDS and people < _ROUNDS * problem.size:
            values, ended = ours.solve(problem, relative, workers)
            people += problem.size
        spent = time.monotonic() - wall, time.process_time() - processor
        effort = Effort(values[: len(reference.values)], people, int((~ended).sum()), *spent)
        _record(curve, effort, reference, table, relative, workers, importing, loading)
    return curve


def within_seconds(crowd: Crowd, relative: float, people: int, kept: int, workers: int) -> Effort:
    """Let a peer integrate as many individuals as it has time for; at least one a process."""
    pilot = crowd.solve(relative, workers, kept)
    possible = int(_SECONDS * pilot.people / pilot.wall)
    return crowd.solve(relative, min(people, possible), kept) if possible > pilot.people else pilot


def _record(
    curve: Curve,
    effort: Effort,
    reference: Reference,
    table: Table,
    relative: float,
    workers: int,
    importing: float,
    loading: float,
) -> None:
    found = errors(effort.values, reference.values[: len(effort.values)], reference.problem.least)
    curve.error.append(float(np.median(found)))
    curve.wall_speed.append(effort.people / effort.wall)
    curve.processor_speed.append(effort.people * workers / effort.processor)
    table.add(
        curve.tool,
        effort.people,
        relative,
        curve.wall_speed[-1],
        curve.processor_speed[-1],
        curve.error[-1],
        float(np.quantile(found, 0.95, method="higher")),
        len(found),
        effort.failed,
        importing,
        loading,
    )
