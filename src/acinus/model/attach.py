"""Values, units, names and ontology terms written into the flat SBML.

In: joined SBML text, the instance tree, the tables. Out: the finished document's text and the model's
`Symbol`s. Knows the tables and libSBML; what it cannot find a row for is a finding (AC103, AC125, AC130).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, nearest
from acinus.model.record import Kind, Symbol
from acinus.model.unit_definitions import add_unit
from acinus.units import convert, same_dimension

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from acinus.model.tables import Entry, Tables
    from acinus.model.tree import Tree

__all__ = ["Attached", "attach"]

AMOUNT, VOLUME, TIME = "mmol", "L", "h"
CONCENTRATION, FLUX = f"{AMOUNT}/{VOLUME}", f"{AMOUNT}/{TIME}"

_MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"'
_CORE = "http://www.sbml.org/sbml/level3/version2/core"


@dataclass(slots=True)
class Attached:
    """The finished SBML, its symbols and what was wrong."""

    sbml: str
    symbols: dict[str, Symbol] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)


def attach(
    sbml: str, tree: Tree, tables: Tables, *, name: str, overrides: Mapping[str, float] | None = None
) -> Attached:
    """Return the SBML with a value, a unit and a name for every quantity.

    Parameters
    ----------
    sbml : str
        Flat and joined.
    tree : Tree
    tables : Tables
    name : str
        What the model is called.
    overrides : mapping from parameter id to value, optional
        Values to use instead of the tables', in the tables' units.

    Returns
    -------
    Attached
        Times in h, amounts in mmol, volumes in L.
    """
    import libsbml

    # Bare numbers of our formulas are counts and exponents, so libSBML may take them as dimensionless and
    # check on.
    marked = sbml.replace(_MATH, f'{_MATH} xmlns:sbml="{_CORE}"').replace(
        "<cn", '<cn sbml:units="dimensionless"'
    )
    document = libsbml.readSBMLFromString(marked)
    writer = _Writer(document.getModel(), tree, tables, dict(overrides or {}))
    writer.model.setName(name)
    writer.drop_copies()
    writer.write()
    text = libsbml.writeSBMLToString(document)
    text = re.sub(r"<!-- Created by .*?-->\n?", "", text, count=1)
    return Attached(text, writer.symbols, writer.findings)


class _Writer:
    """One pass over a libSBML model, in steps that share the tables."""

    def __init__(self, model: Any, tree: Tree, tables: Tables, overrides: dict[str, float]) -> None:
        self.model = model
        self.tree = tree
        self.tables = tables
        self.overrides = overrides
        self.symbols: dict[str, Symbol] = {}
        self.findings: list[Diagnostic] = []
        self._reported: set[tuple[str, int, str]] = set()

    def drop_copies(self) -> None:
        """Keep the first of several parameters or compartments that joining gave the same id."""
        for elements in (self.model.getListOfCompartments(), self.model.getListOfParameters()):
            seen = set()
            for index in range(elements.size() - 1, -1, -1):
                identifier = elements.get(index).getId()
                if identifier in seen:
                    elements.remove(index)
                seen.add(identifier)

    def write(self) -> None:
        """Write everything, compartments first because species stand in them."""
        model = self.model
        for setter, unit in (
            (model.setTimeUnits, TIME),
            (model.setSubstanceUnits, AMOUNT),
            (model.setExtentUnits, AMOUNT),
            (model.setVolumeUnits, VOLUME),
        ):
            setter(add_unit(model, unit))
        self._ruled = {rule.getVariable(): rule for rule in _each(model.getListOfRules())}
        self._assigned = {a.getSymbol() for a in _each(model.getListOfInitialAssignments())}
        for compartment in _each(model.getListOfCompartments()):
            self._compartment(compartment)
        for species in _each(model.getListOfSpecies()):
            self._species(species)
        for parameter in _each(model.getListOfParameters()):
            self._parameter(parameter)
        for reaction in _each(model.getListOfReactions()):
            self._reaction(reaction)

    def _compartment(self, element: Any) -> None:
        name = element.getId()
        card = self.tables.cards.get(name)
        if card is not None:
            value = self.overrides.get(name, card.value)
            element.setSize(value)
            element.setUnits(add_unit(self.model, card.unit))
            element.setConstant(True)
            self._must_measure(name, card.unit, VOLUME, "the volume of a compartment")
            self._keep(name, "compartment", card.unit, name, "", {}, constant=True, value=value)
            return
        ruled = name in self._ruled
        if not ruled and name not in self._assigned and not element.isSetSize():
            self._report(
                Code.COMPARTMENT_WITHOUT_SIZE,
                f"the compartment `{self._local(name)}` has no volume",
                name,
                "No row of the parameter tables and no rule gives one.",
                nearest(name, [*self.tables.cards]) or f"Add a row `{self._local(name)}` or a rule.",
            )
        entry = self._entry(name)
        if entry is None:
            return
        self._must_measure(name, entry.unit, VOLUME, "the volume of a compartment")
        element.setUnits(add_unit(self.model, entry.unit))
        value = element.getSize() if element.isSetSize() and name not in self._assigned else None
        self._describe(element, name, "compartment", entry, entry.unit, constant=not ruled, value=value)

    def _species(self, element: Any) -> None:
        name = element.getId()
        amount = element.getHasOnlySubstanceUnits()
        element.setSubstanceUnits(add_unit(self.model, AMOUNT))
        if (
            name not in self._assigned
            and name not in self._ruled
            and not (element.isSetInitialAmount() or element.isSetInitialConcentration())
        ):
            if amount:
                element.setInitialAmount(0.0)
            else:
                element.setInitialConcentration(0.0)
        entry = self._entry(name)
        if entry is None:
            return
        unit = AMOUNT if amount else CONCENTRATION
        self._must_measure(name, entry.unit, unit, "an amount" if amount else "a concentration", exact=True)
        if entry.kind not in ("species", "amount") or (entry.kind == "amount") != amount:
            self.findings.append(
                Diagnostic(
                    Code.VOCABULARY_ENTRY_WRONG,
                    f"`{entry.id}` is {'an amount' if amount else 'a species'}, not `{entry.kind}`",
                    entry.row.place("kind"),
                    "",
                    f"Write {'`amount`' if amount else '`species`'} here, or change its declaration.",
                )
            )
        started = name not in self._assigned and name not in self._ruled
        value = (
            (element.getInitialAmount() if amount else element.getInitialConcentration()) if started else None
        )
        self._describe(
            element, name, "amount" if amount else "species", entry, unit, constant=False, value=value
        )

    def _parameter(self, element: Any) -> None:
        name = element.getId()
        card = self.tables.cards.get(name)
        if card is not None:
            value = self.overrides.get(name, card.value)
            element.setValue(value)
            element.setUnits(add_unit(self.model, card.unit))
            self._keep(name, "parameter", card.unit, name, "", {}, constant=True, value=value)
            return
        rule = self._ruled.get(name)
        assigned = name in self._assigned
        if rule is None and not assigned and not element.isSetValue() and element.getConstant():
            self._report(
                Code.UNDEFINED_SYMBOL,
                f"undefined symbol `{self._local(name)}`",
                name,
                "Antimony would silently create an empty parameter with this name.",
                nearest(self._local(name), [*self.tables.cards, *self.tables.vocabulary]),
            )
            return
        if rule is not None and rule.isRate() and not assigned and not element.isSetValue():
            element.setValue(0.0)
        entry = self._entry(name)
        if entry is None:
            return
        element.setUnits(add_unit(self.model, entry.unit))
        kind: Kind = "variable" if rule is not None else "parameter"
        known = element.isSetValue() and not assigned and (rule is None or rule.isRate())
        value = self.overrides.get(name, element.getValue()) if known else None
        if known and rule is None:
            element.setValue(value)
        self._describe(element, name, kind, entry, entry.unit, constant=rule is None, value=value)

    def _reaction(self, element: Any) -> None:
        name = element.getId()
        zone = self.tree.zone(name)
        row = self.tree.row(name, self.tables.vocabulary)
        entry = self.tables.vocabulary[row] if row else None
        label = element.getName() or (entry.name if entry else name)
        element.setName(_in_zone(label, zone))
        local = entry.id if entry else self._local(name)
        ontology = entry.ontology if entry else ""
        if ontology:
            _annotate(element, name, ontology)
        self.symbols[name] = Symbol(
            name,
            "reaction",
            FLUX,
            _in_zone(label, zone),
            ontology,
            {},
            local,
            zone,
            constant=False,
            value=None,
        )

    def _entry(self, name: str) -> Entry | None:
        row = self.tree.row(name, self.tables.vocabulary)
        if row is not None:
            return self.tables.vocabulary[row]
        self._report(
            Code.NO_VOCABULARY_ROW,
            f"`{self._local(name)}` has no row in vocabulary.csv",
            name,
            "Its full name and unit are not said anywhere.",
            nearest(self._local(name), self.tables.vocabulary)
            or f"Add a row `{self.tree.candidates(name)[-1]}`.",
        )
        return None

    def _describe(
        self,
        element: Any,
        name: str,
        kind: Kind,
        entry: Entry,
        unit: str,
        *,
        constant: bool,
        value: float | None,
    ) -> None:
        zone = self.tree.zone(name)
        label = _in_zone(entry.name, zone)
        element.setName(label)
        if entry.ontology:
            _annotate(element, name, entry.ontology)
        self._keep(
            name,
            kind,
            unit,
            label,
            entry.ontology,
            entry.moiety,
            constant=constant,
            value=value,
            local=entry.id,
        )

    def _keep(
        self,
        name: str,
        kind: Kind,
        unit: str,
        label: str,
        ontology: str,
        moiety: Mapping[str, float],
        *,
        constant: bool,
        value: float | None,
        local: str = "",
    ) -> None:
        zone = self.tree.zone(name)
        self.symbols[name] = Symbol(
            name, kind, unit, label, ontology, moiety, local or name, zone, constant, value
        )

    def _must_measure(self, name: str, unit: str, like: str, what: str, *, exact: bool = False) -> None:
        try:
            good = same_dimension(unit, like) and (not exact or abs(convert(1.0, unit, like) - 1.0) < 1e-9)
        except ValueError:
            return  # the row itself is refused already
        if good:
            return
        row = self.tables.rows.get(name)
        entry = self.tables.vocabulary.get(self.tree.row(name, self.tables.vocabulary) or "")
        place = (
            row.place("unit") if row is not None else entry.row.place("unit") if entry is not None else None
        )
        finding = Diagnostic(
            Code.UNITS_DISAGREE,
            f"`{entry.id if entry else name}`: `{unit}` does not measure {what}",
            place,
            "",
            f"Expected `{like}`." if exact else f"Expected a unit such as `{like}`.",
        )
        if finding not in self.findings:
            self.findings.append(finding)

    def _local(self, name: str) -> str:
        return self.tree.owners[name][1] if name in self.tree.owners else name

    def _report(self, code: Code, what: str, name: str, why: str, remedy: str) -> None:
        """Report once per line of text, not once per zone."""
        mentions = self.tree.mentions.get(name, [])
        owner = self.tree.owners.get(name)
        place = None
        if owner is not None:
            here = [(i, s) for i, s in mentions if i is owner[0]] or mentions
            local = owner[1] if any(i is owner[0] for i, _ in mentions) else ""
            for instance, statement in here:
                word = next((w for w in statement.words if w.text == local), statement.first)
                place = instance.model.source.place(word)
                break
        key = (place.file if place else "", place.line or 0 if place else 0, what)
        if key not in self._reported:
            self._reported.add(key)
            self.findings.append(Diagnostic(code, what, place, why, remedy))


def _in_zone(label: str, zone: int | None) -> str:
    return label if zone is None else f"{label}, zone {zone}"


def _each(elements: Any) -> Iterator[Any]:
    for index in range(elements.size()):
        yield elements.get(index)


def _annotate(element: Any, name: str, ontology: str) -> None:
    import libsbml

    if not element.isSetMetaId():
        element.setMetaId(f"meta_{name}")
    term = libsbml.CVTerm()
    term.setQualifierType(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(
        libsbml.BQB_IS_VERSION_OF if element.getTypeCode() == libsbml.SBML_REACTION else libsbml.BQB_IS
    )
    term.addResource(f"https://identifiers.org/{ontology}")
    element.addCVTerm(term)
