"""The ledger of health statements for the pages: its texts at once, the results of its checks once these have run.

Checks simulate for about a minute where no earlier run is found. They run in a process of their own, so that sliders
stay quick.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.documents import biology_folder
from acinus.evidence.ledger import HealthStatement, read_statements
from acinus.report.citations import cite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

__all__ = ["LedgerResults", "LiveLedger"]


@dataclass(frozen=True, slots=True)
class LedgerResults:
    """What the checks found.

    `entries` are those of `Ledger.as_dict` by id; `deaths` the run of mechanisms, with paragraphs that explain it and rows
    (words, ratio, low, high, sort) that compare it with what was published.
    """

    entries: Mapping[str, Mapping[str, Any]]
    deaths: Mapping[str, Any] | None
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[str, float, float | None, float | None, str], ...] = ()


@dataclass
class LiveLedger:
    """Statements, and their results as they come; `note` says what is being done, `fault` why it ended early."""

    results: LedgerResults | None = None
    note: str = ""
    fault: str = ""
    _statements: tuple[HealthStatement, ...] = ()
    _begun: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def statements(self) -> tuple[HealthStatement, ...]:
        """All statements, by id."""
        with self._lock:
            if not self._statements:
                self._statements = read_statements(with_claims=False)
        return self._statements

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to come."""
        return self.results is not None or bool(self.fault)

    def start(self) -> None:
        """Begin the checks, unless they have begun."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        threading.Thread(target=self._follow, name="ledger", daemon=True).start()

    def sources_of(self, statement: HealthStatement) -> list[str]:
        """Return the sources of a statement in full."""
        return [cite(key, biology_folder()) or key for key in statement.sources]

    def _follow(self) -> None:
        apart = multiprocessing.get_context("spawn")
        here, there = apart.Pipe(duplex=False)
        process = apart.Process(target=_run, args=(there,), name="acinus-ledger", daemon=True)
        process.start()
        there.close()
        try:
            while True:
                kind, content = here.recv()
                if kind == "results":
                    self.results = content
                    return
                if kind == "fault":
                    self.fault = content
                    return
                self.note = content
        except EOFError:
            self.fault = "The process that ran the checks ended early."
        finally:
            process.join()


def _run(pipe: Connection) -> None:
    """Run the checks and send what they found."""
    from acinus.errors import AcinusError
    from acinus.evidence.ledger import run_ledger
    from acinus.evidence.survey.published_numbers import read_published_numbers
    from acinus.report.evidence_page.lines import liver_death_paragraphs

    os.nice(10)  # whoever moves a slider comes first
    try:
        ledger = run_ledger(
            progress=lambda done, total, name: pipe.send(
                ("note", f"{name} ({done} of {total})" if total else name)
            )
        )
    except AcinusError as error:
        pipe.send(("fault", str(error)))
        return
    data = ledger.as_dict()
    rows = [
        (f"{one.name}, published", one.ratio, one.low, one.high, "published")
        for one in read_published_numbers().ratios
    ]
    for ratio in ledger.liver_deaths.ratios if ledger.liver_deaths is not None else ():
        words = "Mechanisms of the model" + (
            f", links {ratio.gain:g} times as strong" if ratio.gain != 1.0 else ""
        )
        rows.append((words, ratio.everyone, ratio.low, ratio.high, "model"))
    results = LedgerResults(
        {one["id"]: one for one in data["statements"]},
        data["liver_deaths"],
        tuple(liver_death_paragraphs(ledger)) if ledger.liver_deaths is not None else (),
        tuple(rows),
    )
    pipe.send(("results", results))
