"""What is asked for: one record from which command line, Python and web start the same run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from acinus.documents import Node, biology_folder, read_text, read_yaml, shown
from acinus.errors import Code, Diagnostic, Place, RequestError, nearest
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KeptTrajectories", "Request", "Tolerance", "load_request"]

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Tolerance(BaseModel):
    """How exactly to integrate; see `acinus.engine.Tolerances`."""

    model_config = _STRICT

    relative: Annotated[float, Field(ge=1e-13, le=1e-1)] = 1e-6
    absolute: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-9
    max_steps: Annotated[int, Field(ge=1, le=10**9)] = 100_000


class KeptTrajectories(BaseModel):
    """Of how many individuals the whole course is kept, and of which ids; those that the endpoints read if none."""

    model_config = _STRICT

    keep: Annotated[int, Field(ge=0)] = 0
    ids: tuple[str, ...] = ()


class Request(BaseModel):
    """A run: who is simulated, what is done to them, what is read off.

    Attributes
    ----------
    name, note : str
        For the reader; no part of what makes two runs the same.
    model : str
        Name of an assembly, a path, or SBML or Antimony text.
    zones : int
    population : str or mapping, optional
        Name, path, or content of a population; or a `cohort`.
    people : int, optional
        How many are drawn; a cohort has as many as its table.
    seed : int
    design : str
        How they are drawn.
    cohort : str, optional
        Path of a table of individuals.
    protocol : str or mapping
        Name, path, or content of a protocol.
    arms : tuple of str
        Those to simulate; all of the protocol if none.
    values : mapping from parameter id to number or quantity
        The same for everyone; numbers are in the unit of the model.
    endpoints : tuple of str or mapping
        As for `acinus.endpoints.read_all`.
    columns : tuple of str, optional
        Columns of the individuals that stand beside the results; those that are no parameters of the model unless given.
    tolerances : Tolerance
    trajectories : KeptTrajectories
    shard_size : int
        Individuals that are solved and written together. It bounds the memory of a run, and how much a kill can cost.
    """

    model_config = _STRICT

    name: str = ""
    note: str = ""
    model: str = "human"
    zones: Annotated[int, Field(ge=1)] = 8
    population: str | dict[str, Any] | None = None
    people: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    design: Literal["random", "latin_hypercube", "sobol"] = "random"
    cohort: str | None = None
    protocol: str | dict[str, Any]
    arms: tuple[str, ...] = ()
    values: dict[str, float | str] = {}
    endpoints: Annotated[tuple[str | dict[str, Any], ...], Field(min_length=1)]
    columns: tuple[str, ...] | None = None
    tolerances: Tolerance = Tolerance()
    trajectories: KeptTrajectories = KeptTrajectories()
    shard_size: Annotated[int, Field(ge=1, le=1_000_000)] = 2000

    @model_validator(mode="after")
    def _people_from_one_place(self) -> Request:
        if (self.population is None) == (self.cohort is None):
            raise ValueError("give either `population` or `cohort`")
        if self.population is not None and self.people is None:
            raise ValueError("say how many `people` to draw from the population")
        if self.cohort is not None and self.people is not None:
            raise ValueError("a cohort has as many people as its table; leave `people` out")
        if len(set(self.arms)) != len(self.arms):
            raise ValueError("an arm stands twice in `arms`")
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of all that decides the results; of a frozen request it covers the content of its files too."""
        content = self.model_dump(mode="json", exclude={"name", "note"})
        return content_hash(json.dumps(content, sort_keys=True, allow_nan=False))

    def frozen(self) -> Request:
        """Return the same request with the text of a user's files in place of their paths.

        What was asked for must not change when a file is edited between the start of a run and its end, and workers on
        other machines do not see the files. Names of what ships with acinus stay, as does the path of a cohort.
        """
        changes: dict[str, Any] = {}
        if "\n" not in self.model and Path(self.model).suffix in (".xml", ".sbml", ".ant"):
            changes["model"] = _text_of_model(Path(self.model))
        if isinstance(self.protocol, dict) or _is_file(self.protocol):
            changes["protocol"] = _text_of(self.protocol)
        if isinstance(self.population, str) and _is_file(self.population):
            changes["population"] = read_yaml(Path(self.population)).plain()
        return self.model_copy(update=changes)


