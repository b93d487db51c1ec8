"""What one individual needs in memory: the numbers of a lane should stay near the processor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acinus.engine.compiled.machine import machine_for
from acinus.system.graph import build_program


@pytest.mark.slow
@pytest.mark.shared
def test_one_individual_of_a_model_of_87_states_needs_at_most_25_kilobytes(repository):
    folder = Path(os.environ.get("ACINUS_SHARED") or repository.parent / "shared")
    program = build_program((folder / "bench" / "liver87.xml").read_text(encoding="utf-8"))
    assert len(program.states) == 87
    assert machine_for(program).size * 8 <= 25 * 1024
