"""The few template lines of an assembly, expanded to plain Antimony with a way back to the author's lines.

In: the text of an assembly and the number of zones. Out: `Expanded` lines, each knowing the line it was
written on.

==========================  =========================================================================
``@zones i`` ... ``@end``   the block once for each zone i = 1..n
``@inner i`` ... ``@end``   the block once for i = 2..n: what connects a zone to its neighbour
``@sum(x_{i})``             ``(x_1 + x_2 + ... + x_n)``
``@mean(x_{i})``            ``((x_1 + ... + x_n) / n)``
``{n}``                     the number of zones
``@like human``             alone in a file: wired like another assembly, with numbers of its own
==========================  =========================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from acinus.errors import Code, Diagnostic, Place, nearest

__all__ = ["Expanded", "ExpandedLine", "Likeness", "expand", "likeness", "uses_zones"]

_BLOCK = re.compile(r"\s*@(\w+)\b\s*(\w*)\s*(?://.*)?$")
_GATHER = re.compile(r"@(sum|mean)\(")
_HOLE = re.compile(r"\{\s*(\w+)\s*(?:([+-])\s*(\d+))?\s*\}")
_WORD_WITH_HOLE = re.compile(r"[A-Za-z_](?:\w|\{[^}]*\})*")
_LIKE = re.compile(r"\s*@like\s+(\w+)\s*(?://.*)?$")
_WORDS = ("zones", "inner", "end", "sum", "mean")


@dataclass(frozen=True, slots=True)
class ExpandedLine:
    """A line after expansion, with the number (from 1) of the line it was written on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Expanded:
    """An assembly after expansion.

    `zone_names` says which names were made for a zone: ``cyp2e1_3`` -> (``cyp2e1``, 3), ``z3`` -> (``z``, 3).
    """

    lines: tuple[ExpandedLine, ...]
    zone_names: dict[str, tuple[str, int]]
    findings: tuple[Diagnostic, ...]


def uses_zones(text: str) -> bool:
    """Say whether a text contains template lines."""
    return re.search(r"@(zones|inner|sum|mean)\b|\{n\}", text) is not None


@dataclass(frozen=True, slots=True)
class Likeness:
    """An assembly that is wired like another: its name, the other's, where it says so, and findings."""

    name: str
    base: str
    place: Place
    findings: tuple[Diagnostic, ...]


def likeness(text: str, file: str) -> Likeness | None:
    """Return which assembly a text says it is wired like; None for a text with a wiring of its own.

    A text with `@like` says nothing else; whatever else it says is AC132.
    """
    lines = [
        (number, raw)
        for number, raw in enumerate(text.splitlines(), start=1)
        if raw.split("//", 1)[0].strip()
    ]
    found = next(((number, raw, hit) for number, raw in lines if (hit := _LIKE.match(raw))), None)
    if found is None:
        return None
    number, raw, hit = found
    others = tuple(
        Diagnostic(
            Code.TEMPLATE_WRONG,
            "more than `@like` in an assembly that is wired like another",
            Place(file, line, None, said),
            "It has the other's text and nothing of its own; its numbers stand in parameters/.",
            "Remove the line, or write the whole wiring here.",
        )
        for line, said in lines
        if line != number
    )
    return Likeness(
        PurePath(file).stem,
        hit.group(1),
        Place(file, number, hit.start(1) + 1, raw, len(hit.group(1))),
        others,
    )


