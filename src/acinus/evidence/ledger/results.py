"""Results of checks, and the rule by which they move a verdict."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["UNDECIDED", "PartResult", "Result", "combined", "verdict_of"]

UNDECIDED = "undecided"


@enum.unique
class Result(enum.Enum):
    """How a check ended; `MIXED` and `NONE` are of a whole check only."""

    PASSED = "passed"
    FAILED = "failed"
    MIXED = "mixed"
    ERROR = "error"
    NOT_RUN = "not run"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part of a check.

    Attributes
    ----------
    sort : str
        ``claim``, ``survey``, ``arithmetic`` or ``mechanism``.
    name, words : str
        What was checked: an id, and a sentence.
    result : Result
    expected, found : str
        In words.
    fitted : bool
        Whether the model was fitted to this: then it shows what the model holds, and is no test of it.
    note : str
        Why it was not run, or what went wrong.
    numbers : mapping
        For scripts.
    """

    sort: str
    name: str
    words: str
    result: Result
    expected: str = ""
    found: str = ""
    fitted: bool = False
    note: str = ""
    numbers: Mapping[str, float | int | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "sort": self.sort,
            "name": self.name,
            "words": self.words,
            "result": self.result.value,
            "expected": self.expected,
            "found": self.found,
            "fitted": self.fitted,
            "note": self.note,
            "numbers": dict(self.numbers),
        }


def combined(parts: Iterable[PartResult]) -> Result:
    """Return the result of a whole check.

    Parts that were not run are left out. Of the rest one error makes an error; else all must pass for `PASSED`, none for
    `FAILED`, and anything between is `MIXED`. Without parts there is no check.

    Examples
    --------
    >>> combined([])
    <Result.NONE: 'none'>
    """
    results = [part.result for part in parts]
    if not results:
        return Result.NONE
    run = {result for result in results if result is not Result.NOT_RUN}
    if not run:
        return Result.NOT_RUN
    if Result.ERROR in run:
        return Result.ERROR
    return run.pop() if len(run) == 1 else Result.MIXED


def verdict_of(result: Result, typed: str | None, when: Mapping[str, str]) -> str:
    """Return the verdict: the one typed where no result can move it, else the one written for the result.

    A check that failed to run, or was not run, leaves the verdict `UNDECIDED`.
    """
    if typed is not None:
        return typed
    return when.get(result.value, UNDECIDED)
