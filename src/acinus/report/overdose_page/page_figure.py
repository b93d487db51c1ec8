"""The page as one figure, A2 landscape: what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.report.overdose_page.course_panel import draw_courses, person_in_words
from acinus.report.overdose_page.footer_panel import draw_footer
from acinus.report.overdose_page.lobule_panel import draw_lobule
from acinus.report.overdose_page.regimen_panel import draw_regimens
from acinus.report.overdose_page.share_panels import draw_bands, draw_delays
from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, Sheet, in_percent
from acinus.report.palette import GREY, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from acinus.report.overdose_page.page_numbers import PageNumbers

__all__ = ["SECTIONS", "draw_overdose_page", "subtitle"]

_WIDTH, _HEIGHT = 23.39, 16.54  # A2 landscape, inches
_MARGIN = 0.6

SECTIONS = {
    "delay": "1   How late is too late",
    "bands": "2   What the plasma level foretells",
    "regimens": "3   Which regimen",
    "courses": "4   What the blood shows",
    "lobule": "5   Where in the lobule",
}


@house_style()
def draw_overdose_page(numbers: PageNumbers) -> Figure:
    """Return the page as a figure."""
    sheet = Sheet(_WIDTH, _HEIGHT)
    _draw_head(sheet, numbers)
    left, right = _MARGIN, 12.25
    half = 11.15
    _draw_shares(sheet, numbers, left, 1.72)
    note = (
        f"The same {numbers.group_size:,} people in every row, begun at the same hour. Diamond and dashed line: {numbers.reference}. "
        "Grey or black at the right: points of percent more hurt than with it, 95 % interval of the paired difference, black where it "
        "leaves out 0. Peak INR and peak level: median and 5 to 95 % of people."
    )
    y = sheet.section(left, 6.42, half, SECTIONS["regimens"], note)
    draw_regimens(sheet, numbers, left, y, half, 10.55 - y)
    _draw_lobule(sheet, numbers, left, 10.72, half, 14.58)
    note = (
        f"Columns are three people and everybody above the line. Left alone, or given acetylcysteine ({numbers.antidote}) "
        f"{numbers.course_hour:g} h after the dose (dotted). Dashed: levels of reference."
    )
    y = sheet.section(right, 1.72, _WIDTH - _MARGIN - right, SECTIONS["courses"], note)
    draw_courses(sheet, numbers, right, y, _WIDTH - _MARGIN - right, 14.58 - y)
    draw_footer(sheet, numbers, _MARGIN, 14.74, _WIDTH - 2 * _MARGIN, _HEIGHT - 0.22)
    return sheet.figure


def subtitle(numbers: PageNumbers) -> str:
    """Return what the page is about and its first result, in two sentences."""
    return (
        f"Who is hurt, and what acetylcysteine changes, in a simulated liver. {numbers.begun:,} virtual adults after one large dose; "
        f"hurt: {numbers.outcome}. Untreated, {in_percent(numbers.everybody.value)} of all are hurt, and "
        f"{in_percent(numbers.untreated.value)} of the {numbers.group_size:,} above the nomogram line of 200 mg/L at 4 h."
    )


def _draw_head(sheet: Sheet, numbers: PageNumbers) -> None:
    sheet.text(_MARGIN, 0.38, numbers.title, size=SIZES["title"], fontweight="bold")
    sheet.block(_MARGIN, 1.02, 15.2, subtitle(numbers), size=13.0, colour=GREY)
    x = sheet.spans(
        16.6,
        0.62,
        [("■ no antidote", NO_ANTIDOTE), ("■ acetylcysteine", ANTIDOTE), ("● ■ published", "#222222")],
        size=14.0,
    )
    del x
    sheet.block(
        16.6,
        1.02,
        _WIDTH - _MARGIN - 16.6,
        "A model, for research and teaching. Never for the treatment of a person.",
        size=11.0,
        weight="bold",
    )


def _draw_shares(sheet: Sheet, numbers: PageNumbers, x: float, y: float) -> None:
    note = (
        f"Above the line of 200 mg/L at 4 h, {numbers.group_size:,} people. Line: share; field: 95 % interval. "
        "Black: published, counted as ALT or AST above 1000 U/L."
    )
    below = sheet.section(x, y, 6.75, SECTIONS["delay"], note)
    draw_delays(sheet.axes(x + 0.62, below + 0.05, 6.1, 5.72 - below), numbers)
    x += 7.05
    note = "All people, by their untreated level. Treated: at each one's own delay, median 6.5 h."
    below = sheet.section(x, y, 4.1, SECTIONS["bands"], note)
    draw_bands(sheet.axes(x + 0.62, below + 0.05, 3.45, 5.72 - below), numbers)


def _draw_lobule(sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, bottom: float) -> None:
    lobule = numbers.lobule
    if lobule is None:
        sheet.section(x, y, width, SECTIONS["lobule"], "Nobody of the group was hurt and recovering.")
        return
    note = (
        f"One person ({lobule.person.title.lower()}: {person_in_words(lobule.person)}). Left half: no antidote; right half: "
        f"acetylcysteine from {numbers.course_hour:g} h. Rim: portal blood flows in; centre: the central vein. Rings are zones of "
        "equal volume, drawn equally wide."
    )
    below = sheet.section(x, y, width, SECTIONS["lobule"], note)
    draw_lobule(sheet, lobule, x, below, width, bottom - below)
