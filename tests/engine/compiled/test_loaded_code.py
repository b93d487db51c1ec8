from __future__ import annotations

import ctypes

import pytest

from acinus.engine.compiled.assembly import object_code
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.target import host_target


def function(text):
    target = host_target()
    return object_code(f'target triple = "{target.triple}"\n{text}\n', target)


def test_files_call_each_other():
    one = function("declare i64 @two()\ndefine i64 @one() {\n  %x = call i64 @two()\n  ret i64 %x\n}")
    two = function("define i64 @two() {\n  ret i64 2\n}")
    loaded = LoadedCode([one, two], host_target(), ["one"])
    assert ctypes.CFUNCTYPE(ctypes.c_int64)(loaded.address("one"))() == 2


def test_what_cannot_be_linked_is_an_error_and_no_end_of_the_process():
    one = function("declare i64 @nowhere()\ndefine i64 @one() {\n  %x = call i64 @nowhere()\n  ret i64 %x\n}")
    with pytest.raises(RuntimeError, match="Failed to materialize"):  # LLVM prints the name itself
        LoadedCode([one], host_target(), ["one"])
    with pytest.raises(RuntimeError, match="other"):
        LoadedCode([one], host_target(), ["other"])
    with pytest.raises(RuntimeError, match="object file"):
        LoadedCode([b"no object file"], host_target(), ["one"])
