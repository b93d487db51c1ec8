"""What is said of one case of the test suite."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["CaseResult", "Verdict"]


@enum.unique
class Verdict(enum.Enum):
    """How a case ended."""

    PASS = "pass"
    REFUSED = "refused"
    WRONG = "wrong"
    FAILED = "failed"
    UNREADABLE = "unreadable"

    @property
    def sound(self) -> bool:
        """Say whether this is an honest outcome: right, or refused by name."""
        return self in (Verdict.PASS, Verdict.REFUSED)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case and its verdict.

    Attributes
    ----------
    case : str
        Id of the case, such as `00001`.
    verdict : Verdict
    construct : str
        What was refused, in few stable words; empty unless refused.
    detail : str
        The particulars in a sentence; empty for a pass.
    """

    case: str
    verdict: Verdict
    construct: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return plain values without what is empty; the case is the key under which they are kept."""
        found = {"verdict": self.verdict.value, "construct": self.construct, "detail": self.detail}
        return {key: value for key, value in found.items() if value}
