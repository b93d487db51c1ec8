"""One statement as lines of text, and the paragraphs that the page on liver deaths adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.evidence.ledger.checking import HOW_TO_SURVEY
from acinus.evidence.survey.published_numbers import read_published_numbers
from acinus.report.citations import cite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acinus.evidence.ledger import Ledger, LedgerEntry, LiverDeaths, PartResult

__all__ = ["liver_death_paragraphs", "page_lines", "part_line", "verdict_line"]

_STYLES = {"passed": "green", "failed": "red", "error": "bold red"}


def page_lines(entry: LedgerEntry, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Yield the lines of one statement's page with their styles."""
    one = entry.statement
    yield f"{one.id}  {one.title}", "bold"
    if one.warning:
        yield f"WARNING: {one.warning}", "bold red"
    yield f"Article {one.article}, {one.kind}. {one.statement}", ""
    yield verdict_line(entry), "bold"
    yield f"Certainty: {one.certainty} ({'; '.join(one.because)})", ""
    yield f"What is known. {one.known}", ""
    if one.unchecked:
        yield f"No check. {one.unchecked}", ""
    for part in entry.parts:
        yield part_line(part), _STYLES.get(part.result.value, "dim")
        if part.note:
            yield f"         {part.note}", "dim"
    if one.mechanism is not None and ledger.liver_deaths is not None:
        for paragraph in liver_death_paragraphs(ledger):
            yield paragraph, ""
    yield f"What would change it. {one.would_change}", ""
    for key in one.sources:
        yield f"  {cite(key, biology_folder()) or key}", "dim"


def verdict_line(entry: LedgerEntry) -> str:
    """Return the verdict and how it came about."""
    one = entry.statement
    if one.verdict is not None:
        why = f" ({one.unmoved})" if one.unmoved else ""
        return f"Verdict: {entry.verdict}{why}"
    rule = ", ".join(f"{result}: {verdict}" for result, verdict in one.when.items())
    return f"Verdict: {entry.verdict}, since the check {entry.result.value} [{rule}]"


def part_line(part: PartResult) -> str:
    """Return what a part of a check found."""
    fitted = " [the model was fitted to it]" if part.fitted else ""
    found = f": {part.found} (asked: {part.expected})" if part.found else ""
    return f"  {part.result.value:7}{part.sort} {part.name}: {part.words}{fitted}{found}"


def liver_death_paragraphs(ledger: Ledger) -> list[str]:
    """Return what can be said of each 100 mg more and liver deaths, from the runs and from the survey."""
    deaths = ledger.liver_deaths
    assert deaths is not None
    ratio = deaths.as_measured
    return [
        f"Published per 100 mg. {_published()}",
        f"Survey. {_survey_words(ledger)}",
        f"Mechanisms. {deaths.people} people, the same with and without {deaths.more} more for {deaths.years:g} years: "
        f"{ratio.everyone:.3f} of the liver deaths ({ratio.low:.3f} to {ratio.high:.3f} over samples of the people), "
        f"{ratio.drinkers:.3f} in the {deaths.drinkers} drinkers and {ratio.others:.3f} in the others. "
        f"{deaths.n_ok} of {deaths.n_in} runs of individuals finished.",
        f"Why not what was published. {_why_not(deaths)}",
        f"The interval above is of the draw of people. The strength of the links matters more: {_by_strength(deaths)}. The "
        "rest of an association, if it is real, would have to be what else goes with such a diet: whole grains, nuts and "
        "vegetables, less drink, better kidneys, and people who look after themselves.",
    ]


def _by_strength(deaths: LiverDeaths) -> str:
    return ", ".join(
        f"{ratio.everyone:.3f} with all of them {ratio.gain:g} times as strong as assumed"
        for ratio in deaths.ratios
        if ratio.gain != 1.0
    )


def _published() -> str:
    words = []
    for one in read_published_numbers().ratios:
        interval = "" if one.low is None or one.high is None else f" ({one.low:.2f} to {one.high:.2f})"
        events = "" if one.events is None else f", {one.events:,} cases"
        words.append(f"{one.name} ({one.n:,} people{events}): {one.ratio:g}{interval}. {one.derived}")
    return " ".join(words)


def _why_not(deaths: LiverDeaths) -> str:
    ratio = deaths.as_measured
    return (
        "Magnesium reaches scar in the model by way of insulin, inflammation and scarring under lack, and these act where "
        "serum is low. The kidney keeps most people's serum, so that 100 mg more in food hardly move it: the ratio of the "
        f"typical individual is {ratio.typical:.3f}, and {ratio.helped:,} of {deaths.people:,} have their own hazard lowered "
        "by a tenth or more. These eat little, resist insulin and scar readily. Hazard piles up in few people, so that "
        "the sum moves further than anyone typical. The links are partly assumed, and no confounding is built in."
    )


def _survey_words(ledger: Ledger) -> str:
    if ledger.survey is None:
        return HOW_TO_SURVEY
    found = ledger.survey.get("C.mortality.M2")
    small = ledger.survey.get("C.mortality.M1")
    if found is None or small is None:
        return "The table of 2003 to 2018 is not in the folder."
    return (
        f"2003 to 2018, death of any cause per 100 mg: {_interval(small)} at equal age, sex and race, {_interval(found)} "
        "when energy, fibre, alcohol, weight, education and income are equal too "
        f"({found['n']:,} people, {found['events']:,} deaths, df {found['df']}). Liver deaths are hidden among other causes "
        "in the public files, so that these data can neither confirm nor refute a ratio for them."
    )


def _interval(estimate: object) -> str:
    assert isinstance(estimate, dict)
    return f"{estimate['value']:.2f} ({estimate['low']:.2f} to {estimate['high']:.2f})"
