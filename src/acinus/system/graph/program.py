"""The records that an engine compiles: one expression graph and what each of its nodes is for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["Assignment", "Barrier", "Event", "Node", "Program"]


class Node(NamedTuple):
    """One node of the graph; its arguments stand before it.

    Attributes
    ----------
    op : str
        Leaves: `const` (number in `value`), `time`, `state` and `param` (index in `value`).
        Two arguments: `add mul sub div pow min max`, `lt le gt ge eq ne and or xor` (1.0 or 0.0).
        One argument: `neg exp ln sqrt abs floor ceil sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh not`.
        Three arguments: `select` (condition, value if it is 1.0, value if it is 0.0).
    args : tuple of int
        Numbers of other nodes, all smaller than the number of this one.
    value : float
        What a leaf holds; 0.0 elsewhere.

    Notes
    -----
    `and`, `or`, `xor`, `not` and the condition of `select` only ever get 1.0 or 0.0.
    `pow` is the general power (a negative base with a whole exponent is meant); see `Program.positive`.
    """

    op: str
    args: tuple[int, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an event does to one slot.

    Attributes
    ----------
    kind : "state" or "param"
    index : int
        Which slot of that kind.
    node : int
        The new value, computed when the event triggers or when it is executed, as the event says.
    scale : int or None
        A factor that is always computed at execution, just before any assignment of the event is made: a
        concentration becomes an amount by the volume of that moment.
    """

    kind: Literal["state", "param"]
    index: int
    node: int
    scale: int | None = None


class Barrier(NamedTuple):
    """An event that happens at a time known before the run: its trigger is ``time >= f`` or ``time > f``.

    Attributes
    ----------
    id : str
    time : int
        Node of the time; it reads parameters only. Compute it again after a parameter was set from outside.
    strict : bool
        True for ``time > f``: at `f` itself the trigger is still false, just after it is true.
    initial_value : bool
        What the trigger was before the start. A barrier at or before time zero happens at time zero if this is
        False, and never if it is True.
    use_values_from_trigger_time : bool
        Matters only where several barriers share a time: assignments from before or from after the others.
    assignments : tuple of Assignment
    """

    id: str
    time: int
    strict: bool
    initial_value: bool
    use_values_from_trigger_time: bool
    assignments: tuple[Assignment, ...]


