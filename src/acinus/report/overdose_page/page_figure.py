"""The page as one figure, A2 landscape: what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.report.overdose_page.course_panel import draw_courses, person_in_words
from acinus.report.overdose_page.footer_panel import draw_footer
from acinus.report.overdose_page.lobule_panel import draw_lobule
from acinus.report.overdose_page.regimen_panel import draw_regimens
from acinus.report.overdose_page.share_panels import draw_bands, draw_delays
from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, Sheet, in_percent
from acinus.report.palette import GREY, INK, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from acinus.report.overdose_page.page_numbers import PageNumbers

__all__ = ["SECTIONS", "draw_overdose_page", "subtitle"]

_WIDTH, _HEIGHT = 23.39, 16.54  # A2 landscape, inches
_MARGIN = 0.6
_LEFT = 11.2  # width of the left half of the page
_RIGHT = 12.25  # where the right half begins
_TOP, _FOOT = 1.66, 14.62  # where sections begin, and the foot

SECTIONS = {
    "delay": "1. How late is too late",
    "bands": "2. What the level foretells",
    "regimens": "3. Which regimen",
    "courses": "4. What the blood shows",
    "lobule": "5. Where in the lobule",
}


@house_style()
def draw_overdose_page(numbers: PageNumbers) -> Figure:
    """Return the page as a figure."""
    sheet = Sheet(_WIDTH, _HEIGHT)
    _draw_head(sheet, numbers)
    _draw_shares(sheet, numbers, _MARGIN, _TOP, 5.62)
    _draw_regimens(sheet, numbers, _MARGIN, 6.32, 10.12)
    _draw_lobule(sheet, numbers, _MARGIN, 10.30, _FOOT - 0.12)
    _draw_courses(sheet, numbers, _RIGHT, _TOP, _FOOT - 0.18)
    draw_footer(sheet, numbers, _MARGIN, _FOOT, _WIDTH - 2 * _MARGIN, _HEIGHT - 0.2)
    return sheet.figure


def subtitle(numbers: PageNumbers) -> str:
    """Return what the page is about and its first result."""
    return (
        "Who is hurt, and what acetylcysteine changes, in a simulated liver. "
        f"{numbers.begun:,} virtual adults after one large dose; hurt: {numbers.outcome}. "
        f"Without an antidote {in_percent(numbers.everybody.value)} of all are hurt, and "
        f"{in_percent(numbers.untreated.value)} of the {numbers.group_size:,} whose plasma level is "
        f"{_inside(numbers.group)} of the nomogram."
    )


def _inside(title: str) -> str:
    """Return a title as it stands within a sentence."""
    return title[:1].lower() + title[1:]


def _draw_head(sheet: Sheet, numbers: PageNumbers) -> None:
    sheet.text(_MARGIN, 0.34, numbers.title, size=SIZES["title"], fontweight="bold")
    sheet.block(_MARGIN, 1.0, 15.4, subtitle(numbers), size=13.0, colour=GREY)
    key = [
        ("■ no antidote", NO_ANTIDOTE),
        ("■ acetylcysteine", ANTIDOTE),
        ("● published", INK),
        ("□ used to fit", INK),
        ("○ no claim", INK),
    ]
    sheet.spans(16.45, 0.56, key, size=10.5)
    words = "A model, for research and teaching; never for the treatment of a person."
    sheet.block(16.45, 1.0, _WIDTH - _MARGIN - 16.45, words, size=10.5, weight="bold")


def _draw_shares(sheet: Sheet, numbers: PageNumbers, x: float, y: float, bottom: float) -> None:
    wide = 5.45
    note = (
        f"The {numbers.group_size:,} people {_inside(numbers.group)}. Line: share; field: 95 % interval. "
        "Black: published patients, over the hours they stand for."
    )
    below = sheet.section(x, y, wide, SECTIONS["delay"], note)
    draw_delays(sheet.axes(x + 0.62, below, wide - 0.62, bottom - below), numbers)
    x, wide = x + wide + 0.3, _LEFT - wide - 0.3
    note = (
        f"All people. Blue: acetylcysteine from the lowest line on, at each one's own delay, "
        f"median {numbers.delay_middle:.1f} h."
    )
    sheet.section(x, y, wide, SECTIONS["bands"], note)
    draw_bands(sheet.axes(x + 0.62, below, wide - 0.62, bottom - below), numbers)


def _draw_regimens(sheet: Sheet, numbers: PageNumbers, x: float, y: float, bottom: float) -> None:
    note = (
        f"The same {numbers.group_size:,} people in every row, treated from the same hour. Difference: how many more are hurt "
        f"than with {numbers.reference} (diamond), of a hundred, with the 95 % interval of pairs; bold where it leaves out 0. "
        "Peaks: median, and 5 to 95 % of people."
    )
    below = sheet.section(x, y, _LEFT, SECTIONS["regimens"], note)
    draw_regimens(sheet, numbers, x, below, _LEFT, bottom - below)


def _draw_courses(sheet: Sheet, numbers: PageNumbers, x: float, y: float, bottom: float) -> None:
    wide = _WIDTH - _MARGIN - x
    note = (
        f"Three people and their whole group. Blue: acetylcysteine ({numbers.antidote}) from "
        f"{numbers.course_hour:g} h after the dose, the dotted blue line."
    )
    below = sheet.section(x, y, wide, SECTIONS["courses"], note)
    draw_courses(sheet, numbers, x, below, wide, bottom - below)


def _draw_lobule(sheet: Sheet, numbers: PageNumbers, x: float, y: float, bottom: float) -> None:
    lobule = numbers.lobule
    if lobule is None:
        sheet.section(
            x, y, _LEFT, SECTIONS["lobule"], "Nobody of the group is like the person to be shown here."
        )
        return
    note = (
        f"{lobule.person.title}: {person_in_words(lobule.person)}. Left half: no antidote; right half: acetylcysteine from "
        f"{numbers.course_hour:g} h. Blood flows from the rim (portal) to the middle (central vein) through rings of equal "
        "volume, drawn equally wide."
    )
    below = sheet.section(x, y, _LEFT, SECTIONS["lobule"], note)
    draw_lobule(sheet, lobule, x, below, _LEFT, bottom - below)
