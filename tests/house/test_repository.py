from __future__ import annotations

import collections
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from acinus.documents import biology_folder, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {".py", ".md", ".toml", ".yaml", ".csv", ".ant", ".bib", ".cfg", ""}
FOLDER_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|opt|Users)/\w")


def texts(repository: Path) -> Iterator[tuple[Path, str]]:
    for folder in ("src", "biology", "tests", "docs", "benchmarks", ".ci"):
        for path in sorted((repository / folder).rglob("*")):
            if path.is_file() and path.suffix in KINDS and "__pycache__" not in path.parts:
                yield path, path.read_text(encoding="utf-8")
    for name in ("Makefile", "README.md", "pyproject.toml"):
        yield repository / name, (repository / name).read_text(encoding="utf-8")


def test_no_file_knows_the_machine_it_was_written_on(repository):
    found = [
        f"{path.relative_to(repository)}: {line.strip()}"
        for path, text in texts(repository)
        if path != Path(__file__)
        for line in text.splitlines()
        if FOLDER_OF_A_MACHINE.search(line) or "PIP_FIND_LINKS" in line
    ]
    assert found == []


def test_every_make_target_named_in_the_documents_exists(repository):
    targets = set(
        re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        target
        for path, text in texts(repository)
        if path.suffix == ".md"
        for target in re.findall(r"`make ([a-z-]+)`|^\$? ?make ([a-z-]+)", text, re.MULTILINE)
        for target in target
        if target
    }
    assert named
    assert named <= targets


def test_every_file_linked_from_a_document_exists(repository):
    broken = [
        f"{path.relative_to(repository)} -> {link}"
        for path, text in texts(repository)
        if path.suffix == ".md"
        for link in re.findall(r"\]\(([^)#]+)\)", text)
        if not link.startswith(("http:", "https:")) and not (path.parent / link).exists()
    ]
    assert broken == []


def test_test_files_have_different_names(repository):
    # Tests are not packages, so that two files of one name would hide each other.
    names = collections.Counter(path.name for path in (repository / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def bibliography() -> set[str]:
    text = (biology_folder() / "references.bib").read_text(encoding="utf-8")
    return set(re.findall(r"^@\w+\{\s*([^,\s]+)\s*,", text, re.MULTILINE))


def cited(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("source", "citation", "sources") and isinstance(item, (str, list)):
                yield from item if isinstance(item, list) else re.split(r"\s*;\s*", item)
            else:
                yield from cited(item)
    elif isinstance(value, list):
        for item in value:
            yield from cited(item)


def test_every_source_named_in_a_document_of_the_biology_is_in_the_bibliography():
    known = bibliography()
    missing = [
        f"{path.name}: {key}"
        for path in sorted(biology_folder().rglob("*.yaml"))
        for key in cited(yaml.safe_load(path.read_text(encoding="utf-8")))
        if key and not key.startswith("fit:") and key not in known
    ]
    assert missing == []


def test_every_source_named_in_a_table_is_in_the_bibliography():
    known = bibliography()
    missing = [
        f"{row.place('source')}: {key}"
        for path in sorted((biology_folder() / "parameters").rglob("*.csv"))
        for row in read_csv(path, ("source",))
        for key in re.split(r"\s*;\s*", row["source"])
        if key and not key.startswith("fit:") and key not in known
    ]
    assert missing == []


def test_no_work_is_cited_twice_under_one_key():
    text = (biology_folder() / "references.bib").read_text(encoding="utf-8")
    keys = collections.Counter(re.findall(r"^@\w+\{\s*([^,\s]+)\s*,", text, re.MULTILINE))
    assert [key for key, count in keys.items() if count > 1] == []
