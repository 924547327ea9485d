"""Cache: things that are fetched or converted once, each in a folder of its own that is either whole or not there.

A thing is built in a folder with a temporary name, written to disk to the last byte, and renamed at the end; its
`record.json` holds the size and sha256 of every file. Whoever is killed in the middle leaves a temporary folder
behind, which the next one to build the same thing sweeps away. A lock keeps two processes from building the same
thing; the second waits, and finds it there.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

from harness.errors import CacheError, HeadlawsError
from harness.models.fingerprint import file_sha256

RECORD = "record.json"
UNFINISHED = ".part"

Builder = Callable[[Path], Mapping[str, Any]]
"""Fills an empty folder; what it returns is kept in the record as details."""


@dataclass(frozen=True)
class Record:
    """What a cached thing is made of.

    Attributes:
        sizes: bytes of each file, by its path inside the folder.
        sums: sha256 of each file, likewise.
        details: what its builder had to say.
    """

    sizes: Mapping[str, int]
    sums: Mapping[str, str]
    details: Mapping[str, Any]


def root() -> Path:
    """Return the cache folder: `HEADLAWS_CACHE`, or the platform's own. It need not exist yet."""
    chosen = os.environ.get("HEADLAWS_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_cache_dir("headlaws"))


def build_once(name: str, build: Builder, *, say: Callable[[str], None] | None = None) -> Path:
    """Return the folder of that name in the cache, built now if it is not there.

    Args:
        name: a plain folder name; put into it all that the content depends on.
        build: fills the folder.
        say: where to tell that another process is building the same; stderr by default.

    Raises:
        CacheError: where the cache cannot be written, its disk is full, or what lies there is damaged.
    """
    found = root() / name
    if found.exists():
        check(found)
        return found
    with _in_one_line(), _lock(found, say or _to_stderr):
        _sweep(found)
        if not found.exists():
            _build(found, build)
    check(found)
    return found


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Yield a folder in the cache for something large that is not kept; it is gone when the context ends.

    What a process that was killed left there goes when the thing of that name is built, or the next such folder made.

    Raises:
        CacheError: where the cache cannot be written, or its disk is full.
    """
    found = root() / name
    with _in_one_line(), _lock(found, _to_stderr):
        _sweep(found)
        with tempfile.TemporaryDirectory(
            prefix=f"{name}.", suffix=UNFINISHED, dir=found.parent, ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)


def check(folder: Path) -> Record:
    """Return the record of a cached thing, if all its files are there with their full sizes. The sums are not computed
    again.

    Raises:
        CacheError: otherwise.
    """
    advice = f"delete this folder and run again to make it again: {folder}"
    try:
        read = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        record = Record(sizes=read["sizes"], sums=read["sums"], details=read["details"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CacheError(f"the cached {folder.name} is damaged ({RECORD} is missing or unreadable); {advice}") from None
    for file, size in record.sizes.items():
        try:
            has = (folder / file).stat().st_size
        except OSError:
            raise CacheError(f"the cached {folder.name} is damaged ({file} is missing); {advice}") from None
        if has != size:
            raise CacheError(f"the cached {folder.name} is damaged ({file} has {has:,} of {size:,} bytes); {advice}")
    return record


def size(folder: Path) -> int:
    """Return the bytes that a folder takes; 0 where there is none."""
    return sum(file_sizes(folder))


def file_sizes(folder: Path) -> Iterator[int]:
    """Yield the bytes of each file below a folder, while others may be writing there: what vanishes meanwhile is left
    out.
    """
    for place, _folders, files in os.walk(folder):  # unlike Path.rglob it does not mind
        for file in files:
            with suppress(OSError):
                yield Path(place, file).stat().st_size


def _build(found: Path, build: Builder) -> None:
    unfinished = found.with_name(f"{found.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        unfinished.mkdir()
        details = build(unfinished)
        files = sorted(file for file in unfinished.rglob("*") if file.is_file())
        record = {
            "sizes": {_inside(unfinished, file): file.stat().st_size for file in files},
            "sums": {_inside(unfinished, file): file_sha256(file) for file in files},
            "details": dict(details),
        }
        written = unfinished / RECORD
        written.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
        for path in (*files, written, unfinished):
            _to_disk(path)
        unfinished.replace(found)
        _to_disk(found.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _inside(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open folders, and its renames need no such care
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(found: Path) -> None:
    # whoever holds the lock is the only one alive that builds this, so every unfinished folder of it is a dead one's
    for left in found.parent.glob(f"{found.name}.*{UNFINISHED}"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _lock(found: Path, say: Callable[[str], None]) -> Iterator[None]:
    found.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(found.with_name(f"{found.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Another process is making {found.name}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Turns what the operating system says about the cache folder into one line that says what to do.

    safetensors reports a full disk as an error of its own, with the system's words in its text.
    """
    elsewhere = "or set HEADLAWS_CACHE to a folder"
    try:
        yield
    except HeadlawsError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        text = str(error)
        if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(sign in text for sign in _FULL):
            raise CacheError(
                f"the disk of the cache folder {root()} is full; free some space there {elsewhere} on another disk, "
                "then run again. Unfinished files were removed."
            ) from error
        if isinstance(error, OSError) and number in (
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.ENOTDIR,
            errno.EEXIST,
        ):
            raise CacheError(
                f"the cache folder {root()} cannot be written ({error.strerror}); get the right to write there "
                f"{elsewhere} of your own."
            ) from error
        raise


_FULL = ("os error 28", "os error 27", "os error 122", "No space left on device", "File too large")
