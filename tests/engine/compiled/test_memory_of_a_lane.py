"""What one individual needs in memory: the numbers of a lane should stay near the processor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acinus import load_model
from acinus.engine.compiled.machine import machine_for, method_named
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.target import host_target
from acinus.system import build_system
from acinus.system.graph import build_program


@pytest.mark.slow
@pytest.mark.shared
def test_one_individual_of_a_model_of_87_states_needs_at_most_25_kilobytes(repository):
    folder = Path(os.environ.get("ACINUS_SHARED") or repository.parent / "shared")
    program = build_program((folder / "bench" / "liver87.xml").read_text(encoding="utf-8"))
    assert len(program.states) == 87
    assert machine_for(program).size * 8 <= 25 * 1024


@pytest.mark.slow
def test_one_individual_of_the_human_model_needs_at_most_240_bytes_a_state():
    program = build_system(load_model("human")).program
    code = ModelCode(program, method_named("rodas5"), host_target())
    code.text()  # scratch memory is only known then
    assert code.layout.size * 8 <= 240 * len(program.states)
