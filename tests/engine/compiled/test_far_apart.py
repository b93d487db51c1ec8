"""Object code runs wherever the system finds room for it, also where large arrays have left none in one place."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Leaves one small hole high in the address space, and all other room 8 GB below it. Pages that nobody touches cost nothing.
SCRIPT = """
import ctypes
import mmap
import sys

import numpy as np

from acinus.engine import Batch, solve
from acinus.engine.compiled import emission, machine
from acinus.system import system_from_sbml

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
SIZE, NO_RESERVE = 8 << 30, 0x4000


def room(size):
    return libc.mmap(None, size, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NO_RESERVE, -1, 0)


counts = []


def far_apart(files, target, load=machine.load):
    files = list(files)
    counts.append(len(files))
    if len(files) == 1:
        return load(files, target)
    low = room(SIZE)
    for size in (1 << 26, 1 << 20, 1 << 16, 1 << 14, 1 << 12):
        at = room(size)
        while at > low:
            at = room(size)
        libc.munmap(at, size)
    hole = int(sys.argv[1]) * mmap.PAGESIZE
    libc.munmap(low + SIZE - hole, hole)
    return load(files, target)


machine.load = far_apart
emission._ENOUGH = 1000
rule = '''<rateRule variable="x{}"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><apply><times/>
<ci>x{}</ci><ci>x{}</ci></apply></apply></math></rateRule>'''
count = 12
system = system_from_sbml(
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model><listOfParameters>'
    + "".join(f'<parameter id="x{k}" value="1" constant="false"/>' for k in range(count))
    + "</listOfParameters><listOfRules>"
    + "".join(rule.format(k, k, (k + 1) % count) for k in range(count))
    + "</listOfRules></model></sbml>"
)
solution = solve(system, Batch(system.parameter_values[None], ((),), np.linspace(0.0, 1.0, 3), np.array([0])))
assert abs(solution.values[0, -1, 0] - 0.5) < 1e-6
assert max(counts) > 2
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="leaves holes in memory as Linux fills them")
@pytest.mark.parametrize("pages", [1, 2, 3, 4, 6, 8, 12, 16, 24])
def test_sections_and_object_files_may_lie_far_apart(tmp_path, pages):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(pages)],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
