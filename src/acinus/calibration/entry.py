"""A mapping of a claims or problem file while it is read: typed values out, everything wrong collected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, RequestError, nearest
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from acinus.documents import Node
    from acinus.units import Quantity

__all__ = ["Entry"]


class Entry:
    """One mapping node and the list to which its faults are added.

    Parameters
    ----------
    node : Node
        The mapping; anything else is noted as a fault and then reads as empty.
    what : str
        What it stands for in messages: "the claim `x`".
    findings : list of Diagnostic
        Faults are appended here.
    key, value : Code
        Codes for a wrong key and for a wrong value.
    """

    def __init__(
        self,
        node: Node,
        what: str,
        findings: list[Diagnostic],
        *,
        key: Code = Code.CLAIM_KEY,
        value: Code = Code.CLAIM_VALUE,
    ) -> None:
        self.node = node
        self.what = what
        self.findings = findings
        self.key_code = key
        self.value_code = value
        self._keys: Mapping[str, Node] = dict(node.items())
        if not isinstance(node.value, dict):
            self.refuse(
                f"{what} should be a mapping, not `{node.plain()}`",
                node.place,
                remedy="Write `key: value` lines.",
            )

    def refuse(
        self, what: str, place: Place, why: str = "", remedy: str = "", code: Code | None = None
    ) -> None:
        """Note a fault."""
        self.findings.append(Diagnostic(code or self.value_code, what, place, why, remedy))

    def only(self, *known: str) -> None:
        """Note every key that is not one of `known`."""
        for name, child in self._keys.items():
            if name not in known:
                self.refuse(
                    f"{self.what} has no `{name}`",
                    child.place,
                    f"It takes {', '.join(f'`{k}`' for k in known)}.",
                    nearest(name, known) or f"Remove `{name}`.",
                    self.key_code,
                )

    def get(self, key: str) -> Node | None:
        """Return a child, or None."""
        return self._keys.get(key)

    def need(self, key: str) -> Node | None:
        """Return a child; None, and a fault, without it."""
        child = self._keys.get(key)
        if child is None:
            written = [name for name in self._keys if nearest(name, [key])]
            hint = f"`{written[0]}` should be `{key}`." if written else f"Add `{key}: ...`."
            self.refuse(f"{self.what} needs `{key}`", self.node.place, "", hint, self.key_code)
        return child

    def text(self, key: str, *, needed: bool = False) -> str | None:
        """Return a text; a list is joined by "; "."""
        child = self.need(key) if needed else self.get(key)
        if child is None:
            return None
        if isinstance(child.value, list):
            return "; ".join(str(item.plain()) for item in child)
        if child.value is None or isinstance(child.value, dict):
            self.refuse(f"`{key}` of {self.what} should be a text", child.place)
            return None
        return str(child.value).strip()

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        child = self.need(key) if needed else self.get(key)
        if child is None:
            return ()
        items = tuple(child) if isinstance(child.value, list) else (child,)
        for item in items:
            if not isinstance(item.value, (str, int, float)):
                self.refuse(f"`{key}` of {self.what} should be a list of texts", item.place)
        return tuple(str(item.value) for item in items)

    def number(
        self, key: str, *, needed: bool = False, low: float = -math.inf, high: float = math.inf
    ) -> float | None:
        """Return a plain number between `low` and `high`, or a share such as ``90 %`` as 0.9."""
        child = self.need(key) if needed else self.get(key)
        if child is None:
            return None
        value = self.quantity(child, f"`{key}` of {self.what}", "dimensionless")
        if value is None:
            return None
        number = value.to("dimensionless")
        if not low <= number <= high:
            self.refuse(
                f"`{key}` of {self.what} is {number:g}", child.place, f"It lies between {low:g} and {high:g}."
            )
            return None
        return number

    def whole(self, key: str, default: int, *, low: int = 0) -> int:
        """Return a whole number from `low` on."""
        child = self.get(key)
        if child is None:
            return default
        if isinstance(child.value, bool) or not isinstance(child.value, int) or child.value < low:
            self.refuse(
                f"`{key}` of {self.what} is a whole number from {low} on, not `{child.plain()}`", child.place
            )
            return default
        return child.value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        """Return one of a few words; the default without the key, or a fault if there is none."""
        words = tuple(allowed)
        child = self.get(key) if default is not None else self.need(key)
        if child is None:
            return default
        if child.value not in words:
            self.refuse(
                f"`{key}` of {self.what} cannot be `{child.plain()}`",
                child.place,
                f"It is one of {', '.join(words)}.",
                nearest(str(child.value), words),
            )
            return None
        return str(child.value)

    def quantity(self, child: Node, what: str, unit: str, code: Code | None = None) -> Quantity | None:
        """Return a quantity that measures what `unit` measures; None, and a fault, otherwise."""
        try:
            return parse_quantity(
                child.value,
                what=what,
                like=(unit,),
                place=child.place,
                error=RequestError,
                code=code or self.value_code,
            )
        except RequestError as error:
            self.findings.extend(error.diagnostics)
            return None
