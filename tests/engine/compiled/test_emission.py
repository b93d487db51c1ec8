"""Code is the same whether it is made in one piece or in many, here or in a second process, or after that has ended."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pytest

from acinus.engine import Tolerances
from acinus.engine.compiled import emission, machine
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.second_process import SecondProcess
from acinus.engine.compiled.target import host_target

TEXT = f"""target triple = "{host_target().triple}"
define double @half(double %x) {{
  %y = fmul double %x, 0.5
  ret double %y
}}
"""


@pytest.fixture
def values(cascade, crowd, monkeypatch):
    """Return a function that compiles anew and integrates, with how many object files the program became."""

    def solve():
        kept = []
        monkeypatch.setattr(machine, "read_cached", lambda _: None)
        monkeypatch.setattr(machine, "write_cached", lambda *_: None)
        linked = machine.LoadedCode

        def count(files, target, names):
            kept.append(len(files))
            return linked(files, target, names)

        with monkeypatch.context() as patch:
            patch.setattr(machine, "LoadedCode", count)
            code = machine.machine_for.__wrapped__(cascade.program)
            return integrate(code, crowd(9), Tolerances()).values, kept[0]

    return solve


@pytest.mark.parametrize("program", [sys.executable, "no such program", shutil.which("false")])
def test_many_object_files_give_the_bits_of_one(values, monkeypatch, program):
    whole, one = values()
    monkeypatch.setattr(emission, "_ENOUGH", 2000)
    monkeypatch.setattr(emission, "_MANY", 1)
    monkeypatch.setattr(emission, "_processors", lambda: 2)
    monkeypatch.setattr(sys, "executable", program)
    cut, many = values()
    assert (one, many > 3) == (1, True)
    np.testing.assert_array_equal(cut, whole)


def test_a_second_process_makes_the_code_that_this_one_makes():
    process = SecondProcess(host_target())
    try:
        code = process.object_code(TEXT)
    finally:
        process.close()
    assert code == emission.object_code(TEXT, host_target())


def test_a_text_that_is_no_program_ends_the_second_process():
    process = SecondProcess(host_target())
    try:
        with pytest.raises(EOFError):
            process.object_code("no program")
        # The pipe may break while the text is sent, or after.
        with pytest.raises((OSError, EOFError)):
            process.object_code(TEXT)
    finally:
        process.close()
