"""What may happen to a run, and that nothing is lost and nothing counted twice when it does."""

from __future__ import annotations

import errno
import functools
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_run import content_of, small_request

from acinus.errors import RequestError
from acinus.runs import RunFolder, files, merge_runs, open_run, progress_of, resume_run, start_run, verify_run
from acinus.runs.identity import software
from acinus.runs.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

KILLS = 50
MANY = {"people": 1000, "shard_size": 5, "trajectories": {"keep": 100}}

_processes = multiprocessing.get_context("forkserver")


def start_or_resume(folder: Path, pipe: Any, most_bytes: int | None = None, **request: Any) -> None:
    """Do what a user would: begin, or go on with what is there. Tells of each shard through the pipe."""
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        if (folder / "manifest.json").exists():
            resume_run(folder, workers=2, tell=lambda _: pipe.send("shard"))
        else:
            start_run(small_request(**request), folder, workers=2, tell=lambda _: pipe.send("shard"))
        pipe.send("end")
    except RequestError as error:
        pipe.send(error)


@pytest.fixture(scope="module", autouse=True)
def warm_server():
    """Start the server of child processes with everything loaded, or each child would load it for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        here = str(Path(__file__).parent)
        patch.setenv("PYTHONPATH", os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])]))
        _processes.set_forkserver_preload(["warmed"])
        forkserver.ensure_running()


def child_at_work(folder: Path, *rest: Any, **request: Any) -> tuple[Any, Any]:
    here, there = _processes.Pipe(duplex=False)
    process = _processes.Process(target=start_or_resume, args=(folder, there, *rest), kwargs=request)
    process.start()
    there.close()
    return process, here


@pytest.mark.slow
def test_a_run_killed_at_fifty_random_instants_ends_byte_for_byte_like_an_undisturbed_one(tmp_path):
    chance = random.Random(20261122)
    folder = tmp_path / "killed"
    for kill in range(KILLS):
        process, pipe = child_at_work(folder, **MANY)
        # Some are killed on the way to their first shard, the others at any instant of the few shards after it.
        if kill % 5:
            assert pipe.poll(60)
            assert pipe.recv() == "shard"
            time.sleep(chance.uniform(0.0, 0.03))
        else:
            time.sleep(chance.uniform(0.0, 0.5))
        assert process.is_alive(), "the run must be longer than all attempts together"
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        if (folder / "manifest.json").exists():
            found = verify_run(folder)
            assert found.damaged == 0
            assert found.people == progress_of(folder).people_done
    assert 0 < progress_of(folder).shards_done < 200
    resume_run(folder)
    start_run(small_request(**MANY), tmp_path / "undisturbed")
    assert content_of(folder) == content_of(tmp_path / "undisturbed")
    merge_runs([folder], tmp_path / "merged")
    assert content_of(tmp_path / "merged") == content_of(tmp_path / "undisturbed")


class Killed(BaseException):
    """Ends a run where it stands, without any of the tidying up that follows an error."""


def cut_off_after(syncs: int, monkeypatch: pytest.MonkeyPatch, begin: Callable[[], object]) -> bool:
    """Begin something and end it at the sync after so many; say whether it got that far."""
    sync, left = os.fsync, syncs

    def fail(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", fail)
        try:
            begin()
        except Killed:
            return True
    return False


def test_a_run_cut_off_at_any_write_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    request = small_request(people=60)
    start_run(request, tmp_path / "undisturbed")
    expected = content_of(tmp_path / "undisturbed")
    for cut in range(200):
        folder = tmp_path / f"cut_{cut}"
        if not cut_off_after(cut, monkeypatch, functools.partial(start_run, request, folder, workers=1)):
            break
        if (folder / "manifest.json").exists():
            assert verify_run(folder).damaged == 0
            resume_run(folder)
        else:
            start_run(request, folder)
        assert content_of(folder) == expected
        assert not list(folder.rglob("*.part"))
    assert 15 < cut < 199, "every write has been cut off once"


def test_a_full_disk_stops_a_run_with_a_message_and_loses_nothing(tmp_path, undisturbed):
    """The limit of file sizes stands for the disk: it lets the manifest and small files pass, and no table."""
    smallest = min(len(data) for name, data in content_of(undisturbed).items() if name.startswith("shards"))
    process, pipe = child_at_work(tmp_path / "run", smallest - 1)
    assert pipe.poll(120)
    error = pipe.recv()
    process.join()
    (found,) = error.diagnostics
    assert found.code.value == "AC980"
    assert os.strerror(errno.EFBIG) in found.what
    assert "acinus runs resume" in found.remedy
    assert not list((tmp_path / "run").rglob("*.part"))
    resume_run(tmp_path / "run")
    assert content_of(tmp_path / "run") == content_of(undisturbed)


def test_a_full_file_system_keeps_what_was_finished(tmp_path, undisturbed):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        with pytest.raises(RequestError) as caught:
            start_run(small_request(), small / "run")
        assert caught.value.diagnostics[0].code.value == "AC980"
        assert os.strerror(errno.ENOSPC) in str(caught.value)
        found = verify_run(small / "run")
        assert found.damaged == 0
        assert 0 < found.missing < 12
        subprocess.run(["mount", "-o", "remount,size=4m", str(small)], check=True)
        resume_run(small / "run")
        assert content_of(small / "run") == content_of(undisturbed)
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.fixture
def copied(tmp_path, undisturbed):
    shutil.copytree(undisturbed, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize("kind", ["shards", "failures", "trajectories"])
def test_a_flipped_bit_is_found_and_mended(copied, undisturbed, kind):
    chance = random.Random(kind)
    path = chance.choice(sorted((copied / kind).iterdir()))
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    found = verify_run(copied)
    assert found.damaged == 1
    assert found.people == 230 - (10 if path.name.startswith("00000011") else 20)
    (finding,) = found.findings
    assert finding.code.value == "AC956"
    assert path.name in finding.what
    with pytest.raises(RequestError, match="AC956"):
        merge_runs([copied], copied.parent / "merged")
    resume_run(copied)
    assert verify_run(copied).findings == ()
    assert content_of(copied) == content_of(undisturbed)


def test_a_flipped_bit_in_a_page_is_noticed_by_who_reads_it(copied):
    path = sorted((copied / "shards").iterdir())[3]
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 4
    path.write_bytes(data)
    with pytest.raises(RequestError) as caught:
        open_run(copied).to_pandas()
    assert caught.value.diagnostics[0].code.value == "AC956"
    assert "acinus runs verify" in str(caught.value)


def test_what_was_deleted_is_missed_and_made_again(copied, undisturbed):
    sorted((copied / "shards").iterdir())[2].unlink()
    sorted((copied / "failures").iterdir())[0].unlink()
    found = verify_run(copied)
    assert (found.missing, found.damaged) == (1, 1)
    assert {finding.code.value for finding in found.findings} == {"AC956", "AC957"}
    resume_run(copied)
    assert content_of(copied) == content_of(undisturbed)


def test_a_shard_under_two_names_is_not_counted_twice(copied, undisturbed):
    path = sorted((copied / "shards").iterdir())[0]
    shutil.copy(path, path.with_name("00000000." + "0" * 32 + ".parquet"))
    with pytest.raises(RequestError, match="counted twice"):
        open_run(copied)
    assert verify_run(copied).people == 230 - 20
    resume_run(copied)
    assert content_of(copied) == content_of(undisturbed)


def test_two_processes_do_not_write_to_one_folder(tmp_path):
    folder = tmp_path / "run"
    process, pipe = child_at_work(folder, **MANY)
    assert pipe.poll(60)
    with pytest.raises(RequestError) as caught:
        resume_run(folder)
    (found,) = caught.value.diagnostics
    assert found.code.value == "AC954"
    assert f"process {process.pid}" in found.what
    assert progress_of(folder).active
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    # A lock ends with its process; nobody has to clear anything.
    assert not progress_of(folder).active
    with locked(folder):
        assert progress_of(folder).active


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_computed(tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(RequestError) as caught:
        start_run(small_request(), tmp_path / "file" / "run")
    assert caught.value.diagnostics[0].code.value == "AC980"
    assert "Make the folder writable" in str(caught.value)


@pytest.fixture
def closed(tmp_path):
    """A folder that even whoever runs the tests cannot write to: the superuser is stopped by a read-only mount alone."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.geteuid() != 0:
        yield folder
        return
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(
            f"the superuser writes anywhere and nothing can be mounted: {mounted.stderr.decode().strip()}"
        )
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_read_only_folder_is_refused(closed):
    with pytest.raises(RequestError, match="AC980"):
        start_run(small_request(), closed / "run")
    assert not any(closed.iterdir())


