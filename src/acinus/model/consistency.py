"""libSBML's own check, with disagreeing units promoted to errors and led back to the author's line.

In: SBML text and, for our own text, the instance tree. Out: findings AC201, AC202, AC203 and libSBML's
remarks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, Place
from acinus.model.unit_definitions import factor_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.model.scan import Statement
    from acinus.model.tree import Instance, Tree

__all__ = ["Remark", "check_sbml", "finding_of", "located", "refused_units"]

# libSBML's unit rules: formulas against the unit expected of them, and formulas it could not check in full.
_UNIT_RULES = range(10500, 10600)
_UNIT_MORE = {99505, 99506, 99507, 99508}
_KINETIC_LAW, _LAWS_DIFFER = 10541, 10503
_ELEMENT = re.compile(
    r'<(reaction|species|parameter|compartment|event|unitDefinition|functionDefinition)\b[^>]*?\sid="(\w+)"'
)
_RULE = re.compile(
    r'<(assignmentRule|rateRule|initialAssignment|eventAssignment)\b[^>]*?\s(?:variable|symbol)="(\w+)"'
)
_STATEMENT = {
    "reaction": "reaction", "assignmentRule": "assignment", "rateRule": "rate",
    "initialAssignment": "initial", "eventAssignment": "event",
}  # fmt: skip
_UNIT = re.compile(r"(\w+) \(exponent = ([-\d.e+]+), multiplier = ([-\d.e+]+), scale = ([-\d]+)\)")


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of libSBML: its number, severity, line of the SBML, element concerned and words."""

    number: int
    severity: int
    line: int
    element: str
    identifier: str
    message: str

    @property
    def about_units(self) -> bool:
        """Return whether it says that units disagree or cannot be checked."""
        return self.number in _UNIT_RULES or self.number in _UNIT_MORE

    @property
    def formula(self) -> str:
        """Return the formula it quotes, or an empty string."""
        found = re.search(r"[Tt]he formula '(.*?)' in the", self.message)
        return found.group(1) if found else ""

    @property
    def units(self) -> tuple[tuple[tuple[str, float, float], ...], ...]:
        """Return expected and found units as (kind, exponent, factor); empty if it names none."""
        halves = re.split(r"but the units returned|but the units of", self.message)
        if len(halves) != 2:
            return ()
        return tuple(
            tuple(
                (kind, float(power), float(size) * 10.0 ** int(scale))
                for kind, power, size, scale in _UNIT.findall(half)
            )
            for half in halves
        )


def check_sbml(document: Any, sbml: str) -> list[Remark]:
    """Return everything libSBML has to say about a document that was read from `sbml`."""
    document.checkConsistency()
    lines = sbml.splitlines()
    remarks = []
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        message = " ".join(error.getMessage().split())
        element, identifier = _concerned(lines, error.getLine(), message)
        remarks.append(
            Remark(error.getErrorId(), error.getSeverity(), error.getLine(), element, identifier, message)
        )
    return remarks


def refused_units(remarks: Sequence[Remark]) -> list[Remark]:
    """Return the remarks about units, without the echoes of another one."""
    units = [r for r in remarks if r.about_units]
    quoting = [r for r in units if r.formula and r.number != _LAWS_DIFFER]
    quoted = {(r.element, r.identifier) for r in quoting}
    lawful = {r.identifier for r in units if r.number == _KINETIC_LAW}
    out: dict[object, Remark] = {}
    for remark in units:
        here = (remark.element, remark.identifier)
        # Laws "differ from earlier laws" whenever one of them is wrong, a formula whose parts disagree has
        # a wrong unit, and so has every bracket around such a part.
        if remark.number == _LAWS_DIFFER:
            echo = bool(lawful or quoted)
        elif remark.formula:
            echo = any(
                (r.element, r.identifier) == here
                and r.formula in remark.formula
                and r.formula != remark.formula
                for r in quoting
            )
        else:
            echo = here in quoted
        if not echo:
            out.setdefault((remark.number, *here, remark.formula), remark)
    return list(out.values())


def located(remark: Remark, tree: Tree) -> tuple[Instance, Statement] | None:
    """Return the statement a remark is about, in the instance it belongs to."""
    kind = _STATEMENT.get(remark.element, "")
    mentions = tree.mentions.get(remark.identifier, [])
    for instance, statement in mentions:
        if statement.kind == kind and statement.name and instance.flat(statement.name) == remark.identifier:
            return instance, statement
    return next(((i, s) for i, s in mentions if i.flat(s.name or "") == remark.identifier), None)


