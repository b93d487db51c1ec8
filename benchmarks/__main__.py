"""Measure everything: ``python -m benchmarks [--quick] [--out out/bench]``. See docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import fresh, ours
from benchmarks.accuracy import Reference, reference_of
from benchmarks.human_problem import human_problem
from benchmarks.liver_problem import liver_problem
from benchmarks.scaling import measure_scaling, measure_state_memory
from benchmarks.threads import measure_batches, measure_threads
from benchmarks.work_precision import Curve, compare, measure

if TYPE_CHECKING:
    from benchmarks.problem import Problem

__all__ = ["main"]

# The share of `--peers` that a slow tool is given, so that no tool takes more than a few minutes.
_SHARES = {"libroadrunner": 1.0, "sundae": 1.0, "odeint": 1.0, "amici": 0.5, "copasi": 0.25}


def main() -> None:
    """Measure and print every table; each also goes to a CSV file."""
    began = time.monotonic()
    arguments = _arguments()
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    print(
        f"{ours.name()} on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    liver = _liver_folder(arguments.shared)
    problems = _problems(liver, arguments.people)
    _work_precision(problems, arguments, folder)
    measure_threads(problems, folder, arguments.workers)
    sized = [*_liver_sizes(liver, arguments), *(p for p in problems if p.name == "human")]
    if liver is not None:
        measure_batches(problems[0], arguments.batches, folder, arguments.workers)
        measure_scaling(sized[:-1], max(2, arguments.peers // 16), folder, arguments.workers)
    measure_state_memory(sized, folder)
    fresh.measure_import(folder)
    if liver is not None:
        fresh.measure_start([liver / "liver87.xml", liver / "liver295.xml"], folder)
        fresh.measure_memory(liver, arguments.memory, folder)
    print(f"\ntables and picture in {folder}; {time.monotonic() - began:.0f} s in all")


def _work_precision(problems: list[Problem], arguments: argparse.Namespace, folder: Path) -> None:
    from benchmarks.picture import draw

    curves: dict[str, list[Curve]] = {}
    for problem in problems:
        tools = {
            tool: max(arguments.checked, round(share * arguments.peers))
            for tool, share in _SHARES.items()
            if tool in arguments.tools
        }
        reference = reference_of(
            problem, arguments.checked, folder, arguments.workers, natural=problem.name == "human"
        )
        _show_agreement(reference)
        curves[problem.name] = measure(reference, tools, folder, arguments.workers)
        compare(curves[problem.name], problem.name, folder)
    titles = {p.name: f"{p.name}: {len(p.states)} states, {len(p.varied)} parameters vary" for p in problems}
    draw(curves, titles, folder / "work_precision.png")


def _show_agreement(reference: Reference) -> None:
    found = reference.agreement
    if found.size == 0:
        return
    print(
        f"\nreference of {reference.problem.name}: ours and libroadrunner at {reference.tolerance:g} agree to "
        f"{np.median(found):.1e} (median), {found.max():.1e} (worst of {len(found)} individuals)"
    )


def _problems(liver: Path | None, people: int) -> list[Problem]:
    return [*([liver_problem(liver, 87, people)] if liver is not None else []), human_problem(people)]


def _liver_sizes(liver: Path | None, arguments: argparse.Namespace) -> list[Problem]:
    if liver is None:
        return []
    return [liver_problem(liver, states, max(256, arguments.people // 4)) for states in (31, 87, 295)]


def _liver_folder(shared: Path) -> Path | None:
    """Return the folder of the liver models, or None and say what is left out."""
    if (shared / "bench" / "liver87.xml").is_file():
        return shared / "bench"
    print(
        f"no bench/liver87.xml in {shared} (name the folder by ACINUS_SHARED): only our own model is measured"
    )
    return None


def _arguments() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer individuals, fewer tools; for development"
    )
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ACINUS_SHARED") or beside))
    parser.add_argument("--tools", nargs="*", default=None, choices=list(_SHARES))
    parser.add_argument("--people", type=int, help="individuals for our engine")
    parser.add_argument("--peers", type=int, help="individuals for the faster peers")
    parser.add_argument(
        "--checked",
        type=int,
        help="individuals whose error is taken, the same for all tools that are not very slow",
    )
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.people = arguments.people or (512 if quick else 4096)
    arguments.peers = arguments.peers or (16 if quick else 128)
    arguments.checked = arguments.checked or (8 if quick else 32)
    arguments.batches = (16, 256) if quick else (16, 256, 4096)
    arguments.memory = (512, 4096) if quick else (4096, 32768)
    if arguments.tools is None:
        arguments.tools = ["libroadrunner", "odeint"] if quick else list(_SHARES)
    return arguments


if __name__ == "__main__":
    main()
