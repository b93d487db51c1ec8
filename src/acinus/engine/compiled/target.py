"""Which processor the code is for: its vector width and whether it multiplies and adds in one rounding."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

__all__ = ["LLVM_OPTION", "Target", "code_options", "host_target", "target_for", "target_machine"]


#: Long straight-line functions are chains of hundreds of loads and stores, which LLVM by default merges into lists of
#: up to 2048 that it goes through again and again. Short lists are a sixth of its time, for code as long within 0.2 %.
#: LLVM has this option by the process; a version without it goes on as if it had not been told.
LLVM_OPTION = "-combiner-tokenfactor-inline-limit=8"


@dataclass(frozen=True, slots=True)
class Target:
    """A processor as LLVM names it.

    Attributes
    ----------
    triple, processor, features : str
        LLVM's target triple, processor name and feature list.
    lanes : int
        Individuals that one vector holds, W.
    fused : bool
        The processor has a fused multiply-add. Where it has none, LLVM would call a slow library function.
    """

    triple: str
    processor: str
    features: str
    lanes: int
    fused: bool

    @property
    def x86(self) -> bool:
        """Whether the processor is of the x86-64 family."""
        return self.triple.startswith(("x86_64", "amd64"))

    @property
    def approximate_reciprocal(self) -> bool:
        """Whether a vector of doubles has a fast first guess of its reciprocals (AVX-512)."""
        return self.x86 and self.lanes == 8 and "+avx512f" in self.features.split(",")

    @property
    def slow_division(self) -> bool:
        """Whether Newton's method from that guess beats a division, which Zen leaves to a unit beside the arithmetic ones.

        Eight divisions take 16 cycles of Intel's processors and hold up what comes after; Newton's method takes 5. On
        Zen 4 they take 10 and everything else goes on meanwhile: a step takes a twentieth less time with them.
        """
        return self.approximate_reciprocal and not self.processor.startswith("znver")

    @property
    def text(self) -> str:
        """All of the above, for the key of a cache."""
        return f"{self.triple}|{self.processor}|{self.features}|{self.lanes}|{self.fused}"


def target_for(triple: str, processor: str = "", features: str = "") -> Target:
    """Return the target for a triple, a processor and a feature list such as ``+avx2,+fma``."""
    have = set(features.split(","))
    if triple.startswith(("aarch64", "arm64")):
        return Target(triple, processor, features, 2, fused=True)
    if triple.startswith(("x86_64", "amd64")):
        lanes = 8 if "+avx512f" in have and "+avx512dq" in have else 4 if "+avx2" in have else 2
        return Target(triple, processor, features, lanes, fused="+fma" in have)
    return Target(triple, processor, features, 2, fused=False)


@functools.cache
def host_target() -> Target:
    """Return the target of the machine this runs on."""
    import llvmlite.binding as llvm

    # Features decide what may be used; the processor's name only tunes, and is wrong on some virtual machines.
    return target_for(
        llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    )


def target_machine(target: Target, level: int = 2):
    """Return LLVM's code generator for a target."""
    import llvmlite.binding as llvm

    _prepare_llvm()
    return llvm.Target.from_triple(target.triple).create_target_machine(**code_options(target, level))


@functools.cache
def _prepare_llvm() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.set_option("acinus", LLVM_OPTION)


def code_options(target: Target, level: int = 2) -> dict[str, Any]:
    """Return what decides on the code besides its text, as LLVM's code generator is told."""
    return {
        "cpu": target.processor,
        "features": target.features,
        "opt": level,
        "reloc": "pic",
        "codemodel": "small",
    }
