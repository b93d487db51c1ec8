"""AC127: a reaction must not make or lose atoms nobody accounts for.

Every moiety is counted on both sides, by the counts in vocabulary.csv. A dosed substance (a moiety named
like a substance of substances.yaml) is counted strictly: a species whose row does not name it carries none.
For any other moiety a species whose cell is empty may carry what is missing, because not every atom of the
body is followed.

A reaction with an empty side is an open border of the model and is let through, except that a dosed
substance may appear from nothing only through the parameter that its intravenous route switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model.record import Symbol
    from acinus.model.scan import Statement, Word
    from acinus.model.substances import Intake
    from acinus.model.tree import Instance, Tree

__all__ = ["unbalanced"]


def unbalanced(tree: Tree, symbols: Mapping[str, Symbol], intake: Intake) -> list[Diagnostic]:
    """Return AC127 for each reaction of the text that does not balance, once for all zones."""
    out: list[Diagnostic] = []
    done: set[int] = set()
    for instance in tree.root.walk():
        for statement in instance.model.of("reaction"):
            if id(statement) in done:
                continue
            finding = _finding(instance, statement, symbols, intake)
            if finding is not None:
                done.add(id(statement))
                out.append(finding)
    return list(dict.fromkeys(out))


def _finding(
    instance: Instance, statement: Statement, symbols: Mapping[str, Symbol], intake: Intake
) -> Diagnostic | None:
    left = _count(instance, statement.reactants, symbols)
    right = _count(instance, statement.products, symbols)
    place = instance.model.source.place(statement.target or statement.first)
    name = statement.name or "a reaction"
    if not statement.reactants:
        inlets = {
            route.infusion for substance in intake.substances.values() for route in substance.routes.values()
        }
        used = {word.text for word in statement.formula}
        for moiety in right:
            if moiety in intake.substances and not used & inlets:
                return Diagnostic(
                    Code.MOIETY_NOT_BALANCED,
                    f"`{name}` makes `{moiety}` out of nothing",
                    place,
                    "A dosed substance enters by the routes of substances.yaml, or its balance is lost.",
                    "Let it come from a species, or name its rate as the route's `infusion`.",
                )
    if not statement.reactants or not statement.products:
        return None
    silent = [
        any(not symbols[flat].moiety for _, w in side if (flat := instance.flat(w.text)) in symbols)
        for side in (statement.reactants, statement.products)
    ]

    def broken(moiety: str) -> bool:
        gain = right.get(moiety, 0.0) - left.get(moiety, 0.0)
        if abs(gain) <= 1e-9:
            return False
        return moiety in intake.substances or not silent[0 if gain > 0 else 1]

    wrong = sorted(moiety for moiety in {*left, *right} if broken(moiety))
    if not wrong:
        return None
    counts = ", ".join(f"{left.get(m, 0.0):g} {m} becomes {right.get(m, 0.0):g}" for m in wrong)
    return Diagnostic(
        Code.MOIETY_NOT_BALANCED,
        f"`{name}` does not balance: {counts}",
        place,
        "Counted by the column `moiety` of vocabulary.csv.",
        "Correct the reaction or the column; write a loss out of the model as a reaction with an empty side.",
    )


def _count(
    instance: Instance, side: tuple[tuple[float, Word], ...], symbols: Mapping[str, Symbol]
) -> dict[str, float]:
    total: dict[str, float] = {}
    for count, word in side:
        symbol = symbols.get(instance.flat(word.text))
        for moiety, number in symbol.moiety.items() if symbol is not None else ():
            total[moiety] = total.get(moiety, 0.0) + count * number
    return total
