"""From scanned text and tables to a `Model`: flatten, join, attach, check.

In: a `Workshop` (all that was read of a biology folder) and the main model. Out: the `Model` and what is
wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, nearest
from acinus.model.attach import attach
from acinus.model.bibliography import Bibliography, read_bibliography
from acinus.model.consistency import check_sbml, finding_of, located, refused_units
from acinus.model.flatten import flatten, join
from acinus.model.library import Library, read_library
from acinus.model.own_tables import read_own_tables
from acinus.model.record import Card, Model, Symbol, frozen
from acinus.model.rules.moiety import unbalanced
from acinus.model.rules.wiring import unjoined_ports
from acinus.model.substances import Intake, read_intake
from acinus.model.tables import Tables, read_tables
from acinus.model.template import uses_zones
from acinus.model.tree import Instance, Tree, build_tree
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from acinus.model.scan import ModelText, Statement

__all__ = ["Workshop", "assemble", "open_workshop", "uses_of"]


@dataclass(slots=True)
class Workshop:
    """Everything read of one biology folder for a number of zones."""

    biology: Path
    zones: int
    library: Library
    tables: Tables
    own: Mapping[str, Tables]
    own_findings: tuple[Diagnostic, ...]
    intake: Intake
    bibliography: Bibliography

    def tables_of(self, assembly: str) -> Tables:
        """Return the tables of an assembly: its own rows where it has some, else those all share."""
        return self.own.get(assembly, self.tables)

    @property
    def row_findings(self) -> list[Diagnostic]:
        """Return what is wrong with single rows of the tables and with the substances: these stop a load."""
        return [*self.tables.findings, *self.own_findings, *self.intake.findings]

    @property
    def source_findings(self) -> list[Diagnostic]:
        """Return sources that lead nowhere: these fail a check, but equations do not depend on them."""
        missing = [
            finding
            for tables in (self.tables, *self.own.values())
            for finding in self.bibliography.missing(tables, self.biology)
        ]
        return [*self.bibliography.findings, *dict.fromkeys(missing)]


def open_workshop(biology: Path, zones: int, but_not: Sequence[str] = ()) -> Workshop:
    """Read a biology folder; models named in `but_not` are left out, to be replaced by the caller's text."""
    library = read_library(biology, zones)
    for name in but_not:
        library.modules.pop(name, None)
        library.assemblies.pop(name, None)
    tables = read_tables(biology)
    own, own_findings = read_own_tables(biology, tables, [*library.assemblies, *but_not])
    return Workshop(
        biology,
        zones,
        library,
        tables,
        own,
        own_findings,
        read_intake(biology),
        read_bibliography(biology / "references.bib"),
    )


def assemble(
    workshop: Workshop, main: ModelText, biology: Path, overrides: Mapping[str, float]
) -> tuple[Model, list[Diagnostic]]:
    """Return the model, and every finding that needs the flat model to be seen."""
    tables, library = workshop.tables_of(main.name), workshop.library
    tree = build_tree(library, main)
    flat = flatten(main, tree)
    joined, renamed = join(flat, tree, tables.cards)
    attached = attach(joined, tree, tables, name=main.name, overrides=overrides)
    symbols = attached.symbols
    findings = [
        *unjoined_ports(flat, tree),
        *attached.findings,
        *_unknown_names(workshop, symbols, overrides),
    ]
    if not findings:
        findings += unbalanced(tree, symbols, workshop.intake)
    if tables.units_known and not attached.findings:
        findings += _unit_findings(attached.sbml, tree, renamed)
    uses = uses_of(tree, renamed)
    cards: dict[str, Card] = {
        name: replace(card, value=overrides.get(name, card.value), used_in=uses.get(name, ()))
        for name, card in tables.cards.items()
    }
    zones = workshop.zones if uses_zones("\n".join(main.source.lines)) else None
    model = Model(
        id=main.name,
        name=main.name.replace("_", " "),
        sbml=attached.sbml,
        hash=content_hash(attached.sbml, str(zones)),
        zones=zones,
        symbols=frozen(symbols),
        cards=frozen(cards),
        substances=workshop.intake.substances,
        diets=workshop.intake.diets,
        body_weight=workshop.intake.body_weight,
        habits=workshop.intake.habits,
        limits=workshop.intake.limits,
        findings=(),
        biology=biology,
        used_in=frozen(uses),
    )
    return model, findings


