"""Antimony that carries its own numbers and units, as tutorials and other people write it.

In: a text and its file's name. Out: a `Model`, through the SBML door, after the slips that Antimony is
silent about were refused: a name without a value (AC103), an empty unit (AC104), two rules for one variable
(AC105).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, ModelTextError, nearest
from acinus.model.flat_text import FlatText
from acinus.model.flatten import sbml_of
from acinus.model.library import Library
from acinus.model.rules.two_rules import doubly_ruled
from acinus.model.sbml import model_from_sbml
from acinus.model.scan import ModelText, Source, Statement, scan
from acinus.model.tree import build_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model.record import Model

__all__ = ["model_from_antimony"]


def model_from_antimony(text: str, file: str, overrides: Mapping[str, float] | None = None) -> Model:
    """Return the last model of an Antimony text that needs no tables.

    Raises
    ------
    ModelTextError
        AC103, AC104, AC105 or AC129, with the line.
    SbmlError
        AC2xx, as for SBML.
    """
    source = scan(file, text.splitlines())
    if not source.models:
        # Antimony outside `model ... end` is one nameless model.
        source = scan(
            file,
            text.splitlines(),
            [("model model_()", 1), *((t, i) for i, t in enumerate(text.splitlines(), 1)), ("end", 1)],
        )
    library = Library()
    library.add(source, assembly=False)
    if library.findings:
        raise ModelTextError(library.findings)
    main = source.models[-1]
    written = FlatText(source.text.splitlines(), [(source, line) for line in source.origin])
    sbml = sbml_of(written, main.name)
    findings = [*_silent_slips(sbml, source, main), *doubly_ruled(build_tree(library, main), ())]
    if findings:
        raise ModelTextError(tuple(dict.fromkeys(findings)))
    return model_from_sbml(sbml, file, overrides)


def _silent_slips(sbml: str, source: Source, main: ModelText) -> list[Diagnostic]:
    import libsbml

    model = libsbml.readSBMLFromString(sbml).getModel()
    out = []
    parameters = [model.getParameter(i) for i in range(model.getNumParameters())]
    known = [p.getId() for p in parameters if p.isSetValue()]
    for parameter in parameters:
        name = parameter.getId()
        told = parameter.isSetValue() or model.getInitialAssignment(name) or model.getRule(name)
        if not told and (parameter.getConstant() or not _assigned_by_event(model, name)):
            out.append(
                Diagnostic(
                    Code.UNDEFINED_SYMBOL,
                    f"undefined symbol `{name}`",
                    _first_mention(source, main, name),
                    "Antimony would silently create an empty parameter with this name.",
                    nearest(name, known) or "Give it a value.",
                )
            )
    for index in range(model.getNumUnitDefinitions()):
        unit = model.getUnitDefinition(index)
        if unit.getNumUnits() == 0:
            out.append(
                Diagnostic(
                    Code.UNIT_IN_MODULE,
                    f"the unit `{unit.getId()}` is used but not declared in this model",
                    _first_mention(source, main, unit.getId()),
                    "Antimony would silently make an empty unit, and no check of units would see it.",
                    "Declare the unit inside the same model block.",
                )
            )
    return out


def _assigned_by_event(model: Any, name: str) -> bool:
    return any(
        model.getEvent(e).getEventAssignment(a).getVariable() == name
        for e in range(model.getNumEvents())
        for a in range(model.getEvent(e).getNumEventAssignments())
    )


def _first_mention(source: Source, main: ModelText, name: str) -> Any:
    statements: list[Statement] = [
        *main.statements,
        *(s for m in source.models for s in m.statements),
        *source.outside,
    ]
    for statement in statements:
        for word in statement.words:
            if word.text == name or name.endswith("_" + word.text):
                return source.place(word)
    return source.place(None)
