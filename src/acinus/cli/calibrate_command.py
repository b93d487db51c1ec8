"""`acinus calibrate`: a problem file solved, with what the data inform and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.progress import progress
from acinus.cli.terminal import complain, errors_terminal, number, print_json, print_use, terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.calibration import Fit, Problem
    from acinus.cli.progress import Step
    from acinus.errors import Diagnostic

__all__ = ["calibrate"]


def calibrate(
    problems: Annotated[
        list[str] | None, typer.Argument(help="Problems by name, or their files; all shipped ones if none.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; beside each problem if none.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Fail if a value differs from the committed result beside the problem."),
    ] = False,
    tolerance: Annotated[
        float, typer.Option(help="Largest difference that --check accepts, in posterior standard deviations.")
    ] = 0.5,
    workers: Annotated[
        int, typer.Option(help="Threads or processes; the result does not depend on their number.")
    ] = 2,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Fit parameters to the data named by problem files.

    Each result is written beside its problem; the tables are not changed. A search keeps a checkpoint beside the
    result and goes on from it when it is asked for again.
    """
    from acinus.calibration import calibrate as fit_problem
    from acinus.calibration import compare_with_committed, load_problem, problem_names, read_committed

    # All are read first: a mistake in the last must not come to light hours after the first was begun.
    read = [load_problem(problem) for problem in problems or problem_names()]
    committed = [read_committed(problem.result) for problem in read] if check else []
    fits = []
    moved: list[Diagnostic] = []
    for index, problem in enumerate(read):
        try:
            with progress() as step:
                fit = fit_problem(problem, progress=_told(problem.name, step), workers=workers, out=out)
        except KeyboardInterrupt:
            _say_what_is_kept(problem, out)
            raise
        fits.append(fit)
        if check:
            moved += compare_with_committed(fit, committed[index], tolerance)
        if not json:
            _print(fit)
    if json:
        print_json(fits[0].as_dict() if len(fits) == 1 else [fit.as_dict() for fit in fits])
    if moved:
        complain(moved)
        raise typer.Exit(ExitCode.FINDINGS)


def _say_what_is_kept(problem: Problem, out: Path | None) -> None:
    path = problem.checkpoint(out)
    if path.is_file():
        errors_terminal().print(
            f"{path} keeps what was evaluated; the same command goes on from there.",
            markup=False,
            soft_wrap=True,
        )


def _told(name: str, step: Step) -> Callable[[int, int, str], None]:
    """Return what shows progress: a bar for someone who watches, lines in a log."""
    screen = errors_terminal()
    last = ""

    def tell(done: int, total: int, words: str) -> None:
        nonlocal last
        step(f"{name}: {words}", done, total)
        if not screen.is_terminal and words != last:
            counted = f"{done} of {total} evaluations, " if done else ""
            screen.print(f"{name}: {counted}{words}", markup=False, soft_wrap=True)
        last = words

    return tell


def _print(fit: Fit) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = terminal()
    shown = Table(title=Text(fit.problem.title, style="bold"), box=None, pad_edge=False, title_justify="left")
    for name in ("parameter", "start", "fitted", "standard error", "unit", "spread left of prior"):
        shown.add_column(name, justify="left" if name in ("parameter", "unit") else "right")
    for p in fit.parameters:
        left = "" if p.posterior_to_prior is None else f"{p.posterior_to_prior:.0%}"
        fitted = f"{p.rounded:g}" + (" (at a bound)" if p.at_bound else "")
        shown.add_row(Text(p.id), number(p.start), fitted, number(p.standard_error), Text(p.unit), left)
    screen.print(shown)
    screen.print()
    shown = Table(box=None, pad_edge=False)
    for name in ("data", "found", "share of the cost"):
        shown.add_column(name, justify="right" if name.startswith("share") else "left", overflow="fold")
    for datum in fit.data:
        shown.add_row(
            Text(datum.claim), Text(f"{datum.found}, measured {datum.observed}"), f"{datum.share:.0%}"
        )
    screen.print(shown)
    for claim, why in fit.failures.items():
        screen.print(Text(f"{claim} could not be predicted: {why}", style="red"))
    costs = f"cost {fit.cost:.4g} of the data and {fit.prior_cost:.4g} of the priors"
    screen.print(Text(f"{costs}, {fit.evaluations} evaluations; {fit.message}"))
    informed = f"{fit.informed.informed} of {len(fit.parameters)} directions are informed by the data"
    pairs = ", ".join(f"{one} and {other} {value:+.2f}" for one, other, value in fit.informed.pairs)
    screen.print(Text(f"{informed}; correlated: {pairs or 'none'}"), soft_wrap=True)
    if fit.noise is not None:
        each = ", ".join(f"{cost:.4g}" for cost in fit.noise.costs)
        screen.print(Text(f"cost of the data with people of other seeds {fit.noise.cost:.4g} (each: {each})"))
    print_use()
