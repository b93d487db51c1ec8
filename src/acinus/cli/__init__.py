"""The command line: one file a command, each of which parses, calls and prints.

In: words typed by a person or a script. Out: tables on standard output (JSON alone with ``--json``), progress
and refusals on standard error, and an exit code that means something (`acinus.cli.exit_codes`).
Knows options and how to say things; never knows numerics, and computes nothing that Python callers cannot.
"""

from acinus.cli.application import app

__all__ = ["app"]
