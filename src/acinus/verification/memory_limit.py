"""A limit on the memory of one process: what asks for more says so, instead of taking the machine with it."""

from __future__ import annotations

import os

__all__ = ["limit_memory", "most_memory"]

_SHARE = 0.4  # of the machine's memory; two processes at once leave some for the rest


def most_memory() -> int:
    """Return how many bytes a limited process may have."""
    return int(_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def limit_memory() -> None:
    """Limit the address space of this process, and of those it starts, where the system can."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    # A limit that somebody set already may be lower, and cannot be raised above the hard one.
    set_before = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([most_memory(), *set_before]), hard))
