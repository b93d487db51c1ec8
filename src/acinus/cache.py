"""Object code kept between runs, by the hash of all that decides it.

A file is written under another name and renamed, so that a reader sees all of it or nothing, and two processes that
compile the same model at once do no harm. Where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["cache_folder", "cache_key", "key_of_sources", "read_cached", "write_cached"]

_MAGIC = b"acinus object code 1\n"


def cache_folder() -> Path | None:
    """Return the folder for object code, made if needed; None where no place is writable."""
    homes = []
    if os.environ.get("XDG_CACHE_HOME"):
        homes.append(Path(os.environ["XDG_CACHE_HOME"]))
    else:
        try:
            homes.append(Path.home() / ".cache")
        except RuntimeError:
            homes = []
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    for home in homes:
        if _is_ours_to_write(home / "acinus"):
            return home / "acinus"
    import tempfile  # slow to import, and seldom needed

    place = Path(tempfile.gettempdir()) / f"acinus-{user}"
    return place if _is_ours_to_write(place) else None


def cache_key(*parts: bytes) -> str:
    """Return the name under which something is kept."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def key_of_sources(*folders: Path) -> str:
    """Return a name that changes with the text of the Python files in some folders, and with their names."""
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    return cache_key(*(part for file in files for part in (file.name.encode(), file.read_bytes())))


def read_cached(key: str) -> bytes | None:
    """Return what was kept, or None. A file that is damaged counts as absent."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        content = (folder / f"{key}.bin").read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + 32
    data = content[head:]
    whole = content.startswith(_MAGIC) and content[len(_MAGIC) : head] == hashlib.sha256(data).digest()
    return data if whole else None


def write_cached(key: str, data: bytes) -> None:
    """Keep something if there is a place to keep it."""
    folder = cache_folder()
    if folder is None:
        return
    import tempfile

    try:
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(data).digest() + data)
        Path(name).replace(folder / f"{key}.bin")
    except OSError:
        Path(name).unlink(missing_ok=True)


def _is_ours_to_write(place: Path) -> bool:
    """Say whether a folder can be written and belongs to this user: code from a stranger's folder is not run."""
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        owned = not hasattr(os, "getuid") or place.stat().st_uid == os.getuid()
    except OSError:
        return False
    return owned and os.access(place, os.W_OK | os.X_OK)
