from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import acinus

ROOMS = sorted(path.parent.name for path in Path(acinus.__file__).parent.glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_with_what_comes_in_goes_out_and_is_never_known(room):
    words = (importlib.import_module(f"acinus.{room}").__doc__ or "").lower()
    assert "in:" in words
    assert "out:" in words
    assert "never" in words


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_exists(room):
    module = importlib.import_module(f"acinus.{room}")
    assert [name for name in getattr(module, "__all__", []) if not hasattr(module, name)] == []


def test_every_public_name_of_the_package_exists():
    assert [name for name in acinus.__all__ if not hasattr(acinus, name)] == []


def test_every_module_says_what_it_is():
    silent = [
        str(path)
        for path in Path(acinus.__file__).parent.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for path in Path(acinus.__file__).parent.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_library_code_prints_nothing():
    talkers = [
        f"{path}:{node.lineno}"
        for path in Path(acinus.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert talkers == []
