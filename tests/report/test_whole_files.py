from __future__ import annotations

import pytest

from acinus.errors import RequestError
from acinus.report import whole_file, write_text


def test_a_file_appears_under_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "result.csv"
    with whole_file(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        assert not path.exists()
        assert temporary.suffix == ".csv"
    assert path.read_text(encoding="utf-8") == "half"


def test_after_an_error_neither_the_file_nor_a_trace_of_it_is_left(tmp_path):
    path = tmp_path / "result.csv"
    failing = whole_file(path)
    failing.__enter__().write_text("half", encoding="utf-8")
    assert failing.__exit__(KeyError, KeyError(), None) is False
    assert list(tmp_path.iterdir()) == []


def test_after_an_error_the_file_of_before_still_stands(tmp_path):
    path = tmp_path / "result.csv"
    write_text(path, "before")
    with pytest.raises(KeyError), whole_file(path):
        raise KeyError
    assert path.read_text(encoding="utf-8") == "before"


def test_a_place_that_cannot_be_written_is_refused_with_a_remedy(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RequestError, match="AC980") as refusal:
        write_text(tmp_path / "file" / "result.csv", "text")
    assert "--out" in str(refusal.value)


def test_results_are_as_readable_as_other_files(tmp_path):
    (tmp_path / "other").write_text("", encoding="utf-8")
    write_text(tmp_path / "result", "text")
    assert (tmp_path / "result").stat().st_mode == (tmp_path / "other").stat().st_mode
