"""What only a fresh process can tell: seconds from its start to a first result, and its largest memory.

Also the program of that process: ``python -m benchmarks.fresh first MODEL.xml`` and
``... memory FOLDER INDIVIDUALS``, which prints numbers as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["first_result", "measure_import", "measure_memory", "measure_start"]

_REPEATS = 5
_OUTPUTS = ("Cp", "ALT", "INRf")


def measure_import(folder: Path) -> None:
    """Time ``import acinus`` in fresh processes, beside Python alone."""
    from benchmarks.table import Table

    table = Table(
        f"fresh process, median of {_REPEATS}", ("what", "seconds", "of it python"), folder / "import.csv"
    )
    bare = statistics.median(_clocked(["-c", "pass"]) for _ in range(_REPEATS))
    whole = statistics.median(_clocked(["-c", "import acinus"]) for _ in range(_REPEATS))
    table.add("import acinus", whole, bare)


def measure_start(models: list[Path], folder: Path) -> None:
    """Time the first result from SBML text with an empty cache and with a filled one, fresh process each."""
    from benchmarks.table import Table

    table = Table(
        "from SBML text to a first result, fresh process, seconds",
        ("model", "cache", "process", "imports", "without imports"),
        folder / "start.csv",
    )
    for model in models:
        with tempfile.TemporaryDirectory() as cache:
            for state in ("empty", "filled"):
                began = time.perf_counter()
                found = _child(["first", str(model)], cache)
                whole = time.perf_counter() - began
                table.add(model.stem, state, whole, found["imports"], found["result"])


def first_result(sbml: str) -> tuple[float, float]:
    """Return the seconds of a fresh process with an empty cache: for imports, and from SBML text to a first result."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.xml"
        model.write_text(sbml, encoding="utf-8")
        found = _child(["first", str(model)], folder)
    return found["imports"], found["result"]


def measure_memory(liver: Path, people: tuple[int, ...], folder: Path) -> None:
    """Print the peak of resident memory for several numbers of individuals with the same few outputs."""
    from benchmarks.table import Table

    table = Table(
        f"liver87: peak memory, {len(_OUTPUTS)} outputs, 25 samples, fresh process, MB",
        ("individuals", "peak", "results", "parameters", "peak without both"),
        folder / "memory.csv",
    )
    for count in people:
        found = _child(["memory", str(liver), str(count)], None)
        rest = found["peak"] - found["results"] - found["parameters"]
        row = [value / 1e6 for value in (found["peak"], found["results"], found["parameters"], rest)]
        table.add(str(count), *row)


def _clocked(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True)
    return time.perf_counter() - began


def _child(arguments: list[str], cache: str | None) -> dict[str, float]:
    environment = {**os.environ, **({"XDG_CACHE_HOME": cache} if cache else {})}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _first_result(model: Path) -> dict[str, float]:
    began = time.perf_counter()
    from benchmarks import ours

    imported = time.perf_counter()
    ours.solve_text(model.read_text(encoding="utf-8"))
    return {"imports": imported - began, "result": time.perf_counter() - imported}


def _memory(liver: Path, people: int) -> dict[str, float]:
    import numpy as np

    from benchmarks import ours
    from benchmarks.liver_problem import liver_problem

    # Individuals are made here with nothing else in memory; how widely they are spread does not matter.
    few = liver_problem(liver, 87, 1)
    values = np.tile(few.values, (people, 1))
    generator = np.random.default_rng(1)
    for parameter in few.varied:
        column = values[:, few.parameters.index(parameter)]
        column *= np.exp(0.1 * generator.standard_normal(people))
    times = np.linspace(0.0, 96.0, 25)
    found, _ = ours.solve_values(few.sbml, few.parameters, values, times, _OUTPUTS, 1e-4, 2)
    return {"peak": _peak(), "results": found.nbytes, "parameters": 2 * values.nbytes}


def _peak() -> float:
    """Return the largest resident memory of this process, bytes.

    Where Linux says so, from its status: the resource usage of a process begins with what its parent had used.
    """
    import resource

    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _main(arguments: list[str]) -> Any:
    match arguments:
        case ["first", model]:
            return _first_result(Path(model))
        case ["memory", liver, people]:
            return _memory(Path(liver), int(people))
    raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1:])))
