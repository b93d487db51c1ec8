"""Qualifying a model: every claim read, every needed run made once, every verdict given."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from acinus.calibration.bench import Bench
from acinus.calibration.statement import KINDS, Statement
from acinus.documents import shown
from acinus.errors import AcinusError, Code, Diagnostic, RequestError, nearest
from acinus.evidence.claim_files import Unreadable, find_claims
from acinus.evidence.judging import JUDGES, Judge, Judgement
from acinus.evidence.pooling import Pool, read_pool
from acinus.evidence.verdict import Outcome, Qualification, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from acinus.calibration.bench import Experiment

    Progress = Callable[[int, int, str], None]

__all__ = ["qualify"]

_log = logging.getLogger(__name__)


def qualify(
    paths: Iterable[str | Path] | None = None,
    *,
    kinds: Iterable[str] | None = None,
    ids: Iterable[str] | None = None,
    progress: Progress | None = None,
    workers: int = 1,
) -> Qualification:
    """Check claims against the model they speak of.

    Parameters
    ----------
    paths : iterable of paths, optional
        Claims files or folders; the shipped claims if None.
    kinds : iterable of str, optional
        ``calibration``, ``validation``; both if None. Members of a pool are evaluated whatever their kind.
    ids : iterable of str, optional
        Only these claims, and the members of pools among them; an id that no file has is passed over.
    progress : callable, optional
        Called with (claims done, claims in all, id of the claim that comes next).
    workers : int
        Processes used within a run of many individuals.

    Returns
    -------
    Qualification
        One verdict for every claim, in the order of the files. A claim that cannot be evaluated is an
        ``error`` with its diagnostics, and hides no other.

    Raises
    ------
    RequestError
        AC908 if a path does not exist or holds no claims; AC902 for an unknown kind.
    """
    wanted = _kinds(kinds)
    named = None if ids is None else frozenset(ids)
    found = find_claims(paths)
    statements = [claim for claim in found if isinstance(claim, Statement)]
    bench = Bench(workers=workers)
    plans = _Plans(bench, statements, wanted, named)
    done: dict[int, Verdict] = {}
    total = len(plans.order)
    for position, index in enumerate(plans.order):
        statement = statements[index]
        if progress is not None:
            progress(position, total, statement.id)
        members = {statements[i].id: done[i] for i in plans.members.get(index, ()) if i in done}
        done[index] = plans.verdict(index, members)
    if progress is not None:
        progress(total, total, "")
    verdicts = []
    numbering = {id(statement): index for index, statement in enumerate(statements)}
    for claim in found:
        if isinstance(claim, Unreadable):
            verdicts.append(_unreadable(claim))
        elif (named is None or claim.id in named) and (not claim.kind or claim.kind in wanted):
            verdicts.append(done[numbering[id(claim)]])
    return Qualification(tuple(verdicts), dict(sorted(plans.models.items())), bench.simulated)


def _kinds(kinds: Iterable[str] | None) -> frozenset[str]:
    asked = KINDS if kinds is None else (kinds,) if isinstance(kinds, str) else tuple(kinds)
    findings = [
        Diagnostic(
            Code.CLAIM_VALUE,
            f"`{kind}` is not a kind of claim",
            None,
            f"Kinds: {', '.join(KINDS)}.",
            nearest(kind, KINDS),
        )
        for kind in asked
        if kind not in KINDS
    ]
    if findings:
        raise RequestError(findings)
    return frozenset(asked)


class _Plans:
    """What has to be done for which claim: read and prepared first, so that runs can be shared and let go."""

    def __init__(
        self,
        bench: Bench,
        statements: Sequence[Statement],
        wanted: frozenset[str],
        named: frozenset[str] | None,
    ) -> None:
        self.bench = bench
        self.statements = statements
        self.judges: dict[int, Judge | Pool] = {}
        self.faults: dict[int, tuple[Diagnostic, ...]] = {}
        self.members: dict[int, tuple[int, ...]] = {}
        self.models: dict[str, str] = {}
        asked = [
            i
            for i, s in enumerate(statements)
            if (named is None or s.id in named) and (not s.kind or s.kind in wanted)
        ]
        pools = [i for i in asked if statements[i].check == "pool"]
        for index in pools:
            self._attempt(index, self._read_pool)
        needed = {i for i in asked if i not in pools} | {
            i for members in self.members.values() for i in members
        }
        singles = sorted(needed)
        for index in singles:
            self._attempt(index, self._read_check)
        self.order = [*singles, *pools]
        self.uses: Counter[str] = Counter(e.key for i in singles for e in self._experiments(i))

    def _attempt(self, index: int, read: Callable[[int, list[Diagnostic]], Judge | Pool | None]) -> None:
        findings = list(self.statements[index].findings)
        judge = None
        if not findings:
            try:
                judge = read(index, findings)
            except AcinusError as error:
                findings += error.diagnostics
            except Exception as error:  # one broken claim must not hide the others
                findings.append(_crash(self.statements[index], error))
        if judge is None or findings:
            self.faults[index] = tuple(dict.fromkeys(findings))
        else:
            self.judges[index] = judge

    def _read_check(self, index: int, findings: list[Diagnostic]) -> Judge | None:
        statement = self.statements[index]
        return JUDGES[statement.check](statement, self.bench, findings)

    def _read_pool(self, index: int, findings: list[Diagnostic]) -> Pool | None:
        statement = self.statements[index]
        pool = read_pool(statement, self.statements, findings)
        if pool is not None:
            named = {
                s.id: i for i, s in reversed(list(enumerate(self.statements))) if s.root == statement.root
            }
            self.members[index] = tuple(named[name] for name in pool.members)
        return pool

    def _experiments(self, index: int) -> tuple[Experiment, ...]:
        judge = self.judges.get(index)
        return () if judge is None or isinstance(judge, Pool) else judge.experiments

    def verdict(self, index: int, members: dict[str, Verdict]) -> Verdict:
        """Return the verdict of one claim, running what it needs."""
        statement = self.statements[index]
        judge = self.judges.get(index)
        if judge is None:
            return _verdict(statement, None, self.faults.get(index, ()))
        try:
            judgement = judge.judge(members) if isinstance(judge, Pool) else judge.judge()
        except AcinusError as error:
            return _verdict(statement, None, error.diagnostics)
        except Exception as error:  # as above
            return _verdict(statement, None, (_crash(statement, error),))
        finally:
            self._let_go(index)
        return _verdict(statement, judgement, (), judge.members if isinstance(judge, Pool) else ())

    def _let_go(self, index: int) -> None:
        for experiment in self._experiments(index):
            self.models[experiment.model.name] = experiment.model.hash
            self.uses[experiment.key] -= 1
            if self.uses[experiment.key] <= 0:
                self.bench.forget(experiment)


def _verdict(
    statement: Statement,
    judgement: Judgement | None,
    diagnostics: Sequence[Diagnostic],
    members: tuple[str, ...] = (),
) -> Verdict:
    written = (
        statement.id,
        statement.kind,
        statement.check,
        statement.statement,
        statement.source,
        statement.note,
        str(statement.place),
    )
    if judgement is None:
        return Verdict(*written, Outcome.ERROR, diagnostics=tuple(diagnostics), members=members)
    return Verdict(
        *written,
        Outcome.PASSED if judgement.holds else Outcome.FAILED,
        judgement.expected,
        judgement.found,
        judgement.numbers,
        judgement.n_in,
        judgement.n_ok,
        judgement.n_in - judgement.n_ok,
        judgement.why,
        (),
        members,
        judgement.curve,
    )


def _unreadable(claim: Unreadable) -> Verdict:
    name = shown(claim.path)
    return Verdict(name, "", "", "", "", "", name, Outcome.ERROR, diagnostics=tuple(claim.diagnostics))


def _crash(statement: Statement, error: Exception) -> Diagnostic:
    _log.debug("claim %s", statement.id, exc_info=error)
    return Diagnostic(
        Code.CLAIM_CRASHED,
        f"{type(error).__name__} while `{statement.id}` was evaluated: {error}",
        statement.place,
        "This is a fault of the program, not of the claim.",
        "Report it with the claim.",
    )
