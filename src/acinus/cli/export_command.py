"""`acinus export`: the model as SBML, for COPASI, libroadrunner and whoever reads the standard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acinus.cli.terminal import errors_terminal
from acinus.errors import Code, Diagnostic, RequestError

__all__ = ["export"]


def export(
    sbml: Annotated[bool, typer.Option("--sbml", help="Write SBML Level 3 Version 2.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; standard output if none.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model by name, or its Antimony or SBML file.")] = "human",
    zones: Annotated[int, typer.Option(help="Zones of the sinusoid, from portal to central.")] = 8,
    protocol: Annotated[
        str | None,
        typer.Option(help="Write the doses and rules of this protocol (NAME:ARM) into it as events."),
    ] = None,
    numbers: Annotated[
        bool,
        typer.Option(
            help="Write resting values as numbers instead of formulas: libroadrunner then compiles `human` in a "
            "second; a parameter changed afterwards no longer moves the start."
        ),
    ] = False,
) -> None:
    """Export the model, flat and with the unit of every quantity."""
    from acinus.model import load_model
    from acinus.report import write_text
    from acinus.simulation import named_protocol, protocol_as_sbml
    from acinus.system import start_as_numbers

    if not sbml:
        raise RequestError(
            Diagnostic(
                Code.EXPORT_FORMAT,
                "no format was named",
                None,
                "",
                "Write `acinus export --sbml -o model.xml`.",
            )
        )
    loaded = load_model(model, zones=zones)
    text = loaded.sbml if protocol is None else protocol_as_sbml(loaded, named_protocol(protocol, loaded))
    if numbers:
        text = start_as_numbers(text)
    if output is None:
        typer.echo(text)
    else:
        write_text(output, text)
        errors_terminal().print(f"wrote {output}", markup=False)
