"""Calibration problems as text: which claims are data, which parameters move and how far, and the search."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.calibration.entry import Entry
from acinus.calibration.statement import ModelChoice, Statement, read_model_choice, read_statements
from acinus.documents import biology_folder, read_text, read_yaml, shown
from acinus.errors import AcinusError, Code, Diagnostic, RequestError, nearest
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from acinus.documents import Node
    from acinus.errors import Place

__all__ = [
    "DATA_CHECKS",
    "DataTerm",
    "Moving",
    "People",
    "Problem",
    "Search",
    "load_problem",
    "problem_names",
]

DATA_CHECKS = ("curve", "scalar", "compare", "share")
METHODS = ("trf", "cma")
SMOOTHING = 0.12


@dataclass(frozen=True)
class Moving:
    """A parameter that moves, as written; quantities are made numbers when the model is known.

    Attributes
    ----------
    id : str
    start, low, high : Node or None
        The table's value and bounds where nothing is written.
    scale : str
        ``log`` (a positive number, searched on its logarithm) or ``linear``.
    prior : Node or None
        Where the prior is centred; the start where nothing is written.
    spread : float or None
        Standard deviation of the prior: of the logarithm, or in the parameter's unit for ``linear``.
    place : Place
    """

    id: str
    start: Node | None
    low: Node | None
    high: Node | None
    scale: str
    prior: Node | None
    spread: float | None
    place: Place


@dataclass(frozen=True)
class DataTerm:
    """One claim as data.

    Attributes
    ----------
    statement : Statement
    sigma : float or None
        Spread of its residuals; the usual one if None.
    weight : float
    smoothing : float
        Width of the smoothed levels of a share, in the logarithm; 0 leaves steps.
    """

    statement: Statement
    sigma: float | None
    weight: float
    smoothing: float = SMOOTHING


@dataclass(frozen=True)
class People:
    """How many virtual people of each seed stand in for those that the claims ask for."""

    n: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Search:
    """How the optimum is sought; see docs/calibration.md for what each means.

    `starts` and `seed` are read by ``trf``; `seeds`, `sigma0` and `popsize` by ``cma``.
    """

    method: str = "trf"
    starts: int = 1
    seed: int = 1
    max_evaluations: int = 40
    tolerance: float = 1e-4
    step: float = 1e-3
    penalty: float = 10.0
    seeds: tuple[int, ...] = (1,)
    sigma0: float = 0.5
    popsize: int | None = None


@dataclass(frozen=True)
class Problem:
    """A problem, read.

    Attributes
    ----------
    name : str
        The file's name without its ending; parameter tables refer to it as ``fit:<name>``.
    title : str
    file : Path
    hash : str
        Of the problem's text and of the claims files that are its data.
    model : ModelChoice
    parameters : tuple of Moving
    data : tuple of DataTerm
    search : Search
    people : People or None
        Instead of the claims' own number and seed.
    """

    name: str
    title: str
    file: Path
    hash: str
    model: ModelChoice
    parameters: tuple[Moving, ...]
    data: tuple[DataTerm, ...]
    search: Search
    people: People | None = None

    @property
    def result(self) -> Path:
        """Where the result stands, beside the problem."""
        return self.file.parent / f"{self.name}.result.yaml"

    def checkpoint(self, folder: Path | None = None) -> Path:
        """Return where a search by generations keeps what it has evaluated."""
        return (folder or self.file.parent) / f"{self.name}.checkpoint.json"


def problem_names() -> tuple[str, ...]:
    """Return the names of the problems in ``biology/calibration``."""
    folder = biology_folder() / "calibration"
    return tuple(sorted(path.stem for path in folder.glob("*.yaml") if not path.stem.endswith(".result")))


def load_problem(source: str | Path) -> Problem:
    """Return a calibration problem.

    Parameters
    ----------
    source : str or Path
        The name of a problem in ``biology/calibration``, or a path.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if a file cannot be read.
    RequestError
        AC930 to AC932 for everything wrong with the problem, and what is wrong with the claims that it uses.
    """
    path = Path(source)
    if not path.suffix and not path.is_file():
        path = biology_folder() / "calibration" / f"{source}.yaml"
        if not path.is_file():
            known = problem_names()
            raise RequestError(
                Diagnostic(
                    Code.PROBLEM_DATA,
                    f"there is no calibration problem `{source}`",
                    None,
                    f"The problems are {', '.join(f'`{k}`' for k in known)}." if known else "",
                    nearest(str(source), known) or "Give a path to the problem's file.",
                )
            )
    findings: list[Diagnostic] = []
    entry = Entry(
        read_yaml(path),
        f"the problem {shown(path)}",
        findings,
        key=Code.PROBLEM_KEY,
        value=Code.PROBLEM_VALUE,
    )
    entry.only("title", "note", "model", "people", "data", "parameters", "search")
    model = read_model_choice(entry, path)
    data, texts = _data(entry, path)
    if model.zones is not None:
        data = tuple(_with_model(term, model) for term in data)
    parameters = _parameters(entry)
    search = _search(entry)
    people = _people(entry)
    if findings:
        raise RequestError(dict.fromkeys(findings))
    return Problem(
        path.stem,
        entry.text("title") or path.stem.replace("_", " "),
        path,
        content_hash(read_text(path), *texts),
        model,
        parameters,
        data,
        search,
        people,
    )


def _with_model(term: DataTerm, model: ModelChoice) -> DataTerm:
    """Return a datum whose claim leaves the model open as one about the problem's model and zones."""
    setting = term.statement.setting
    if setting.model != ModelChoice():
        return term
    return replace(term, statement=replace(term.statement, setting=replace(setting, model=model)))


