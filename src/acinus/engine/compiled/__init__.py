"""The compiled engine: a model's equations and the whole step as machine code, one individual per vector lane.

In: an `OdeSystem`, a `Batch`, `Tolerances`; its graph comes from `acinus.system.graph`. Out: a `Solution`.

Knows LLVM, vector lanes, Rosenbrock methods and threads. Never knows names, units or doses, and no individual's
result depends on its lane, its neighbours, their order or the number of threads.
"""

from __future__ import annotations

from acinus.engine.compiled.compiled_engine import CompiledEngine

__all__ = ["CompiledEngine"]
