"""Small SBML models for tests, written from what each test is about."""

from __future__ import annotations


def sbml(content: str, level: int = 3, version: int = 2) -> str:
    """Return a document around the content of a model."""
    name = f"level{level}/version{version}" + ("/core" if level == 3 else "")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/{name}" '
        f'level="{level}" version="{version}"><model id="m">{content}</model></sbml>'
    )


def math(infix: str) -> str:
    """Return a formula as MathML."""
    import libsbml

    text = libsbml.writeMathMLToString(libsbml.parseL3Formula(infix))
    return text[text.index("<math") :]


def parameter(symbol: str, value: float | None = None, *, constant: bool = True) -> str:
    number = "" if value is None else f' value="{value}"'
    return f'<parameter id="{symbol}"{number} constant="{str(constant).lower()}"/>'


def model(
    *,
    parameters: dict[str, float | None] | None = None,
    variables: dict[str, float | None] | None = None,
    compartments: str = "",
    species: str = "",
    functions: dict[str, str] | None = None,
    starts: dict[str, str] | None = None,
    rules: dict[str, str] | None = None,
    rates: dict[str, str] | None = None,
    constraints: tuple[str, ...] = (),
    reactions: str = "",
    events: str = "",
) -> str:
    """Return an L3V2 model; formulas are infix."""
    declared = [parameter(i, v) for i, v in (parameters or {}).items()]
    declared += [parameter(i, v, constant=False) for i, v in (variables or {}).items()]
    defined = [
        f'<functionDefinition id="{i}">{math(f)}</functionDefinition>' for i, f in (functions or {}).items()
    ]
    begun = [
        f'<initialAssignment symbol="{i}">{math(f)}</initialAssignment>' for i, f in (starts or {}).items()
    ]
    ruled = [f'<assignmentRule variable="{i}">{math(f)}</assignmentRule>' for i, f in (rules or {}).items()]
    ruled += [f'<rateRule variable="{i}">{math(f)}</rateRule>' for i, f in (rates or {}).items()]
    ruled += [f"<algebraicRule>{math(f)}</algebraicRule>" for f in constraints]

    def listed(name: str, items: str) -> str:
        return f"<{name}>{items}</{name}>" if items else ""

    return sbml(
        listed("listOfFunctionDefinitions", "".join(defined))
        + listed("listOfCompartments", compartments)
        + listed("listOfSpecies", species)
        + listed("listOfParameters", "".join(declared))
        + listed("listOfInitialAssignments", "".join(begun))
        + listed("listOfRules", "".join(ruled))
        + listed("listOfReactions", reactions)
        + listed("listOfEvents", events)
    )


def compartment(symbol: str, size: float | None, *, constant: bool = True) -> str:
    number = "" if size is None else f' size="{size}"'
    return f'<compartment id="{symbol}"{number} spatialDimensions="3" constant="{str(constant).lower()}"/>'


def one_species(
    symbol: str, place: str, start: str, *, amount_only: bool = False, boundary: bool = False
) -> str:
    return (
        f'<species id="{symbol}" compartment="{place}" {start} hasOnlySubstanceUnits="{str(amount_only).lower()}" '
        f'boundaryCondition="{str(boundary).lower()}" constant="false"/>'
    )


def reaction(
    symbol: str,
    law: str,
    uses: dict[str, str] | None = None,
    makes: dict[str, str] | None = None,
    *,
    more: str = "",
) -> str:
    """Return a reaction; the sides give attributes of each species reference."""

    def side(name: str, items: dict[str, str]) -> str:
        inner = "".join(
            f'<speciesReference species="{s}" {given} {"" if "constant" in given else "constant=" + chr(34) + "true" + chr(34)}/>'
            for s, given in items.items()
        )
        return f"<{name}>{inner}</{name}>" if inner else ""

    return (
        f'<reaction id="{symbol}" reversible="false" {more}>'
        + side("listOfReactants", uses or {})
        + side("listOfProducts", makes or {})
        + f"<kineticLaw>{math(law)}</kineticLaw></reaction>"
    )


def event(
    symbol: str,
    trigger: str,
    assignments: dict[str, str],
    *,
    delay: str = "",
    priority: str = "",
    initial: bool = True,
    persistent: bool = True,
    from_trigger: bool = True,
) -> str:
    inner = "".join(
        f'<eventAssignment variable="{i}">{math(f)}</eventAssignment>' for i, f in assignments.items()
    )
    return (
        f'<event id="{symbol}" useValuesFromTriggerTime="{str(from_trigger).lower()}">'
        f'<trigger initialValue="{str(initial).lower()}" persistent="{str(persistent).lower()}">{math(trigger)}</trigger>'
        + (f"<priority>{math(priority)}</priority>" if priority else "")
        + (f"<delay>{math(delay)}</delay>" if delay else "")
        + f"<listOfEventAssignments>{inner}</listOfEventAssignments></event>"
    )
