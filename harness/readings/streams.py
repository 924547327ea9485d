"""Streams: where runs of a sweep stopped, on disk, so that a later run of the same sequence goes on from there.

A file for each sequence holds the residual stream at the highest layer that a run has entered, for all positions that
went through the model. It begins with a sum over the rest, keyed by all that the numbers depend on: what was cut
short, changed, or is of another network is not used, and the run begins at the bottom. A sequence that another one
begins with shares its file. Writing is never necessary: where the disk is full, or there is no room left, nothing is
kept. Whoever made the folder throws it away.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.backbone import Backbone
from harness.readings.activations import Ids

ROOM = 128 << 20
"""Bytes that one process writes for a family."""

SUM = 32
_HEAD = struct.Struct("<HII")
"""Layer, ids and positions; BOS is a position and no id."""


@dataclass(frozen=True)
class KeptStream:
    """One sequence's residual stream as it enters a layer.

    Attributes:
        ids: that went through the model, without BOS: the sequence and what it was filled with.
    """

    layer: int
    ids: Ids
    residual: Float[Tensor, "pos d_model"]


class Streams:
    """The streams of one family's sequences, by networks and the ids in front."""

    def __init__(self, folder: Path, *, below: int, room: int = ROOM) -> None:
        """Keep them in a folder, which is made when the first one is written.

        Args:
            below: nobody will go on from this layer or one above it, so none is kept that entered it.
        """
        self._folder = folder
        self._below = below
        self._room = room
        self._whose: dict[tuple[str, int | None], bytes] = {}

    def get(self, backbone: Backbone, front: int | None, ids: Ids, *, length: int, layer: int) -> KeptStream | None:
        """Return the stream of a sequence that entered this layer or one below, if one is known and sound.

        Args:
            length: of the sequence when it is filled.
        """
        whose = self._of(backbone, front)
        try:
            whole = self._path(whose, ids, length).read_bytes()
        except OSError:
            return None
        body = memoryview(whole)[SUM:]
        if len(whole) < SUM + _HEAD.size or whole[:SUM] != _sum(body, whose):
            return None
        entered, number, positions = _HEAD.unpack_from(body)
        run = tuple(np.frombuffer(body, "<u4", number, _HEAD.size).tolist())
        if entered > layer or number != length or run[: len(ids)] != ids:
            return None
        numbers = torch.frombuffer(bytearray(body[_HEAD.size + 4 * number :]), dtype=backbone.dtype)
        return KeptStream(entered, run, numbers.view(positions, -1))

    def put(self, backbone: Backbone, front: int | None, kept: KeptStream, asked: Iterable[Ids]) -> None:
        """Keep a stream for the sequences that were asked for, all of which its ids begin with."""
        if self._room <= 0 or kept.layer >= self._below or kept.residual.dtype is not backbone.dtype:
            return
        if not bool(torch.isfinite(kept.residual).all()):
            return
        whose = self._of(backbone, front)
        numbers = kept.residual.contiguous().cpu().view(torch.uint8).numpy().tobytes()
        head = _HEAD.pack(kept.layer, len(kept.ids), len(kept.residual))
        body = head + np.array(kept.ids, "<u4").tobytes() + numbers
        part = self._folder / f"{os.getpid()}.part"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(_sum(body, whose) + body)
                self._room -= len(body)
                for ids in asked:
                    self._name(part, self._path(whose, ids, len(kept.ids)))
            finally:
                part.unlink(missing_ok=True)

    def _name(self, part: Path, path: Path) -> None:
        """Give what was written one more name, in the place of what had it."""
        linked = part.with_suffix(".link")
        linked.hardlink_to(part)
        linked.replace(path)
        linked.unlink(missing_ok=True)  # it stays where both were one file

    def _path(self, whose: bytes, ids: Ids, length: int) -> Path:
        name = hashlib.blake2b(struct.pack(f"<I{len(ids)}I", length, *ids), key=whose, digest_size=16)
        return self._folder / name.hexdigest()

    def _of(self, backbone: Backbone, front: int | None) -> bytes:
        """All that a stream depends on but its ids."""
        key = backbone.fingerprint, front
        if key not in self._whose:
            whole = (*key, str(backbone.dtype), str(backbone.device), torch.backends.cpu.get_cpu_capability())
            self._whose[key] = hashlib.sha256(repr(whole).encode()).digest()
        return self._whose[key]


def _sum(body: bytes | memoryview, whose: bytes) -> bytes:
    return hashlib.blake2b(body, key=whose, digest_size=SUM).digest()
