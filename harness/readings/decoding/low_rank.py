"""Low rank: coordinates in which a few products say nearly all of a score, and a bound on what the others may add.

Let c be a vector and m a token's row of the folded matrix (a bias b counts as one more coordinate of both, [c, beta]
and [m, b / beta]). For *any* matrices S and T of the same shape let

    y = T' c,   x = S' m,   so that   c.m = y.x + c.(I - T S') m.

The first r coordinates of y and x are turned by one orthogonal matrix, which changes no product and spreads outliers,
rounded to y^ and x^, and multiplied; the rest are bounded by Cauchy-Schwarz:

    |c.m - y^.x^| <= |y_r - y^| |x^| + |y_r| |x_r - x^| + |y_rest| |x_rest| + rounding.

All norms are of the numbers at hand, so the bound holds for every vector, also for those far from what S and T were
made for: then it is wide, and more is read again, but nothing is missed. The residuals are measured, not deduced from
a format.

What makes it narrow is the choice of S and T (``fit``). Let A be the covariance of vectors seen before, each divided
by its norm, and G that of the tokens' rows. With A^1/2 G A^1/2 = V s^2 V',

    S = A^1/2 V s^-1/2,   T = A^-1/2 V s^1/2:

then T S' = I, and coordinate i has the variance s_i on both sides, which is where the sum of the products of norms is
least. The largest come first; s falls quickly, for a head's vectors lie near few directions. (An SVD of the tokens'
rows alone, without A, is worthless.)

With r = 0 the bound is |c.m| <= |y| |x| + rounding. So a vector c multiplies only the tokens with |x| of at least
(what is to be reached - rounding) / |y|, the first few tiles where the tokens are sorted by |x| (as in LEMP, Teflioudi
et al. 2015); on an average of a head's vectors that is a sixth of them.

Rounding, with u = 2^-24, d = width of c, and c scaled by a power of two, which is exact, to 1 <= |c| < 2:

* The float64 products that give y round by less than u y_i; x_i is a float32 product and errs by at most d u |m| |S_i|.
  So y.x is off by at most (d + 2) u h |m|, where h = sum_i |y_i| |S_i| >= (1 - E) |c|.
* c.(I - T S') m and the float64 sums are at most 2 E |m| with E = |I - T S'| + d 2^-51 sum_i |T_i| |S_i|, measured.
* The bound is compared with a score already found, which is at most |c| |m| for the largest |m|: 16 u of that.
* Turning errs by r^1.5 u |y_r| |x_r| for each side, and by 3 r^0.5 u for each since the turning matrix, itself rounded,
  is not quite orthogonal; scaling and summing y^.x^ in float32, by (r + 16) u |y^| |x^|. All are below
  (6 r^1.5 + 32) u |y_r| |x_r|; with |y^| |x^| in its place, the bound above, which holds what is missing, grows by
  that share.
* Norms and their products are relatively right to (d + 16) u. The whole bound is made larger by this and by the last.

Underflow is no part of this: vectors and matrices of extraordinary size never come here (see decode).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.decoding.tile_bounds import norms

_ROUNDOFF = 2.0**-24
_ENOUGH = 4096  # rows that a covariance is taken of
_RIDGE = 1e-6  # of a covariance's mean variance, added to all: directions not seen so far stay bounded


@dataclass(frozen=True)
class Basis:
    """S and T of the module; the coordinates that say most come first.

    Attributes:
        tokens: S, in float32.
        vectors: T, in float64.
        sizes: |S_i| of each column.
        error: E.
    """

    tokens: Float[Tensor, "width width"]
    vectors: Float[Tensor, "width width"]
    sizes: Float[Tensor, " width"]
    error: float

    @property
    def widening(self) -> float:
        """By how much a bound is made larger for the sake of its own rounding."""
        width = len(self.tokens)
        return 1.0 + float(6 * width**1.5 + 2 * width + 64) * _ROUNDOFF

    def slack(self, coordinates: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
        """Return what making the coordinates and comparing may add for each vector, as a share of the largest |m|."""
        return (len(self.tokens) + 34) * _ROUNDOFF * (coordinates.abs() @ self.sizes) + 4 * self.error


@dataclass(frozen=True)
class Tokens:
    """The tokens' coordinates, the largest first, so that those of a tile are alike.

    Attributes:
        basis: what they are coordinates in.
        beta: the bias's coordinate in every vector, where there is a bias.
        order: their ids; the last of them comes again to fill its tile.
        coordinates: in that order.
        tile: entries in a tile.
        largest_norm: of the tokens' rows.
    """

    basis: Basis
    beta: float | None
    order: Int[Tensor, " entries"]
    coordinates: Float[Tensor, "entries width"]
    tile: int
    largest_norm: float

    def with_bias(self, vectors: Float[Tensor, "n d_head"]) -> Float[Tensor, "n width"]:
        """Return the vectors with the bias's coordinate, where there is a bias."""
        return _with_bias(vectors, self.beta)


