"""What the compiled path refuses before it looks at a single formula: packages and fast reactions.

In: a libSBML document. Out: the model with its submodels flattened, and one `Diagnostic` for each construct that an
ordinary differential equation cannot carry. Refusals that need a formula (delays, unknown operators) are found where the
formula is translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["flatten", "read_document", "refused_constructs"]


def read_document(sbml: str, location: str | None) -> tuple[Any, list[Diagnostic]]:
    """Return SBML text as a libSBML document with its submodels flattened, and what is refused.

    Parameters
    ----------
    sbml : str
    location : str or None
        Where the text came from; files that it refers to are looked for beside it.
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    if location is not None:
        document.setLocationURI(location if "://" in location else f"file:{location}")
    if document.getModel() is None:
        text = document.getError(0).getMessage().strip() if document.getNumErrors() else ""
        finding = Diagnostic(Code.SBML_UNREADABLE, "the SBML holds no model", None, text, "Check the file.")
        return document, [finding]
    findings = list(refused_constructs(document))
    if not findings and document.getPlugin("comp") is not None:
        findings = flatten(document)
        if not findings:
            findings = list(refused_constructs(document))
    return document, findings


def flatten(document: Any) -> list[Diagnostic]:
    """Replace submodels by what they hold, by libSBML's own converter."""
    import libsbml

    settings = libsbml.ConversionProperties()
    settings.addOption("flatten comp", True)
    settings.addOption("performValidation", False)
    settings.addOption("leavePorts", False)
    if document.convert(settings) == libsbml.LIBSBML_OPERATION_SUCCESS:
        return []
    texts = [document.getError(i).getMessage().strip() for i in range(document.getNumErrors())]
    outside = [definition.getSource() for definition in _outside(document)]
    return [
        Diagnostic(
            Code.NOT_FLATTENED,
            "the submodels cannot be flattened"
            + (
                f"; models are taken from {', '.join(f'`{source}`' for source in outside)}" if outside else ""
            ),
            None,
            texts[0].splitlines()[0] if texts and not outside else "",
            "Check that every file and submodel that is referred to exists.",
        )
    ]


def _outside(document: Any) -> Iterator[Any]:
    plugin = document.getPlugin("comp")
    for i in range(plugin.getNumExternalModelDefinitions()):
        yield plugin.getExternalModelDefinition(i)


def refused_constructs(document: Any) -> Iterator[Diagnostic]:
    """Yield one finding for each package and reaction that is refused."""
    yield from _packages(document)
    model = document.getModel()
    for reaction in model.getListOfReactions():
        # Version 2 of Level 3 has no fast reactions; libSBML keeps the attribute all the same.
        if reaction.isSetFast() and reaction.getFast():
            yield Diagnostic(
                Code.FAST_REACTION,
                f"the reaction `{reaction.getId()}` is marked fast",
                None,
                "A fast reaction is an equilibrium that holds at all times, which its rate law does not define.",
                "Write it with finite rates, or write the equilibrium as a rule.",
            )


def _packages(document: Any) -> Iterator[Diagnostic]:
    for i in range(document.getNumPlugins()):
        plugin = document.getPlugin(i)
        name = plugin.getPackageName()
        if name == "fbc":
            yield from _flux_balance(document.getModel())
        elif name not in ("comp", "l3v2extendedmath") and document.getLevel() > 2 and plugin.getRequired():
            # Level 2 has no such attribute: its packages are annotations and change nothing.
            yield _required(name)
    for i in range(document.getNumUnknownPackages()):
        prefix = document.getUnknownPackagePrefix(i)
        if document.getPackageRequired(document.getUnknownPackageURI(i)) or document.getPackageRequired(
            prefix
        ):
            yield _required(prefix)


def _required(name: str) -> Diagnostic:
    return Diagnostic(
        Code.PACKAGE_REQUIRED,
        f"the SBML package `{name}` is required by the model and not supported",
        None,
        "It changes what the model means.",
        f"Write the model without the package `{name}`.",
    )


def _flux_balance(model: Any) -> Iterator[Diagnostic]:
    """Refuse flux balance problems; charges and formulas of species, which the package also holds, change nothing."""
    plugin = model.getPlugin("fbc")
    if plugin is not None and (plugin.getNumObjectives() or plugin.getNumFluxBounds()):
        yield Diagnostic(
            Code.FLUX_BALANCE,
            "the model is a flux balance problem (package `fbc`)",
            None,
            "It asks for the best steady fluxes, not for a course in time.",
            "Use a program for constraint-based models.",
        )