def load_request(source: str | Path | Mapping[str, object]) -> Request:
    """Return a request from a YAML file or from its content; paths in a file count from the file's folder.

    Raises
    ------
    RequestError
        AC950 for keys, AC951 for values: all at once, with their lines.
    ModelTextError
        AC101, AC102 if the file is missing or is not YAML.
    """
    root: Node | None = None
    if isinstance(source, (str, Path)):
        file = Path(source)
        root = read_yaml(file)
        content: object = root.plain()
        if not isinstance(content, dict):
            raise RequestError(
                Diagnostic(
                    Code.RUN_REQUEST_KEY,
                    f"{shown(file)} is not a request",
                    root.place,
                    "",
                    "Begin with `population:`, `people:`, `protocol:` and `endpoints:`.",
                )
            )
        content = _beside(content, file.parent)
    else:
        content = dict(source)
    try:
        return Request.model_validate(content)
    except ValidationError as error:
        raise RequestError([_diagnostic(dict(found), root) for found in error.errors()]) from None


def _diagnostic(found: dict[str, Any], root: Node | None) -> Diagnostic:
    """Return what pydantic found in our words, at the line where it stands."""
    # Members of a union are named by their type in the location; they are no keys of the file.
    path = [part for part in found["loc"] if isinstance(part, int) or str(part).isidentifier()]
    place: Place | None = root.place if root is not None else None
    node = root
    for part in path:
        if node is None:
            break
        if isinstance(part, int):
            node = node.value[part] if isinstance(node.value, list) and part < len(node.value) else None
        else:
            node = node.get(str(part))
        place = node.place if node is not None else place
    name = ".".join(str(part) for part in path)
    if found["type"] == "extra_forbidden":
        keys = list(
            {"tolerances": Tolerance, "trajectories": KeptTrajectories}.get(
                str(path[0]) if len(path) > 1 else "", Request
            ).model_fields
        )
        return Diagnostic(
            Code.RUN_REQUEST_KEY,
            f"a request has no key `{name}`",
            place,
            f"The keys are {', '.join(f'`{key}`' for key in keys)}.",
            nearest(str(path[-1]), keys),
        )
    if found["type"] == "missing":
        return Diagnostic(
            Code.RUN_REQUEST_KEY, f"a request needs the key `{name}`", place, "", f"Add `{name}: ...`."
        )
    said = str(found["msg"]).removeprefix("Value error, ")
    what = f"`{name}`: {said}" if name else said
    return Diagnostic(Code.RUN_REQUEST_VALUE, what, place, "", "docs/runs.md says what each key takes.")


def _beside(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content with relative paths of files made to count from a folder."""
    found = dict(content)
    for key in ("model", "population", "protocol", "cohort"):
        value = found.get(key)
        if isinstance(value, str) and "\n" not in value and (folder / value).is_file():
            found[key] = str(folder / value)
    return found


def _is_file(value: str) -> bool:
    return "\n" not in value and (Path(value).suffix in (".yaml", ".yml") or Path(value).is_file())


def _text_of(value: str | dict[str, Any]) -> str:
    if isinstance(value, dict):
        import yaml

        # A text of one line would be taken for a name.
        return yaml.safe_dump(value, sort_keys=False) + "\n"
    text = read_text(Path(value))
    # Without a name of its own, a protocol is named after its file, which a text no longer tells.
    name = "" if "name" in read_yaml(Path(value), text) else f"name: {Path(value).stem}\n"
    return f"{name}{text}\n"


def _text_of_model(path: Path) -> str:
    inside = path.suffix == ".ant" and any(
        (folder / "modules").is_dir() and (folder / "parameters").is_dir()
        for folder in path.resolve().parents
    )
    if inside and path.resolve().is_relative_to(biology_folder().resolve()):
        return path.stem
    return str(path.resolve()) if inside else read_text(path)
