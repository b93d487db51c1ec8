"""Published shares of the page: counts from the claims that hold them, with their exact intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.calibration.statement import Statement
from acinus.errors import Code, Diagnostic, RequestError, nearest
from acinus.evidence import clopper_pearson, find_claims
from acinus.report.overdose_page.page_numbers import PublishedShare

if TYPE_CHECKING:
    from acinus.model import Model
    from acinus.report.overdose_page.page_plan import PagePlan, PublishedPlan

__all__ = ["read_published"]


def read_published(plan: PagePlan, model: Model) -> tuple[PublishedShare, ...]:
    """Return the published shares in the order of the page.

    Raises
    ------
    RequestError
        AC991 if a claim does not exist, or holds no counts.
    """
    folder = model.biology / "claims" if model.biology is not None else None
    found = find_claims(None if folder is None else [folder])
    claims = {claim.id: claim for claim in found if isinstance(claim, Statement)}
    findings: list[Diagnostic] = []
    shares = [_published(point, claims, model, findings) for point in plan.published]
    if findings:
        raise RequestError(findings)
    return tuple(share for share in shares if share is not None)


def _published(
    point: PublishedPlan, claims: dict[str, Statement], model: Model, findings: list[Diagnostic]
) -> PublishedShare | None:
    lines = tuple(model.constant(name)[0] if name else None for name in (point.above, point.below))
    if not point.claim:
        share = point.share if point.share is not None else 0.0
        low, high = (end if end is not None else share for end in (point.low, point.high))
        return PublishedShare(
            *(point.label, point.statement, point.source, "", "", point.from_memory, None),
            *(share, low, high, point.whole_group, point.delay, *lines),
        )
    claim = claims.get(point.claim)
    observed = claim.node.get("observed") if claim is not None else None
    if claim is None or observed is None:
        what = "has no `observed` counts" if claim is not None else "does not exist"
        findings.append(
            Diagnostic(
                Code.PAGE_VALUE,
                f"the claim `{point.claim}`, whose counts the page shows, {what}",
                claim.place if claim is not None else None,
                "",
                nearest(point.claim, claims) or "Name a claim about a share with `observed` counts.",
            )
        )
        return None
    counts = clopper_pearson(int(observed["events"].value), int(observed["of"].value))
    return PublishedShare(
        *(point.label, claim.statement, claim.source, claim.kind, claim.id, point.from_memory, counts),
        *(counts.value, counts.low, counts.high, point.whole_group, point.delay, *lines),
    )
