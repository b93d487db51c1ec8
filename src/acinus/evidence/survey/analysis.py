"""The whole analysis of a folder of survey files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, RequestError
from acinus.evidence.survey.associations import (
    OUTCOMES,
    Curve,
    associations,
    calibrated_association,
    spline_curve,
)
from acinus.evidence.survey.intake import intake_estimates, liver_prevalences
from acinus.evidence.survey.models import MODELS
from acinus.evidence.survey.published_numbers import read_published_numbers
from acinus.evidence.survey.serum_magnesium import serum_estimates
from acinus.evidence.survey.tables import read_elastography_table, read_pooled_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from acinus.errors import Diagnostic
    from acinus.evidence.survey.estimate import Estimate
    from acinus.evidence.survey.measurement_error import Calibrated
    from acinus.evidence.survey.published_numbers import PublishedNumbers
    from acinus.evidence.survey.tables import SurveyTable

__all__ = ["LIMITS", "SurveyResult", "TableSummary", "analyse_survey"]

LIMITS = (
    "Every number here is an association. Nothing was given to anyone, and people who eat more magnesium differ in many "
    "other ways.",
    "Magnesium is that of food and drink on recalled days. Supplements and medicines are not in it, so that nothing here "
    "speaks for or against tablets.",
    "One recalled day is a poor measure of a diet. Random error of the day is mended where the name says usual or "
    "calibrated; errors that a person makes every time, such as leaving food out, are not.",
    "The public files group causes of death in ten; deaths from liver disease are inside all other causes and cannot be "
    "counted. These data can neither confirm nor refute a ratio for liver deaths.",
    "Elastography, ALT and diet of 2017-2018 were measured in the same weeks, so that a sick liver may have changed the "
    "diet as well as the other way round.",
)

_CALIBRATED = ("M1", "M2")
_CALIBRATED_OUTCOMES = {"A.ln_alt", "A.cap", "A.ln_stiffness", "C.ln_alt", "C.mortality"}
_CURVES = {"A.ln_alt", "A.cap", "C.ln_alt", "C.mortality"}


@dataclass(frozen=True, slots=True)
class TableSummary:
    """What a table is made of: rows, strata, sampling units, degrees of freedom, cycles."""

    name: str
    title: str
    rows: int
    adults_with_magnesium: int
    strata: int
    psus: int
    df: int
    cycles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """Everything the analysis found.

    Attributes
    ----------
    tables : tuple of TableSummary
    estimates : dict from name to Estimate
    curves : dict from name to Curve
    calibrations : dict from name of an estimate to Calibrated
    lonely : dict from outcome to number of strata that keep a single sampling unit in it
    missing : tuple of Diagnostic
        Tables that were not there.
    published : PublishedNumbers
    """

    tables: tuple[TableSummary, ...]
    estimates: dict[str, Estimate]
    curves: dict[str, Curve]
    calibrations: dict[str, Calibrated]
    lonely: dict[str, int]
    missing: tuple[Diagnostic, ...]
    published: PublishedNumbers

    def as_data(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "tables": [
                {name: getattr(table, name) for name in TableSummary.__slots__} for table in self.tables
            ],
            "estimates": [estimate.as_data() for estimate in self.estimates.values()],
            "splines": [
                {
                    "name": name,
                    "reference": curve.reference,
                    "knots": curve.knots.tolist(),
                    "overall": {"F": curve.overall[0], "p": curve.overall[1]},
                    "nonlinear": {"F": curve.nonlinear[0], "p": curve.nonlinear[1]},
                    "n": curve.n,
                    "df": curve.df,
                }
                for name, curve in self.curves.items()
            ],
            "calibration": {
                name: {
                    "slope_of_second_day": found.slope,
                    "standard_error": found.slope_error,
                    "pairs": found.pairs,
                }
                for name, found in self.calibrations.items()
            },
            "lonely_strata": self.lonely,
            "missing": [str(diagnostic) for diagnostic in self.missing],
            "limits": list(LIMITS),
        }


def analyse_survey(
    folder: Path, *, biology: Path | None = None, progress: Callable[[str], None] | None = None
) -> SurveyResult:
    """Analyse the survey's files in a folder.

    Parameters
    ----------
    folder : Path
        Holds the joined tables, or for 2017-2018 the published files.
    biology : Path, optional
        Where the numbers taken from elsewhere are, by default the shipped ones.
    progress : function, optional
        Told what is being done.

    Raises
    ------
    RequestError
        AC970 if neither table can be had; AC971, AC972, AC974 if files are not what they should be.
    """
    say = progress or (lambda _: None)
    numbers = read_published_numbers(biology)
    tables: list[SurveyTable] = []
    missing: list[Diagnostic] = []
    for read in (read_elastography_table, read_pooled_table):
        say("reading the survey's files")
        try:
            tables.append(read(folder, numbers))
        except RequestError as error:
            # A table that is not there is said and left out; one that is wrong stops the analysis.
            if any(diagnostic.code is not Code.SURVEY_FILE for diagnostic in error.diagnostics):
                raise
            missing += error.diagnostics
    if not tables:
        raise RequestError(missing)
    estimates: list[Estimate] = []
    curves: dict[str, Curve] = {}
    calibrations: dict[str, Calibrated] = {}
    lonely: dict[str, int] = {}
    for table in tables:
        say(f"magnesium eaten, {table.title}")
        estimates += [*intake_estimates(table), *liver_prevalences(table)]
        for outcome in OUTCOMES:
            if outcome.table != table.name:
                continue
            key = f"{table.name}.{outcome.name}"
            say(f"{outcome.words}, {table.title}")
            estimates += associations(table, outcome)
            lonely[key] = len(
                table.diet.lonely(table.rows(outcome.domain(table), known=("mg100", *outcome.known())))
            )
            if key in _CURVES:
                curves[f"{key}.M2_spline"] = spline_curve(table, outcome, MODELS["M2"])
            if key in _CALIBRATED_OUTCOMES:
                for model in _CALIBRATED:
                    estimate, how = calibrated_association(table, outcome, MODELS[model])
                    estimates.append(estimate)
                    calibrations[estimate.name] = how
    estimates += serum_estimates(folder)
    return SurveyResult(
        tuple(_summary(table) for table in tables),
        {estimate.name: estimate for estimate in estimates},
        curves,
        calibrations,
        {key: count for key, count in lonely.items() if count},
        tuple(missing),
        numbers,
    )


def _summary(table: SurveyTable) -> TableSummary:
    adult = table.values["adult"] == 1.0
    return TableSummary(
        table.name,
        table.title,
        len(adult),
        len(table.rows(adult, known=("mg",))),
        table.diet.strata,
        table.diet.psus,
        table.diet.df,
        table.cycles,
    )
