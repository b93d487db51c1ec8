"""Texts with their places: YAML and CSV read so that every value knows the file and line it came from.

In: a path. Out: `Node` trees (YAML) or `Row`s (CSV). Knows files and lines; never knows what the values mean.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, ModelTextError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Node", "Row", "biology_folder", "read_csv", "read_text", "read_yaml", "shown"]


def biology_folder() -> Path:
    """Return the folder of model text: inside the wheel, or the repository's own when installed editable."""
    inside = Path(__file__).parent / "_biology"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "biology"


def shown(path: Path) -> str:
    """Return a path as a user would type it: relative to the working folder where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def read_text(path: Path) -> str:
    """Return a UTF-8 text file's content, or raise `ModelTextError` AC101/AC102 naming the file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ModelTextError(
            Diagnostic(
                Code.FILE_MISSING, f"no such file: {shown(path)}", None, "", nearest(path.name, beside)
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelTextError(
            Diagnostic(
                Code.NOT_READABLE,
                f"cannot read {shown(path)}: {error}",
                Place(shown(path)),
                "",
                "Save it as UTF-8 text.",
            )
        ) from error


@cache
def _lines(path: Path) -> tuple[str, ...]:
    return tuple(read_text(path).splitlines())


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML value with its place.

    `value` is a plain scalar (str, int, float, bool, None), a list of `Node`, or a dict from str to `Node`.
    """

    value: Any
    place: Place

    def plain(self) -> Any:
        """Return the value without places, as ordinary dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key: str) -> Node:
        return self.value[key]

    def get(self, key: str) -> Node | None:
        """Return the child of that name, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Iterate over the children of a mapping."""
        yield from self.value.items() if isinstance(self.value, dict) else ()

    def __iter__(self) -> Iterator[Node]:
        yield from self.value if isinstance(self.value, list) else ()


def read_yaml(path: Path, text: str | None = None) -> Node:
    """Return a YAML file (or `text`, reported as if it were that file) as a tree of `Node`s.

    Raises
    ------
    ModelTextError
        AC101 if the file is missing, AC102 if it is not YAML, or if a key stands twice in one mapping.
    """
    import yaml

    source = read_text(path) if text is None else text
    lines = source.splitlines()

    def place(mark: Any, length: int = 1) -> Place:
        excerpt = lines[mark.line] if mark.line < len(lines) else None
        return Place(shown(path), mark.line + 1, mark.column + 1, excerpt, length)

    loader = yaml.SafeLoader(source)

    def build(node: Any) -> Node:
        if isinstance(node, yaml.MappingNode):
            children: dict[str, Node] = {}
            for key_node, value_node in node.value:
                key = str(loader.construct_object(key_node))
                if key in children:
                    raise ModelTextError(
                        Diagnostic(
                            Code.NOT_READABLE,
                            f"`{key}` stands twice here",
                            place(key_node.start_mark, len(key)),
                            "Only one of the two would count.",
                            "Keep one of them.",
                        )
                    )
                children[key] = build(value_node)
            return Node(children, place(node.start_mark))
        if isinstance(node, yaml.SequenceNode):
            return Node([build(item) for item in node.value], place(node.start_mark))
        length = (
            max(1, node.end_mark.column - node.start_mark.column)
            if node.end_mark.line == node.start_mark.line
            else 1
        )
        return Node(loader.construct_object(node), place(node.start_mark, length))

    try:
        root = loader.get_single_node()
        if root is None:
            return Node({}, Place(shown(path), 1))
        return build(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = place(mark) if mark is not None else Place(shown(path))
        problem = getattr(error, "problem", None) or str(error)
        raise ModelTextError(
            Diagnostic(
                Code.NOT_READABLE,
                f"not valid YAML: {problem}",
                where,
                "",
                "Check indentation, colons and quotes.",
            )
        ) from error
    finally:
        loader.dispose()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its cells by column name, and where it stands."""

    cells: Mapping[str, str]
    file: Path
    line: int

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def place(self, column: str | None = None) -> Place:
        """Return the place of the row, with a caret under one of its cells when a column is named."""
        text = _lines(self.file)
        excerpt = text[self.line - 1] if self.line - 1 < len(text) else None
        cell = self.cells.get(column, "") if column is not None else ""
        start = excerpt.find(cell) if excerpt is not None and cell else -1
        if start < 0:
            return Place(shown(self.file), self.line, None, excerpt)
        return Place(shown(self.file), self.line, start + 1, excerpt, len(cell))


def read_csv(path: Path, required: tuple[str, ...]) -> tuple[Row, ...]:
    """Return the rows of a CSV file with a header line; cells are stripped of blanks.

    Raises
    ------
    ModelTextError
        AC101 if the file is missing, AC102 if a required column is absent or a row has the wrong number of cells.
    """
    text = read_text(path)
    _lines.cache_clear()
    reader = csv.reader(text.splitlines())
    header = [name.strip() for name in next(reader, [])]
    findings = [
        Diagnostic(
            Code.NOT_READABLE,
            f"the table has no column `{column}`",
            Place(shown(path), 1, None, text.splitlines()[0] if text else ""),
            f"Its columns are: {', '.join(header) or 'none'}.",
            nearest(column, header) or f"Add the column `{column}`.",
        )
        for column in required
        if column not in header
    ]
    rows = []
    for cells in reader:
        if not cells or not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            findings.append(
                Diagnostic(
                    Code.NOT_READABLE,
                    f"{len(cells)} cells in a table of {len(header)} columns",
                    Place(shown(path), reader.line_num, None, text.splitlines()[reader.line_num - 1]),
                    "",
                    "Quote cells that contain a comma.",
                )
            )
            continue
        rows.append(Row(dict(zip(header, (c.strip() for c in cells), strict=True)), path, reader.line_num))
    if findings:
        raise ModelTextError(findings)
    return tuple(rows)
