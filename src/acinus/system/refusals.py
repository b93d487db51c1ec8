"""What of SBML is refused, by name: better no answer than an approximate one.

In: a libSBML document. Out: `Diagnostic`s, one for each construct that cannot be honoured exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["unsupported"]

# Packages that only draw or group, and so cannot change a result.
_HARMLESS_PACKAGES = frozenset({"layout", "render", "groups", "annot"})


def unsupported(document: Any) -> list[Diagnostic]:
    """Return one finding for each construct in the document that no engine here computes exactly."""
    model = document.getModel()
    if model is None:
        return [_refusal("the SBML holds no model", "", "Check that the file has a <model> element.")]
    return [
        *_packages(document),
        *_reactions(model),
        *_rules(model),
        *_stoichiometries(model),
        *_symbols_in_formulas(model),
    ]


def _refusal(what: str, why: str, remedy: str) -> Diagnostic:
    return Diagnostic(Code.UNSUPPORTED_CONSTRUCT, what, None, why, remedy)


def _packages(document: Any) -> Iterator[Diagnostic]:
    names = {document.getPlugin(i).getPackageName() for i in range(document.getNumPlugins())}
    unknown = [document.getUnknownPackageURI(i) for i in range(document.getNumUnknownPackages())]
    names |= {uri.rstrip("/").split("/")[-2] if uri.count("/") > 1 else uri for uri in unknown}
    for name in sorted(names - _HARMLESS_PACKAGES - {"l3v2extendedmath"}):
        yield _refusal(
            f"the SBML package `{name}` is not supported",
            "It can change what the model means.",
            f"Flatten or remove the package `{name}`.",
        )


def _reactions(model: Any) -> Iterator[Diagnostic]:
    for reaction in model.getListOfReactions():
        name = reaction.getId()
        if reaction.isSetFast() and reaction.getFast():
            yield _refusal(
                f"the reaction `{name}` is marked fast",
                "A fast reaction is an algebraic constraint, which is not solved here.",
                "Write it with finite rates, or as an assignment rule.",
            )
        law = reaction.getKineticLaw()
        if law is None or not law.isSetMath():
            yield _refusal(
                f"the reaction `{name}` has no rate law", "Its rate is not defined.", "Write its rate law."
            )


def _rules(model: Any) -> Iterator[Diagnostic]:
    import libsbml

    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            formula = libsbml.formulaToL3String(rule.getMath()) if rule.isSetMath() else ""
            yield _refusal(
                f"the algebraic rule `0 = {formula}` is not supported",
                "It needs a differential-algebraic solver.",
                "Solve it for one variable and write an assignment rule.",
            )


def _stoichiometries(model: Any) -> Iterator[Diagnostic]:
    changing = {e.getSymbol() for e in model.getListOfInitialAssignments()}
    changing |= {r.getVariable() for r in model.getListOfRules() if not r.isAlgebraic()}
    changing |= {a.getVariable() for e in model.getListOfEvents() for a in e.getListOfEventAssignments()}
    for reaction in model.getListOfReactions():
        for side in (reaction.getListOfReactants(), reaction.getListOfProducts()):
            for reference in side:
                if reference.isSetStoichiometryMath() or (
                    reference.getId() and reference.getId() in changing
                ):
                    yield _refusal(
                        f"the stoichiometry of `{reference.getSpecies()}` in `{reaction.getId()}` is a formula",
                        "Only stoichiometries that are numbers are supported.",
                        "Put the formula into the rate law.",
                    )


def _symbols_in_formulas(model: Any) -> Iterator[Diagnostic]:
    import libsbml

    refused = {libsbml.AST_FUNCTION_DELAY: "delay", libsbml.AST_FUNCTION_RATE_OF: "rateOf"}
    for element in model.getListOfAllElements():
        math = element.getMath() if hasattr(element, "getMath") else None
        if math is None:
            continue
        for kind in sorted({node.getType() for node in _walk(math)} & set(refused)):
            yield _refusal(
                f"the symbol `{refused[kind]}` is used in {_named(element)}",
                "Delay differential equations are not solved here."
                if kind == libsbml.AST_FUNCTION_DELAY
                else "Formulas that ask for a rate of change are not supported yet.",
                "Use a chain of compartments for a delay."
                if kind == libsbml.AST_FUNCTION_DELAY
                else "Write the rate out.",
            )


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for i in range(node.getNumChildren()):
        yield from _walk(node.getChild(i))


def _named(element: Any) -> str:
    """Return `rule for x` or `event E1`: the nearest ancestor that a reader can find."""
    while element is not None:
        for reader in ("getVariable", "getSymbol", "getIdAttribute"):
            name = getattr(element, reader)() if hasattr(element, reader) else ""
            if name:
                return f"the {element.getElementName()} of `{name}`"
        element = element.getParentSBMLObject()
    return "the model"
