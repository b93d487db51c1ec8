"""Speed against error: how many individuals a second, at which error, beside libroadrunner in the same run.

Usage: python benchmarks/work_precision.py MODEL.xml POPULATION.csv [--people 2048] [--peers 32] [--workers 2]

The population file has the columns parameter, median, sd_log (log-normal). The error of an individual is the largest,
over samples and outputs, of |y - ref| / (|ref| + 1e-3 max |ref|); the reference is libroadrunner at 1e-11. Both
engines save all states. Speed is individuals per second of processor time, so that other work on the machine counts
for neither; the last line says what threads make of it by the clock on the wall.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from acinus.engine import Batch, Tolerances, roadrunner_reference
from acinus.engine.compiled.compiled_engine import program_of
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import METHODS, machine_for
from acinus.provenance import content_hash
from acinus.system import OdeSystem, build_system

if TYPE_CHECKING:
    from numpy.typing import NDArray


def main() -> None:
    """Measure and print two tables."""
    arguments = _arguments()
    text = arguments.model.read_text()
    began = time.perf_counter()
    program = program_of(text)
    machine = machine_for(program)
    machine.samples(range(len(program.outputs)))
    print(
        f"{arguments.model.name}: {len(program.states)} states; ready after {time.perf_counter() - began:.2f} s"
    )
    system = build_system(cast("Any", SimpleNamespace(sbml=text, hash=content_hash(text))))
    batch = _batch(system, arguments.population, arguments.people)
    few = batch.take(range(arguments.peers))
    truth = roadrunner_reference.solve(system, few, Tolerances(1e-11, 1e-15)).values
    theirs = _libroadrunner(system, few, truth)
    ours = _ours(program, batch, truth, arguments.workers)
    _compare(ours, theirs)
    _threads(program, batch, arguments.workers)


def _libroadrunner(system: OdeSystem, batch: Batch, truth: NDArray[np.float64]) -> list[tuple[float, float]]:
    rows = []
    print(f"\n{roadrunner_reference.name()}\n  tolerance  individuals/s  median error")
    for relative in (1e-4, 1e-5, 1e-6, 1e-7, 1e-8):
        tolerances = Tolerances(relative, min(1e-9, 1e-2 * relative))
        seconds, found = _seconds(lambda t=tolerances: roadrunner_reference.solve(system, batch, t).values)
        rows.append((float(np.median(_errors(found, truth))), batch.size / seconds))
        print(f"  {relative:9.0e}  {rows[-1][1]:13.1f}  {rows[-1][0]:12.1e}")
    return rows


def _ours(
    program: Any, batch: Batch, truth: NDArray[np.float64], workers: int
) -> dict[str, list[tuple[float, float]]]:
    tables = {}
    for name, method in METHODS.items():
        machine = machine_for(program, name)
        machine.samples([int(k) for k in batch.outputs])
        rows = []
        print(f"\nacinus, {method.name}\n  tolerance  individuals/s  median error  steps")
        for relative in (1e-4, 1e-5, 1e-6, 1e-7, 1e-8):
            tolerances = Tolerances(relative, 1e-14)
            seconds, raw = _seconds(lambda m=machine, t=tolerances: integrate(m, batch, t, workers))
            error = float(np.median(_errors(raw.values[: len(truth)], truth)))
            rows.append((error, batch.size / seconds))
            print(f"  {relative:9.0e}  {rows[-1][1]:13.1f}  {error:12.1e}  {raw.steps.mean():5.0f}")
        tables[name] = rows
    return tables


def _threads(program: Any, batch: Batch, workers: int) -> None:
    machine = machine_for(program)
    clock = []
    for count in (1, workers):
        began = time.perf_counter()
        integrate(machine, batch, Tolerances(1e-6, 1e-14), count)
        clock.append(time.perf_counter() - began)
    print(
        f"\nby the clock at 1e-6: 1 thread {batch.size / clock[0]:.0f}/s, {workers} threads {batch.size / clock[1]:.0f}/s"
    )


def _compare(ours: dict[str, list[tuple[float, float]]], theirs: list[tuple[float, float]]) -> None:
    print("\ntimes libroadrunner at equal median error")
    for error in (1e-4, 1e-5, 3e-6):
        peer = _speed_at(error, theirs)
        print(
            f"  {error:.0e}: "
            + ", ".join(f"{name} {_speed_at(error, rows) / peer:.0f}" for name, rows in ours.items())
        )


def _speed_at(error: float, rows: list[tuple[float, float]]) -> float:
    """Return the speed at an error, straight between the measured points on logarithmic axes."""
    table = np.log(np.array(sorted(rows)))
    return float(np.exp(np.interp(np.log(error), table[:, 0], table[:, 1])))


def _errors(values: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(truth).max(axis=1, keepdims=True)
    return (np.abs(values - truth) / (np.abs(truth) + 1e-3 * size + 1e-300)).max(axis=(1, 2))


def _batch(system: OdeSystem, population: Path, people: int) -> Batch:
    generator = np.random.default_rng(1)
    parameters = np.tile(system.parameter_values, (people, 1))
    with population.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["parameter"] in system.parameters:
                spread = np.exp(float(row["sd_log"]) * generator.standard_normal(people))
                parameters[:, system.parameters.index(row["parameter"])] = float(row["median"]) * spread
    outputs = np.arange(len(system.outputs))
    return Batch(parameters, ((),) * people, np.linspace(0.0, 96.0, 193), outputs)


def _seconds(work: Any) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("population", type=Path)
    parser.add_argument("--people", type=int, default=2048)
    parser.add_argument("--peers", type=int, default=32, help="individuals given to the slower engine")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    for path in (arguments.model, arguments.population):
        if not path.is_file():
            sys.exit(f"there is no file {path}")
    return arguments


if __name__ == "__main__":
    main()
