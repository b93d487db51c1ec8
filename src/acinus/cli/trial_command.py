"""`acinus trial`: the same virtual people treated in several ways, beside what was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import progress
from acinus.cli.terminal import number, print_json, print_use, terminal
from acinus.cli.unfinished import UNFINISHED, forget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.trials import TrialResult

__all__ = ["trial"]


def trial(
    file: Annotated[
        str | None, typer.Argument(help="Trial by name, or its file; lists them if none.")
    ] = None,
    people: Annotated[
        int | None, typer.Option(help="How many are screened, instead of what the file says.", min=1)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Which draw of people, instead of the file's.", min=0)
    ] = None,
    workers: Annotated[int, typer.Option(help="Threads; the numbers do not depend on it.", min=1)] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write tables and a picture to this folder; the same command goes on there after a kill."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Conduct a trial in virtual people: who enters, what each arm shows, and what trials of some size would find.

    Exit code 3 if some individuals did not finish.
    """
    from acinus.trials import conduct_trial, list_trials, read_trial

    if file is None:
        print_json(list(list_trials())) if json else typer.echo("\n".join(list_trials()))
        return
    with progress() as step:
        step("reading")
        asked = read_trial(file, people=people, seed=seed)
        kept = None if out is None else out / UNFINISHED
        result = conduct_trial(asked, workers=workers, progress=step, kept=kept)
        files: tuple[Path, ...] = ()
        if out is not None:
            from acinus.report.trial_files import write_trial

            step("drawing and writing")
            files = write_trial(result, out)
            forget(out)
    if json:
        print_json({**result.as_dict(), "files": [str(path) for path in files]})
    else:
        _print(result)
        for path in files:
            terminal().print(f"wrote {path}", markup=False, soft_wrap=True)
        print_use()
    if result.screening.n_failed or any(result.counts(arm)[2] for arm in result.arms):
        raise typer.Exit(ExitCode.INDIVIDUALS_FAILED)