class Event(NamedTuple):
    """An event whose time follows from the run.

    Attributes
    ----------
    id : str
    trigger : int
        Node of value 1.0 or 0.0; the event happens when it turns from 0.0 to 1.0.
    delay, priority : int or None
        Nodes; computed when the event triggers (delay) and just before it is executed (priority).
    persistent, initial_value, use_values_from_trigger_time : bool
    assignments : tuple of Assignment
    roots : tuple of int
        Continuous functions; where none of them changes its sign, the trigger does not change.
    """

    id: str
    trigger: int
    delay: int | None
    priority: int | None
    persistent: bool
    initial_value: bool
    use_values_from_trigger_time: bool
    assignments: tuple[Assignment, ...]
    roots: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A model as numbers: ``M dy/dt = f(t, y, p)``, its exact derivatives, and its discontinuities.

    S states, P parameters, N nodes, R relays.

    Attributes
    ----------
    nodes : (N,) tuple of Node
        Hash-consed (no two are alike) and in topological order.
    parameter_only : (N,) tuple of bool
        Nodes that read neither time nor states. Compute them once per individual, and again after a parameter
        changed.
    positive : (N,) tuple of bool
        Nodes proven to be greater than zero wherever they are a number, so that their logarithm exists.
    states : (S,) tuple of str
        Ids of the integrated slots.
    state_kinds : (S,) tuple of str
        What a slot holds: `amount`, `concentration` (both of a species) or `value`.
    mass : (S,) tuple of bool
        False for algebraic unknowns; their `derivative` is the residual that must be zero, and contains the unknown.
    params : (P,) tuple of str
        First `settable` parameters in the order of `OdeSystem.parameters`, then variables that events change and
        values fixed at the start (see `param_start`).
    settable : int
        How many of `params` may be set from outside.
    param_defaults : (P,) tuple of float
    param_start : tuple of (int, int)
        Parameter and node: values that are computed once, at time zero, from the settable parameters alone and keep
        that value whatever is set later (initial assignments). Fill them in before anything else is evaluated.
    derivative : (S,) tuple of int
    jacobian : tuple of (row, column, node)
        Exact; all structural non-zeros and the whole diagonal; sorted by row and column.
    relays : (R,) tuple of int
        Nodes through which many states act on many equations. As unknowns of their own they make linear systems with
        the Jacobian sparser: relay k is unknown S + k, its equation is ``node - unknown = 0``.
    relayed_jacobian : tuple of (row, column, node)
        The same derivatives of S + R equations by S + R unknowns; the relays have no mass. Sorted, with the whole
        diagonal.
    time_derivative : (S,) tuple of int
        Partial derivative of `derivative` with respect to explicit time.
    initial : (S,) tuple of int
        Nodes that read parameters only. For an algebraic unknown it is a first guess; see `consistent_state`.
    output_names, outputs : (K,) tuples of str and int
        As in `OdeSystem.outputs`: a species in its own meaning, concentration or amount.
    species : tuple of str
        As in `OdeSystem.species`: whose amount may be changed.
    species_slot : tuple of (int, int)
        For each of `species`: its state, and the node of the factor from amount to slot.
    symbols, amounts : tuple of (str, int)
        The value of *every* id of the model in its own meaning, reactions and stoichiometries included; and the amount
        of every species. More than the outputs; compile only what is asked for.
    flux_names : tuple of (str, int)
        Reactions and the nodes of their rate laws.
    barriers : tuple of Barrier
    events : tuple of Event
    switches : tuple of int
        Continuous functions whose change of sign is a kink or jump of the right-hand side (piecewise, comparisons).
    order : (S + R,) tuple of int
        Unknowns of the relayed Jacobian in the order of elimination.
    pattern : tuple of (row, column)
        Structure of L + U in that order, diagonal included; indices are those of the unknowns.
    conserved : tuple of laws, each a tuple of (state, coefficient)
        Linear combinations of the states that reactions do not change.
    notes : tuple of str
        What was left out because the model leaves it open (an event without trigger, a rule without formula).
    """

    nodes: tuple[Node, ...]
    parameter_only: tuple[bool, ...]
    positive: tuple[bool, ...]
    states: tuple[str, ...]
    state_kinds: tuple[str, ...]
    mass: tuple[bool, ...]
    params: tuple[str, ...]
    settable: int
    param_defaults: tuple[float, ...]
    param_start: tuple[tuple[int, int], ...]
    derivative: tuple[int, ...]
    jacobian: tuple[tuple[int, int, int], ...]
    relays: tuple[int, ...]
    relayed_jacobian: tuple[tuple[int, int, int], ...]
    time_derivative: tuple[int, ...]
    initial: tuple[int, ...]
    output_names: tuple[str, ...]
    outputs: tuple[int, ...]
    species: tuple[str, ...]
    species_slot: tuple[tuple[int, int], ...]
    symbols: tuple[tuple[str, int], ...]
    amounts: tuple[tuple[str, int], ...]
    flux_names: tuple[tuple[str, int], ...]
    barriers: tuple[Barrier, ...]
    events: tuple[Event, ...]
    switches: tuple[int, ...]
    order: tuple[int, ...]
    pattern: tuple[tuple[int, int], ...]
    conserved: tuple[tuple[tuple[int, float], ...], ...]
    notes: tuple[str, ...]

    @functools.cached_property
    def key(self) -> str:
        """The hash of all of the above, which names what is made from it."""
        from acinus.system.graph.storage import key_of, to_bytes

        return key_of(to_bytes(self))
