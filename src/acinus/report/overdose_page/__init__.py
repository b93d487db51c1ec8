"""The page on overdose: one sheet that says who is hurt, what the antidote changes, and how much of it is known.

In: ``biology/pages/overdose.yaml`` and a model. Out: `PageNumbers`, a figure, and files. The runs are asked of
`simulation` and read by `endpoints` as everywhere; nothing on the page is a stored result.
"""

from acinus.report.overdose_page.page_figure import draw_overdose_page
from acinus.report.overdose_page.page_files import page_as_data, write_overdose_page
from acinus.report.overdose_page.page_numbers import PageNumbers
from acinus.report.overdose_page.page_plan import read_page_plan
from acinus.report.overdose_page.page_runs import make_overdose_page

__all__ = [
    "PageNumbers",
    "draw_overdose_page",
    "make_overdose_page",
    "page_as_data",
    "read_page_plan",
    "write_overdose_page",
]
