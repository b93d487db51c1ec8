"""Diet lines from the text of a protocol: states, amounts taken by habit, and foods with their grams.

In: the `Node` of one line and a table of foods. Out: `DietLine`s; what is wrong is added to the findings, each with its
line. Foods become the amounts of what they contain, so that a protocol needs no table any more once it is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.model.foods import food_table
from acinus.model.habits import WAYS
from acinus.simulation.keys import check_keys, mapping
from acinus.simulation.protocol import DietLine
from acinus.simulation.written import Column, gathering, read_written
from acinus.units import Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.documents import Node
    from acinus.errors import Place
    from acinus.model import FoodTable

__all__ = ["read_diet"]

_TIMES = ("from", "until")
_KINDS = ("state", *WAYS, "foods")


def read_diet(
    node: Node, biology: Path, foods: FoodTable | None, findings: list[Diagnostic]
) -> list[DietLine]:
    """Return the line of a node, or several where foods contain several things; none with reasons in `findings`.

    Parameters
    ----------
    node : Node
    biology : Path
        Whose foods are taken where `foods` is None.
    foods : FoodTable or None
    findings : list of Diagnostic
        AC601 quantities, AC603 unknown foods, AC604 unknown keys, AC605 missing ones.
    """
    kinds = [kind for kind in _KINDS if kind in node]
    if len(kinds) != 1:
        known = ", ".join(f"`{kind}`" for kind in _KINDS)
        if kinds:
            what, remedy = (
                f"a diet line has {' and '.join(f'`{kind}`' for kind in kinds)}",
                "Write a line for each.",
            )
        else:
            check_keys(node, (*_KINDS, "amount", "doses", "per", *_TIMES), (), "a diet line", findings)
            what, remedy = f"a diet line needs the key {known.replace(', `foods', ' or `foods')}", ""
        findings.append(Diagnostic(Code.MISSING_KEY, what, node.place, f"It has one of {known}.", remedy))
        return []
    kind = kinds[0]
    if kind == "state":
        allowed, needed = ("state",), ("state",)
    elif kind == "foods":
        allowed, needed = ("foods", "per"), ("foods", "per")
    else:
        allowed = (kind, "amount", "doses") if kind == "supplement" else (kind, "amount")
        needed = (kind, "amount")
    if not check_keys(node, (*allowed, *_TIMES), needed, "a diet line", findings):
        return []
    start, until = node.get("from"), node.get("until")
    begin = start.value if start is not None else "0 h"
    end = until.value if until is not None else None
    places = {key: child.place for key, child in node.items()}
    if kind == "state":
        return [DietLine(str(node["state"].value), begin, end, places=places)]
    if kind == "foods":
        amounts, said = _eaten(node, foods if foods is not None else food_table(biology), findings)
        places |= {"of": node["foods"].place, "amount": node["foods"].place}
        return [
            DietLine("", begin, end, "intake", key, f"{amount!r} mg/d", foods=said, places=places)
            for key, amount in amounts.items()
        ]
    doses = node.get("doses")
    return [
        DietLine(
            "",
            begin,
            end,
            kind,
            str(node[kind].value),
            _text(node["amount"].value),
            doses.value if doses is not None else None,
            places={**places, "of": node[kind].place},
        )
    ]


def _text(value: object) -> str:
    # A bare number reaches the parser as text, so that it is refused for its missing unit.
    return value if isinstance(value, str) else str(value)


def _eaten(node: Node, table: FoodTable, findings: list[Diagnostic]) -> tuple[Mapping[str, float], str]:
    """Return mg a day of each nutrient, and the foods in words."""
    total: dict[str, float] = {}
    said: list[str] = []
    days = _days(node["per"], findings)
    for name, written in mapping(node["foods"], "the foods of a diet line", findings):
        food = table.find(name)
        if food is None:
            findings.append(
                Diagnostic(
                    Code.UNKNOWN_NAME,
                    f"there is no food `{name}`",
                    written.place,
                    "",
                    table.near(name) or "`acinus foods` lists them; `--foods FILE` reads a full table.",
                )
            )
            continue
        with gathering(findings):
            grams = parse_quantity(
                written.value, what=f"the amount of {name}", like=("g",), place=written.place
            )
            if grams.magnitude < 0:
                findings.append(_negative(f"the amount of {name}", written.place))
            for nutrient, content in food.content.items():
                total[nutrient] = total.get(nutrient, 0.0) + content * grams.to("g") / 100.0 / days
            said.append(f"{name} {grams}")
    return total, f"{', '.join(said)} per {node['per'].value}"


def _days(node: Node, findings: list[Diagnostic]) -> float:
    """Return the days of ``day``, ``week`` or ``3 d``."""
    text = str(node.value).strip()
    with gathering(findings):
        written = text if re.match(r"[-+.\d$]", text) else f"1 {text}"
        found = read_written(written, "how long the foods last", ("d",), node.place)
        if isinstance(found, Quantity) and found.magnitude > 0:
            return found.to("d")
        what = f"how long the foods last is `{found}`"
        why = "Foods are the same for all." if isinstance(found, Column) else ""
        findings.append(Diagnostic(Code.VALUE_IMPOSSIBLE, what, node.place, why, "Write `per: day`."))
    return 1.0


def _negative(what: str, place: Place) -> Diagnostic:
    return Diagnostic(Code.VALUE_IMPOSSIBLE, f"{what} is negative", place, "", "Write a positive amount.")