def tokens_for(
    vectors: Float[Tensor, "n d_head"],
    matrix: Float[Tensor, "vocab d_head"],
    bias: Float[Tensor, " vocab"] | None,
    tile: int,
) -> Tokens:
    """Return the tokens in coordinates that suit such vectors."""
    rows, beta = matrix, None
    if bias is not None:
        beta = _beta(matrix, bias)
        rows = torch.cat([matrix, (bias / beta)[:, None]], 1)
    basis = fit(_with_bias(vectors, beta), rows)
    coordinates = rows @ basis.tokens
    order = torch.from_numpy(norms(coordinates).neg_().numpy().argsort())
    order = torch.cat([order, order[-1:].expand(-len(order) % tile)])
    return Tokens(basis, beta, order, coordinates.index_select(0, order), tile, float(norms(rows).max()))


def fit(vectors: Float[Tensor, "n width"], rows: Float[Tensor, "vocab width"]) -> Basis:
    """Return the coordinates of which few say most about products of such vectors with such rows."""
    some = _some(vectors).double()
    variances, directions = torch.linalg.eigh(_covariance(some / some.norm(dim=1, keepdim=True).clamp(min=2.0**-60)))
    root = directions * variances.sqrt() @ directions.T
    squares, turn = torch.linalg.eigh(root @ _covariance(_some(rows).double()) @ root)
    scales = squares.clamp(min=float(squares.max()) * 1e-14).sqrt()
    tokens = (root @ turn / scales.sqrt()).flip(1).float().contiguous()
    wide = tokens.double()
    inverse = torch.linalg.inv(wide).T.contiguous()
    error = float(torch.dist(inverse @ wide.T, torch.eye(len(wide), dtype=torch.float64)))
    error += len(wide) * 2.0**-51 * float((inverse.norm(dim=0) * wide.norm(dim=0)).sum())
    return Basis(tokens, inverse, tokens.norm(dim=0), error)


@cache
def turn(rank: int) -> Float[Tensor, "rank padded"]:
    """Return an orthogonal matrix, always the same, with columns of zeros up to a multiple of eight (which products
    like).
    """
    noise = torch.randn(rank, rank, generator=torch.Generator().manual_seed(rank), dtype=torch.float64)
    return torch.nn.functional.pad(torch.linalg.qr(noise).Q, (0, -rank % 8)).float()


def turning(rank: int) -> float:
    """Return what turning and multiplying so many coordinates may add, as a share of |y^| |x^|."""
    return float(6 * rank**1.5 + 32) * _ROUNDOFF


def _some(rows: Float[Tensor, "n width"]) -> Float[Tensor, "few width"]:
    return rows[:: max(1, len(rows) // _ENOUGH)]


def _covariance(rows: Float[Tensor, "n width"]) -> Float[Tensor, "width width"]:
    """Of rows around zero, positive definite."""
    found = rows.T @ rows / max(1, len(rows))
    mean = float(found.trace()) / len(found)
    return found + torch.eye(len(found), dtype=found.dtype) * (_RIDGE * mean if mean > 0 else 1.0)


def _with_bias(vectors: Float[Tensor, "n d_head"], beta: float | None) -> Float[Tensor, "n width"]:
    return vectors if beta is None else torch.cat([vectors, vectors.new_full((len(vectors), 1), beta)], 1)


def _beta(matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"]) -> float:
    """Such that b / beta is about as large as the matrix's entries."""
    entry, height = float(matrix.square().mean().sqrt()), float(bias.square().mean().sqrt())
    return 2.0 ** round(math.log2(min(max(height / entry, 2.0**-20), 2.0**40)))
