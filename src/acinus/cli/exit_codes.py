"""What the exit code of a command means to a script."""

from __future__ import annotations

import enum

__all__ = ["ExitCode"]


@enum.unique
class ExitCode(enum.IntEnum):
    """Exit codes of every command; the docstrings of the commands say which they use."""

    OK = 0
    FINDINGS = 1
    """`check` found something to mend, `verify` something wrong, or a claim failed under ``qualify --strict``."""
    BAD_INPUT = 2
    """A word, file or value of the request is wrong; the message says which."""
    INDIVIDUALS_FAILED = 3
    """Results were written, but some individuals did not reach the end of the protocol."""
    INTERNAL = 70
    """A fault of this program."""
    INTERRUPTED = 130
