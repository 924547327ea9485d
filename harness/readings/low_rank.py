"""Low rank: coordinates in which a few products say nearly all of a score, and a bound on what the others may add.

Let c be a vector and m a token's row of the folded matrix (a bias b counts as one more coordinate of both, [c, beta]
and [m, b / beta]). For *any* matrices S and T of the same shape let

    y = T' c,   x = S' m,   so that   c.m = y.x + c.(I - T S') m.

The first r coordinates of y and x are multiplied, rounded to y^ and x^; the rest are bounded by Cauchy-Schwarz:

    |c.m - y^.x^| <= |y_r - y^| |x^| + |y_r| |x_r - x^| + |y_rest| |x_rest| + rounding.

All norms are of the numbers at hand, so the bound holds for every vector, also for those far from what S and T were
made for: then it is wide, and more is read again, but nothing is missed. The residuals are measured, not deduced from
a format.

What makes it narrow is the choice of S and T (``fit``). Let A be the covariance of vectors seen before, each divided
by its norm, and G that of the tokens' rows. With A^1/2 G A^1/2 = V s^2 V',

    S = A^1/2 V s^-1/2,   T = A^-1/2 V s^1/2:

then T S' = I, and coordinate i has the variance s_i on both sides, which is where the sum of the products of norms is
least. The largest come first; s falls quickly, for a head's vectors lie near few directions. (An SVD of the tokens'
rows alone, without A, is worthless.) The first r are then turned among each other, which changes no product and
spreads outliers for the sake of rounding.

Rounding, with u = 2^-24, d = width of c, and c scaled by a power of two, which is exact, to 1 <= |c| < 2. The float64
products that give y round by less than u y_i; x_i is a float32 product and errs by at most d u |m| |S_i|. So y.x is
off by at most (d + 2) u h |m|, where h = sum_i |y_i| |S_i| >= (1 - E) |c|. The rest of the identity, and the float64
sums, are at most 2 E |m| with E = |I - T S'| + d 2^-51 sum_i |T_i| |S_i|, measured when S and T are made. Summing y^.x^
in float32, and the scales, round by at most (r + 16) u |y^| |x^|. The bound is compared with a score already found,
which is at most |c| |m| for the largest |m|; this takes 16 u of it. Norms and their products are relatively right
to (d + 16) u, for which the whole bound is made larger. Underflow is no part of this: vectors and matrices of
extraordinary size never come here (see decode).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

_ROUNDOFF = 2.0**-24
_ENOUGH = 4096  # rows that a covariance is taken of
_RIDGE = 1e-6  # of a covariance's mean variance, added to all: directions not seen so far stay bounded
_MULTIPLE = 8  # numbers that products like


@dataclass(frozen=True)
class Basis:
    """S and T of the module, with columns of zeros up to a multiple of eight.

    Attributes:
        tokens: S, in float32.
        vectors: T, in float64.
        sizes: |S_i| of each column.
        error: E.
        rank: r, a multiple of eight.
    """

    tokens: Float[Tensor, "width padded"]
    vectors: Float[Tensor, "width padded"]
    sizes: Float[Tensor, " padded"]
    error: float
    rank: int

    @property
    def widening(self) -> float:
        """By how much a bound is made larger for the sake of its own rounding."""
        return 1 + (2 * len(self.tokens) + 32) * _ROUNDOFF

    @property
    def product_rounding(self) -> float:
        """What multiplying may add, as a share of |y^| |x^|."""
        return (self.rank + 16) * _ROUNDOFF

    def slack(self, coordinates: Float[Tensor, "n padded"]) -> Float[Tensor, " n"]:
        """What making the coordinates and comparing may add for each vector, as a share of the largest |m|."""
        return (len(self.tokens) + 34) * _ROUNDOFF * (coordinates.abs() @ self.sizes) + 4 * self.error


def fit(vectors: Float[Tensor, "n width"], rows: Float[Tensor, "vocab width"]) -> Float[Tensor, "width width"]:
    """S, in float64, before its first columns are turned: the coordinates that say most come first."""
    some = _some(vectors).double()
    variances, directions = torch.linalg.eigh(_covariance(some / some.norm(dim=1, keepdim=True).clamp(min=2.0**-60)))
    root = directions * variances.sqrt() @ directions.T
    squares, turn = torch.linalg.eigh(root @ _covariance(_some(rows).double()) @ root)
    scales = squares.clamp(min=float(squares.max()) * 1e-14).sqrt()
    made: Tensor = (root @ turn / scales.sqrt()).flip(1)
    return made


def basis(fitted: Float[Tensor, "width width"], rank: int) -> Basis:
    """The fitted coordinates, the first ``rank`` of them to be multiplied."""
    width = len(fitted)
    lead = min(rank, width)
    tokens = torch.cat([fitted[:, :lead] @ _turn(lead), fitted[:, lead:]], 1).float()
    wide = tokens.double()
    inverse = torch.linalg.inv(wide).T
    error = float(torch.dist(inverse @ wide.T, torch.eye(width, dtype=torch.float64)))
    error += width * 2.0**-51 * float((inverse.norm(dim=0) * wide.norm(dim=0)).sum())
    rank = padded(rank)
    padding = (0, max(rank, width) - width)
    tokens, inverse = (torch.nn.functional.pad(side, padding).contiguous() for side in (tokens, inverse))
    return Basis(tokens, inverse, tokens.norm(dim=0), error, rank)


def padded(rank: int) -> int:
    """The next number of coordinates that products like.

    >>> padded(17)
    24
    """
    return -(-rank // _MULTIPLE) * _MULTIPLE


def _some(rows: Float[Tensor, "n width"]) -> Float[Tensor, "few width"]:
    return rows[:: max(1, len(rows) // _ENOUGH)]


def _covariance(rows: Float[Tensor, "n width"]) -> Float[Tensor, "width width"]:
    """Of rows around zero, positive definite."""
    found = rows.T @ rows / max(1, len(rows))
    mean = float(found.trace()) / len(found)
    return found + torch.eye(len(found), dtype=found.dtype) * (_RIDGE * mean if mean > 0 else 1.0)


def _turn(width: int) -> Float[Tensor, "width width"]:
    """An orthogonal matrix, always the same."""
    noise = torch.randn(width, width, generator=torch.Generator().manual_seed(width), dtype=torch.float64)
    turned: Tensor = torch.linalg.qr(noise).Q
    return turned
