"""Imported once by the server that forks the processes to be killed, so that each begins at once: all that a run loads.

A fork takes memory along and no threads, so nothing here may leave one running that a run needs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from small_run import small_request

from acinus.runs import start_run

with tempfile.TemporaryDirectory() as place:
    start_run(small_request(people=40), Path(place) / "run", workers=1)
