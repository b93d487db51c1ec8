"""The system of equations that an engine is given: its program, and names in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.provenance import content_hash
from acinus.system.stored_program import program_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from acinus.model import Model
    from acinus.system.graph import Program

__all__ = ["OdeSystem", "build_system", "system_from_sbml"]


@dataclass(frozen=True, eq=False)
class OdeSystem:
    """The equations of a model, ready for an engine.

    Attributes
    ----------
    sbml, hash : str
        The model as SBML, and the hash that names it.
    program : Program
        Its equations.
    """

    sbml: str
    hash: str
    program: Program

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter, and every size of a compartment, that may be set for an individual or during a run."""
        return self.program.params[: self.program.settable]

    @property
    def parameter_values(self) -> NDArray[np.float64]:
        """(P,) values of the parameters in the model, in the units of the model."""
        import numpy as np

        return np.array(self.program.param_defaults[: self.program.settable], dtype=np.float64)

    @property
    def species(self) -> tuple[str, ...]:
        """Every species whose amount may be changed during a run."""
        return self.program.species

    @property
    def state_events(self) -> tuple[str, ...]:
        """Events of the model whose time follows from the run."""
        return tuple(event.id for event in self.program.events)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What can be recorded. A species is recorded in its own meaning: concentration or amount."""
        return self.program.output_names

    def at_start(self, ids: Sequence[str], parameters: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return values at time zero, before anything is given and any event has happened.

        Parameters
        ----------
        ids : (K,) sequence of str
            Any ids of the model.
        parameters : (P,) or (B, P) array, optional
            Those of the model unless given.

        Returns
        -------
        (K,) or (B, K) array
        """
        from acinus.system.graph import evaluate, start_values

        node = dict(self.program.symbols)
        p, y = start_values(self.program, parameters)
        return evaluate(self.program, [node[i] for i in ids], 0.0, y, p)


def build_system(model: Model) -> OdeSystem:
    """Return the equations of a model; see `system_from_sbml`."""
    return OdeSystem(model.sbml, model.hash, program_of(model.sbml))


def system_from_sbml(sbml: str, location: str | None = None) -> OdeSystem:
    """Return the equations of SBML text.

    Parameters
    ----------
    sbml : str
        SBML of any level; submodels are flattened.
    location : str, optional
        File that the text came from; models it refers to are looked for beside it.

    Raises
    ------
    EquationError
        AC206 for text that is not SBML, AC302 for ids without a value, AC303 for circular definitions, AC320 to AC329
        for each construct that an ordinary differential equation cannot carry.
    """
    return OdeSystem(sbml, content_hash(sbml), program_of(sbml, location))
