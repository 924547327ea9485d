"""Screens: between which two numbers the largest score of each tile of the vocabulary lies, for each vector.

A screen multiplies in numbers that the processor is fast with and keeps only the maximum of every tile of the
product. It decides no argmax: it says which tiles can hold neither the first nor the second of a vector; the others
are read again. Why that is safe, with u = the unit roundoff of the folded matrix's dtype (2^-24 for float32), d =
d_head + 1 and Euclidean norms:

Reduced precision. Let c be a vector and m a token's row of the folded matrix, the bias b taken in as one more
coordinate, [c, beta] and [m, b / beta], whose product is the score; both turned by one orthogonal matrix, which
changes no product and spreads outliers over all coordinates. Let c^ and m^ be what is left of them as int8 (one scale
a vector, one a tile) or as bfloat16. Then

    c.m = c^.m^ + (c - c^).m^ + c.(m - m^),

hence by Cauchy-Schwarz

    |c.m - c^.m^| <= |c - c^| |m^| + |c| |m - m^| = e,

and with the tile's largest |m^| and |m - m^| one e serves all its entries: their largest c.m lies within e of their
largest c^.m^. The residuals' norms are measured, not deduced from the format, so nothing hangs on how the rounding
was done.

* int8: c^.m^ is the two scales times a sum of integers, and that sum is exact (it stays far below 2^31).
* bfloat16: products of two are exact in float32, their sum is made in float32, and that sum x is rounded to
  y = x (1 + delta) with |delta| <= 2^-8. Rounding is monotone, so the largest y comes from the largest x, and
  |x - y| <= |y| 2^-8 / (1 - 2^-8) < |y| / 254.

Plain. c^ = c and m^ = m, no turning: e = 0, and only rounding is left.

Rounding of all other steps, in units of u |c| |m|: a sum of d products, in any order, at most d; turning, d^1.5 for
each side (each of d columns errs by at most d u |c|) and 3 d^0.5 for each because the turning matrix, itself rounded,
is not quite orthogonal; residuals and norms, d + 6 for each side; evaluating the bounds and comparing them, 16.
``slack`` is above the sum of these, is taken for the largest |m| of all, and is added to e. Underflow is no part of
this: vectors of extraordinary size never come here (see decode).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

_LARGEST_TILE = 256
_FEWEST_TILES = 16  # with fewer, the second largest maximum says little about the second largest score
_SPAN_BYTES = (
    1 << 21
)  # what a product may write before its maxima are taken: it should still be in the processor's cache


class Precision(Enum):
    """In what numbers screens multiply. Tokens, runners-up and margins are the same with each."""

    PLAIN = "plain"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


@dataclass(frozen=True)
class Bounds:
    """No entry of a tile scores above ``upper``, and at least one scores ``lower`` or more."""

    upper: Float[Tensor, "tiles n"]
    lower: Float[Tensor, "tiles n"]


class Screen(Protocol):
    """A folded matrix made ready for screening.

    Attributes:
        order: token ids in the order of the tiles, each of ``tile`` ids, but the last may have fewer.
    """

    order: Int[Tensor, " entries"]
    tile: int

    def bounds(self, vectors: Float[Tensor, "n d_head"], known: Int[Tensor, " few"]) -> Bounds:
        """Bound each tile's largest score. The caller knows the scores of ``known``: ``lower`` is of other tokens."""
        ...


def tile_size(vocab: int) -> int:
    """Entries in a tile: few enough that there are several tiles, many enough that a product is worth its call.

    >>> tile_size(49152), tile_size(100), tile_size(1)
    (256, 6, 1)
    """
    return max(1, min(_LARGEST_TILE, vocab // _FEWEST_TILES))


def norms(rows: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
    """Each row's Euclidean norm."""
    found: Tensor = torch.linalg.vector_norm(rows, dim=1)
    return found


def slack(width: int, dtype: torch.dtype, *, turns: int) -> float:
    """The bound on rounding, as a share of |c| |m|, with so many sides turned (0 or 2); see the module."""
    roundoff = torch.finfo(dtype).eps / 2
    return float(roundoff * (4 * width + 32 + turns * (2 * width**1.5 + 4 * width**0.5)))


class PlainScreen:
    """The matrix itself, in its own numbers and order.

    Attributes:
        largest_norm: of its rows.
    """

    def __init__(self, matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None, tile: int) -> None:
        self.order = torch.arange(len(matrix))
        self.tile = tile
        self._matrix, self._bias = matrix, bias
        self._slack = slack(matrix.shape[1] + 1, matrix.dtype, turns=0)
        self.largest_norm = float(norms(matrix).max())
        self._largest_bias = 0.0 if bias is None else float(bias.abs().max())

    def error(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, " n"]:
        """How far a product of these vectors, made in the matrix's dtype, may be from any token's exact score."""
        return (norms(vectors) * self.largest_norm + self._largest_bias) * self._slack

    def scores(
        self, vectors: Float[Tensor, "n d_head"], tokens: Int[Tensor, " few"], out: Tensor | None = None
    ) -> Float[Tensor, "n few"]:
        """The scores of some tokens, to within ``error``."""
        part = self._matrix.index_select(0, tokens).T
        if self._bias is None:
            return torch.mm(vectors, part, out=out)
        return torch.addmm(self._bias[tokens], vectors, part, out=out)

    def all_scores(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, "n vocab"]:
        """The scores of all tokens, to within ``error``."""
        whole = self._matrix.T
        return vectors @ whole if self._bias is None else torch.addmm(self._bias, vectors, whole)

    def bounds(self, vectors: Float[Tensor, "n d_head"], known: Int[Tensor, " few"]) -> Bounds:
        """See Screen. Where tokens are known, ``lower`` says nothing."""

        def multiply(rows: slice, out: Tensor) -> None:
            if self._bias is None:
                torch.mm(vectors, self._matrix[rows].T, out=out)
            else:
                torch.addmm(self._bias[rows], vectors, self._matrix[rows].T, out=out)

        maxima = largest_of_tiles(multiply, len(vectors), len(self.order), self.tile, self._matrix.dtype)
        error = self.error(vectors)
        return Bounds(maxima + error, maxima - (math.inf if len(known) else error))


def largest_of_tiles(
    multiply: Callable[[slice, Tensor], None], n: int, entries: int, tile: int, dtype: torch.dtype
) -> Float[Tensor, "tiles n"]:
    """The maximum of each tile of a product ``[n, entries]`` that is never there as a whole.

    ``multiply`` writes the columns of a slice of the entries into a tensor.
    """
    maxima = torch.empty(-(-entries // tile), n, dtype=dtype)
    span = tile * max(1, _SPAN_BYTES // (dtype.itemsize * tile * n))
    buffer = torch.empty(n * min(span, entries), dtype=dtype)
    whole = entries - entries % tile
    steps = [(start, min(start + span, whole), tile) for start in range(0, whole, span)]
    if whole < entries:
        steps.append((whole, entries, entries - whole))
    for start, stop, width in steps:
        out = buffer[: n * (stop - start)].view(n, stop - start)
        multiply(slice(start, stop), out)
        maxima[start // tile : -(-stop // tile)] = out.view(n, -1, width).amax(2).T
    return maxima
