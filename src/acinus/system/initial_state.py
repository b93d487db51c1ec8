"""Where an individual starts: every value at time zero as a function of the parameters.

In: SBML text. Out: an `InitialState`, which evaluates initial assignments, and the assignment rules and rate laws
they read, in the order of their dependence. Each engine starts individuals from these values, so that an initial
value never depends on what an engine did before.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.errors import Code, Diagnostic, EquationError
from acinus.system.formulas import FUNCTIONS, symbols_in, to_python

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["InitialState", "compile_initial_state"]


@dataclass(frozen=True)
class InitialState:
    """Values at time zero.

    Attributes
    ----------
    parameters : tuple of str
        The parameters and compartment sizes that may be set, in the order in which `evaluate` takes their values.
    parameter_values : (P,) array
        Their values in the model text.
    ids : tuple of str
        Every id that has a value at time zero, in the order in which `evaluate` returns them.
        A species stands for its amount, a compartment for its size.
    ruled : frozenset of str
        Those of `ids` that follow an assignment rule at all times, and so need no setting at the start.
    events : tuple of str
        Events that count as not triggered before the start; they stand at the end of `ids`, and their value says whether
        they fire at time zero.
    """

    parameters: tuple[str, ...]
    parameter_values: NDArray[np.float64]
    ids: tuple[str, ...]
    ruled: frozenset[str]
    events: tuple[str, ...]
    _function: Callable[[Sequence[float]], tuple[float, ...]]

    def evaluate(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (I,) values at time zero of all `ids`, for one individual's (P,) parameter values."""
        with np.errstate(all="ignore"):
            return np.array(self._function([np.float64(v) for v in values]), dtype=np.float64)