def expand(text: str, zones: int, file: str) -> Expanded:
    """Return an assembly with its template lines expanded for `zones` zones.

    Parameters
    ----------
    text : str
    zones : int
        At least 1; otherwise the only finding is AC131.
    file : str
        The file as the user named it, for findings.

    Returns
    -------
    Expanded
        Findings are AC131 (zones < 1) and AC132 (a template line that is not closed or not known).
    """
    if zones < 1:
        finding = Diagnostic(
            Code.ZONES_IMPOSSIBLE,
            f"a liver of {zones} zones",
            Place(file),
            "The way from the portal to the central end needs at least one zone.",
            "Ask for 1 zone or more; 8 is usual.",
        )
        return Expanded((), {}, (finding,))
    out: list[ExpandedLine] = []
    names: dict[str, tuple[str, int]] = {}
    findings: list[Diagnostic] = []
    block: tuple[str, str, int, str] | None = None
    body: list[ExpandedLine] = []

    def place(number: int, raw: str, word: str) -> Place:
        return Place(file, number, raw.find(word) + 1, raw, len(word))

    for number, raw in enumerate(text.splitlines(), start=1):
        code = raw.split("//", 1)[0]
        line, problem = _gathered(code, zones, names)
        if problem:
            findings.append(
                Diagnostic(
                    Code.TEMPLATE_WRONG,
                    problem,
                    place(number, raw, "@"),
                    "",
                    "Close every bracket on the same line.",
                )
            )
        found = _BLOCK.match(line)
        if found and found.group(1) in ("zones", "inner"):
            if block is not None:
                findings.append(
                    Diagnostic(
                        Code.TEMPLATE_WRONG,
                        f"`@{found.group(1)}` inside `@{block[0]}`",
                        place(number, raw, f"@{found.group(1)}"),
                        "Blocks of zones do not nest.",
                        f"Close the block of line {block[2]} with `@end` first.",
                    )
                )
            block = (found.group(1), found.group(2) or "i", number, raw)
            body = []
        elif found and found.group(1) == "end":
            if block is None:
                findings.append(
                    Diagnostic(
                        Code.TEMPLATE_WRONG,
                        "`@end` closes nothing",
                        place(number, raw, "@end"),
                        "",
                        "Remove it.",
                    )
                )
            else:
                out += _repeated(
                    body, block[1], range(1 if block[0] == "zones" else 2, zones + 1), zones, names
                )
            block = None
        elif "@" in line:
            word = line[line.index("@") :].split("(")[0].split()[0]
            findings.append(
                Diagnostic(
                    Code.TEMPLATE_WRONG,
                    f"`{word}` is not a template line",
                    place(number, raw, word),
                    "",
                    nearest(word[1:], _WORDS) or "There are @zones, @inner, @end, @sum(...) and @mean(...).",
                )
            )
        elif block is not None:
            body.append(ExpandedLine(line, number))
        else:
            out.append(ExpandedLine(_filled(line, {"n": zones}), number))
    if block is not None:
        findings.append(
            Diagnostic(
                Code.TEMPLATE_WRONG,
                f"`@{block[0]}` has no `@end`",
                place(block[2], block[3], f"@{block[0]}"),
                "",
                "Write `@end` on a line of its own after the block.",
            )
        )
    if not findings:
        findings += [
            Diagnostic(
                Code.TEMPLATE_WRONG,
                f"`{hole.group(0)}` stands for nothing here",
                Place(file, line.line, None, text.splitlines()[line.line - 1]),
                "Inside a block its own letter and {n} are known, outside only {n}.",
                "Use the block's letter.",
            )
            for line in out
            for hole in _HOLE.finditer(line.text)
        ]
    return Expanded(tuple(out), names, tuple(findings))


def _repeated(
    body: list[ExpandedLine], letter: str, over: range, zones: int, names: dict[str, tuple[str, int]]
) -> list[ExpandedLine]:
    out = []
    for zone in over:
        for line in body:
            _remember(line.text, letter, zone, names)
            out.append(ExpandedLine(_filled(line.text, {letter: zone, "n": zones}), line.line))
    return out


def _filled(text: str, values: dict[str, int]) -> str:
    def fill(hole: re.Match[str]) -> str:
        if hole.group(1) not in values:
            return hole.group(0)
        shift = int(hole.group(3) or 0) * (-1 if hole.group(2) == "-" else 1)
        return str(values[hole.group(1)] + shift)

    return _HOLE.sub(fill, text)


def _remember(text: str, letter: str, zone: int, names: dict[str, tuple[str, int]]) -> None:
    own = "{" + letter + "}"
    for word in _WORD_WITH_HOLE.findall(text):
        if word.count(own) == 1 and word.count("{") == 1:
            stem = re.sub(rf"^z?{re.escape(own)}_|_z?{re.escape(own)}$|{re.escape(own)}", "", word)
            names[word.replace(own, str(zone))] = (stem, zone)


def _gathered(text: str, zones: int, names: dict[str, tuple[str, int]]) -> tuple[str, str]:
    """Expand every @sum and @mean of a line; the second value says what is wrong, or is empty."""
    while found := _GATHER.search(text):
        depth, end = 1, found.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        if depth:
            return text.replace("@", " "), f"`@{found.group(1)}(` is not closed"
        inside = text[found.end() : end - 1]
        for zone in range(1, zones + 1):
            _remember(inside, "i", zone, names)
        terms = " + ".join(_filled(inside, {"i": zone, "n": zones}) for zone in range(1, zones + 1))
        whole = f"({terms})" if found.group(1) == "sum" else f"(({terms}) / {zones})"
        text = text[: found.start()] + whole + text[end:]
    return text, ""
