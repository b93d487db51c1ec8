"""The construct behind a refusal, in few words that stay the same whatever the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.errors import Diagnostic

__all__ = ["construct_of"]

# Where the title of the code says less than a reader of a table needs.
_WORDS = {
    Code.DELAY_IN_FORMULA: "delay",
    Code.PACKAGE_REQUIRED: "required package",
    Code.NOT_FLATTENED: "external submodel",
    Code.OPERATOR_UNKNOWN: "unknown operator",
    Code.ID_UNDEFINED: "undefined id",
    Code.ALGEBRAIC_RULE_UNSOLVABLE: "algebraic rule",
    Code.START_NOT_EXPLICIT: "implicit start",
}


def construct_of(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the constructs that some diagnostics name, each once, in alphabetical order.

    Examples
    --------
    >>> from acinus.errors import Diagnostic
    >>> construct_of([Diagnostic(Code.FAST_REACTION, "J1"), Diagnostic(Code.DELAY_IN_FORMULA, "J2")])
    'delay, fast reaction'
    """
    return ", ".join(sorted({_WORDS.get(d.code, d.code.title) for d in diagnostics}))
