"""The routes under /api/v1/evidence: the health statements, their verdicts, and what the checks found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request

from acinus.errors import Code, Diagnostic, nearest
from acinus.provenance import CONTEXT_OF_USE
from acinus.web.refusals import Refusal

if TYPE_CHECKING:
    from acinus.evidence.ledger import HealthStatement
    from acinus.web.live_ledger import LiveLedger

__all__ = ["evidence_api"]

evidence_api = APIRouter(prefix="/evidence")


@evidence_api.get("")
def every(request: Request) -> dict[str, Any]:
    """List the statements; `verdict` is null for one whose checks have not run yet, and `checks` says how far they are."""
    ledger = _ledger(request)
    return {
        "context_of_use": CONTEXT_OF_USE,
        "checks": _checks(ledger),
        "statements": [_short(ledger, one) for one in ledger.statements],
    }


@evidence_api.get("/{statement_id}")
def one(
    statement_id: Annotated[str, Path(max_length=20, description="Such as A08.")], request: Request
) -> dict[str, Any]:
    """Return a statement with what is known of it, its sources, and what each part of its check found."""
    ledger = _ledger(request)
    known = {each.id: each for each in ledger.statements}
    found = known.get(statement_id.upper())
    if found is None:
        raise Refusal(
            404,
            Diagnostic(
                Code.WEB_NOT_FOUND,
                f"there is no statement `{statement_id}`",
                None,
                "",
                nearest(statement_id, known) or "/api/v1/evidence lists them.",
            ),
        )
    entry = ledger.results.entries.get(found.id) if ledger.results is not None else None
    return {
        **_short(ledger, found),
        "statement": found.statement,
        "known": found.known,
        "because": list(found.because),
        "would_change": found.would_change,
        "unchecked": found.unchecked,
        "sources": ledger.sources_of(found),
        "result": entry["result"] if entry is not None else None,
        "parts": entry["parts"] if entry is not None else [],
        "checks": _checks(ledger),
        "context_of_use": CONTEXT_OF_USE,
    }


def _ledger(request: Request) -> LiveLedger:
    """Return the ledger; whoever looks at it first sets its checks going."""
    ledger: LiveLedger = request.app.state.ledger
    ledger.start()
    return ledger


def _checks(ledger: LiveLedger) -> dict[str, Any]:
    return {"ended": ledger.ended, "note": ledger.note, "fault": ledger.fault}


def _short(ledger: LiveLedger, one: HealthStatement) -> dict[str, Any]:
    entry = ledger.results.entries.get(one.id) if ledger.results is not None else None
    return {
        "id": one.id,
        "article": one.article,
        "kind": one.kind,
        "title": one.title,
        "certainty": one.certainty,
        "verdict": entry["verdict"] if entry is not None else one.verdict,
        "warning": one.warning,
    }
