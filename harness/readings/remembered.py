"""What was read of heads, remembered between runs, so that nothing is read twice.

A reader is one component of one head of one model, read one way: a digest of all that its readings depend on but the
ids, the code and the libraries that compute among it (`reader`). Each has a folder in the cache, and in it pieces
(`pieces`), a file each, which is written under another name and renamed when it is whole. So nobody waits for anybody:
several processes may write at once, who is killed leaves nothing but a file that is never looked at, and what is
damaged is thrown away by itself. It is a convenience: where it cannot be written, nothing is remembered and nothing
fails.

All pieces together take 512 MB, or as many as `HEADLAWS_READINGS` says (0: nothing is remembered); those that were
used longest ago go first. A process looks only now and then how much there is, so that each that writes may be over
that by a sixteenth.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness.models import cache
from harness.models.fingerprint import code_sha256, digest
from harness.profiling import Part, spent_on
from harness.readings.pieces import DamagedError, Piece, key, packed
from harness.readings.reading import Reading

IN_MEMORY = 192 << 20
"""Bytes of pieces that are held in memory."""

TOGETHER = 8 << 20
"""Bytes of readings that are written at once, at the latest."""

BLOCK = 4096
"""Bytes that a file takes on disk at the least."""

LEFT_BEHIND = 3600.0
"""Seconds after which a file that is not whole is nobody's any more."""

Ids = tuple[int, ...]


def reader(**depends: Any) -> str:
    """Return the digest of a reader: of what its readings depend on, and of the code that makes them."""
    return digest([depends, code_sha256("models", "readings")])


class _Known(dict[bytes, tuple[Piece, int]]):
    """What is on disk of one reader, by the ids: which piece, and where in it."""

    nbytes = 0

    def take(self, piece: Piece) -> None:
        """Add a piece."""
        self.nbytes += piece.nbytes
        for place, ids in enumerate(piece.keys()):
            self.setdefault(ids, (piece, place))


class Remembered:
    """Readings by their reader and ids; see the module's first lines."""

    def __init__(self, folder: Path, *, room: int) -> None:
        self._folder = folder
        self._room = room
        self._loaded: dict[str, _Known] = {}
        self._new: dict[str, dict[bytes, Reading]] = {}
        self._waiting = 0
        self._aside = False
        self._unseen: int | None = None  # bytes written since this process last looked how much there is

    def get(self, reader: str, ids: Ids) -> Reading | None:
        """Return the reading, where it is remembered."""
        if self._aside:
            return None
        name = key(ids)
        new = self._new.get(reader, {}).get(name)
        if new is not None:
            return new
        found = self._of(reader).get(name)
        return None if found is None else found[0].reading(found[1], ids)

    def put(self, reader: str, reading: Reading) -> None:
        """Remember the reading of a whole sequence; the first one stays. It is on disk after `keep`."""
        name = key(reading.ids)
        if self._aside or name in self._of(reader):
            return
        self._new.setdefault(reader, {}).setdefault(name, reading)
        self._waiting += reading.nbytes
        if self._waiting >= TOGETHER:
            self.keep()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Remember nothing inside the block: neither find nor keep."""
        before, self._aside = self._aside, True
        try:
            yield
        finally:
            self._aside = before

    @property
    def is_aside(self) -> bool:
        """Whether that is so now."""
        return self._aside

    def keep(self) -> None:
        """Write what is new, a piece a reader."""
        new, self._new, self._waiting = self._new, {}, 0
        with spent_on(Part.STORE):
            for reader, readings in new.items():
                whole = packed([*readings.values()], reader)
                with suppress(OSError):
                    self._write(reader, whole)
                self._of(reader).take(Piece(whole, reader))

    def let_go(self) -> None:
        """Write what is new, and hold nothing in memory."""
        self.keep()
        self._loaded.clear()

    def _of(self, reader: str) -> _Known:
        found = self._loaded.get(reader)
        if found is None:
            if sum(known.nbytes for known in self._loaded.values()) > IN_MEMORY:
                self._loaded.clear()
            with spent_on(Part.STORE):
                found = self._loaded[reader] = self._load(reader)
        return found

    def _load(self, reader: str) -> _Known:
        known = _Known()
        for file in sorted((self._folder / reader).glob("*.piece")):
            with suppress(OSError):  # it may have been thrown away meanwhile
                try:
                    known.take(Piece(file.read_bytes(), reader))
                    os.utime(file)  # it was used
                except DamagedError:
                    file.unlink()
        return known

    def _write(self, reader: str, whole: bytes) -> None:
        place = self._folder / reader
        place.mkdir(parents=True, exist_ok=True)
        part = place / f"{time.time_ns()}-{uuid.uuid4().hex}{cache.UNFINISHED}"
        try:
            part.write_bytes(whole)
            part.replace(part.with_suffix(".piece"))
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
        if self._unseen is None or self._unseen + len(whole) > self._room // 16:
            self._make_room()
            self._unseen = 0
        self._unseen += max(BLOCK, len(whole))

    def _make_room(self) -> None:
        """Throw away the pieces that were used longest ago, where all take too much, and what nobody finished."""
        files = []
        for file in self._folder.glob("*/*"):
            with suppress(OSError):
                stat = file.stat()
                if file.suffix == cache.UNFINISHED and time.time() - stat.st_mtime > LEFT_BEHIND:
                    file.unlink()
                else:
                    files.append((stat.st_mtime_ns, max(BLOCK, stat.st_size), file))
        taken = sum(size for _, size, _ in files)
        for _, size, file in sorted(files):
            if taken <= self._room - self._room // 16:
                return
            with suppress(OSError):
                file.unlink()
                taken -= size
                file.parent.rmdir()  # where it was the last
