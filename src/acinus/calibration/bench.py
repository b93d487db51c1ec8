"""The bench: models, protocols and runs for many statements, each made once.

Runs are shared between statements with the same model, protocol, sampling, people and values; a run never
depends on which other statements are checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.calibration.moved_people import moved_people
from acinus.documents import Node, biology_folder, read_yaml
from acinus.engine import Tolerances
from acinus.errors import Code, Diagnostic, Place, RequestError, nearest
from acinus.provenance import content_hash, content_text
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.calibration.statement import ModelChoice, PopulationChoice, Setting
    from acinus.model import Model
    from acinus.population import Individuals
    from acinus.simulation import Protocol, Trajectories

__all__ = ["LOST_AT_MOST", "OF_MANY", "Bench", "Experiment", "population_text", "require_finished"]

# Those whose run fails are seldom a random sample: a share of the others is not the share that was asked for.
LOST_AT_MOST = 0.01

# What many people are solved to: chance moves their shares and medians a thousand times further than this does, and
# it takes less than half of the time.
OF_MANY = Tolerances(relative=1e-6, absolute=1e-10)


@dataclass(frozen=True, eq=False)
class Experiment:
    """A setting made ready: what will be simulated.

    Attributes
    ----------
    model : Model
    protocol : Protocol
        With the sampling that the check needs.
    individuals : Individuals or None
    population : PopulationChoice or None
        What they were drawn from.
    values : mapping from parameter id to float
        In the model's units.
    key : str
        Hash of all of it; equal keys are one run.
    """

    model: Model
    protocol: Protocol
    individuals: Individuals | None
    population: PopulationChoice | None
    values: Mapping[str, float]
    key: str


class Bench:
    """Makes experiments from settings and runs each of them once.

    Parameters
    ----------
    workers : int
        Threads used within a run of many individuals.
    """

    def __init__(self, *, workers: int = 1) -> None:
        self.workers = workers
        self.shift: Mapping[str, float] = {}
        self.sparing = False
        self._models: dict[tuple[str, int | None], Model] = {}
        self._people: dict[str, Individuals] = {}
        self._sources: dict[str, Node] = {}
        self._moved: dict[str, Individuals] = {}
        self._wanted: dict[str, set[str]] = {}
        self._runs: dict[str, tuple[frozenset[str], Trajectories]] = {}
        self.simulated = 0

    def model(self, choice: ModelChoice, protocol: Node | None = None) -> Model:
        """Return a model, loaded once; the protocol's own `model` counts where the choice names none."""
        from acinus.model import load_model

        asked = choice.source or (
            str(protocol["model"].value) if protocol is not None and "model" in protocol else "human"
        )
        key = (asked, choice.zones)
        if key not in self._models:
            source = Path(asked) if Path(asked).is_file() else asked
            zones = choice.zones
            self._models[key] = load_model(source) if zones is None else load_model(source, zones=zones)
        return self._models[key]

    def prepare(
        self,
        setting: Setting,
        *,
        arm: str | None = None,
        times: NDArray[np.float64] | None = None,
        records: Iterable[str] = (),
    ) -> Experiment:
        """Return what a setting asks for, without running it.

        Parameters
        ----------
        setting : Setting
        arm : str, optional
            Instead of the setting's arm.
        times : (T,) array, h, optional
            Sampling times instead of the protocol's.
        records : iterable of str
            Ids that will be read; a run of one individual records everything anyway.

        Raises
        ------
        AcinusError
            Whatever is wrong with the model, the protocol, the people or the values.
        """
        from acinus.simulation import load_protocol

        root = _protocol_node(setting)
        model = self.model(setting.model, root)
        if root is None:
            root = _shipped(setting, model)
            model = self.model(setting.model, root)
        protocol = load_protocol(_completed(root, setting, times), model=model, arm=arm or setting.arm)
        if times is not None:
            protocol = replace(protocol, sampling=tuple(float(t) for t in times))
        values = _values(setting, model)
        people = None if setting.population is None else self._individuals(setting.population, model)
        key = content_hash(
            model.hash,
            content_text(protocol.without_places()),
            content_text(protocol.times),
            content_text(None if setting.population is None else _described(setting.population)),
            content_text(values),
        )
        self._wanted.setdefault(key, set()).update(records)
        return Experiment(model, protocol, people, setting.population, values, key)

    def run(self, experiment: Experiment) -> Trajectories:
        """Return the run of an experiment, simulating it on first demand."""
        from acinus.simulation import simulate

        wanted = frozenset(self._wanted.get(experiment.key, ()))
        known = self._runs.get(experiment.key)
        if known is not None and (experiment.individuals is None or wanted <= known[0]):
            return known[1]
        # Thousands of people times hundreds of curves do not fit into memory; one person's curves always do.
        sparing = self.sparing or experiment.individuals is not None
        record: Sequence[str] | None = sorted(wanted) if sparing and wanted else None
        people = self._moved_people(experiment)
        # Whoever has an own value of a parameter, and a protocol that fixes it, are not shifted.
        own = set(experiment.protocol.values) | (set() if people is None else set(people.columns))
        run = simulate(
            experiment.model,
            experiment.protocol,
            people,
            values={
                **{k: v for k, v in self.shift.items() if k not in own and "." not in k},
                **experiment.values,
            },
            record=record,
            tolerances=None if experiment.individuals is None else OF_MANY,
            workers=self.workers if experiment.individuals is not None else 1,
        )
        self.simulated += 1
        self._runs[experiment.key] = (wanted, run)
        return run

    def shifted(self, values: Mapping[str, float]) -> Bench:
        """Return a bench with the same models, people and experiments, on which parameters have other values.

        `values` are in the model's units; ``<column>.<key>`` is a number of a population's column. What a setting itself
        fixes stays. People whose own value of a parameter is
        spread around that of the tables are spread around the other value instead, by the same random numbers.
        Only ids that are read are kept.
        """
        other = Bench(workers=self.workers)
        other._models, other._people, other._wanted = self._models, self._people, self._wanted
        other._sources = self._sources
        other.shift, other.sparing = dict(values), True
        return other

    def forget(self, experiment: Experiment) -> None:
        """Let go of a run that nobody needs any more."""
        self._runs.pop(experiment.key, None)

    def _moved_people(self, experiment: Experiment) -> Individuals | None:
        people, choice = experiment.individuals, experiment.population
        if people is None or choice is None or not self.shift:
            return people
        key = content_hash(experiment.model.hash, content_text(_described(choice)))
        if key not in self._moved:
            if key not in self._sources:
                self._sources[key] = population_text(choice, experiment.model)
            self._moved[key] = moved_people(people, self._sources[key], self.shift, model=experiment.model)
        return self._moved[key]

    def _individuals(self, choice: PopulationChoice, model: Model) -> Individuals:
        from acinus.population import draw_population

        key = content_hash(model.hash, content_text(_described(choice)))
        if key not in self._people:
            self._people[key] = draw_population(
                _population(choice, model), choice.n, choice.seed, model=model
            )
        return self._people[key]


