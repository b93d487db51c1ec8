"""Cases of the SBML Test Suite on disk: where they are, and what one of them asks for and expects.

A case is a folder `<id>` that holds models `<id>-sbml-l3v2.xml` (one for each level and version), settings
`<id>-settings.txt` and results `<id>-results.csv`. See https://github.com/sbmlteam/sbml-test-suite.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Expected",
    "Settings",
    "SuiteCase",
    "UnreadableCase",
    "find_cases",
    "read_expected",
    "read_settings",
]

_SAME_TIME = 1e-6  # of the duration: results are printed with few digits


class UnreadableCase(Exception):
    """A case folder is damaged; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """One case folder.

    Attributes
    ----------
    id : str
        Name of the folder; its path below the folder that was searched where two have the same name.
    folder : Path
    level : str or None
        Level and version of the model to take, such as `l2v4`; the highest if None.
    """

    id: str
    folder: Path
    level: str | None = None

    @property
    def models(self) -> dict[str, Path]:
        """Models of the case by level and version, highest last."""
        pattern = re.compile(re.escape(self.folder.name) + r"-sbml-(l\d+v\d+)\.xml")
        matches = ((pattern.fullmatch(path.name), path) for path in self.folder.iterdir())
        found = {match[1]: path for match, path in matches if match}
        return dict(sorted(found.items(), key=lambda item: _level_key(item[0])))

    def model(self) -> Path:
        """Return the model to simulate; `UnreadableCase` if there is none."""
        models = self.models
        if self.level is None and models:
            return models[next(reversed(models))]
        if self.level is None or self.level not in models:
            raise UnreadableCase(f"there is no model {self.folder.name}-sbml-{self.level or 'l?v?'}.xml")
        return models[self.level]

    def file(self, ending: str) -> Path:
        """Return the file `<id>-<ending>`; `UnreadableCase` if it is missing."""
        path = self.folder / f"{self.folder.name}-{ending}"
        if not path.is_file():
            raise UnreadableCase(f"there is no file {path.name}")
        return path


@dataclass(frozen=True, slots=True)
class Settings:
    """What a case asks for; times are in the model's unit of time.

    Attributes
    ----------
    start, duration : float
    steps : int
        Samples are at ``start + i * duration / steps``.
    variables : tuple of str
    absolute, relative : float
        A value is right within ``absolute + relative * |expected|``.
    amounts, concentrations : frozenset of str
        Species whose amount, or concentration, is meant whatever their id means in formulas.
    """

    start: float
    duration: float
    steps: int
    variables: tuple[str, ...]
    absolute: float
    relative: float
    amounts: frozenset[str]
    concentrations: frozenset[str]

    def times(self) -> NDArray[np.float64]:
        """Return the (steps + 1,) sampling times."""
        return self.start + self.duration * np.arange(self.steps + 1) / max(1, self.steps)


