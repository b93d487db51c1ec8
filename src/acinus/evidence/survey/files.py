"""The survey's files as published: SAS transport files, linked-mortality text files, and the two joined tables.

Where a file or column is missing, the error says which one, and where the survey publishes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place, RequestError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = [
    "address_of",
    "find_file",
    "join_files",
    "missing_file",
    "read_joined",
    "read_mortality",
    "read_transport",
    "require_columns",
    "weights_of_pooled_cycles",
]

_DATA = "https://wwwn.cdc.gov/Nchs/Data/Nhanes/Public"
_MORTALITY = "https://ftp.cdc.gov/pub/Health_Statistics/NCHS/datalinkage/linked_mortality"
_CYCLE_OF_LETTER = {
    "C": 2003,
    "D": 2005,
    "E": 2007,
    "F": 2009,
    "G": 2011,
    "H": 2013,
    "I": 2015,
    "J": 2017,
}

# SAS writes 0 so that other readers see the smallest number of its format.
_TINY = 1e-70

# Columns of the public-use linked mortality files of 2019, first to last character, counted from 1.
_MORTALITY_COLUMNS = {
    "SEQN": (1, 6),
    "ELIGSTAT": (15, 15),
    "MORTSTAT": (16, 16),
    "UCOD_LEADING": (17, 19),
    "DIABETES_MCOD": (20, 20),
    "HYPERTEN_MCOD": (21, 21),
    "PERMTH_INT": (43, 45),
    "PERMTH_EXM": (46, 48),
}


def address_of(name: str) -> str:
    """Return where the survey publishes a file of that name, or the page that lists them all.

    Examples
    --------
    >>> address_of("LUX_J.XPT")
    'https://wwwn.cdc.gov/Nchs/Data/Nhanes/Public/2017/DataFiles/LUX_J.xpt'
    """
    found = re.fullmatch(r"([A-Za-z0-9]+)_([C-J])\.xpt", name, re.IGNORECASE)
    if found:
        year = _CYCLE_OF_LETTER[found[2].upper()]
        return f"{_DATA}/{year}/DataFiles/{found[1].upper()}_{found[2].upper()}.xpt"
    found = re.search(r"(20\d\d)\D(20\d\d)", name)
    if found and "mort" in name.lower():
        return f"{_MORTALITY}/NHANES_{found[1]}_{found[2]}_MORT_2019_PUBLIC.dat"
    return "https://wwwn.cdc.gov/nchs/nhanes/"


def missing_file(name: str, folder: Path, why: str = "") -> RequestError:
    """Return the error for a file that is not in a folder."""
    there = sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return RequestError(
        Diagnostic(
            Code.SURVEY_FILE,
            f"no file {name} in {shown(folder)}",
            None,
            " ".join(part for part in (why, nearest(name, there)) if part),
            f"The survey publishes it at {address_of(name)}.",
        )
    )


def find_file(folder: Path, name: str) -> Path | None:
    """Return the file of that name (letters of either case) in a folder or one folder below, or None."""
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.name.lower() == name.lower():
            return path
    return None


def read_transport(path: Path) -> pd.DataFrame:
    """Return a SAS transport (XPT) file, with the zeros that SAS writes as 5.4e-79 as zeros.

    Raises
    ------
    RequestError
        AC970 if it is not there, AC974 if it is no transport file.
    """
    import pandas as pd

    if not path.is_file():
        raise missing_file(path.name, path.parent)
    try:
        table = cast("pd.DataFrame", pd.read_sas(path, format="xport", encoding="ISO-8859-1"))
    except (ValueError, EOFError, IndexError) as error:
        raise _unreadable(path, f"it is no SAS transport file ({error})") from error
    return _true_zeros(table)


def read_mortality(path: Path) -> pd.DataFrame:
    """Return a public-use linked-mortality file: one row a respondent, empty fields as nan.

    Raises
    ------
    RequestError
        AC970 if it is not there, AC974 if a line is not laid out as the files of 2019 are.
    """
    import pandas as pd

    if not path.is_file():
        raise missing_file(path.name, path.parent)
    try:
        raw = pd.read_fwf(
            path,
            colspecs=[(first - 1, last) for first, last in _MORTALITY_COLUMNS.values()],
            names=list(_MORTALITY_COLUMNS),
            header=None,
            na_values=[".", ""],
        )
        table = pd.DataFrame({name: pd.to_numeric(raw[name]) for name in _MORTALITY_COLUMNS})
    except (ValueError, UnicodeDecodeError) as error:
        raise _unreadable(path, f"a field is no number ({error})") from error
    known = np.isin(table["ELIGSTAT"].to_numpy(), (1, 2, 3)) & np.isfinite(table["SEQN"].to_numpy())
    wrong = np.flatnonzero(~known)
    if len(wrong):
        raise _unreadable(path, "its columns are not those of the files of 2019", int(wrong[0]) + 1)
    return table


def read_joined(path: Path) -> pd.DataFrame:
    """Return a joined table, CSV (also compressed) or Parquet, one row a respondent."""
    import pandas as pd

    if not path.is_file():
        raise missing_file(path.name, path.parent)
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, low_memory=False)
    except (ValueError, OSError) as error:
        raise _unreadable(path, str(error)) from error
    require_columns(table, ("SEQN",), path.name)
    if table["SEQN"].duplicated().any():
        twice = int(table.loc[table["SEQN"].duplicated(), "SEQN"].iloc[0])
        raise RequestError(
            Diagnostic(
                Code.SURVEY_CYCLE,
                f"respondent {twice} stands twice in {path.name}",
                Place(shown(path)),
                "Releases that overlap number the same people anew, and must never be stacked.",
                "Keep 2017-2018 apart from 2017 to March 2020.",
            )
        )
    return _true_zeros(table)


def join_files(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the first table with the columns of the others, joined by respondent (SEQN).

    A column that is already there is not taken again (the weight WTSAF2YR stands in several files).

    Raises
    ------
    RequestError
        AC972 if a table has respondents that the first has not: it is of another cycle.
    """
    first, *others = tables
    known = set(first["SEQN"].astype(int))
    for other in others:
        strange = sorted(set(other["SEQN"].astype(int)) - known)
        if strange:
            raise RequestError(
                Diagnostic(
                    Code.SURVEY_CYCLE,
                    f"{len(strange):,} respondents of a file are not in the demographics file, such as {strange[0]}",
                    None,
                    "The files are of different cycles of the survey.",
                    "Take all files of one cycle: their names end in the same letter.",
                )
            )
        new = [column for column in other.columns if column == "SEQN" or column not in first.columns]
        first = first.merge(other[new], on="SEQN", how="left", validate="one_to_one")
    return first


