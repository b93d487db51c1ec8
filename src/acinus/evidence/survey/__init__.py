"""The US health survey (NHANES): what people eat, how their livers are, who died, with errors that fit the design.

In: a folder with the survey's files as published, or joined. Out: a `SurveyResult` of named `Estimate`s, each with its
model, its rows, its interval and the degrees of freedom of the design.

Knows weights, strata, sampling units, and the conventions of ``docs/survey.md``. Never knows the simulator, terminals or
pages, and never calls an association an effect.
"""

from acinus.evidence.survey.analysis import LIMITS, SurveyResult, analyse_survey
from acinus.evidence.survey.design import Design
from acinus.evidence.survey.estimate import Estimate

__all__ = ["LIMITS", "Design", "Estimate", "SurveyResult", "analyse_survey"]
