"""The same code for processors with other vectors: narrower lanes, no fused multiply-add, another family."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Tolerances
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for
from acinus.engine.compiled.target import host_target, target_for

AVX512 = "+avx512f,+avx512dq,+avx2,+fma"


@pytest.mark.parametrize(
    ("triple", "features", "lanes", "fused"),
    [
        ("x86_64-unknown-linux-gnu", AVX512, 8, True),
        ("x86_64-pc-windows-msvc", "+avx2,+fma", 4, True),
        ("x86_64-unknown-linux-gnu", "+sse2", 2, False),
        ("aarch64-apple-darwin", "", 2, True),
        ("riscv64-unknown-linux-gnu", "", 2, False),
    ],
)
def test_lanes_follow_the_processor(triple, features, lanes, fused):
    target = target_for(triple, features=features)
    assert (target.lanes, target.fused) == (lanes, fused)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rodas5", "radau9"])
@pytest.mark.parametrize("features", ["+avx2,+fma,+avx,+sse4.2,+sse4.1,+ssse3,+sse3", "+sse2"])
def test_narrower_vectors_give_the_same_within_tolerance(cascade, crowd, features, method):
    host = host_target()
    if not host.x86:
        narrow = target_for(host.triple, host.processor, host.features)
    else:
        narrow = target_for(host.triple, "x86-64", features)
    program, batch = cascade.program, crowd(9)
    ours = integrate(machine_for(program, method), batch, Tolerances(1e-7, 1e-12))
    other = integrate(machine_for(program, method, narrow), batch, Tolerances(1e-7, 1e-12))
    assert (other.ends == 1).all()
    np.testing.assert_allclose(other.values, ours.values, rtol=1e-8, atol=1e-11)


def test_code_for_another_family_is_written(cascade):
    import llvmlite.binding as llvm

    from acinus.engine.compiled.assembly import object_code, whole_text
    from acinus.engine.compiled.model_code import ModelCode
    from acinus.engine.compiled.rodas5 import RODAS5

    arm = target_for("aarch64-unknown-linux-gnu", "generic", "+neon")
    code = ModelCode(cascade.program, RODAS5, arm)
    text = whole_text([code.text()], arm, entry=False)
    llvm.parse_assembly(text).verify()
    try:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
    except (AttributeError, RuntimeError):
        pytest.skip("this LLVM was built without aarch64: the text is verified, the object code is not")
    assert object_code(text, arm).startswith(b"\x7fELF")