def require_columns(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise `RequestError` AC971 for all `columns` that a table has not."""
    absent = [column for column in columns if column not in table.columns]
    if absent:
        raise RequestError(
            Diagnostic(
                Code.SURVEY_COLUMN,
                f"{name} has no column {column}",
                None,
                nearest(column, map(str, table.columns)),
                f"The survey publishes the file at {address_of(name)}; its documentation lists the columns by cycle.",
            )
            for column in absent
        )


def weights_of_pooled_cycles(table: pd.DataFrame, weight: str, cycle: str = "cycle") -> np.ndarray:
    """Return (N,) a two-year weight divided by the number of cycles that have it, as the survey's guidelines say.

    Cycles without any weight cannot be used and do not count; their rows get nan.

    Raises
    ------
    RequestError
        AC972 if no cycle has weights, or a cycle is not two years long.
    """
    names, has_weight = table[cycle].to_numpy(dtype=str), np.isfinite(table[weight].to_numpy(dtype=float))
    with_weights = sorted(set(names[has_weight]))
    odd = [
        name
        for name in with_weights
        if not (years := re.fullmatch(r"(\d{4})-(\d{4})", str(name))) or int(years[2]) - int(years[1]) != 1
    ]
    if odd or not with_weights:
        raise RequestError(
            Diagnostic(
                Code.SURVEY_CYCLE,
                f"{odd[0]} is no cycle of two years" if odd else f"no cycle has weights {weight}",
                None,
                "Pooled weights are two-year weights divided by the number of cycles.",
                "Give two-year cycles such as 2015-2016, each with its weights.",
            )
        )
    return table[weight].to_numpy(dtype=float) / len(with_weights)


def _true_zeros(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("float")
    table[list(numbers.columns)] = numbers.mask(numbers.abs() < _TINY, 0.0)
    return table


def _unreadable(path: Path, why: str, line: int | None = None) -> RequestError:
    return RequestError(
        Diagnostic(
            Code.SURVEY_NOT_READABLE,
            f"cannot read {shown(path)}: {why}",
            Place(shown(path), line),
            "",
            f"Take the file again from {address_of(path.name)}.",
        )
    )
