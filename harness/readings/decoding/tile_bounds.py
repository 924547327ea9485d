"""Screens: between which two numbers the largest score of each tile of the vocabulary lies, for each vector.

A screen multiplies less, or in numbers that the processor is fast with, and keeps only the maximum of every tile of
the product. It decides no argmax: it says which tiles can hold neither the first nor the second of a vector; the
others are read again. Those of reduced rank and precision are in ``reduced``, their bound is proved in ``low_rank``.

Here is the plain one, the whole product in the folded matrix's own numbers. With u = the unit roundoff of its dtype
(2^-24 for float32), d = d_head + 1, a vector c and a token's row m, a sum of d products errs in any order by at most
d u |c| |m|; the norms, evaluating the bounds and comparing them take less than 3 d + 32 of that unit. ``slack`` is
the sum, taken for the largest |m| of all. Underflow is no part of this: vectors of extraordinary size never come
here (see decode).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Float, Int
from torch import Tensor

_LARGEST_TILE = 256
_FEWEST_TILES = 16  # with fewer, the second largest maximum says little about the second largest score
_SPAN_BYTES = 1 << 20  # what a product may write before its maxima are taken: it should still be in a core's cache
_WIDE = 32  # columns that a product takes no longer for than for fewer, unless these are very few
_NARROW = 8
_PADDED = 96  # from so many on it does not matter


class Precision(Enum):
    """In what numbers screens multiply: ``PLAIN`` everything, the others the coordinates that say most.

    Tokens, runners-up and margins are the same with each.
    """

    PLAIN = "plain"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT7 = "int7"
    INT8 = "int8"


@dataclass(frozen=True)
class Bounds:
    """No entry of a tile scores above ``upper``, and at least one scores ``lower`` or more."""

    upper: Float[Tensor, "tiles n"]
    lower: Float[Tensor, "tiles n"]


def tile_size(vocab: int) -> int:
    """Return entries in a tile: few enough that there are several tiles, many enough that a product is worth its call.

    >>> tile_size(49152), tile_size(100), tile_size(1)
    (256, 6, 1)
    """
    return max(1, min(_LARGEST_TILE, vocab // _FEWEST_TILES))


def norms(rows: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
    """Return each row's Euclidean norm."""
    found: Tensor = torch.linalg.vector_norm(rows, dim=1)
    return found


def slack(width: int, dtype: torch.dtype) -> float:
    """Return the bound on rounding, as a share of |c| |m|; see the module."""
    return float(torch.finfo(dtype).eps / 2 * (4 * width + 32))