def require_finished(run: Trajectories, place: Place) -> None:
    """Refuse a run that lost so many individuals that a statistic of the others would mislead.

    Raises
    ------
    IntegrationError
        AC501 if nobody finished.
    RequestError
        AC912 if more than `LOST_AT_MOST` of them did not.
    """
    finished = int(np.sum(run.ok))
    if finished == 0:
        run.raise_for_status()
    lost = len(run) - finished
    if lost > LOST_AT_MOST * len(run):
        first = int(np.flatnonzero(~run.ok)[0])
        raise RequestError(
            Diagnostic(
                Code.CLAIM_PEOPLE_LOST,
                f"{lost} of {len(run)} individuals did not finish",
                place,
                f"The first is {run.individuals[first]}: {run.message[first] or run.status[first].value}",
                f"At most {LOST_AT_MOST:.0%} may be missing; find out what those who failed have in common.",
            )
        )


def _population(choice: PopulationChoice, model: Model) -> str | Path | Node:
    """Return the population as named, or its content with some columns described anew."""
    path = Path(choice.source)
    if not choice.columns:
        return path if path.is_file() else choice.source
    if not path.is_file():
        path = (model.biology or biology_folder()) / "populations" / f"{choice.source}.yaml"
    root = read_yaml(path)
    columns = root.get("columns")
    kept = dict(columns.items()) if columns is not None else {}
    return Node({**dict(root.items()), "columns": Node({**kept, **choice.columns}, root.place)}, root.place)


def population_text(choice: PopulationChoice, model: Model) -> Node:
    """Return the content of a population, with some columns described anew."""
    root = _population(choice, model)
    if isinstance(root, str):
        root = (model.biology or biology_folder()) / "populations" / f"{root}.yaml"
    return root if isinstance(root, Node) else read_yaml(root)


def _described(choice: PopulationChoice) -> tuple[Any, ...]:
    return choice.source, choice.n, choice.seed, {name: node.plain() for name, node in choice.columns.items()}


def _protocol_node(setting: Setting) -> Node | None:
    if isinstance(setting.protocol, Node):
        return setting.protocol
    if isinstance(setting.protocol, Path):
        return read_yaml(setting.protocol)
    return None


def _shipped(setting: Setting, model: Model) -> Node:
    folder = (model.biology or biology_folder()) / "protocols"
    path = folder / f"{setting.protocol}.yaml"
    if not path.is_file():
        known = [*setting.known, *sorted(p.stem for p in folder.glob("*.yaml"))]
        raise RequestError(
            Diagnostic(
                Code.CLAIM_NOT_FOUND,
                f"there is no protocol `{setting.protocol}`",
                setting.place,
                f"Known are {', '.join(f'`{name}`' for name in known)}." if known else "",
                nearest(str(setting.protocol), known) or "Write it under `protocols:` of this file.",
            )
        )
    return read_yaml(path)


def _completed(root: Node, setting: Setting, times: NDArray[np.float64] | None) -> Node:
    """Return the protocol with what an inline one may leave out: name, and sampling if the data say when."""
    if not isinstance(root.value, dict):
        return root
    children = dict(root.items())
    children.setdefault("name", Node(setting.label, root.place))
    if times is not None and "sampling" not in children:
        children["sampling"] = Node([Node(f"{float(t)!r} h", root.place) for t in times], root.place)
    return Node(children, root.place)


def _values(setting: Setting, model: Model) -> dict[str, float]:
    values: dict[str, float] = {}
    findings: list[Diagnostic] = []
    for name, node in setting.values.items():
        try:
            _, unit = model.constant(name)
            asked = parse_quantity(
                node.value,
                what=f"the value of `{name}`",
                like=(unit,),
                place=node.place,
                error=RequestError,
                code=Code.CLAIM_VALUE,
            )
            values[name] = asked.to(unit)
        except RequestError as error:
            findings.extend(error.diagnostics)
    if findings:
        raise RequestError(findings)
    return values
