"""Quantities as people write them in a protocol: ``20 g``, ``150 mg/kg over 15 min``, ``8 h``, ``$delay``."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, ProtocolError
from acinus.units import Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Column", "Written", "as_text", "gathering", "read_amount", "read_time", "read_written"]

_COLUMN = re.compile(r"\s*\$([A-Za-z_]\w*)\s*$")
_OVER = re.compile(r"\s+over\s+", re.IGNORECASE)

AMOUNT_UNITS = ("g", "mmol", "mg/kg", "mmol/kg")


@dataclass(frozen=True, slots=True)
class Column:
    """A value that each individual has for itself, in the column of that name."""

    name: str

    def __str__(self) -> str:
        return f"${self.name}"


Written = str | Quantity | Column


@contextmanager
def gathering(findings: list[Diagnostic]) -> Iterator[None]:
    """Add the diagnostics of a `ProtocolError` raised inside to `findings`, so that all are told at once."""
    try:
        yield
    except ProtocolError as error:
        findings.extend(error.diagnostics)


def as_text(written: object) -> str:
    """Return a written quantity as text that reads back as the same number."""
    if isinstance(written, Quantity):
        return f"{written.magnitude!r} {written.unit}"
    return str(written)


def read_written(
    written: object, what: str, like: tuple[str, ...], place: Place | None = None
) -> Quantity | Column:
    """Return a quantity that measures what one of `like` measures, or the column that holds it."""
    if isinstance(written, Column):
        return written
    if isinstance(written, str) and (found := _COLUMN.match(written)):
        return Column(found.group(1))
    return parse_quantity(
        as_text(written) if isinstance(written, Quantity) else written, what=what, like=like, place=place
    )


def read_time(written: object, what: str, place: Place | None = None) -> Quantity | Column:
    """Return a time or duration; a negative one is refused (AC606)."""
    found = read_written(written, what, ("h",), place)
    if isinstance(found, Quantity) and found.magnitude < 0:
        raise ProtocolError(
            Diagnostic(
                Code.TIME_IMPOSSIBLE,
                f"{what} is negative: `{as_text(written)}`",
                place,
                "A run starts at 0 h.",
                "Shift all times so that the first is 0 h or later.",
            )
        )
    return found


def read_amount(
    written: object, over: object, what: str, place: Place | None
) -> tuple[Quantity | Column, object]:
    """Return the amount of a dose, and how long it is given over as written (``None`` if at once).

    ``150 mg/kg over 15 min`` says both.
    """
    duration = over
    if isinstance(written, str) and _OVER.search(written):
        written, said = _OVER.split(written, maxsplit=1)
        if over is not None:
            raise ProtocolError(
                Diagnostic(
                    Code.DOSE_IMPOSSIBLE,
                    f"{what} says twice how long it takes: `over {said}` and `over: {as_text(over)}`",
                    place,
                    "",
                    "Keep one of the two.",
                )
            )
        duration = said
    amount = read_written(written, what, AMOUNT_UNITS, place)
    if isinstance(amount, Quantity) and amount.magnitude <= 0:
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"{what} is not positive: `{as_text(written)}`",
                place,
                "",
                "Write a positive amount, or leave the dose out.",
            )
        )
    return amount, duration
