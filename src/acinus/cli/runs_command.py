"""`acinus runs`: start, watch, go on with, check and merge runs that are folders."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.exit_codes import ExitCode
from acinus.cli.terminal import (
    complain,
    diagnostics_as_data,
    errors_terminal,
    print_json,
    print_use,
    terminal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acinus.runs import Progressed, RunFolder

__all__ = ["merge", "progress", "resume", "start", "verify"]

_Folder = Annotated[Path, typer.Argument(help="Folder of the run.")]
_Workers = Annotated[
    int,
    typer.Option(min=1, help="Threads, or processes with --cluster local; the results do not depend on it."),
]
_Cluster = Annotated[
    str | None, typer.Option(help="`local`, or the address of a Dask scheduler such as tcp://host:8786.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print only JSON.")]


def start(
    request: Annotated[Path, typer.Argument(help="YAML file that says who, what and what is read off.")],
    out: Annotated[Path, typer.Option(help="New folder of the run.")],
    workers: _Workers = 2,
    cluster: _Cluster = None,
    part: Annotated[
        str, typer.Option(metavar="K/N", help="Compute every n-th shard from the k-th only; see merge.")
    ] = "1/1",
    json: _Json = False,
) -> None:
    """Start a run and compute it to the end.

    Exit code 3 if an individual did not reach the end of the protocol.
    """
    from acinus.runs import start_run

    with _watched() as tell:
        folder = start_run(request, out, workers=workers, cluster=cluster, part=_part(part), tell=tell)
    _report(folder, json)


def resume(folder: _Folder, workers: _Workers = 2, cluster: _Cluster = None, json: _Json = False) -> None:
    """Go on with a run that was interrupted: check what is there, compute what is missing or damaged."""
    from acinus.runs import resume_run

    with _watched() as tell:
        found = resume_run(folder, workers=workers, cluster=cluster, tell=tell)
    _report(found, json)


def progress(folder: _Folder, json: _Json = False) -> None:
    """Say how far a run is; may be asked at any time."""
    from dataclasses import asdict

    from acinus.runs import progress_of

    found = progress_of(folder)
    if json:
        print_json(asdict(found))
        return
    lines = [
        f"{found.people_done:,} of {found.people:,} individuals, {found.shards_done:,} of {found.shards:,} shards",
        "a process is working on it" if found.active else "no process is working on it",
    ]
    if found.failed:
        lines.append(f"{found.failed:,} did not reach the end of the protocol in some arm")
    if found.per_second is not None:
        lines.append(f"{found.per_second:,.0f} individuals per second in the last session")
    if found.seconds_left is not None:
        lines.append(f"{_duration(found.seconds_left)} left at that pace")
    if found.solving is not None:
        lines.append(f"{found.solving:.0%} of the working time was solving")
    for line in lines:
        terminal().print(line, markup=False)


def verify(folder: _Folder, json: _Json = False) -> None:
    """Read every byte of a run and compare it with what was written.

    Exit code 1 if anything is damaged or missing.
    """
    from acinus.runs import verify_run

    found = verify_run(folder)
    if json:
        print_json(
            {
                "shards": found.shards,
                "missing": found.missing,
                "damaged": found.damaged,
                "individuals": found.people,
                "left_out": found.left_out,
                "rows": found.rows,
                "failed": found.failed,
                "findings": diagnostics_as_data(found.findings),
            }
        )
    else:
        complain(found.findings)
        sound = found.shards - found.missing - found.damaged
        terminal().print(
            f"{sound:,} of {found.shards:,} shards are sound: {found.people:,} individuals, "
            f"{found.rows:,} rows = {found.rows - found.failed:,} finished + {found.failed:,} failed",
            markup=False,
        )
    if found.findings:
        raise typer.Exit(ExitCode.FINDINGS)


def merge(
    parts: Annotated[list[Path], typer.Argument(help="Folders started from one request.")],
    out: Annotated[Path, typer.Option(help="Folder of the whole.")],
    json: _Json = False,
) -> None:
    """Put parts of one run into one folder; a shard that several have is counted once."""
    from acinus.runs import merge_runs

    _report(merge_runs(parts, out), json)


def _part(text: str) -> tuple[int, int]:
    from acinus.errors import Code, Diagnostic, RequestError

    first, slash, last = text.partition("/")
    if slash and first.isdecimal() and last.isdecimal():
        return int(first), int(last)
    raise RequestError(
        Diagnostic(Code.RUN_REQUEST_VALUE, f"`{text}` names no part", None, "", "Write --part 2/4.")
    )


@contextlib.contextmanager
def _watched() -> Iterator[Callable[[Progressed], None]]:
    """Show a bar with pace and time left where someone watches, and a line now and then in a log."""
    screen = errors_terminal()
    if not screen.is_terminal:
        tenth = 0

        def say(now: Progressed) -> None:
            nonlocal tenth
            if 10 * now.people_done // now.people > tenth:
                tenth = 10 * now.people_done // now.people
                screen.print(
                    f"{now.people_done:,} of {now.people:,} individuals, {now.per_second:,.0f} per second, "
                    f"{_duration(_left(now))} left",
                    markup=False,
                    soft_wrap=True,
                )

        yield say
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        console=screen,
        transient=True,
    ) as shown:
        task = shown.add_task("individuals", total=None, pace="getting ready")

        def tell(now: Progressed) -> None:
            pace = f"{now.per_second:,.0f}/s, {_duration(_left(now))} left"
            if now.failed:
                pace += f", {now.failed:,} failed"
            shown.update(task, completed=now.people_done, total=now.people, pace=pace)

        yield tell


def _left(now: Progressed) -> float:
    return (now.people - now.people_done) / now.per_second if now.per_second else 0.0


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _report(folder: RunFolder, json: bool) -> None:
    """Say what is in the folder now; failures give the exit code."""
    from acinus.runs import open_run

    run = open_run(folder.path)
    counts: dict[str, tuple[int, int]] = {}
    if run.shards:
        counts = dict.fromkeys(run.arms, (0, 0))
        rows = run.query(
            "SELECT arm, count(*) AS n_in, count(*) FILTER (WHERE status <> 'reached_end') AS n_failed "
            "FROM results GROUP BY arm"
        ).to_pylist()
        counts |= {row["arm"]: (row["n_in"], row["n_failed"]) for row in rows}
    if json:
        print_json(
            {
                "folder": str(folder.path),
                "identity": run.manifest.identity,
                "complete": run.complete,
                "individuals": run.people,
                "individuals_done": run.people_done,
                "arms": {
                    arm: {"n_in": n, "n_ok": n - failed, "n_failed": failed}
                    for arm, (n, failed) in counts.items()
                },
            }
        )
    else:
        screen = terminal()
        for arm, (n, failed) in counts.items():
            screen.print(f"{arm}: {n:,} in = {n - failed:,} finished + {failed:,} failed", markup=False)
        if not run.complete:
            screen.print(
                f"{run.people_done:,} of {run.people:,} individuals; the rest by `acinus runs resume`",
                markup=False,
            )
        screen.print(f"`acinus summary {folder.path}` shows the results", markup=False, soft_wrap=True)
        print_use()
    if any(failed for _, failed in counts.values()):
        raise typer.Exit(ExitCode.INDIVIDUALS_FAILED)
