"""What trials and maps have in common: model, people and protocol, read from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.calibration.bench import population_text
from acinus.calibration.statement import PopulationChoice
from acinus.documents import Node, biology_folder, read_yaml
from acinus.endpoints import read_endpoint
from acinus.errors import Code, Diagnostic, Place, RequestError, nearest
from acinus.model import load_model
from acinus.population import Individuals, draw, read_population
from acinus.simulation import load_arms, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.calibration.entry import Entry
    from acinus.endpoints import Reading
    from acinus.engine import Tolerances
    from acinus.model import Model
    from acinus.population import Population
    from acinus.simulation import Protocol, Trajectories

__all__ = ["SETTING_KEYS", "Setting", "file_of", "listed", "named_endpoint", "read_setting", "root_of"]

SETTING_KEYS = (
    "name",
    "title",
    "source",
    "note",
    "model",
    "population",
    "columns",
    "people",
    "seed",
    "protocol",
)


@dataclass(frozen=True, eq=False)
class Setting:
    """Who is simulated and what is done to them.

    Attributes
    ----------
    name, title, note : str
    model : Model
    population : Population
    people : int
        How many are drawn.
    seed : int
    arms : mapping from name to Protocol
        At least one; the same people are in all of them.
    titles : mapping from name of an arm to str
    """

    name: str
    title: str
    note: str
    model: Model
    population: Population
    people: int
    seed: int
    arms: Mapping[str, Protocol]
    titles: Mapping[str, str]

    def individuals(self, first: int, count: int) -> Individuals:
        """Return some of the people; each is the same whoever else is drawn."""
        return draw(self.population, self.people, self.seed, first=first, count=count)

    def run(
        self, arm: str, people: Individuals, record: Sequence[str], tolerances: Tolerances, workers: int
    ) -> Trajectories:
        """Return the trajectories of people in one arm; what the protocol fixes is the same for everyone."""
        protocol = self.arms[arm]
        free = {name: values for name, values in people.columns.items() if name not in protocol.values}
        table = Individuals(people.ids, free, {name: people.units[name] for name in free}, people.source)
        return simulate(self.model, protocol, table, record=record, tolerances=tolerances, workers=workers)


def root_of(source: str | Path | Mapping[str, object], kind: str) -> tuple[Node, str]:
    """Return the tree of a trial or a map and the name of its file: a shipped name, a path, or the content.

    Raises
    ------
    RequestError
        AC922 with the nearest names if there is none of that name.
    ModelTextError
        AC101, AC102 if the file is missing or is not YAML.
    """
    if isinstance(source, Mapping):
        from acinus.endpoints.specification import to_node

        return to_node(source), kind
    path = file_of(source, kind)
    return read_yaml(path), path.stem


def file_of(source: str | Path, kind: str) -> Path:
    """Return the file of a shipped name, or a path as it is."""
    path = Path(source)
    if isinstance(source, Path) or path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    shipped = biology_folder() / f"{kind}s" / f"{source}.yaml"
    if shipped.is_file():
        return shipped
    known = listed(kind)
    raise RequestError(
        Diagnostic(
            Code.TRIAL_UNKNOWN,
            f"no {kind} is called `{source}`",
            None,
            f"Known: {', '.join(known) or 'none'}.",
            nearest(str(source), known) or "Name a file that ends in .yaml.",
        )
    )


def listed(kind: str) -> tuple[str, ...]:
    """Return the names of what is shipped: ``trial`` or ``map``."""
    return tuple(sorted(path.stem for path in (biology_folder() / f"{kind}s").glob("*.yaml")))


def read_setting(entry: Entry, file_name: str, people: int | None, seed: int | None) -> Setting | None:
    """Return the setting of a trial or a map; None, and findings, if it cannot be used.

    `people` and `seed` are asked for instead of those of the file.
    """
    before = len(entry.findings)
    name = entry.text("name") or file_name
    title = entry.text("title") or name.replace("_", " ")
    number = people if people is not None else entry.whole("people", 1000, low=1)
    begin = seed if seed is not None else entry.whole("seed", 1)
    population = entry.need("population")
    protocol = entry.need("protocol")
    if len(entry.findings) > before or population is None or protocol is None:
        return None
    written = entry.get("model") or protocol.get("model")
    model = load_model("human" if written is None else str(written.value))
    people_read = _population(population, entry.get("columns"), model)
    if isinstance(protocol.value, dict):
        protocol = Node({"name": Node(name, protocol.place), **dict(protocol.items())}, protocol.place)
        arms = load_arms(protocol, model)
    else:
        path = _beside(str(protocol.value), protocol.place)
        arms = load_arms(path if path is not None else str(protocol.value), model)
    known = {arm or "only": made for arm, made in arms.items()}
    titles = {arm: _title(arm, made.title, title) for arm, made in known.items()}
    return Setting(name, title, entry.text("note") or "", model, people_read, number, begin, known, titles)


def _population(node: Node, columns: Node | None, model: Model) -> Population:
    """Return a population named, beside the file, or written in place, with some columns described anew."""
    if isinstance(node.value, dict):
        root = node
    else:
        path = _beside(str(node.value), node.place)
        if columns is None and path is None:
            return read_population(str(node.value), model=model)
        choice = PopulationChoice(str(node.value if path is None else path), 1, 1)
        root = population_text(choice, model)
    if columns is not None:
        own = root.get("columns")
        merged = {**(dict(own.items()) if own is not None else {}), **dict(columns.items())}
        root = Node({**dict(root.items()), "columns": Node(merged, columns.place)}, root.place)
    return read_population(root, model=model)


def _title(arm: str, written: str, of_all: str) -> str:
    """Return what an arm is called: its own title, or its key in words."""
    return written if written and written != of_all else arm.replace("_", " ")


def _beside(name: str, place: Place) -> Path | None:
    path = Path(place.file).parent / name
    return path if "\n" not in name and path.suffix in (".yaml", ".yml") and path.is_file() else None


def named_endpoint(run: Trajectories, spec: object) -> Reading:
    """Return one number an individual, or refuse an endpoint that has one per zone (AC921)."""
    reading = read_endpoint(run, spec)
    if reading.values.ndim != 1:
        place = spec.place if isinstance(spec, Node) else None
        raise RequestError(
            Diagnostic(
                Code.TRIAL_VALUE,
                f"{reading.title} gives one number per zone",
                place,
                "A trial compares one number of each individual.",
                "Choose `zones: mean`, or one zone.",
            )
        )
    return reading
