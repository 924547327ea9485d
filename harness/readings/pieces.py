"""Pieces: some readings of one reader as bytes, and back, exactly.

A piece begins with a sum over the rest, keyed by the reader: bytes that were cut short or changed, or that are another
reader's, are refused. Behind it come columns, each for all readings together: the lengths of the sequences, their ids,
tokens and runners-up in 4 bytes an entry, margins in 8, marks of near-ties and of open ones in a bit each; of attention
also its weights.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from harness.readings.reading import Reading

SUM = 32
FORMAT = 2
"""Of the columns; bytes of another format are refused like those of another reader. 2: marks of open entries."""
_HEAD = struct.Struct("<BBI")  # the kind, keys in front of the sequence, how many readings


class DamagedError(Exception):
    """The bytes are no piece of this reader's, or no longer."""


class Kind(IntEnum):
    """What the readings of a piece are; all are of one kind, since they are one reader's."""

    LINES = 0
    TRIANGLES = 1
    ATTENTION = 2


def key(ids: Sequence[int]) -> bytes:
    """Return what a reading is found by: the ids of its sequence."""
    return struct.pack(f"<{len(ids)}I", *ids)


def packed(readings: Sequence[Reading], reader: str) -> bytes:
    """Return some readings of whole sequences, by one reader."""
    weights = [found for reading in readings if (found := getattr(reading, "weights", None)) is not None]
    front = weights[0].shape[1] - weights[0].shape[0] if weights else 0
    kind = Kind.ATTENTION if weights else Kind.TRIANGLES if readings[0].triangle else Kind.LINES
    body = b"".join(
        (
            _HEAD.pack(kind, front, len(readings)),
            np.array([len(reading) for reading in readings], "<u4").tobytes(),
            b"".join(key(reading.ids) for reading in readings),
            _column([reading.tokens for reading in readings], "<i4"),
            _column([reading.runners_up for reading in readings], "<i4"),
            _column([reading.margins for reading in readings], "<f8"),
            np.packbits(np.concatenate([reading.near_ties for reading in readings])).tobytes(),
            np.packbits(np.concatenate([reading.open for reading in readings])).tobytes(),
            _column([found.ravel() for found in weights], "<f8") if weights else b"",
        )
    )
    return _sum(body, reader) + body


class Piece:
    """Readings out of such bytes.

    Attributes:
        nbytes: what it holds.
    """

    def __init__(self, whole: bytes, reader: str) -> None:
        """Look at the bytes, and refuse them where they are not whole.

        Raises:
            DamagedError: then.
        """
        self.nbytes = len(whole)
        body = memoryview(whole)[SUM:]
        if whole[:SUM] != _sum(body, reader):
            raise DamagedError
        kind, self._front, number = _HEAD.unpack_from(body)
        self._kind = Kind(kind)
        self._at = _HEAD.size
        self._body = body
        lengths = self._take(number, "<u4").astype(np.int64)
        entries = lengths * (lengths + 1) // 2 if self._kind is Kind.TRIANGLES else lengths
        self._ids = self._raw(4 * int(lengths.sum()))
        self._positions, self._entries = _ends(lengths), _ends(entries)
        total = self._entries[-1]
        self._tokens, self._runners_up = self._take(total, "<i4"), self._take(total, "<i4")
        self._margins = self._take(total, "<f8")
        self._near_ties, self._open = self._marks(total), self._marks(total)
        if self._kind is Kind.ATTENTION:
            self._cells = _ends(lengths * (lengths + self._front))
            self._weights = self._take(self._cells[-1], "<f8")

    def keys(self) -> Iterator[bytes]:
        """Yield what its readings are found by, in order."""
        for start, stop in zip(self._positions, self._positions[1:], strict=False):
            yield bytes(self._ids[4 * start : 4 * stop])

    def reading(self, place: int, ids: tuple[int, ...]) -> Reading:
        """Return one of its readings; the caller knows the ids."""
        some = slice(self._entries[place], self._entries[place + 1])
        columns: dict[str, Any] = {
            "ids": ids,
            "sequence": ids,
            "triangle": self._kind is Kind.TRIANGLES,
            "tokens": self._tokens[some].astype(np.int64),
            "runners_up": self._runners_up[some].astype(np.int64),
            "margins": self._margins[some],
            "near_ties": self._near_ties[some],
            "open": self._open[some],
        }
        if self._kind is not Kind.ATTENTION:
            return Reading(**columns)
        from harness.readings.attention import Attention  # it knows torch; who looks at pieces alone need not

        cells = slice(self._cells[place], self._cells[place + 1])
        weights = self._weights[cells].reshape(len(ids), len(ids) + self._front)
        return Attention(**columns, weights=weights, first=-self._front)

    def _raw(self, size: int) -> memoryview:
        self._at += size
        return self._body[self._at - size : self._at]

    def _marks(self, number: int) -> np.ndarray:
        return np.unpackbits(self._take(-(-number // 8), "u1"), count=number).astype(bool)

    def _take(self, number: int, dtype: str) -> np.ndarray:
        return np.frombuffer(self._raw(number * np.dtype(dtype).itemsize), dtype)


def _column(parts: Sequence[np.ndarray], dtype: str) -> bytes:
    return np.concatenate(parts).astype(dtype).tobytes()


def _ends(sizes: np.ndarray) -> list[int]:
    """Where each of several stretches begins, and the last one ends."""
    return [0, *np.cumsum(sizes).tolist()]


def _sum(body: bytes | memoryview, reader: str) -> bytes:
    return hashlib.blake2b(body, key=hashlib.sha256(f"{FORMAT} {reader}".encode()).digest(), digest_size=SUM).digest()
