"""The page on the vicious circle: low magnesium and liver disease, each making the other worse, over a map of habits.

In: ``biology/pages/circle.yaml`` and a model. Out: `CircleNumbers`, a figure and files. Every place of the map is simulated
from a healthy and from a scarred liver until both rest; where they end apart the circle has two resting states.
"""

from acinus.report.circle.circle_figure import draw_circle
from acinus.report.circle.circle_files import write_circle
from acinus.report.circle.circle_numbers import CircleCourse, CircleMap, CircleNumbers
from acinus.report.circle.circle_plan import CirclePlan, read_circle_plan
from acinus.report.circle.circle_runs import make_circle

__all__ = [
    "CircleCourse",
    "CircleMap",
    "CircleNumbers",
    "CirclePlan",
    "draw_circle",
    "make_circle",
    "read_circle_plan",
    "write_circle",
]
