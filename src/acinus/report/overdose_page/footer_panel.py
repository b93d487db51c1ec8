"""The foot of the page: how the numbers were made, what they stand beside, what fails, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.evidence import Outcome
from acinus.provenance import CONTEXT_OF_USE
from acinus.report.overdose_page.share_panels import published_in_words
from acinus.report.overdose_page.sheet import SIZES, in_percent
from acinus.report.palette import GREY, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.evidence import Qualification, Verdict
    from acinus.report.overdose_page.page_numbers import PageNumbers, PublishedShare
    from acinus.report.overdose_page.sheet import Sheet

__all__ = ["draw_footer", "failing_claims", "how_made", "point_in_words", "source_in_words"]

_SMALL = 8.0  # points
_GRADES = {
    "measured_human": ("in people", "#0B3C5D"),
    "measured_animal": ("in animals", "#2F6690"),
    "in_vitro": ("in vitro", "#5FA8D3"),
    "fitted": ("fitted", "#A9CCE3"),
    "inferred": ("inferred", "#D9C27E"),
    "assumed": ("assumed", "#C9A227"),
}


def how_made(numbers: PageNumbers) -> str:
    """Return what made the numbers: people, model, engine, tolerances, versions."""
    made = numbers.provenance
    settings = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in made.settings.items()
    )
    lost = numbers.runs - numbers.runs_finished
    finished = "all finished" if lost == 0 else f"{lost:,} did not finish and are left out"
    return (
        f"{numbers.begun:,} people of the population {numbers.population}, seed {made.seed}; "
        f"{numbers.runs:,} courses simulated, {finished}. "
        f"Model {made.model} {made.model_hash[:16]}. Engine {made.engine}; {settings}. "
        f"acinus {made.acinus}, Python {made.python}, NumPy {_numpy()}. "
        "Everything was computed when the page was made. Intervals: 95 %, exact (Clopper and Pearson) for shares, "
        "Newcombe's for paired differences; they show the spread by chance among these virtual people, not what is unknown "
        "about the model."
    )


def _numpy() -> str:
    import numpy as np

    return np.__version__


def source_in_words(key: str) -> str:
    """Return a key of the bibliography as authors and year: ``prescott_1979`` becomes "Prescott 1979"."""
    return "; ".join(part.strip().replace("_", " ").capitalize() for part in key.split(";"))


def point_in_words(point: PublishedShare, qualification: Qualification | None) -> str:
    """Return a published share in full: counts, interval, source, how it was used, and whether the model agrees."""
    words = [f"{point.statement}: {published_in_words(point)}"]
    words.append(f"({in_percent(point.low)} to {in_percent(point.high)})")
    words.append(f"[{source_in_words(point.source)}]" + (", from memory" if point.from_memory else "") + ".")
    if not point.claim:
        words.append("No claim: shown only.")
        return " ".join(words)
    used = "Used to fit the model" if point.kind == "calibration" else "Not used to fit the model"
    verdict = _verdict(point.claim, qualification)
    if verdict is None or verdict.outcome is Outcome.ERROR:
        words.append(f"{used}.")
    else:
        held = "holds" if verdict.outcome is Outcome.PASSED else "fails"
        words.append(f"{used}; asked alike, the model says {verdict.found}: {held}.")
    return " ".join(words)


def _verdict(claim: str, qualification: Qualification | None) -> Verdict | None:
    if qualification is None:
        return None
    return next((verdict for verdict in qualification.verdicts if verdict.id == claim), None)


def failing_claims(numbers: PageNumbers) -> tuple[Verdict, ...]:
    """Return every claim that does not hold: those shown on the page first, then by kind, validation before the rest."""
    if numbers.qualification is None:
        return ()
    shown = {point.claim for point in numbers.published}
    failing = [v for v in numbers.qualification.verdicts if v.outcome is not Outcome.PASSED]
    return tuple(sorted(failing, key=lambda v: (v.id not in shown, v.kind != "validation")))


def _briefly(verdict: Verdict) -> str:
    return verdict.found.split(" (")[0] if verdict.found else "it cannot be asked"


def claims_in_words(qualification: Qualification) -> str:
    """Return how many claims hold, by kind."""
    parts = []
    for kind, counts in qualification.summary.items():
        parts.append(f"{kind}: {counts[Outcome.PASSED.value]} of {sum(counts.values())} hold")
    return "; ".join(parts)


def draw_footer(sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, bottom: float) -> None:
    """Write the foot of the page in four columns, down to `bottom`."""
    from matplotlib.lines import Line2D

    top = 1.0 - y / sheet.height
    ends = (x / sheet.width, (x + width) / sheet.width)
    sheet.figure.add_artist(Line2D(ends, (top, top), color=INK, lw=1.4))
    gap = 0.4
    wide = [part * (width - 3 * gap) for part in (0.2, 0.32, 0.28, 0.2)]
    lefts = [x + sum(wide[:i]) + i * gap for i in range(4)]
    y += 0.12
    below = _heading(sheet, lefts[0], y, wide[0], "How the numbers were made")
    sheet.block(lefts[0], below, wide[0], how_made(numbers), size=_SMALL, most=_lines(below, bottom, _SMALL))
    below = _heading(sheet, lefts[1], y, wide[1], "The published points, and the model asked alike")
    _write_points(sheet, numbers, lefts[1], below, wide[1])
    below = _heading(sheet, lefts[2], y, wide[2], "What is known to fail")
    _draw_failing(sheet, numbers, lefts[2], below, wide[2], bottom)
    below = _heading(sheet, lefts[3], y, wide[3], "How much of this rests on evidence")
    below = _draw_grades(sheet, numbers, lefts[3], below, wide[3])
    sheet.block(lefts[3], below + 0.08, wide[3], CONTEXT_OF_USE, size=SIZES["small"], weight="bold")


def _write_points(sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float) -> None:
    places = [x + part * width for part in (0.0, 0.42, 0.68, 0.81)]
    step = _SMALL * 1.4 / 72.0
    for words, place in zip(("", "share, 95 % interval", "used as", "the model"), places, strict=True):
        sheet.text(place, y, words, size=_SMALL, color=GREY)
    for point in numbers.published:
        y += step
        verdict = _verdict(point.claim, numbers.qualification)
        where = _where(point)
        interval = f"{in_percent(point.share)} ({in_percent(point.low)} to {in_percent(point.high)})"
        used = point.kind or "shown only"
        row = (f"{point.label}, {where}", interval, used, _agreement(verdict))
        for words, place in zip(row, places, strict=True):
            sheet.text(place, y, words, size=_SMALL)
    note = "Dashed on the page: quoted from memory. Statements, counts and sources in full: below the page on screen."
    sheet.block(x, y + 1.25 * step, width, note, size=_SMALL, colour=GREY)


def _where(point: PublishedShare) -> str:
    if point.delay is not None:
        return f"antidote {point.delay[0]:g} to {point.delay[1]:g} h"
    if point.high_line is None:
        return f"untreated ≥{point.low_line:g} mg/L"
    return f"untreated {point.low_line:g} to {point.high_line:g} mg/L"


def _agreement(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not asked"
    if verdict.outcome is Outcome.ERROR:
        return "cannot be asked"
    share = verdict.numbers.get("share")
    said = in_percent(share) if share is not None else verdict.found
    return f"{said}, {'inside' if verdict.outcome is Outcome.PASSED else 'outside'}"


def _heading(sheet: Sheet, x: float, y: float, width: float, words: str) -> float:
    return sheet.block(x, y, width, words, size=SIZES["label"], weight="bold") + 0.04


def _lines(y: float, bottom: float, size: float) -> int:
    return max(1, int((bottom - y) / (size * 1.32 / 72.0)))


def _draw_failing(
    sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, bottom: float
) -> None:
    qualification = numbers.qualification
    if qualification is None:
        sheet.block(
            x,
            y,
            width,
            "The claims were not checked for this page; `acinus qualify` checks them.",
            size=_SMALL,
        )
        return
    failing = failing_claims(numbers)
    words = f"Of the claims about published results: {claims_in_words(qualification)}."
    y = sheet.block(
        x, y, width, words + (" These do not, with what the model says:" if failing else ""), size=_SMALL
    )
    sheet.block(x, y, width, _as_many(failing, y, width, bottom), size=_SMALL)


def _as_many(failing: Sequence[Verdict], y: float, width: float, bottom: float) -> str:
    """Return as many failing claims as there is room for, and how many more there are."""
    from acinus.report.overdose_page.sheet import wrap

    room = _lines(y, bottom, _SMALL)
    for count in range(len(failing), -1, -1):
        parts = [f"{verdict.statement} (here {_briefly(verdict)})" for verdict in failing[:count]]
        rest = len(failing) - count
        text = ". ".join(parts) + ("." if parts else "")
        text += f" And {rest} more, listed below the page on screen." if rest else ""
        if len(wrap(text, width, _SMALL)) <= room:
            return text.strip()
    return ""


def _draw_grades(sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float) -> float:
    axes = sheet.axes(x, y + 0.02, width, 0.22, plain=True)
    total = sum(numbers.grades.values())
    left = 0.0
    for grade, count in numbers.grades.items():
        axes.barh([0.0], [count], left=[left], height=1.0, color=_GRADES[grade][1])
        left += count
    axes.set(xlim=(0.0, total), ylim=(-0.5, 0.5))
    y += 0.29
    place = x
    for grade, count in numbers.grades.items():
        words, colour = _GRADES[grade]
        label = f"{words} {count}"
        if place + len(label) * 0.075 > x + width:
            place, y = x, y + 0.17
        sheet.text(place, y, "■", size=_SMALL, color=colour)
        sheet.text(place + 0.13, y, label, size=_SMALL)
        place += 0.13 + len(label) * 0.066 + 0.16
    return sheet.block(
        x,
        y + 0.19,
        width,
        f"of {numbers.parameters} numbers in the tables, dark blue measured, each with its source or why it is assumed.",
        size=_SMALL,
        colour=GREY,
    )