def _unit_findings(sbml: str, tree: Tree, renamed: Mapping[str, str]) -> list[Diagnostic]:
    import libsbml

    remarks = check_sbml(libsbml.readSBMLFromString(sbml), sbml)
    kept = [*(r for r in remarks if not r.about_units), *refused_units(remarks)]
    out = []
    for remark in kept:
        found = located(remark, tree)
        place, rename, name = None, {}, remark.identifier
        if found is not None:
            instance, statement = found
            rename = _written_names(instance, statement, renamed)
            name = statement.name or name
            place = _formula_place(instance, statement, remark.formula, rename)
        out.append(finding_of(remark, place, rename, name))
    return list(dict.fromkeys(out))


def _formula_place(
    instance: Instance, statement: Statement, formula: str, rename: Mapping[str, str]
) -> Place:
    """Return where libSBML's formula stands in the author's statement, by the order of its names."""
    source = instance.model.source
    ids = [rename[word] for word in re.findall(r"[A-Za-z_]\w*", formula) if word in rename]
    words = [word for word in statement.formula if word.kind == "name" and word.text in rename.values()]
    for start in range(len(words) - len(ids) + 1 if ids else 0):
        found = words[start : start + len(ids)]
        if [word.text for word in found] == ids:
            place = source.place(found[0])
            end = source.place(found[-1])
            if place.line == end.line and place.column is not None and end.column is not None:
                return replace(place, length=max(1, end.column + end.length - place.column))
            return place
    return source.place(statement.target or statement.first)


def _written_names(instance: Instance, statement: Statement, renamed: Mapping[str, str]) -> dict[str, str]:
    """Return what flat ids are called in a statement."""
    out = {}
    for word in statement.words:
        if word.kind == "name":
            flat = instance.flat(word.text)
            out[renamed.get(flat, flat)] = word.text
    return out


def _unknown_names(
    workshop: Workshop, symbols: Mapping[str, Symbol], overrides: Mapping[str, float]
) -> list[Diagnostic]:
    """Return AC133 for names in substances.yaml, diets.yaml and overrides that nothing carries."""
    known = {*symbols, *workshop.tables.cards}
    out = [
        Diagnostic(
            Code.UNKNOWN_ID,
            f"`{name}` is not an id of the model or its tables",
            node.place,
            "A dose or a diet would have nowhere to go.",
            nearest(name, known),
        )
        for name, node in workshop.intake.named.items()
        if name not in known
    ]
    settable = {
        *workshop.tables.cards,
        *(s.id for s in symbols.values() if s.kind == "parameter" and s.value is not None),
    }
    out += [
        Diagnostic(
            Code.UNKNOWN_ID,
            f"`{name}` is not a parameter that can be given a value",
            None,
            f"It is a {symbols[name].kind} with a formula or a state of its own." if name in symbols else "",
            nearest(name, settable),
        )
        for name in overrides
        if name not in settable
    ]
    return out


def uses_of(tree: Tree, renamed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return for every id where the text mentions it: ``modules/x.ant:12 (conversion)``, zones once."""
    out: dict[str, dict[str, None]] = {}
    for flat, mentions in tree.mentions.items():
        target = renamed.get(flat, flat)
        for instance, statement in mentions:
            if statement.kind in ("instance", "compartment", "species", "constant"):
                continue
            where = instance.model.source.file
            name = f" ({statement.name})" if statement.name else ""
            out.setdefault(target, {})[f"{where}:{statement.first.line}{name}"] = None
    return {name: tuple(places) for name, places in out.items()}
