"""The page on the survey: magnesium eaten, the liver, and death, with what such data cannot say.

In: a `SurveyResult`. Out: two figures and one HTML file that needs nothing else. Never computes an estimate.
"""

from acinus.report.survey_page.figures import draw_curves, draw_forest
from acinus.report.survey_page.web_page import survey_page, write_survey_page

__all__ = ["draw_curves", "draw_forest", "survey_page", "write_survey_page"]
