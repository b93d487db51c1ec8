"""Results as figures, tables and files.

In: `Trajectories`, endpoint readings and verdicts. Out: matplotlib figures, tables as plain records, and
files that are either whole or absent. Knows how a toxicologist reads a picture; never solves, fits or judges.

The page on overdose (`overdose_page`) is the one report that needs runs of its own; it asks `simulation`, `endpoints` and
`evidence` for them.

Plotting is imported inside functions, so that asking for a table does not load it.
"""

from acinus.report.arm_view import ArmView, Nomogram, view_arm
from acinus.report.citations import cite
from acinus.report.endpoint_table import EndpointRow, EndpointTable, tabulate_endpoints
from acinus.report.observed_predicted import Curve, Pair, draw_observed_predicted, draw_study_curves
from acinus.report.overdose_figure import draw_overdose
from acinus.report.run_files import draw_run, write_run
from acinus.report.time_courses import draw_time_courses
from acinus.report.whole_files import save_figure, whole_file, write_text
from acinus.report.words import in_words

__all__ = [
    "ArmView",
    "Curve",
    "EndpointRow",
    "EndpointTable",
    "Nomogram",
    "Pair",
    "cite",
    "draw_observed_predicted",
    "draw_overdose",
    "draw_run",
    "draw_study_curves",
    "draw_time_courses",
    "in_words",
    "save_figure",
    "tabulate_endpoints",
    "view_arm",
    "whole_file",
    "write_run",
    "write_text",
]
