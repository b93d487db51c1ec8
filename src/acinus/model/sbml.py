"""Plain SBML, and Antimony that carries its own numbers, at the same door as our own text.

In: a text and the name of its file. Out: a `Model`. SBML that cannot be read or is not valid is refused
(AC201, AC204 to AC206); that units disagree is only remarked, because the file is not ours to correct.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, ModelTextError, Place, SbmlError, UnsupportedSbml, nearest
from acinus.model.consistency import Remark, check_sbml, finding_of
from acinus.model.foreign_symbols import symbols_of
from acinus.model.record import Model, frozen
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["model_from_sbml"]

_UNSAFE = re.compile(r"<!(DOCTYPE|ENTITY)\b", re.IGNORECASE)
_ERROR = 2  # libSBML's severities: 0 information, 1 warning, 2 error, 3 fatal
_MATHEMATICAL = ("arrays", "distrib", "dyn", "multi", "qual", "spatial")
_CONVERSION_ADVICE = range(91000, 97000)


def model_from_sbml(text: str, file: str, overrides: Mapping[str, float] | None = None) -> Model:
    """Return a model from SBML of Level 1 to 3, converted to Level 3 Version 2 and with submodels flattened.

    Parameters
    ----------
    text : str
        The SBML itself.
    file : str
        Its name as the user knows it, for findings.
    overrides : mapping from parameter id to value, optional
        In the model's own units.

    Raises
    ------
    SbmlError
        AC201 not valid, AC204 a DOCTYPE or entity, AC206 not readable; AC205 (`UnsupportedSbml`) a
        construct that cannot be carried over.
    ModelTextError
        AC133 an override of something that is no parameter.
    """
    import libsbml

    unsafe = _UNSAFE.search(text)
    if unsafe:
        raise SbmlError(
            Diagnostic(
                Code.SBML_UNSAFE,
                f"`{unsafe.group()}` in an SBML file",
                _place(text, file, text.count("\n", 0, unsafe.start()) + 1),
                "Entities can read other files and grow without limit; SBML needs none.",
                "Remove the declaration and write out what it stands for.",
            )
        )
    document = libsbml.readSBMLFromString(text)
    broken = [_remark(document.getError(i)) for i in range(document.getNumErrors())]
    broken = [r for r in broken if r.severity >= _ERROR]
    if document.getModel() is None or broken:
        raise SbmlError(_unreadable(broken, text, file))
    remarks = check_sbml(document, text)
    refused = [r for r in remarks if r.severity >= _ERROR and not r.about_units]
    if refused:
        raise SbmlError(tuple(finding_of(r, _place(text, file, r.line), {}, r.identifier) for r in refused))
    findings = [finding_of(r, _place(text, file, r.line), {}, r.identifier) for r in remarks]
    unsupported = _unsupported(document, text, file)
    if unsupported:
        raise UnsupportedSbml(unsupported)
    _modernise(document, file)
    model = document.getModel()
    _override(model, overrides or {})
    identifier = model.getId() or "model"
    sbml = libsbml.writeSBMLToString(document)
    return Model(
        id=identifier,
        name=model.getName() or identifier.replace("_", " "),
        sbml=sbml,
        hash=content_hash(sbml, "None"),
        zones=None,
        symbols=frozen(symbols_of(model)),
        cards=frozen({}),
        substances=frozen({}),
        diets=frozen({}),
        findings=tuple(dict.fromkeys(findings)),
    )


def _remark(error: Any) -> Remark:
    return Remark(
        error.getErrorId(), error.getSeverity(), error.getLine(), "", "", " ".join(error.getMessage().split())
    )


def _place(text: str, file: str, line: int) -> Place:
    lines = text.splitlines()
    return Place(file, line, None, lines[line - 1].rstrip()) if 0 < line <= len(lines) else Place(file)


def _unreadable(remarks: list[Remark], text: str, file: str) -> tuple[Diagnostic, ...]:
    if not remarks:
        return (
            Diagnostic(
                Code.SBML_UNREADABLE,
                "no model in this file",
                Place(file),
                "",
                "Give a file with one <model>.",
            ),
        )
    return tuple(
        dict.fromkeys(
            Diagnostic(
                Code.SBML_UNREADABLE,
                "not readable as SBML",
                _place(text, file, r.line),
                f"libSBML says ({r.number}): {r.message}",
                "Check that the file is complete and well-formed XML.",
            )
            for r in remarks
        )
    )


def _unsupported(document: Any, text: str, file: str) -> list[Diagnostic]:
    """Return constructs that would be lost on the way to flat Level 3 Version 2."""
    out = []
    for index in range(document.getNumPlugins()):
        package = document.getPlugin(index).getPackageName()
        if package in _MATHEMATICAL and document.getPackageRequired(package):
            out.append(
                Diagnostic(
                    Code.SBML_UNSUPPORTED,
                    f"the package `{package}` changes what the model means",
                    _place(text, file, _line_of(text, f"{package}:required")),
                    "Only core SBML and `comp` are understood.",
                    "Export the model without it.",
                )
            )
    reactions = document.getModel().getListOfReactions()
    for index in range(reactions.size()):
        reaction = reactions.get(index)
        if reaction.isSetFast() and reaction.getFast():
            out.append(
                Diagnostic(
                    Code.SBML_UNSUPPORTED,
                    f"the reaction `{reaction.getId()}` is declared fast",
                    _place(text, file, reaction.getLine()),
                    "SBML has withdrawn the construct: it asks for an equilibrium without saying how fast.",
                    "Give it a large rate constant, or a formula for the equilibrium.",
                )
            )
    return out


def _line_of(text: str, piece: str) -> int:
    at = text.find(piece)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _modernise(document: Any, file: str) -> None:
    """Flatten submodels and bring the document to Level 3 Version 2."""
    import libsbml

    if document.getPlugin("comp") is not None:
        properties = libsbml.ConversionProperties()
        properties.addOption("flatten comp", True)
        properties.addOption("performValidation", False)
        if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
            raise UnsupportedSbml(
                Diagnostic(
                    Code.SBML_UNSUPPORTED,
                    "its submodels cannot be put together",
                    Place(file),
                    _first_problem(document),
                    "Models defined in other files have to be in this one.",
                )
            )
    strict = False  # a conversion that loses only remarks about units is good enough
    current = (document.getLevel(), document.getVersion()) == (3, 2)
    if not current and not document.setLevelAndVersion(3, 2, strict):
        raise UnsupportedSbml(
            Diagnostic(
                Code.SBML_UNSUPPORTED,
                f"cannot be brought from Level {document.getLevel()} to Level 3",
                Place(file),
                _first_problem(document),
                "Convert it with the program it came from.",
            )
        )


def _first_problem(document: Any) -> str:
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        if error.getSeverity() >= _ERROR or error.getErrorId() in _CONVERSION_ADVICE:
            return f"libSBML says ({error.getErrorId()}): " + " ".join(error.getMessage().split())
    return ""


def _override(model: Any, overrides: Mapping[str, float]) -> None:
    elements = model.getListOfParameters()
    known = [elements.get(i).getId() for i in range(elements.size()) if elements.get(i).getConstant()]
    unknown = [
        Diagnostic(
            Code.UNKNOWN_ID,
            f"`{name}` is not a constant parameter of the model",
            None,
            "",
            nearest(name, known),
        )
        for name in overrides
        if name not in known
    ]
    if unknown:
        raise ModelTextError(unknown)
    for name, value in overrides.items():
        model.removeInitialAssignment(name)
        model.getParameter(name).setValue(float(value))