def _print(result: TrialResult) -> None:
    from rich.text import Text

    screen = terminal()
    setting, screening = result.trial.setting, result.screening
    screen.print(Text(setting.title, style="bold"))
    if screening.n_implausible:
        screen.print(f"{screening.n_implausible:,} drawn were not plausible and not screened", markup=False)
    screen.print(
        f"{screening.n_in:,} screened = {screening.n_entered:,} entered + "
        f"{sum(screening.n_not_entered.values()):,} not entered + {screening.n_failed:,} did not finish",
        markup=False,
    )
    for words, count in screening.n_not_entered.items():
        screen.print(f"  {count:,} not entered: {words}", markup=False)
    for arm, data in result.arms.items():
        n_in, n_ok, n_failed = result.counts(arm)
        screen.print(f"  {data.title}: {n_in:,} in = {n_ok:,} finished + {n_failed:,} failed", markup=False)
    _print_shares(result)
    _print_numbers(result)
    _print_contrasts(result)
    _print_events(result)
    _print_replicates(result)
    for curve in result.power:
        first, second = (result.arms[arm].title for arm in curve.arms)
        shown = ", ".join(
            f"{size:,}: {share.value:.0%}" for size, share in zip(curve.sizes, curve.power, strict=True)
        )
        enough = "none of these sizes" if curve.enough is None else f"{curve.enough:,} in each arm"
        screen.print(
            f"power for {result.titles[curve.measured]}, {first} against {second} ({curve.test}, {curve.alpha:g}): "
            f"{shown or 'too few people'}; {enough} for {curve.target:.0%}",
            markup=False,
        )
    for note in result.notes:
        screen.print(note, style="yellow", markup=False)
    if setting.note:
        screen.print(Text(setting.note, style="dim"))


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(Text(head), justify="left" if place < 2 else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    terminal().print()
    terminal().print(table)


def _print_shares(result: TrialResult) -> None:
    from acinus.evidence import clopper_pearson

    rows = []
    for item in result.shares:
        share = item.share
        known = [
            p
            for p in result.trial.published
            if (p.measured, p.arm) == (item.measured, item.arm) and p.events is not None
        ]
        published = ""
        if known and known[0].events is not None and known[0].of is not None:
            counted = clopper_pearson(known[0].events, known[0].of, result.trial.confidence)
            published = f"{counted.events}/{counted.of} = {counted.value:.1%} ({counted.low:.1%} to {counted.high:.1%})"
        rows.append(
            (
                result.titles[item.measured],
                result.arms[item.arm].title,
                "-" if share is None else f"{share.events:,}/{share.of:,}",
                "-" if share is None else f"{share.value:.1%}",
                "-" if share is None else f"{share.low:.1%} to {share.high:.1%}",
                published,
            )
        )
    _table(
        "Shares",
        ("outcome", "arm", "events", "share", f"{result.trial.confidence:.0%} interval", "published"),
        rows,
    )


def _print_numbers(result: TrialResult) -> None:
    rows = []
    for item in result.numbers:
        known = [p for p in result.trial.published if (p.measured, p.arm) == (item.measured, item.arm)]
        published = f"{known[0].statistic} {known[0].value:g}" if known and known[0].value is not None else ""
        unit = "" if item.unit == "dimensionless" else item.unit
        cells = (number(value) for value in (item.mean, item.low, item.median, item.high))
        rows.append(
            (
                result.titles[item.measured],
                result.arms[item.arm].title,
                f"{item.n:,}",
                *cells,
                unit,
                published,
            )
        )
    _table("Numbers", ("number", "arm", "people", "mean", "5 %", "median", "95 %", "unit", "published"), rows)


def _print_contrasts(result: TrialResult) -> None:
    rows = []
    for item in result.contrasts:
        names = f"{result.arms[item.first].title} against {result.arms[item.second].title}"
        if item.kind == "difference":
            value, interval = f"{100 * item.value:+.1f}", f"{100 * item.low:+.1f} to {100 * item.high:+.1f}"
            unit = "percentage points"
        else:
            value, interval = number(item.value), f"{number(item.low)} to {number(item.high)}"
            unit = "times" if item.kind == "ratio" else item.unit
        rows.append((result.titles[item.measured], names, f"{item.n:,}", value, interval, unit))
    _table("The same people in two arms", ("what", "arms", "pairs", "value", "interval", "unit"), rows)


def _print_events(result: TrialResult) -> None:
    rows = []
    for item in result.survival:
        found = item.as_dict()
        rows.append(
            (
                result.titles[item.measured],
                result.arms[item.arm].title,
                f"{item.events:,} of {item.n:,}",
                f"{found['happened_at_end']:.1%}",
                f"{found['low_at_end']:.1%} to {found['high_at_end']:.1%}",
                number(item.median),
            )
        )
    _table("Events", ("event", "arm", "happened to", "by the end", "interval", "median [h]"), rows)
    rows = [
        (
            result.titles[item.measured],
            f"{result.arms[item.first].title} against {result.arms[item.second].title}",
            number(item.ratio),
            item.why or f"{number(item.low)} to {number(item.high)}",
        )
        for item in result.hazards
    ]
    _table("Hazard ratios, the same people in two arms", ("event", "arms", "ratio", "interval"), rows)


def _print_replicates(result: TrialResult) -> None:
    found = result.replicates
    if found is None:
        return
    rows = [
        (
            result.titles[item.measured],
            result.arms[item.arm].title,
            f"{item.size:,}",
            f"{number(item.low)} to {number(item.high)}",
            "" if item.published is None else number(item.published),
            "" if item.as_far is None else f"{item.as_far:.0%}",
        )
        for item in found.arms
        if item.published is not None
        or item.measured in {one.name for one in result.trial.of_kind("outcomes")}
    ]
    _table(
        f"{found.trials:,} trials of the published size, everyone in one arm",
        ("what", "arm", "people", "95 % of trials: events or mean", "published", "as far out"),
        rows,
    )
    for words, share in found.found.items():
        terminal().print(f"{words}: p < 0.05 in {share.value:.1%} of these trials", markup=False)
