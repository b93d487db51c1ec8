"""What is expected of every case of the SBML Test Suite: right, or refused by a named construct.

Run as a program it writes the table anew: ``python tests/sbml_suite/ratchet.py DIR``, DIR being the folder of the
suite. It writes nothing while a case is wrong, failed or unreadable.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.verification import verify_suite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.verification import CaseResult

EXPECTED = Path(__file__).with_name("expected.csv")
COMMAND = "python tests/sbml_suite/ratchet.py DIR"


def read_expected() -> dict[str, str]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return {row["case"]: said(row["verdict"], row["construct"]) for row in csv.DictReader(file)}


def said(verdict: str, construct: str) -> str:
    return f"{verdict} ({construct})" if construct else verdict


def differences(expected: dict[str, str], results: Iterable[CaseResult]) -> list[str]:
    """Return one line for each case that is not as expected, in the order of the cases."""
    found = {result.case: said(result.verdict.value, result.construct) for result in results}
    detail = {result.case: result.detail for result in results}
    lines = []
    for case in sorted(expected.keys() | found.keys()):
        before, now = expected.get(case, "not in the table"), found.get(case, "not in the suite")
        if before != now:
            lines.append(f"{case}: expected {before}, found {now} {detail.get(case, '')}".rstrip())
    return lines


def record(folder: Path) -> None:
    report = verify_suite(folder)
    if not report.sound:
        raise SystemExit("not written; " + str([r for r in report.results if not r.verdict.sound]))
    with EXPECTED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "verdict", "construct"))
        writer.writerows((r.case, r.verdict.value, r.construct) for r in report.results)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