def _people(entry: Entry) -> People | None:
    node = entry.get("people")
    if node is None:
        return None
    part = Entry(
        node, f"the people of {entry.what}", entry.findings, key=Code.PROBLEM_KEY, value=Code.PROBLEM_VALUE
    )
    part.only("n", "seeds")
    part.need("n")
    return People(part.whole("n", 1, low=1), _seeds(part))


def _seeds(part: Entry) -> tuple[int, ...]:
    """Return `seeds`, a list of different whole numbers; 1 where nothing is written."""
    node = part.get("seeds")
    if node is None:
        return (1,)
    items = list(node) if isinstance(node.value, list) else [node]
    seeds = [item.value for item in items if isinstance(item.value, int) and not isinstance(item.value, bool)]
    if not seeds or len(set(seeds)) < len(items) or min(seeds) < 1:
        part.refuse(
            f"`seeds` of {part.what} is {node.plain()}",
            node.place,
            "Seeds are different whole numbers from 1 on.",
            "Write `seeds: [1, 2, 3]`.",
        )
        return (1,)
    return tuple(seeds)


def _data(entry: Entry, path: Path) -> tuple[tuple[DataTerm, ...], tuple[str, ...]]:
    node = entry.need("data")
    if node is None:
        return (), ()
    part = Entry(
        node, f"the data of {entry.what}", entry.findings, key=Code.PROBLEM_KEY, value=Code.PROBLEM_VALUE
    )
    part.only("files", "use", "smoothing")
    smoothing = part.number("smoothing", low=0, high=1)
    statements: dict[str, Statement] = {}
    texts: list[str] = []
    for name in part.texts("files", needed=True):
        file = path.parent / name
        try:
            texts.append(read_text(file))
            statements |= {s.id: s for s in read_statements(file)}
        except AcinusError as error:
            entry.findings.extend(error.diagnostics)
    lines = part.need("use")
    terms: dict[str, DataTerm] = {}
    for line in lines if lines is not None and isinstance(lines.value, list) else ():
        terms |= _terms(line, part, statements, SMOOTHING if smoothing is None else smoothing)
    if lines is not None and not terms and not entry.findings:
        part.refuse(
            f"{part.what} are none", node.place, "", 'Write `use: [{claims: "*"}]`.', Code.PROBLEM_DATA
        )
    return tuple(terms.values()), tuple(texts)