def test_a_folder_with_a_run_or_with_other_files_is_not_taken(copied, tmp_path):
    with pytest.raises(RequestError) as caught:
        start_run(small_request(), copied)
    assert caught.value.diagnostics[0].code.value == "AC952"
    assert "acinus runs resume" in str(caught.value)
    (tmp_path / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(RequestError, match="thesis"):
        start_run(small_request(), tmp_path)
    with pytest.raises(RequestError, match="AC953"):
        resume_run(tmp_path)


def test_a_run_begun_with_something_else_does_not_go_on(copied):
    path = RunFolder(copied).manifest_path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"seed": 7', '"seed": 8'), encoding="utf-8")
    with pytest.raises(RequestError, match="its request was edited"):
        resume_run(copied)
    path.write_text(text.replace(software()["numpy"], "0.9").replace('identity": "', 'identity": "0'))
    with pytest.raises(RequestError, match=r"AC955.*numpy \(0.9 then"):
        resume_run(copied)


def test_parts_computed_apart_merge_to_the_whole(tmp_path, undisturbed):
    for k in (1, 2, 3):
        start_run(small_request(), tmp_path / f"part_{k}", part=(k, 3))
    assert verify_run(tmp_path / "part_2").people == 80
    start_run(small_request(seed=8), tmp_path / "other")
    with pytest.raises(RequestError, match="AC958"):
        merge_runs([tmp_path / "part_1", tmp_path / "other"], tmp_path / "merged")
    merge_runs([tmp_path / "part_1", tmp_path / "part_3"], tmp_path / "merged")
    assert verify_run(tmp_path / "merged").missing == 4
    # A second merge into the same folder adds what was not there, and counts what was there once.
    merge_runs([tmp_path / "part_1", tmp_path / "part_2"], tmp_path / "merged")
    assert verify_run(tmp_path / "merged").findings == ()
    assert content_of(tmp_path / "merged") == content_of(undisturbed)
