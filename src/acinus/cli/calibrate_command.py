"""`acinus calibrate`: a problem file solved, with what the data inform and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.progress import progress
from acinus.cli.terminal import number, print_json, print_use, terminal

if TYPE_CHECKING:
    from acinus.calibration import Fit

__all__ = ["calibrate"]


def calibrate(
    problem: Annotated[str, typer.Argument(help="A problem by name, or its file.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the result; beside the problem if none.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes; the result does not depend on their number.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="Print only JSON.")] = False,
) -> None:
    """Fit parameters to the data named by a problem file.

    The result is written beside the problem; the tables are not changed.
    """
    from acinus.calibration import calibrate as fit_problem

    with progress() as step:
        fit = fit_problem(
            problem, progress=lambda done, total, words: step(words, done, total), workers=workers, out=out
        )
    if json:
        print_json(fit.as_dict())
    else:
        _print(fit)


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
        shown.add_row(Text(datum.claim), Text(datum.found), f"{datum.share:.0%}")
    screen.print(shown)
    for claim, why in fit.failures.items():
        screen.print(Text(f"{claim} could not be predicted: {why}", style="red"))
    costs = f"cost {fit.cost:.4g} of the data and {fit.prior_cost:.4g} of the priors"
    screen.print(Text(f"{costs}, {fit.evaluations} evaluations; {fit.message}"))
    print_use()