def _terms(line: Node, part: Entry, statements: dict[str, Statement], usual: float) -> dict[str, DataTerm]:
    """Return the terms of one line; a later line replaces what an earlier one said of the same claim."""
    row = Entry(line, f"a line of {part.what}", part.findings, key=Code.PROBLEM_KEY, value=Code.PROBLEM_VALUE)
    row.only("claims", "sigma", "weight", "smoothing")
    smoothing = row.number("smoothing", low=0, high=1)
    sigma = row.number("sigma", low=1e-6, high=100)
    weight = row.number("weight", low=0, high=1e6)
    terms: dict[str, DataTerm] = {}
    for pattern in row.texts("claims", needed=True):
        # A pattern means "whatever may be fitted"; a claim called by its full name must be fit for it.
        by_name = pattern in statements
        hits = [s for s in statements.values() if fnmatch.fnmatchcase(s.id, pattern)]
        usable = [s for s in hits if s.kind == "calibration" and s.check in DATA_CHECKS]
        if by_name and not usable:
            statement = statements[pattern]
            why = "kept for validation" if statement.kind == "validation" else f"a `{statement.check}` claim"
            row.refuse(
                f"`{pattern}` cannot be data of a fit: it is {why}",
                line.place,
                f"Data are calibration claims with {', '.join(DATA_CHECKS)}.",
                "Leave it out.",
                Code.PROBLEM_DATA,
            )
        elif not usable:
            row.refuse(
                f"no calibration claim is called `{pattern}`",
                line.place,
                "",
                nearest(pattern, statements),
                Code.PROBLEM_DATA,
            )
        for statement in usable:
            part.findings.extend(statement.findings)
            if sigma is not None and statement.check == "share" and "observed" in statement.node:
                row.refuse(
                    f"`sigma` is given for `{statement.id}`, which counts events",
                    line.place,
                    "How far chance carries a count follows from the count.",
                    "Leave `sigma` out; use `weight` to let it count more or less.",
                )
            terms[statement.id] = DataTerm(
                statement,
                sigma,
                1.0 if weight is None else weight,
                usual if smoothing is None else smoothing,
            )
    return terms


def _parameters(entry: Entry) -> tuple[Moving, ...]:
    node = entry.need("parameters")
    moving: dict[str, Moving] = {}
    for item in node if node is not None and isinstance(node.value, list) else ():
        part = Entry(
            item,
            f"a parameter of {entry.what}",
            entry.findings,
            key=Code.PROBLEM_KEY,
            value=Code.PROBLEM_VALUE,
        )
        part.only("id", "start", "low", "high", "scale", "prior", "note")
        name = part.text("id", needed=True)
        scale = part.choice("scale", ("log", "linear"), "log") or "log"
        centre, spread = None, None
        prior = part.get("prior")
        if prior is not None:
            words = ("median", "log_sd") if scale == "log" else ("mean", "sd")
            inner = Entry(
                prior,
                f"the prior of `{name}`",
                entry.findings,
                key=Code.PROBLEM_KEY,
                value=Code.PROBLEM_VALUE,
            )
            inner.only(*words)
            centre, spread = inner.get(words[0]), inner.number(words[1], needed=True, low=1e-9)
        if name is None:
            continue
        if name in moving:
            part.refuse(f"`{name}` moves twice", item.place, "", "Keep one line.")
        moving[name] = Moving(
            name, part.get("start"), part.get("low"), part.get("high"), scale, centre, spread, item.place
        )
    if node is not None and not moving:
        entry.refuse(f"{entry.what} moves no parameter", node.place, "", "Write a list: `- {id: ugt_vmax}`.")
    return tuple(moving.values())


def _search(entry: Entry) -> Search:
    node = entry.get("search")
    if node is None:
        return Search()
    part = Entry(
        node, f"the search of {entry.what}", entry.findings, key=Code.PROBLEM_KEY, value=Code.PROBLEM_VALUE
    )
    method = part.choice("method", METHODS, "trf") or "trf"
    own = ("starts", "seed") if method == "trf" else ("seeds", "sigma0", "popsize")
    part.only("method", *own, "max_evaluations", "tolerance", "step", "penalty")
    # Steps of `trf` are of the search's numbers, those of `cma` of prior standard deviations, over a rough surface.
    usual = Search() if method == "trf" else Search("cma", max_evaluations=1000, tolerance=0.01, step=0.1)
    tolerance = part.number("tolerance", low=1e-12, high=1)
    step = part.number("step", low=1e-8, high=1)
    penalty = part.number("penalty", low=1, high=1e6)
    sigma0 = part.number("sigma0", low=1e-6, high=10)
    return Search(
        method,
        part.whole("starts", usual.starts, low=1),
        part.whole("seed", usual.seed),
        part.whole("max_evaluations", usual.max_evaluations, low=1),
        usual.tolerance if tolerance is None else tolerance,
        usual.step if step is None else step,
        usual.penalty if penalty is None else penalty,
        _seeds(part),
        usual.sigma0 if sigma0 is None else sigma0,
        part.whole("popsize", 0, low=4) or None,
    )
