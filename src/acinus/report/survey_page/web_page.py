"""The survey page as one HTML file: what was found, what it cannot say, and every number."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.provenance import CONTEXT_OF_USE, version
from acinus.report.citations import cite
from acinus.report.palette import house_style
from acinus.report.survey_page.figures import draw_curves, draw_forest
from acinus.report.whole_files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from matplotlib.figure import Figure

    from acinus.evidence.survey import Estimate, SurveyResult

__all__ = ["survey_page", "write_survey_page"]

_TITLE = "Magnesium, the liver and death in the US health survey"
_STYLE = """
html { background: #fff; color: #222; font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; }
body { margin: 0 auto; max-width: 75rem; padding: 0 1.5rem 4rem; }
svg { display: block; max-width: 100%; height: auto; margin: 1rem 0; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 2px solid #222; padding-top: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number, th.number { text-align: right; }
.use { font-weight: bold; } .note { color: #666; }
"""
_HEADINGS = {
    "mg": "Magnesium eaten",
    "alt": "ALT [U/L]",
    "ln_alt": "ALT, logarithm",
    "cap": "Liver fat: attenuation [dB/m]",
    "stiffness": "Liver stiffness [kPa]",
    "ln_stiffness": "Liver stiffness, logarithm",
    "steatosis": "Steatosis",
    "stiff_liver": "Stiff liver",
    "mortality": "Death of any cause",
    "mortality_other": "Death from the group of causes that holds liver disease",
    "mortality_fib4_high": "Death of any cause where FIB-4 is high",
}


def write_survey_page(path: Path, result: SurveyResult, biology: Path | None = None) -> None:
    """Write the page, whole or not at all."""
    write_text(path, survey_page(result, biology or biology_folder()))


def survey_page(result: SurveyResult, biology: Path) -> str:
    """Return the HTML text: no script, and nothing that would have to be fetched."""
    from acinus.evidence.survey import LIMITS

    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_TITLE}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{_TITLE}</h1><p class="use">{html.escape(CONTEXT_OF_USE)}</p>',
        *(f"<p>{html.escape(sentence)}</p>" for sentence in _made_of(result)),
        "<h2>What these data cannot say</h2>",
        _list(LIMITS),
    ]
    if "C.mortality.M2" in result.estimates:
        parts += ["<h2>&ldquo;Each 100 mg more, 49 % fewer liver deaths&rdquo;</h2>", *_liver_deaths(result)]
        parts.append(_svg(draw_forest(result)))
        parts.append(_published(result, biology))
    if result.curves:
        parts += [
            "<h2>Along magnesium</h2>",
            "<p>Adjusted as in model M2. Grey ticks are the knots of the spline. Bands are 95 % intervals point by point, "
            "so that a whole curve leaves them more often than one time in twenty.</p>",
            _svg(draw_curves(result)),
        ]
    parts += _tables(result)
    parts.append(f'<p class="note">acinus {html.escape(version())}</p></body></html>\n')
    return "\n".join(parts)


def _made_of(result: SurveyResult) -> list[str]:
    sentences = [
        f"Table {table.name}: {table.title}. {table.rows:,} people, {table.adults_with_magnesium:,} adults with a recalled "
        f"day; {table.psus} sampling units in {table.strata} strata, {table.df} degrees of freedom. "
        f"Cycles: {', '.join(table.cycles)}."
        for table in result.tables
    ]
    return sentences + [f"Left out: {diagnostic.what}. {diagnostic.remedy}" for diagnostic in result.missing]


def _liver_deaths(result: SurveyResult) -> list[str]:
    crude, small, full, no_fibre, usual, other = (
        result.estimates[f"C.{name}"]
        for name in (
            "mortality.M0",
            "mortality.M1",
            "mortality.M2",
            "mortality.M2noFib",
            "mortality.M2_calibrated",
            "mortality_other.M2",
        )
    )
    spans = full.low <= 1.0 <= full.high
    return [
        "<p>The sentence goes back to one cohort, NHANES III, and an estimate whose interval reaches from about a quarter "
        "to none at all. Larger cohorts, of liver cancer, find ratios nearer to 1. The public files after 2003 do not name "
        "liver deaths, so that what follows is about death of any cause.</p>",
        f"<p>Death of any cause per 100 mg: {_ratio(crude)} with no adjustment, {_ratio(small)} at equal age, sex and "
        f"race, {_ratio(full)} when energy, fibre, alcohol, weight, education and income are equal too "
        f"({full.n:,} people, {full.events:,} deaths, {full.df} degrees of freedom); per 100 mg of usual intake "
        f"{_ratio(usual)}. In the group of causes that holds liver disease (most of it is not): {_ratio(other)}. "
        + (
            f"The interval of the full model holds 1. With all but fibre equal the ratio is {_ratio(no_fibre)}: fibre and "
            "magnesium come in the same foods, and these data cannot tell one from the other, nor either from what else "
            "goes with such a diet."
            if spans
            else "The interval of the full model does not hold 1; that is still an association."
        )
        + "</p>",
        f"<p>An unmeasured cause would have to go with both magnesium and death by a ratio of {full.e_value:.2f} to make the "
        f"estimate of M2 out of nothing, and of {full.e_value_of_limit:.2f} to bring its interval to 1 (E-values). "
        "None of this tests the published ratio of liver deaths; it shows how far an association with magnesium moves when "
        "people are made comparable.</p>",
    ]  # fmt: skip


def _ratio(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _published(result: SurveyResult, biology: Path) -> str:
    rows = []
    for ratio in result.published.ratios:
        source = cite(ratio.source, biology) or ratio.source
        events = "" if ratio.events is None else f", {ratio.events:,} cases"
        words = f"{ratio.name} ({ratio.n:,} people{events}; {ratio.magnesium}): {ratio.derived} {source}"
        rows.append(words)
    return _list(rows)


def _tables(result: SurveyResult) -> list[str]:
    titles = {table.name: table.title for table in result.tables} | {"I": "NHANES I, magnesium in serum"}
    parts = []
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for estimate in result.estimates.values():
        groups.setdefault((estimate.table, estimate.outcome), []).append(estimate)
    for (table, outcome), estimates in groups.items():
        parts.append(f"<h2>{html.escape(_HEADINGS[outcome])}, {html.escape(titles[table])}</h2>")
        lonely = result.lonely.get(f"{table}.{outcome}")
        if lonely:
            parts.append(
                f'<p class="note">In {lonely} strata this group of people is met by one sampling unit only; they are '
                "centred at the mean of all.</p>"
            )
        heads = ("name", "what", "people and weights")
        numbers = ("value", "95 % interval", "n", "events", "df", "p", "E-value")
        head = "".join(f"<th>{word}</th>" for word in heads)
        head += "".join(f'<th class="number">{word}</th>' for word in numbers)
        parts.append(f"<table><tr>{head}</tr>")
        parts += [_table_row(estimate) for estimate in estimates]
        parts.append("</table>")
    return parts


def _table_row(estimate: Estimate) -> str:
    words = (
        estimate.name,
        f"{estimate.measure} {estimate.unit}".strip(),
        f"{estimate.population}; {estimate.weights}; {estimate.variance}",
    )
    numbers = (
        f"{estimate.value:.4g}",
        f"{estimate.low:.4g} to {estimate.high:.4g}",
        f"{estimate.n:,}",
        "" if estimate.events is None else f"{estimate.events:,}",
        "normal" if estimate.df is None else str(estimate.df),
        "" if estimate.p is None else f"{estimate.p:.2g}",
        "" if estimate.e_value is None else f"{estimate.e_value:.2f}",
    )
    cells = "".join(f"<td>{html.escape(word)}</td>" for word in words)
    cells += "".join(f'<td class="number">{number}</td>' for number in numbers)
    return f"<tr>{cells}</tr>"


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences) + "</ul>"


@house_style()
def _svg(figure: Figure) -> str:
    """Return the figure as SVG, its letters as outlines, with ids that are the same every time."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "acinus"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Title": "acinus"})
    drawing = text.getvalue()
    return re.sub(r"^.*?(?=<svg)", "", drawing, count=1, flags=re.DOTALL)
