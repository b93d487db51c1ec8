"""The survey's two tables as the analysis uses them: one column a variable, one row a respondent of any age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.design import Design
from acinus.evidence.survey.files import (
    find_file,
    join_files,
    missing_file,
    read_joined,
    read_mortality,
    read_transport,
    require_columns,
    weights_of_pooled_cycles,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from acinus.evidence.survey.published_numbers import PublishedNumbers

__all__ = [
    "ELASTOGRAPHY_TABLE",
    "POOLED_TABLE",
    "SurveyTable",
    "join_2017",
    "read_elastography_table",
    "read_pooled_table",
]

ELASTOGRAPHY_TABLE = "nhanes_2017_2018_joined.csv"
POOLED_TABLE = "nhanes_2003_2018_pooled_mg_liver_mort.csv.gz"

_ADULT = 20.0  # years
_FILES_2017 = (
    "DEMO_J.XPT",
    "DR1TOT_J.XPT",
    "DR2TOT_J.XPT",
    "BIOPRO_J.XPT",
    "LUX_J.XPT",
    "BMX_J.XPT",
    "ALQ_J.XPT",
)
_FILES_2017_MORE = ("HEQ_J.XPT", "GHB_J.XPT", "GLU_J.XPT", "INS_J.XPT", "HDL_J.XPT")
_RECALL_NAMES = {"DR1TMAGN": "MG_d1", "DR1TFIBE": "fiber_g", "DR2TMAGN": "MG_d2"}
_PERSON = (
    "SEQN",
    "RIAGENDR",
    "RIDAGEYR",
    "DMDEDUC2",
    "INDFMPIR",
    "RIDEXPRG",
    "SDMVPSU",
    "SDMVSTRA",
    "WTMEC2YR",
)


@dataclass(frozen=True, slots=True)
class SurveyTable:
    """One table of the survey, ready for estimates.

    Attributes
    ----------
    name : str
        "A" for 2017-2018, "C" for 2003-2018 pooled.
    title : str
    values : dict from name to (N,) array
        nan where not known.
    terms : dict from term to tuple of names in `values`
        What a word of a model ("race", "kcal") stands for.
    diet, examined : Design
        The weights of the dietary recall, and of the examination. One and the same where only the latter exist.
    cycles : tuple of str
    """

    name: str
    title: str
    values: Mapping[str, np.ndarray]
    terms: Mapping[str, tuple[str, ...]]
    diet: Design
    examined: Design
    cycles: tuple[str, ...]

    def rows(
        self, *conditions: np.ndarray, known: tuple[str, ...] = (), examined: bool = False
    ) -> np.ndarray:
        """Return the rows with a positive weight for which all conditions hold and all `known` values are there."""
        kept = (self.examined if examined else self.diet).weights > 0.0
        for condition in conditions:
            kept = kept & condition
        for name in known:
            kept = kept & np.isfinite(self.values[name])
        return np.flatnonzero(kept)


def join_2017(folder: Path) -> pd.DataFrame:
    """Return the files of 2017-2018 as published, joined by respondent.

    Raises
    ------
    RequestError
        AC970 for each file that is not there, AC972 if they are of different cycles.
    """
    tables = []
    for name in _FILES_2017:
        path = find_file(folder, name)
        if path is None:
            why = f"There is no joined table {ELASTOGRAPHY_TABLE} either, so that the published files must all be there."
            raise missing_file(name, folder, why)
        tables.append(read_transport(path))
    more = [path for name in _FILES_2017_MORE if (path := find_file(folder, name)) is not None]
    table = join_files([*tables, *(read_transport(path) for path in more)])
    mortality = find_file(folder, "mort-2017-2018.dat") or find_file(
        folder, "NHANES_2017_2018_MORT_2019_PUBLIC.dat"
    )
    if mortality is not None:
        table = join_files([table, read_mortality(mortality)])
    require_columns(table, tuple(_RECALL_NAMES), "DR1TOT_J.XPT with DR2TOT_J.XPT")
    return table.rename(columns=_RECALL_NAMES)


def read_elastography_table(folder: Path, numbers: PublishedNumbers) -> SurveyTable:
    """Return table A: 2017-2018 with diet, liver chemistry and elastography.

    Reads the joined table of a folder, or joins the published files.
    """
    path = find_file(folder, ELASTOGRAPHY_TABLE) or find_file(
        folder, ELASTOGRAPHY_TABLE.replace(".csv", ".parquet")
    )
    raw = join_2017(folder) if path is None else read_joined(path)
    name = "the joined files of 2017-2018" if path is None else path.name
    needed = (
        *_PERSON,
        *(
            "RIDRETH3",
            "WTDRD1",
            "MG_d1",
            "MG_d2",
            "DR1TKCAL",
            "fiber_g",
            "BMXBMI",
            "ALQ111",
            "ALQ121",
            "ALQ130",
        ),
        *("HEQ010", "HEQ030", "LBXSATSI", "LUAXSTAT", "LUXSMED", "LUXCAPM"),
    )
    require_columns(raw, needed, name)
    column = _columns(raw)
    values = _person(column, numbers, column["RIDRETH3"], (1, 2, 4, 6, 7))
    values |= {
        "kcal": column["DR1TKCAL"] / 1000.0,
        "fibre": column["fiber_g"] / 10.0,
        "bmi": column["BMXBMI"],
        "alcohol": np.log1p(_grams_a_day(column, numbers)),
        "alt": column["LBXSATSI"],
        "hepatitis": ((column["HEQ010"] == 1.0) | (column["HEQ030"] == 1.0)).astype(float),
    }
    complete = column["LUAXSTAT"] == 1.0
    values["cap"] = np.where(complete, column["LUXCAPM"], np.nan)
    values["stiffness"] = np.where(complete, column["LUXSMED"], np.nan)
    values["ln_alt"] = np.log(values["alt"])
    values["ln_stiffness"] = np.log(values["stiffness"])
    for name, measure, cut in (
        ("steatosis", "cap", "steatosis"),
        ("stiff_liver", "stiffness", "stiff_liver"),
    ):
        values[name] = _at_least(values[measure], numbers.cut_offs[cut])
    terms = _terms(values) | {"alcohol": ("alcohol",)}
    return SurveyTable(
        "A",
        "2017-2018, with elastography",
        values,
        terms,
        Design.of(column["WTDRD1"], column["SDMVSTRA"], column["SDMVPSU"]),
        Design.of(column["WTMEC2YR"], column["SDMVSTRA"], column["SDMVPSU"]),
        ("2017-2018",),
    )


def read_pooled_table(folder: Path, numbers: PublishedNumbers) -> SurveyTable:
    """Return table C: 2003-2018 pooled, with diet, liver chemistry and mortality to the end of 2019.

    Cycles without weights (2009-2010 and 2013-2014 in the joined table) take no part.
    """
    path = find_file(folder, POOLED_TABLE) or find_file(folder, POOLED_TABLE.replace(".csv.gz", ".parquet"))
    if path is None:
        raise missing_file(POOLED_TABLE, folder, "It holds the cycles 2003-2004 to 2017-2018 with mortality.")
    raw = read_joined(path)
    needed = (
        *_PERSON,
        *("cycle", "RIDRETH1", "MG_d1", "MG_d2", "KCAL_d1", "FIBER_d1", "ALCOHOL_d1", "BMI", "ast", "alt"),
        *("Platelet_Count", "ELIGSTAT", "MORTSTAT", "UCOD_LEADING", "PERMTH_EXM"),
    )
    require_columns(raw, needed, path.name)
    raw["pooled"] = weights_of_pooled_cycles(raw, "WTMEC2YR")
    raw = raw.iloc[np.flatnonzero(np.isfinite(raw["pooled"].to_numpy()))]
    column = _columns(raw)
    values = _person(column, numbers, column["RIDRETH1"], (1, 2, 4, 5))
    values |= {
        "kcal": column["KCAL_d1"] / 1000.0,
        "fibre": column["FIBER_d1"] / 10.0,
        "bmi": column["BMI"],
        "alt": column["alt"],
        "months": np.where(column["ELIGSTAT"] == 1.0, column["PERMTH_EXM"], np.nan),
        "died": np.where(column["ELIGSTAT"] == 1.0, column["MORTSTAT"], np.nan),
    }
    values["ln_alt"] = np.log(values["alt"])
    # Ten groups of causes are public; deaths from liver disease are inside the last of them.
    values["died_other"] = np.where(
        np.isfinite(values["died"]), (values["died"] == 1.0) & (column["UCOD_LEADING"] == 10.0), np.nan
    )
    fib4 = values["age"] * column["ast"] / (column["Platelet_Count"] * np.sqrt(values["alt"]))
    values["fib4_high"] = _at_least(fib4, numbers.cut_offs["fib4_high"])
    values |= _alcohol_classes(column, numbers.alcohol_edges)
    terms = _terms(values) | {"alcohol": tuple(name for name in values if name.startswith("alcohol_"))}
    design = Design.of(column["pooled"], column["SDMVSTRA"], column["SDMVPSU"])
    cycles = tuple(sorted(set(map(str, raw["cycle"]))))
    return SurveyTable("C", f"2003-2018, {len(cycles)} cycles pooled", values, terms, design, design, cycles)


def _columns(raw: pd.DataFrame) -> dict[str, np.ndarray]:
    return {name: raw[name].to_numpy(dtype=float) for name in raw.select_dtypes("number").columns}


def _at_least(values: np.ndarray, cut: float) -> np.ndarray:
    return np.where(np.isfinite(values), values >= cut, np.nan)


def _person(
    column: Mapping[str, np.ndarray], numbers: PublishedNumbers, race: np.ndarray, codes: tuple[int, ...]
) -> dict[str, np.ndarray]:
    age = column["RIDAGEYR"]
    female = (column["RIAGENDR"] == 2.0).astype(float)
    education = np.where(column["DMDEDUC2"] <= 5.0, column["DMDEDUC2"], np.nan)
    magnesium = column["MG_d1"] + 0.0  # minus zero becomes zero
    values = {
        "age": age,
        "adult": (age >= _ADULT).astype(float),
        "female": female,
        "pregnant": (column["RIDEXPRG"] == 1.0).astype(float),
        "age10": (age - 50.0) / 10.0,
        "age10_squared": ((age - 50.0) / 10.0) ** 2,
        "pir": column["INDFMPIR"],
        "mg": magnesium,
        "mg100": magnesium / 100.0,
        "mg_day2": column["MG_d2"] + 0.0,
        "requirement": numbers.requirement_of(female, age),
    }
    # White and not Hispanic (code 3) is the reference in both codings, the lowest level that of education.
    values |= {f"race_{code}": (race == code).astype(float) for code in codes}
    values |= {
        f"education_{level}": np.where(np.isfinite(education), education == level, np.nan)
        for level in (2, 3, 4, 5)
    }
    return values


def _terms(values: Mapping[str, np.ndarray]) -> dict[str, tuple[str, ...]]:
    terms: dict[str, tuple[str, ...]] = {
        name: (name,) for name in ("age10", "age10_squared", "female", "kcal", "fibre", "bmi", "pir")
    }
    terms["race"] = tuple(name for name in values if name.startswith("race_"))
    terms["education"] = tuple(name for name in values if name.startswith("education_"))
    return terms


def _grams_a_day(column: Mapping[str, np.ndarray], numbers: PublishedNumbers) -> np.ndarray:
    """Return grams of alcohol a day from how often and how much, nan where not answered."""
    often, much = column["ALQ121"], column["ALQ130"]
    code = np.where((often >= 0.0) & (often <= 10.0), often, 0.0).astype(int)
    days = np.where((often >= 0.0) & (often <= 10.0), numbers.days_a_year[code], np.nan)
    drinks = np.where(much < 77.0, much, np.nan)
    grams = numbers.grams_in_a_drink * days * drinks / 365.0
    return np.where((column["ALQ111"] == 2.0) | (often == 0.0), 0.0, grams)


def _alcohol_classes(column: Mapping[str, np.ndarray], edges: np.ndarray) -> dict[str, np.ndarray]:
    """Return indicators of the classes of the recalled day: up to each edge, and above the last; none is the reference."""
    grams = column["ALCOHOL_d1"]
    # The recall was made (magnesium is known) but the alcohol is more than the file can hold.
    saturated = np.isfinite(column["MG_d1"]) & ~np.isfinite(grams)
    known = np.isfinite(grams) | saturated
    classes = {
        "alcohol_below_14": (grams > edges[0]) & (grams < edges[1]),
        "alcohol_below_28": (grams >= edges[1]) & (grams < edges[2]),
        "alcohol_to_44": (grams >= edges[2]) & np.isfinite(grams),
        "alcohol_saturated": saturated,
    }
    return {name: np.where(known, holds, np.nan) for name, holds in classes.items()}