@functools.lru_cache(maxsize=8)
def compile_initial_state(sbml: str) -> InitialState:
    """Return the initial values of a model as a function of its parameters.

    Raises
    ------
    EquationError
        AC301 for an operator without counterpart, AC302 for a symbol without any value, AC303 for definitions that
        go in a circle. All of them at once.
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    written = {parameter.getId() for parameter in document.getModel().getListOfParameters()}
    for option in ("expandFunctionDefinitions", "promoteLocalParameters"):
        settings = libsbml.ConversionProperties()
        settings.addOption(option, True)
        document.convert(settings)
    return _Definitions(document.getModel(), written).compile()


class _Definitions:
    """The definitions of one model at time zero; lives only while the function is being written."""

    def __init__(self, model: Any, written: set[str]) -> None:
        self.written = written
        self.findings: list[Diagnostic] = []
        self.rules = {
            r.getVariable(): r.getMath() for r in model.getListOfRules() if r.isAssignment() and r.isSetMath()
        }
        self.assigned = {
            a.getSymbol(): a.getMath() for a in model.getListOfInitialAssignments() if a.isSetMath()
        }
        self.rates = {r.getVariable() for r in model.getListOfRules() if r.isRate()}
        self.laws = {
            r.getId(): r.getKineticLaw().getMath() for r in model.getListOfReactions() if r.getKineticLaw()
        }
        self.species = {s.getId(): s for s in model.getListOfSpecies()}
        self.compartments = {c.getId(): c for c in model.getListOfCompartments()}
        self.stoichiometries = {
            reference.getId(): reference.getStoichiometry()
            for reaction in model.getListOfReactions()
            for side in (reaction.getListOfReactants(), reaction.getListOfProducts())
            for reference in side
            if reference.getId()
        }
        self.globals = {p.getId(): p for p in model.getListOfParameters()}
        fixed = self.rules.keys() | self.assigned.keys() | self.rates
        # Promoted local parameters of rate laws have no name outside, so they cannot be set.
        self.settable = (
            *(name for name in self.globals if name in written and name not in fixed),
            *(name for name, place in self.compartments.items() if name not in fixed and place.isSetSize()),
        )
        self.triggers = {
            event.getId() or f"event {i + 1}": event.getTrigger().getMath()
            for i, event in enumerate(model.getListOfEvents())
            if event.isSetTrigger()
            and event.getTrigger().isSetMath()
            and not event.getTrigger().getInitialValue()
        }
        self.lines: list[str] = []
        self.done: set[str] = set()
        self.open: list[str] = []

    def compile(self) -> InitialState:
        # Promoted local parameters are computed like the rest, but no engine knows their names.
        ids = (*(name for name in self.globals if name in self.written), *self.compartments, *self.species)
        for name in (*ids, *self.laws):
            self._define(name)
        wanted = [f"a_{name}" if name in self.species else f"v_{name}" for name in ids]
        wanted += self._fired()
        if self.findings:
            raise EquationError(self.findings)
        body = [*self.lines, f"return ({', '.join(wanted)},)"]
        text = "def initial(p):\n" + "\n".join(f"    {line}" for line in body)
        space = dict(FUNCTIONS)
        exec(compile(text, "<initial state>", "exec"), space)
        values = np.array([self._value_of(name) for name in self.settable], dtype=np.float64)
        return InitialState(
            parameters=self.settable,
            parameter_values=values,
            ids=(*ids, *self.triggers),
            ruled=frozenset(self.rules) & set(ids),
            events=tuple(self.triggers),
            _function=space["initial"],
        )

    def _fired(self) -> list[str]:
        """Return for each event whether its trigger holds at time zero, as Python text."""
        found = []
        for name, math in self.triggers.items():
            for other in sorted(symbols_in(math)):
                self._define(other)
            try:
                found.append(f"F(bool({to_python(math, lambda other: f'v_{other}')}))")
            except ValueError as error:
                self.findings.append(
                    Diagnostic(
                        Code.UNSUPPORTED_CONSTRUCT,
                        f"the trigger of `{name}`: {error}",
                        None,
                        "",
                        "Rewrite it.",
                    )
                )
        return found

    def _value_of(self, name: str) -> float:
        if name in self.compartments:
            return self.compartments[name].getSize()
        return self.globals[name].getValue()

    def _define(self, name: str) -> None:
        """Write the lines that give `v_<name>` its value, after those it depends on."""
        if name in self.done:
            return
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name) :], name])
            self.findings.append(
                Diagnostic(
                    Code.CIRCULAR_DEFINITION,
                    f"`{name}` is defined by itself: {circle}",
                    None,
                    "Its value at the start cannot be computed.",
                    "Break the circle by giving one of them a value.",
                )
            )
            return
        self.open.append(name)
        try:
            if name in self.species:
                self._define_species(name)
            else:
                self.lines.append(f"v_{name} = {self._source(name)}")
        except ValueError as error:
            self.findings.append(
                Diagnostic(
                    Code.UNSUPPORTED_CONSTRUCT,
                    f"`{name}`: {error}",
                    None,
                    "Its value at the start cannot be computed.",
                    "Write the formula with operators that are supported.",
                )
            )
        self.open.pop()
        self.done.add(name)

    def _source(self, name: str) -> str:
        formula = self._formula(name)
        if formula is not None:
            return formula
        if name in self.compartments:
            compartment = self.compartments[name]
            if name in self.settable:
                return f"p[{self.settable.index(name)}]"
            if compartment.isSetSize():
                return f"F({compartment.getSize()!r})"
            if compartment.isSetSpatialDimensions() and compartment.getSpatialDimensions() == 0:
                return "F(1.0)"
            return self._missing(f"the compartment `{name}` has no size")
        if name in self.stoichiometries:
            return f"F({self.stoichiometries[name]!r})"
        if name in self.globals:
            if not self.globals[name].isSetValue():
                return self._missing(f"the parameter `{name}` has no value")
            if name in self.settable:
                return f"p[{self.settable.index(name)}]"
            return f"F({self.globals[name].getValue()!r})"
        raise ValueError(f"`{name}` is not defined")

    def _formula(self, name: str) -> str | None:
        """Return the assignment rule, initial assignment or rate law of an id as Python text."""
        for source in (self.rules, self.assigned, self.laws):
            if name in source:
                math = source[name]
                for other in sorted(symbols_in(math)):
                    self._define(other)
                return to_python(math, lambda other: f"v_{other}")
        return None

    def _define_species(self, name: str) -> None:
        """Write a species in both meanings: `a_` its amount, `v_` what its id means in a formula."""
        species = self.species[name]
        place = species.getCompartment()
        self._define(place)
        as_amount = species.getHasOnlySubstanceUnits() or self._is_point(place)
        formula = self._formula(name)
        if formula is not None:
            self.lines.append(f"v_{name} = {formula}")
            self.lines.append(f"a_{name} = v_{name}" if as_amount else f"a_{name} = v_{name} * v_{place}")
            return
        if species.isSetInitialAmount():
            self.lines.append(f"a_{name} = F({species.getInitialAmount()!r})")
        elif species.isSetInitialConcentration():
            self.lines.append(f"a_{name} = F({species.getInitialConcentration()!r}) * v_{place}")
        else:
            self.lines.append(f"a_{name} = {self._missing(f'the species `{name}` has no initial value')}")
        self.lines.append(f"v_{name} = a_{name}" if as_amount else f"v_{name} = a_{name} / v_{place}")

    def _is_point(self, compartment: str) -> bool:
        found = self.compartments[compartment]
        return found.isSetSpatialDimensions() and found.getSpatialDimensions() == 0

    def _missing(self, what: str) -> str:
        self.findings.append(
            Diagnostic(
                Code.NO_INITIAL_VALUE,
                what,
                None,
                "A run cannot start from an unknown value.",
                "Give it a value.",
            )
        )
        return "F('nan')"
