"""``--set id=value``: parameters given on the command line, checked against the model all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import AcinusError, Code, Diagnostic, Place, RequestError, nearest
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.model import Model

__all__ = ["read_settings"]


def read_settings(texts: Sequence[str], model: Model) -> dict[str, float]:
    """Return parameter values in the model's units from ``id=value`` or ``id=value unit``.

    Parameters
    ----------
    texts : sequence of str
        A bare number is in the parameter's own unit.
    model : Model

    Returns
    -------
    dict from parameter id to value

    Raises
    ------
    RequestError
        AC981 to AC983 for all texts that are wrong, at once.
    """
    values: dict[str, float] = {}
    findings: list[Diagnostic] = []
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        place = Place("--set", None, None, text)
        if not (equals and name and value):
            findings.append(
                Diagnostic(
                    Code.SETTING_MALFORMED,
                    f"`{text}` is not a setting",
                    place,
                    "",
                    'Write --set id=value, or --set "id=value unit".',
                )
            )
            continue
        if name in values:
            findings.append(
                Diagnostic(Code.SETTING_MALFORMED, f"`{name}` is set twice", place, "", "Keep one.")
            )
            continue
        unknown = _not_settable(name, model, place)
        if unknown is not None:
            findings.append(unknown)
            continue
        try:
            values[name] = _value(value, name, model.symbols[name].unit, place)
        except AcinusError as error:
            findings += error.diagnostics
    if findings:
        raise RequestError(findings)
    return values


def _not_settable(name: str, model: Model, place: Place) -> Diagnostic | None:
    symbol = model.symbols.get(name)
    if symbol is not None and symbol.kind == "parameter" and symbol.constant:
        return None
    if symbol is not None:
        what, why = f"`{name}` is computed by the model", f"It is a {symbol.kind}; only constants can be set."
    elif name in model.cards:
        what, why = (
            f"`{name}` is in no equation",
            "Only doses or endpoints read it; change the table instead.",
        )
    else:
        what, why = f"the model has no parameter `{name}`", ""
    settable = [i for i, s in model.symbols.items() if s.kind == "parameter" and s.constant]
    remedy = nearest(name, settable) or "`acinus explain` lists the parameters."
    return Diagnostic(Code.SETTING_UNKNOWN, what, place, why, remedy)


def _value(text: str, name: str, unit: str, place: Place) -> float:
    try:
        bare = float(text)
    except ValueError:
        quantity = parse_quantity(
            text, what=name, like=(unit,), place=place, error=RequestError, code=Code.SETTING_UNIT
        )
        return quantity.to(unit)
    # A number alone is in the parameter's unit; the same parser still refuses what is not finite.
    parse_quantity(
        f"{bare!r} {unit}", what=name, like=(unit,), place=place, error=RequestError, code=Code.SETTING_UNIT
    )
    return bare
