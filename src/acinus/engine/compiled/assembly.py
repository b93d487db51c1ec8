"""From the parts of the code to one text in LLVM's language, and from the text to object code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from acinus.engine.compiled.calling import FUNCTIONS
from acinus.engine.compiled.elementary import elementary_functions
from acinus.engine.compiled.tape import LIBRARY
from acinus.engine.compiled.target import target_machine

if TYPE_CHECKING:
    from acinus.engine.compiled.target import Target

__all__ = ["module_text", "object_code", "whole_text"]

_INTRINSICS = {"fma": 3, "sqrt": 1, "fabs": 1, "floor": 1, "ceil": 1}


def whole_text(parts: list[str], target: Target, *, entry: bool) -> str:
    """Return the text of a module made of `parts`; `entry` adds ``@run``, the function that Python calls."""
    body = "\n".join(parts)
    body += "\n" + elementary_functions(target, body)
    used = sorted(set(re.findall(r"@each_(\w+)\(", body)) & LIBRARY)
    body += "\n" + "\n".join(_library_function(name, target) for name in used)
    if entry:
        body += "\n" + (_entry_x86() if target.x86 else _entry_plain())
    return module_text(body, target)


def module_text(body: str, target: Target) -> str:
    """Return the text of a module: functions, with all that they may call of LLVM."""
    lanes = target.lanes
    v = f"<{lanes} x double>"
    declarations = [
        f"declare {v} @llvm.{name}.v{lanes}f64({', '.join([v] * count)})"
        for name, count in _INTRINSICS.items()
    ]
    declarations.append(
        f"declare {v} @llvm.masked.gather.v{lanes}f64.v{lanes}p0(<{lanes} x ptr>, i32, <{lanes} x i1>, {v})"
    )
    if target.approximate_reciprocal:
        declarations.append(f"declare {v} @llvm.x86.avx512.permvar.df.512({v}, <{lanes} x i64>)")
        declarations.append(f"declare {v} @llvm.x86.avx512.rcp14.pd.512({v}, {v}, i8)")
        declarations.append(f"declare <{lanes} x i1> @llvm.x86.avx512.fpclass.pd.512({v}, i32)")
        whole = f"<{lanes} x i64>"
        declarations += [
            f"declare {v} @llvm.x86.avx512.mask.getmant.pd.512({v}, i32, {v}, i8, i32)",
            f"declare {v} @llvm.x86.avx512.mask.getexp.pd.512({v}, {v}, i8, i32)",
            f"declare {v} @llvm.x86.avx512.mask.range.pd.512({v}, {v}, i32, {v}, i8, i32)",
            f"declare {v} @llvm.x86.avx512.mask.scalef.pd.512({v}, {v}, {v}, i8, i32)",
            f"declare {v} @llvm.x86.avx512.vpermi2var.pd.512({v}, {whole}, {v})",
        ]
    width = 64 * lanes
    attributes = (
        f'attributes #0 = {{ nounwind "prefer-vector-width"="{width}" "min-legal-vector-width"="{width}" }}'
    )
    return "\n".join([f'target triple = "{target.triple}"', body, *declarations, attributes, ""])


def object_code(text: str, target: Target, *, level: int = 2) -> bytes:
    """Return the object code of a text, for the machine named by `target`."""
    import llvmlite.binding as llvm

    machine = target_machine(target, level)
    module = llvm.parse_assembly(text)
    _tidy(module, machine)
    return machine.emit_object(module)


def _tidy(module, machine) -> None:
    """Move the driver's variables into registers; the vector code is straight already and is left alone."""
    import llvmlite.binding as llvm

    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    passes = llvm.create_new_function_pass_manager()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    for function in module.functions:
        if not function.is_declaration and function.name in FUNCTIONS:
            passes.run(function, builder)


def _library_function(name: str, target: Target) -> str:
    lanes = target.lanes
    return f"""
declare double @{name}(double)
define internal void @each_{name}(ptr %in, ptr %out, i64 %count) #0 {{
entry:
  %end = mul i64 %count, {lanes}
  br label %again
again:
  %i = phi i64 [ 0, %entry ], [ %next, %again ]
  %a = getelementptr inbounds double, ptr %in, i64 %i
  %x = load double, ptr %a
  %y = call double @{name}(double %x)
  %b = getelementptr inbounds double, ptr %out, i64 %i
  store double %y, ptr %b
  %next = add nuw nsw i64 %i, 1
  %done = icmp eq i64 %next, %end
  br i1 %done, label %left, label %again
left:
  ret void
}}"""


def _entry_x86() -> str:
    """Numbers below the smallest normal one are flushed to zero: they cost a hundred times a normal operation."""
    return """
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
define void @run(ptr %arguments, ptr %w, ptr %lanes) {
  %old = alloca i32
  %new = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %old)
  %bits = load i32, ptr %old
  %flush = or i32 %bits, 32832
  store i32 %flush, ptr %new
  call void @llvm.x86.sse.ldmxcsr(ptr %new)
  call void @integrate(ptr %arguments, ptr %w, ptr %lanes)
  call void @llvm.x86.sse.ldmxcsr(ptr %old)
  ret void
}"""


def _entry_plain() -> str:
    return """
define void @run(ptr %arguments, ptr %w, ptr %lanes) {
  call void @integrate(ptr %arguments, ptr %w, ptr %lanes)
  ret void
}"""
