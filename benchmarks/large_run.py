"""A large run and one of a tenth of it: pace, memory, disk, failures, the solver's share, and reading back.

    python -m benchmarks.large_run --people 1000000 --out out/large

Everyone took one overdose and stays untreated (or, with --nac, is treated when they would have come). Each run is a process
of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from acinus.runs import RunFolder, open_run, progress_of

__all__ = ["Measured", "main", "measure"]

ENDPOINTS = (
    "peak_alt",
    "peak_alt_time",
    "peak_inr",
    "apap_cmax",
    "apap_4h_equivalent",
    "above_200_line",
    "hepatotoxicity",
)
QUANTILES = "SELECT quantile_cont(peak_alt, [0.05, 0.25, 0.5, 0.75, 0.95]) AS peak_alt FROM results"


@dataclass(frozen=True)
class Measured:
    """What one run took.

    Attributes
    ----------
    people, failed : int
    wall : float, s
        Of the whole process, loading the model included.
    working : float, s
        From the first shard begun to the last committed.
    per_second : float
        Individuals per second of `working`.
    solving : float
        Share of all workers' time in `working` that passed inside `simulate`.
    memory : float, MB
        Peak of the process.
    disk : float, MB
    reading : float, s
        Quantiles of one endpoint over everyone, with everything that must be loaded for it.
    """

    people: int
    failed: int
    wall: float
    working: float
    per_second: float
    solving: float
    memory: float
    disk: float
    reading: float


def request(people: int, shard: int, *, nac: bool) -> dict[str, object]:
    """Return the request, for `acinus runs start`."""
    doses: list[dict[str, str]] = [
        {"substance": "apap", "amount": "$dose", "route": "oral", "form": "immediate", "at": "0 h"}
    ]
    if nac:
        doses.append({"regimen": "nac_three_bag_20h", "at": "$nac_delay"})
    return {
        "name": f"{people} overdose presenters",
        "population": "overdose_presenters",
        "people": people,
        "seed": 1,
        "protocol": {
            "name": "presenters",
            "doses": doses,
            "sampling": {"every": "1 h", "until": "120 h"},
        },
        "endpoints": list(ENDPOINTS),
        "trajectories": {"keep": 200},
        "shard_size": shard,
    }


def measure(people: int, folder: Path, workers: int, shard: int, *, nac: bool) -> Measured:
    """Run in a process of its own and read back."""
    folder.mkdir(parents=True)
    asked = folder / "request.yaml"
    asked.write_text(yaml.safe_dump(request(people, shard, nac=nac), sort_keys=False), encoding="utf-8")
    run = folder / "run"
    began = time.perf_counter()
    command = [sys.executable, "-m", "acinus", "runs", "start", str(asked), "--out", str(run)]
    ended = subprocess.run([*command, "--workers", str(workers)], check=False)
    wall = time.perf_counter() - began
    if ended.returncode not in (0, 3):  # 3: some individuals did not finish, which is counted below
        raise SystemExit(ended.returncode)
    (last,) = [line for line in RunFolder(run).log() if line["event"] == "ended"]
    shards = [line for line in RunFolder(run).log() if line["event"] == "shard"]
    reading = _time_to_read(run)
    opened = open_run(run)
    if not opened.complete or progress_of(run).people_done != people:
        raise SystemExit(f"{run} is not complete")
    return Measured(
        people,
        len(opened.failures()),
        wall,
        last["elapsed"],
        people / last["elapsed"],
        sum(line["solving"] for line in shards) / (workers * last["elapsed"]),
        last["memory_mb"],
        sum(path.stat().st_size for path in run.rglob("*") if path.is_file()) / 1e6,
        reading,
    )


def _time_to_read(run: Path) -> float:
    """Return how long a fresh process takes from its first import to the quantiles, s."""
    code = (
        "import time; began = time.perf_counter()\n"
        "from acinus.runs import open_run\n"
        f"open_run({str(run)!r}).query({QUANTILES!r})\n"
        "print(time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Measure a tenth and the whole, and print both side by side."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shard", type=int, default=2000)
    parser.add_argument("--nac", action="store_true", help="treat everyone when they would have come")
    parser.add_argument("--out", type=Path, required=True, help="new folder for both runs and the table")
    asked = parser.parse_args()
    found = [
        measure(n, asked.out / str(n), asked.workers, asked.shard, nac=asked.nac)
        for n in (asked.people // 10, asked.people)
    ]
    rows = [
        ("individuals", "{:,.0f}", [m.people for m in found]),
        ("failed", "{:,.0f}", [m.failed for m in found]),
        ("whole process, s", "{:,.0f}", [m.wall for m in found]),
        ("computing, s", "{:,.0f}", [m.working for m in found]),
        ("individuals per second", "{:,.0f}", [m.per_second for m in found]),
        ("solver's share of the workers' time", "{:.1%}", [m.solving for m in found]),
        ("peak memory, MB", "{:,.0f}", [m.memory for m in found]),
        ("on disk, MB", "{:,.1f}", [m.disk for m in found]),
        ("quantiles of one endpoint, s", "{:.2f}", [m.reading for m in found]),
    ]
    text = "".join(
        f"| {name} | {' | '.join(shape.format(value) for value in values)} |\n"
        for name, shape, values in rows
    )
    table = "| | a tenth | all |\n|---|---|---|\n" + text
    ratio = found[1].memory / found[0].memory
    table += f"\nPeak memory of the whole is {ratio:.3f} times that of a tenth.\n"
    (asked.out / "large_run.md").write_text(table, encoding="utf-8")
    (asked.out / "large_run.json").write_text(
        json.dumps([asdict(m) for m in found], indent=2) + "\n", encoding="utf-8"
    )
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
