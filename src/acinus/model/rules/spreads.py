"""AC107: how people differ stands in the tables; antimony drops the spread of a submodule."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from acinus.model.scan import ModelText, Statement

__all__ = ["spreads_in_text"]

_DRAWS = {
    "normal", "uniform", "lognormal", "exponential", "gamma", "poisson", "truncatedNormal", "cauchy",
    "chisquare", "laplace", "rayleigh", "binomial", "bernoulli",
}  # fmt: skip


def spreads_in_text(model: ModelText, statement: Statement) -> list[Diagnostic]:
    """Return a finding for ``k.stdev = ...`` or a random draw in a formula."""
    word = statement.target if statement.kind == "spread" else None
    if word is None:
        words = statement.formula
        word = next(
            (w for w, after in itertools.pairwise(words) if w.text in _DRAWS and after.text == "("),
            None,
        )
    if word is None:
        return []
    return [
        Diagnostic(
            Code.SPREAD_IN_MODULE,
            f"a spread in the text: `{word.text}`",
            model.source.place(word),
            "Antimony drops it silently when modules are put together.",
            "Write the spread into the columns `distribution` and `cv` of the parameter's row.",
        )
    ]