@dataclass(frozen=True, eq=False, slots=True)
class Expected:
    """Results of a case: (T,) times and (T, K) values, columns in the order of the settings."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]


def find_cases(folder: Path, level: str | None = None) -> tuple[list[SuiteCase], int]:
    """Return the cases below a folder in the order of their ids, and how many were left out.

    Parameters
    ----------
    folder : Path
        A case, the folder `semantic` of the suite, its parent, or any folder that holds cases at any depth.
        Where there is a folder `semantic`, only that is searched: the other kinds of tests are not about courses.
    level : str, optional
        Such as `l2v4`. Cases without such a model are left out, and counted.

    Raises
    ------
    RequestError
        AC987 if there is no such folder, no case in it, or none of that level; AC988 for a malformed level.
    """
    if level is not None and not re.fullmatch(r"l\dv\d", level):
        what = f"`{level}` is not a level and version of SBML"
        raise RequestError(Diagnostic(Code.VERIFY_OPTION, what, None, "", "Write it as in l3v2."))
    if not folder.is_dir():
        what = f"there is no folder {folder}"
        raise RequestError(Diagnostic(Code.NOTHING_TO_VERIFY, what, None, "", "Name a folder of the suite."))
    root = folder / "semantic" if (folder / "semantic").is_dir() else folder
    folders = [Path(place) for place, _, files in os.walk(root) if _is_case(Path(place).name, files)]
    if not folders:
        raise RequestError(
            Diagnostic(
                Code.NOTHING_TO_VERIFY,
                f"there is no case of the test suite in {folder}",
                None,
                "A case is a folder such as 00001 with 00001-sbml-l3v2.xml, 00001-settings.txt and 00001-results.csv.",
                "Name the folder that holds the cases.",
            )
        )
    names = [path.name for path in folders]
    cases = [
        SuiteCase(
            path.name if names.count(path.name) == 1 else path.relative_to(root).as_posix(), path, level
        )
        for path in folders
    ]
    cases.sort(key=lambda case: case.id)
    # A case without any model is damaged, which is said of it; one without this level is none of this run.
    chosen = [case for case in cases if level is None or not case.models or level in case.models]
    if not chosen:
        what = f"no case in {folder} has a model of {level}"
        raise RequestError(Diagnostic(Code.NOTHING_TO_VERIFY, what, None, "", "Leave --level away."))
    return chosen, len(cases) - len(chosen)


def read_settings(case: SuiteCase) -> Settings:
    """Return the settings of a case; `UnreadableCase` for what is missing or no number."""
    found: dict[str, str] = {}
    for line in _text(case.file("settings.txt")).splitlines():
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip().lower()] = value.strip()

    def number(key: str) -> float:
        try:
            # Problems without a course in time leave their times empty.
            value = float(found[key] or 0.0)
        except KeyError:
            raise UnreadableCase(f"the settings lack `{key}`") from None
        except ValueError:
            raise UnreadableCase(f"the settings have `{found[key]}` for `{key}`") from None
        if not (math.isfinite(value) and value >= 0.0):
            raise UnreadableCase(f"the settings have {value:g} for `{key}`")
        return value

    def names(key: str) -> tuple[str, ...]:
        return tuple(name.strip() for name in found.get(key, "").split(",") if name.strip())

    steps = number("steps")
    if steps != int(steps):
        raise UnreadableCase(f"the settings have {steps:g} steps")
    if not names("variables"):
        raise UnreadableCase("the settings name no variables")
    return Settings(
        start=number("start"),
        duration=number("duration"),
        steps=int(steps),
        variables=names("variables"),
        absolute=number("absolute"),
        relative=number("relative"),
        amounts=frozenset(names("amount")),
        concentrations=frozenset(names("concentration")),
    )


def read_expected(case: SuiteCase, settings: Settings) -> Expected:
    """Return the results of a case; `UnreadableCase` where they are not what the settings announce."""
    rows = [
        row for row in csv.reader(io.StringIO(_text(case.file("results.csv")))) if any(map(str.strip, row))
    ]
    if not rows:
        raise UnreadableCase("the results are empty")
    header = [name.strip() for name in rows[0]]
    if not header or header[0].lower() != "time":
        raise UnreadableCase(f"the first column of the results is `{header[0]}`, not the time")
    if sorted(header[1:]) != sorted(settings.variables):
        raise UnreadableCase(
            f"the results have columns {', '.join(header[1:])}, the settings variables {', '.join(settings.variables)}"
        )
    if {len(row) for row in rows} != {len(header)}:
        raise UnreadableCase("the rows of the results have different lengths")
    if len(rows) != settings.steps + 2:
        raise UnreadableCase(f"the results have {len(rows) - 1} rows, the settings {settings.steps} steps")
    try:
        table = np.array([[float(cell) for cell in row] for row in rows[1:]])
    except ValueError as error:
        raise UnreadableCase(f"the results hold what is no number: {error}") from None
    times = settings.times()
    if np.abs(table[:, 0] - times).max() > _SAME_TIME * max(settings.duration, 1e-300):
        raise UnreadableCase("the times of the results are not those of the settings")
    if settings.steps and settings.duration <= 0.0:
        raise UnreadableCase("the settings have steps and no duration")
    # A variable may bear the name of the first column.
    return Expected(times, table[:, [1 + header[1:].index(name) for name in settings.variables]])


def _level_key(level: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", level))


def _is_case(name: str, files: list[str]) -> bool:
    if {f"{name}-settings.txt", f"{name}-results.csv"} & set(files):
        return True
    return any(file.startswith(f"{name}-sbml-l") and file.endswith(".xml") for file in files)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCase(f"{path.name} cannot be read: {error}") from None
