"""The `acinus` application: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING

import typer

from acinus.cli.calibrate_command import calibrate
from acinus.cli.check_command import check
from acinus.cli.circle_command import circle
from acinus.cli.endpoints_command import endpoints
from acinus.cli.evidence_command import evidence
from acinus.cli.exit_codes import ExitCode
from acinus.cli.explain_command import explain
from acinus.cli.export_command import export
from acinus.cli.foods_command import foods
from acinus.cli.map_command import decision_map
from acinus.cli.people_command import people
from acinus.cli.qualify_command import qualify
from acinus.cli.report_command import ica, overdose
from acinus.cli.results_commands import query, summary
from acinus.cli.run_command import run
from acinus.cli.runs_command import merge, progress, resume, start
from acinus.cli.runs_command import verify as verify_run
from acinus.cli.serve_command import serve
from acinus.cli.survey_command import survey
from acinus.cli.terminal import complain, errors_terminal
from acinus.cli.trial_command import trial
from acinus.cli.verify import verify
from acinus.errors import AcinusError
from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["app"]

app = typer.Typer(
    name="acinus",
    help=f"An open simulator of the liver. {CONTEXT_OF_USE}",
    epilog="Exit codes: 0 well; 1 findings, or failed claims under --strict; 2 bad input; "
    "3 some individuals did not finish; 70 a fault of acinus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"acinus {version()}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", is_eager=True, callback=_print_version
    ),
) -> None:
    pass


def _spoken(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that says what is wrong instead of showing a traceback."""

    @functools.wraps(command)
    def speak(*args: object, **options: object) -> None:
        try:
            command(*args, **options)
        except (typer.Exit, typer.Abort):
            raise
        except AcinusError as error:
            complain(error.diagnostics)
            raise typer.Exit(ExitCode.BAD_INPUT) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        except BrokenPipeError:
            raise  # the reader, such as `head`, has had enough; typer ends quietly
        except Exception as error:
            screen = errors_terminal()
            screen.print(traceback.format_exc(), markup=False, soft_wrap=True)
            screen.print("This is a fault of acinus; please report the lines above.", style="bold red")
            raise typer.Exit(ExitCode.INTERNAL) from error

    return speak


for _command in (
    run, people, check, explain, endpoints, foods, qualify, verify, export, calibrate, summary, query, survey, evidence, trial,
    serve,
):  # fmt: skip
    app.command()(_spoken(_command))

app.command("map")(_spoken(decision_map))

_reports = typer.Typer(
    help="Pages that put what the model says beside what was published.", no_args_is_help=True
)
_reports.command()(_spoken(overdose))
_reports.command()(_spoken(circle))
_reports.command()(_spoken(ica))
app.add_typer(_reports, name="report")

_runs = typer.Typer(
    help="Durable runs: a folder of shards that survives a kill and a full disk.", no_args_is_help=True
)
for _command in (start, progress, resume, merge):
    _runs.command()(_spoken(_command))
_runs.command("verify")(_spoken(verify_run))
app.add_typer(_runs, name="runs")
