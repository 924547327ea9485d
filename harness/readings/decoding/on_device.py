"""Decoding on a device: the same two tokens, margins and marks, made where the vectors and the folded matrix lie.

A device such as a GPU multiplies fast and has no use for a screen. So each block of vectors is multiplied with the
whole matrix in float32, and what may be first or second by the bound on that product's error is scored in float64, as
on the CPU: by element-wise operations alone, in one fixed order, so to the same bits. The bound holds in any order of
summation, with or without fused multiplication, but not for products in TF32; those are kept off meanwhile. What comes
back are tokens, runners-up, margins and marks.

A block takes so much of the device's memory as is free; where that was too much, the block is halved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.models.memory_limits import free
from harness.readings.decoding.block import decode_all
from harness.readings.decoding.distinct import distinct
from harness.readings.decoding.exact_top2 import BestTwo
from harness.readings.decoding.folded import Folded, checked
from harness.readings.decoding.near_ties import Top2, judged
from harness.readings.tolerance import Tolerance, tolerance

SHARE = 8
"""One part in so many of the free memory holds a block's scores; what is compared with them takes some more."""

MOST = 16384
"""Vectors of a block."""


@contextmanager
def full_precision() -> Iterator[None]:
    """Make products of float32 in float32 throughout, within the block."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def decodes(device: torch.device) -> bool:
    """Return whether to decode there: not on the CPU, which has screens, nor where there is no float64."""
    if device.type == "cpu":
        return False
    try:
        return bool(torch.ones(1, dtype=torch.float64, device=device).sum() == 1)
    except (RuntimeError, TypeError):
        return False


@torch.no_grad()
def top2_on_device(
    vectors: Float[Tensor, "n d_head"], folded: Folded, *, noise: Tolerance | None = None, most: int | None = None
) -> Top2:
    """Return what `top_two.top2` gives, made where the folded matrix lies, which may be the CPU.

    Args:
        noise: of their margins; that of their dtype where it is not given.
        most: vectors of a block; as many as fit where it is not given.

    Raises:
        HeadlawsError: as top2 does.
    """
    relative = (noise or tolerance(vectors.dtype)).relative
    with full_precision():
        rows, inverse = distinct(checked(vectors, folded))
        tokens = rows.new_empty(2, len(rows), dtype=torch.int64)
        scores = rows.new_empty(2, len(rows), dtype=torch.float64)
        ordinary = folded.suits(rows)
        for some in (True, False):
            chosen = (ordinary == some).nonzero()[:, 0]
            if len(chosen):
                way = folded if some else folded.in_float64()
                for block, best_two in _in_blocks(rows, chosen, way, most or _most(way)):
                    tokens[:, block], scores[:, block] = best_two.tokens, best_two.scores
        found = judged(rows, tokens, scores, folded, relative).of(inverse)
    return Top2(*(getattr(found, field.name).cpu() for field in fields(Top2)))


def _in_blocks(
    rows: Float[Tensor, "n d_head"], chosen: Int[Tensor, " some"], folded: Folded, most: int
) -> Iterator[tuple[Int[Tensor, " few"], BestTwo]]:
    """First and second place of some rows, block by block; smaller ones from where memory runs out."""
    done = 0
    while done < len(chosen):
        block = chosen[done : done + most]
        try:
            best_two = decode_all(rows[block].to(folded.matrix.dtype), folded)
        except torch.OutOfMemoryError:
            if len(block) == 1:
                raise
            most = max(1, len(block) // 2)
            continue
        yield block, best_two
        done += len(block)


def _most(folded: Folded) -> int:
    """So many vectors' scores fit."""
    room = free(folded.matrix.device) // SHARE
    return max(1, min(MOST, room // (folded.matrix.dtype.itemsize * len(folded.matrix))))
