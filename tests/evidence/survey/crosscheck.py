"""Every estimate against R's survey and survival: run by ``make crosscheck``.

Runs R on the generated sample and on the joined tables of NHANES, and compares value by value. Exit code 1 if a point
estimate differs by more than 1e-6 or a standard error by more than 1e-4, 2 if R is not there.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from comparing import ERROR, HERE, VALUE, generated_estimates, read_r, relative_difference

from acinus.evidence.survey import analyse_survey

_PACKAGES = ("r-cran-survey", "r-cran-survival")


def main() -> int:
    """Compare, print, and return the exit code."""
    if not _r_is_there():
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        given = Path(scratch) / "generated.json"
        _run_r(HERE / "generated", "in_r.R", str(given))
        well = _compare("generated sample", generated_estimates(), [given])
        folder = _nhanes()
        if folder is None:
            sys.stdout.write("NHANES: no tables; name the folder with data/nhanes by ACINUS_SHARED\n")
            return 2
        result = analyse_survey(folder)
        ours = {e.name: (e.coefficient, e.standard_error) for e in result.estimates.values()}
        ours |= {f"{table.name}.df": (table.df, math.nan) for table in result.tables}
        counts = {e.name: e.n for e in result.estimates.values()}
        both = []
        for script in ("nhanes_in_r.R", "nhanes_usual_in_r.R"):
            both.append(Path(scratch) / f"{script}.json")
            _run_r(HERE, script, str(folder), str(both[-1]))
        return 0 if _compare("NHANES", ours, both, counts) and well else 1


def _compare(
    title: str,
    ours: dict[str, tuple[float, float]],
    given: list[Path],
    counts: dict[str, int] | None = None,
) -> bool:
    theirs = {name: row for path in given for name, row in read_r(path).items()}
    worst_value, worst_error = (0.0, ""), (0.0, "")
    wrong = [f"{name}: not ours" for name in theirs if name not in ours]
    for name, (value, error, n) in theirs.items():
        if name not in ours:
            continue
        apart = relative_difference(ours[name][0], value, 1e-3)
        apart_error = relative_difference(ours[name][1], error, 1e-9)
        worst_value = max(worst_value, (apart, name))
        worst_error = max(worst_error, (apart_error, name))
        if not (apart < VALUE and apart_error < ERROR):
            wrong.append(f"{name}: {ours[name]} here, {(value, error)} in R")
        if counts and name in counts and counts[name] != n:
            wrong.append(f"{name}: {counts[name]} rows here, {n} in R")
    alone = sorted(set(ours) - set(theirs))
    sys.stdout.write(
        f"{title}: {len(theirs)} estimates compared with R, {len(wrong)} apart\n"
        f"  largest relative difference of a value {worst_value[0]:.1e} ({worst_value[1]}), "
        f"of a standard error {worst_error[0]:.1e} ({worst_error[1]})\n"
    )
    if alone:
        sys.stdout.write(f"  not computed in R: {', '.join(alone)}\n")
    sys.stdout.writelines(f"  {line}\n" for line in wrong)
    return not wrong


def _nhanes() -> Path | None:
    shared = Path(os.environ.get("ACINUS_SHARED") or HERE.parents[3] / "shared")
    folder = shared / "data" / "nhanes"
    return folder.resolve() if folder.is_dir() else None


def _r_is_there() -> bool:
    if _loads():
        return True
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES], check=False
        )
        if _loads():
            return True
    sys.stdout.write(
        f"R with survey and survival is not here. On Debian or Ubuntu: sudo apt-get install {' '.join(_PACKAGES)}\n"
    )
    return False


def _loads() -> bool:
    if shutil.which("Rscript") is None:
        return False
    loading = ["Rscript", "-e", "library(survey); library(survival)"]
    return subprocess.run(loading, capture_output=True, check=False).returncode == 0


def _run_r(folder: Path, *words: str) -> None:
    # R warns of every stratum with one unit, which is what the samples are meant to have.
    done = subprocess.run(["Rscript", *words], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.stdout.write(done.stderr)
        raise SystemExit(2)


if __name__ == "__main__":
    raise SystemExit(main())
