"""Compiled code is kept and found again, shared by processes, and never trusted when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from acinus import cache
from acinus.engine.compiled import CompiledEngine, assembly, machine

SCRIPT = """
import sys
from acinus.cache import cache_key, read_cached, write_cached
for k in range(300):
    write_cached("same", bytes([k % 250]) * 20000)
    data = read_cached("same")
    assert data is not None and len(set(data)) == 1 and len(data) == 20000
"""

SOLVE = """
import sys
import numpy as np
from acinus.engine import Batch, solve
from acinus.system import system_from_sbml

system = system_from_sbml('''<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
<model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
<listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><ci>x</ci></apply>
</math></rateRule></listOfRules></model></sbml>''')
solution = solve(system, Batch(system.parameter_values[None], ((),), np.linspace(0.0, 1.0, 3), np.array([0])))
assert abs(solution.values[0, -1, 0] - np.exp(-1.0)) < 1e-6
print(*sys.modules)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machine.machine_for.cache_clear()
    yield tmp_path / "acinus"
    machine.machine_for.cache_clear()


@pytest.fixture
def solve(decay, batch_of, add):
    batch = batch_of(decay, [0.0, 3.0], [(add(decay, 0.0, "A", 1.0),)], outputs=["A"])
    return lambda: CompiledEngine().solve(decay, batch).values


def test_the_second_process_does_not_compile(folder, solve, monkeypatch):
    first = solve()
    machine.machine_for.cache_clear()
    monkeypatch.setattr(assembly, "object_code", lambda *_args, **_more: pytest.fail("compiled again"))
    np.testing.assert_array_equal(solve(), first)


def test_a_damaged_file_is_compiled_anew(folder, solve):
    first = solve()
    for file in folder.glob("*.bin"):
        data = bytearray(file.read_bytes())
        data[-7] ^= 255
        file.write_bytes(bytes(data))
    machine.machine_for.cache_clear()
    np.testing.assert_array_equal(solve(), first)


def test_nothing_but_whole_files_is_left_behind(folder, solve):
    solve()
    assert {file.suffix for file in folder.iterdir()} == {".bin"}


def test_without_a_writable_folder_nothing_is_kept_and_all_works(tmp_path, solve, monkeypatch):
    machine.machine_for.cache_clear()
    monkeypatch.setattr(cache, "cache_folder", lambda: None)
    assert np.isfinite(solve()).all()
    machine.machine_for.cache_clear()


@pytest.mark.slow
def test_processes_that_write_at_once_do_no_harm(tmp_path):
    source = str(Path(cache.__file__).parents[1])
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": source}
    crowd = [subprocess.Popen([sys.executable, "-c", SCRIPT], env=environment) for _ in range(3)]
    assert [process.wait() for process in crowd] == [0, 0, 0]


def test_a_process_that_finds_everything_kept_imports_nothing_that_writes_code(tmp_path):
    source = str(Path(cache.__file__).parents[1])
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": source}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", SOLVE], env=environment, check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(2)
    )
    assert {"libsbml", "acinus.system.graph.build", "acinus.engine.compiled.kernel"} <= set(first)
    assert not {"libsbml", "acinus.system.graph.build", "acinus.engine.compiled.kernel"} & set(second)


def test_any_change_of_the_sources_changes_the_name_of_what_they_made(tmp_path):
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("y = 1")
    key = cache.key_of_sources(tmp_path)
    (tmp_path / "b.py").write_text("y = 2")
    changed = cache.key_of_sources(tmp_path)
    (tmp_path / "b.py").rename(tmp_path / "c.py")
    assert len({key, changed, cache.key_of_sources(tmp_path)}) == 3