def finding_of(remark: Remark, place: Place | None, rename: dict[str, str], name: str) -> Diagnostic:
    """Return a remark as a diagnostic; `rename` turns flat ids into the names as written."""
    if not remark.about_units:
        return Diagnostic(
            Code.SBML_INVALID,
            f"libSBML rule {remark.number}: {_gist(remark.message)}",
            place,
            "Programs would read the file each in their own way, or not at all.",
            "Correct the file, or the program that wrote it.",
        )
    units = remark.units
    if len(units) == 2 and units[0] and units[1]:
        expected, found = (unit_text(unit) for unit in units)
        if remark.number == _KINETIC_LAW and _lacks_volume(*units):
            return Diagnostic(
                Code.VOLUME_FACTOR_MISSING,
                f"the rate of `{name}` is a change of concentration",
                place,
                f"Its unit is `{found}`; a reaction needs an amount per time, `{expected}`.",
                "Multiply by the volume of the compartment it happens in.",
            )
        return Diagnostic(
            Code.UNITS_DISAGREE,
            f"the formula of `{name}` has the wrong unit",
            place,
            f"Its unit is `{found}`, but `{expected}` is expected.",
            "Compare the units of its parameters in the tables.",
        )
    formula = re.sub(r"\b[A-Za-z_]\w*\b", lambda word: rename.get(word.group(), word.group()), remark.formula)
    if "act on variables with the same units" in remark.message:
        what, why = (
            f"`{formula}` combines different units",
            "Only like can be added to, subtracted from or compared with like.",
        )
    elif "act on dimensionless" in remark.message:
        what, why = (
            f"`{formula}` is taken of something that has a unit",
            "Divide by a quantity of the same kind first.",
        )
    elif "power" in remark.message:
        what, why = (
            f"`{formula}` raises a unit to a power that is not a plain integer",
            "Divide by a quantity of the same kind first.",
        )
    else:
        whose = f"of `{name}`" if name else "of the model"
        what, why = (
            f"the units {whose} cannot be checked",
            f"libSBML rule {remark.number}: {_gist(remark.message)}",
        )
    return Diagnostic(
        Code.UNITS_DISAGREE, what, place, why, "Compare the units of its symbols in the tables."
    )


def unit_text(unit: tuple[tuple[str, float, float], ...]) -> str:
    """Return libSBML's description of a unit as we write it: ``mmol/h``."""
    named = [(factor_text(kind, factor), exponent) for kind, exponent, factor in unit]
    number = 1.0
    if any(name is None for name, _ in named):
        # libSBML merges factors as 31.6 g squared; said in plain units with one number in front.
        plain = {"second": ("h", 3600.0), "mole": ("mmol", 1e-3)}
        named = [
            (plain.get(kind, (factor_text(kind, 1.0) or kind,))[0], exponent) for kind, exponent, _ in unit
        ]
        for kind, exponent, factor in unit:
            number *= (factor / plain.get(kind, ("", 1.0))[1]) ** exponent
    above, below = [], []
    for name, exponent in named:
        if name == "dimensionless" or exponent == 0:
            continue
        power = "" if abs(exponent) == 1 else f"**{abs(exponent):g}"
        (above if exponent > 0 else below).append(f"{name}{power}")
    text = "*".join(above or ["1"]) + "".join(f"/{name}" for name in below)
    text = "dimensionless" if text == "1" else text
    return text if abs(number - 1.0) < 1e-6 else f"{number:g} {text}"


def _lacks_volume(
    expected: tuple[tuple[str, float, float], ...], found: tuple[tuple[str, float, float], ...]
) -> bool:
    powers = {kind: power for kind, power, _ in found}
    wanted = {kind: power for kind, power, _ in expected}
    return powers.pop("litre", 0.0) == -1.0 and powers == wanted


def _gist(message: str) -> str:
    """Return libSBML's words without the paragraph about the rule in general."""
    gist = message.split("Reference: ", 1)[-1]
    gist = re.sub(r"^L\dV\d Sections? [\d., AND]*\d\s+", "", gist)
    return gist or message


def _concerned(lines: Sequence[str], line: int, message: str) -> tuple[str, str]:
    """Return kind and id of the element that a line of SBML belongs to."""
    for number in range(min(line, len(lines)) - 1, -1, -1):
        found = _RULE.search(lines[number]) or _ELEMENT.search(lines[number])
        if found:
            return found.group(1), found.group(2)
        if "<model" in lines[number]:
            break
    found = re.search(r"id '(\w+)'", message)
    return ("", found.group(1)) if found else ("", "")
