"""Parts of one run, computed apart, put into one folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place, RequestError
from acinus.runs.files import commit, make_folder
from acinus.runs.folder import RunFolder
from acinus.runs.lock import locked
from acinus.runs.people_table import table_files
from acinus.runs.shard import read_header
from acinus.runs.verifying import damage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["merge_runs"]


def merge_runs(sources: Sequence[str | Path], out: str | Path) -> RunFolder:
    """Copy the shards of parts of a run into a new folder; a shard that several have is counted once.

    Parameters
    ----------
    sources : sequence of str or Path
        Folders started from one request with the same versions: parts, or the same run on several machines.
    out : str or Path
        A new folder, or one that a merge was killed in.

    Returns
    -------
    RunFolder
        Byte for byte what one undisturbed run gives, once all shards are there; `resume_run` computes what is missing.

    Raises
    ------
    RequestError
        AC953 if a source is no run, AC956 if one is damaged, AC958 if they are not parts of one run, AC952 if `out`
        holds another run, AC980 if it cannot be written to.
    """
    folders = [RunFolder(source) for source in sources]
    if not folders:
        raise _refused("nothing was named to merge", None, "Name the folders of the parts.")
    manifests = [folder.manifest() for folder in folders]
    for folder, manifest in zip(folders[1:], manifests[1:], strict=True):
        if manifest.identity != manifests[0].identity:
            raise _refused(
                f"{shown(folder.path)} and {shown(folders[0].path)} are not parts of one run",
                folder.path,
                "They must come from the same request, model, biology and software.",
            )
    wrong = [
        each for folder, manifest in zip(folders, manifests, strict=True) for each in damage(folder, manifest)
    ]
    if wrong:
        raise RequestError([each.diagnostic for each in wrong])
    names: dict[int, Path] = {}
    for folder in folders:
        for index, (path,) in folder.shards().items():
            other = names.setdefault(index, path)
            if other.name != path.name:
                raise _refused(
                    f"{shown(path)} and {shown(other)} disagree",
                    path,
                    "One shard came out differently on two machines; their processors may differ. Keep one of the two.",
                )
    target = RunFolder(out)
    whole = replace(manifests[0], part=(1, 1))
    make_folder(target.path)
    with locked(target.path):
        if target.manifest_path.exists():
            if target.manifest().identity != whole.identity:
                raise RequestError(
                    Diagnostic(
                        Code.RUN_EXISTS,
                        f"{shown(target.path)} already holds another run",
                        Place(shown(target.path)),
                        "",
                        "Choose another folder with --out.",
                    )
                )
        else:
            table = whole.people_table(folders[0].path)
            for name, data in (table_files(table) if table is not None else {}).items():
                commit(target.path / name, data)
            target.create(whole)
        target.clear_unfinished()
        for _, path in sorted(names.items()):
            source = path.parent.parent
            for kind, name in read_header(path)["companions"].items():
                commit(target.path / kind / name, (source / kind / name).read_bytes())
            commit(target.path / "shards" / path.name, path.read_bytes())
    return target


def _refused(what: str, path: Path | None, remedy: str) -> RequestError:
    return RequestError(
        Diagnostic(Code.MERGE_IMPOSSIBLE, what, Place(shown(path)) if path is not None else None, "", remedy)
    )