class PlainScreen:
    """The matrix itself, in its own numbers and order.

    Attributes:
        order: token ids tile by tile; the last of them comes again to fill its tile.
        largest_norm: of its rows.
        largest_bias: the largest magnitude of a bias.
    """

    def __init__(self, matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None, tile: int) -> None:
        self.order = torch.arange(-(-len(matrix) // tile) * tile, device=matrix.device).clamp_(max=len(matrix) - 1)
        self.tile = tile
        self._matrix, self._bias = matrix, bias
        self._slack = slack(matrix.shape[1] + 1, matrix.dtype)
        self.largest_norm = float(norms(matrix).max())
        self.largest_bias = 0.0 if bias is None else float(bias.abs().max())

    def error(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, " n"]:
        """Return how far a product of these vectors, made in the matrix's dtype, may be from any token's exact
        score.
        """
        return self.largest(vectors) * self._slack

    def largest(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, " n"]:
        """Return what no score of these vectors is above, but for rounding (Cauchy and Schwarz)."""
        return norms(vectors) * self.largest_norm + self.largest_bias

    def scores(self, vectors: Float[Tensor, "n d_head"], tokens: Int[Tensor, " few"]) -> Float[Tensor, "n few"]:
        """Return the scores of some tokens, to within ``error``."""
        part = self._matrix.index_select(0, tokens).T
        if self._bias is None:
            return vectors @ part
        return torch.addmm(self._bias[tokens], vectors, part)

    def scores_of_tiles(
        self, vectors: Sequence[Float[Tensor, "some d_head"]], tiles: Int[Tensor, "tiles tile"]
    ) -> list[Float[Tensor, "some tile"]]:
        """Return the scores of a tile's tokens for some vectors, tile by tile, to within ``error``."""
        rows = self._matrix.index_select(0, tiles.flatten()).view(*tiles.shape, -1).transpose(1, 2).unbind()
        if self._bias is None:
            return [torch.mm(some, columns) for some, columns in zip(vectors, rows, strict=True)]
        biases = self._bias[tiles].unbind()
        return [torch.addmm(bias, some, columns) for bias, some, columns in zip(biases, vectors, rows, strict=True)]

    def all_scores(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, "n vocab"]:
        """Return the scores of all tokens, to within ``error``."""
        whole = self._matrix.T
        return vectors @ whole if self._bias is None else torch.addmm(self._bias, vectors, whole)

    def bounds(self, vectors: Float[Tensor, "n d_head"]) -> Bounds:
        """Bound each tile's largest score."""

        def multiply(rows: slice, out: Tensor) -> None:
            if self._bias is None:
                torch.mm(self._matrix[rows], vectors.T, out=out)
            else:
                torch.addmm(self._bias[rows, None], self._matrix[rows], vectors.T, out=out)

        error, n = self.error(vectors), len(vectors)
        vectors = widened(vectors)
        maxima = largest_of_tiles(multiply, len(vectors), len(self._matrix), self.tile, self._matrix.dtype)[:, :n]
        return Bounds(maxima + error, maxima - error)


def widened(rows: Float[Tensor, "n width"]) -> Float[Tensor, "more width"]:
    """Return so many rows, of zeros behind the last one, that products with them and their maxima take the least."""
    n = len(rows)
    if n % _WIDE <= _NARROW or n >= _PADDED:
        return rows
    return torch.cat([rows, rows.new_zeros(-n % _WIDE, rows.shape[1])])


def largest_of_tiles(
    multiply: Callable[[slice, Tensor], None], n: int, entries: int, tile: int, dtype: torch.dtype
) -> Float[Tensor, "tiles n"]:
    """Return the maximum of each tile of a product ``[entries, n]`` that is never there as a whole.

    ``multiply`` writes the rows of a slice of the entries into a tensor.
    """
    maxima = torch.empty(-(-entries // tile), n, dtype=dtype)
    span = tile * max(1, _SPAN_BYTES // (dtype.itemsize * tile * max(1, n)))
    buffer = torch.empty(min(span, entries), n, dtype=dtype)
    whole = entries - entries % tile
    steps = [(start, min(start + span, whole), tile) for start in range(0, whole, span)]
    if whole < entries:
        steps.append((whole, entries, entries - whole))
    for start, stop, width in steps:
        out = buffer[: stop - start]
        multiply(slice(start, stop), out)
        torch.amax(out.view(-1, width, n), 1, out=maxima[start // tile : -(-stop // tile)])
    return maxima


def second_best(lower: Float[Tensor, "tiles n"], known: Float[Tensor, "n few"]) -> Float[Tensor, " n"]:
    """Return what the second largest score is at least: the second largest of bounds on entries that all differ."""
    nothing = known.new_full((len(known), 2), -math.inf)
    return _two_largest(torch.cat([_two_largest(lower.T), _two_largest(known), nothing], 1))[:, 1]


def _two_largest(values: Float[Tensor, "n some"]) -> Float[Tensor, "n two"]:
    """Of each row the two largest, or as many as there are; overwrites the largest. (topk takes longer for so few.)"""
    if values.shape[1] < 2:
        return values
    first, where = values.max(1, keepdim=True)
    return torch.cat([first, values.scatter_(1, where, -math.inf).amax(1, keepdim=True)], 1)


def second_of_each(values: Float[Tensor, " pairs"], which: Int[Tensor, " pairs"], n: int) -> Float[Tensor, " n"]:
    """Return the second largest value of each vector, or less; -inf where it has one alone."""
    nothing = values.new_full((n,), -math.inf)
    first = nothing.scatter_reduce(0, which, values, "amax")
    return nothing.scatter_reduce(0, which, values.masked_fill(values == first[which], -math.inf), "amax")
