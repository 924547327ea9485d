"""Shortlist: the tokens that may be first or second of some float64 vectors, found without a matrix in float64.

To read again in float64 what was read in float32, the head's way out and the whole unembedding would have to be
multiplied in float64, for each head anew. Instead all tokens are scored with the float32 product that is there
already, and those kept whose exact score could be among the two largest; only their columns are multiplied in float64.
The bound on the error has five parts, each measured or proved, none estimated:

    |c - c'| |m'|                       the vector c rounded to c'
    slack |c'| |m'|                     the score's own product (``screen``)
    sum |c[d]| gamma |o'[d]| |u'|       the product o' u' of way out and unembedding: k terms, gamma = k u / (1 - k u)
    sum |c[d]| (|o[d] - o'[d]| |u| + |o'[d]| |u - u'|)      weights that are not the same in both dtypes
    tolerance |c| |m'|                  what scores so near the best is a tie, and kept as well

(Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, section 3.1: that holds in any order of
summation. Norms by Cauchy and Schwarz.)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.models.backbone import Backbone
from harness.readings.decoding.folded import Folded
from harness.readings.decoding.tile_bounds import norms
from harness.readings.tolerance import Tolerance, tolerance

_ROWS = 64  # vectors scored at once: 12 MB of scores for a vocabulary of fifty thousand
_COLUMNS = 4096
_GENEROUS = 1.01  # for the rounding of the bound itself


@dataclass(frozen=True)
class Unembeddings:
    """How one unembedding in float64 and one in float32 compare.

    Attributes:
        wide, narrow: the largest norm of a column of each.
        gap: the largest norm of the difference of two columns.
        bias_gap: the largest difference of two entries of the bias.
    """

    wide: float
    narrow: float
    gap: float
    bias_gap: float


def unembeddings(wide: Backbone, narrow: Backbone) -> Unembeddings:
    """Measure two networks' unembeddings against each other."""
    sizes = torch.zeros(3, dtype=torch.float64)
    for start in range(0, wide.W_U.shape[1], _COLUMNS):
        left, right = (net.W_U[:, start : start + _COLUMNS].to("cpu", torch.float64) for net in (wide, narrow))
        found = torch.stack([norms(part.T).max() for part in (left, right, left - right)])
        sizes = torch.maximum(sizes, found)
    biases = [torch.zeros(1) if net.b_U is None else net.b_U for net in (wide, narrow)]
    bias_gap = float((biases[0].to("cpu", torch.float64) - biases[1].to("cpu", torch.float64)).abs().max())
    wide_norm, narrow_norm, gap = sizes.tolist()
    return Unembeddings(wide_norm, narrow_norm, gap, bias_gap)


@torch.no_grad()
def shortlist(
    vectors: Float[Tensor, "n d_head"],
    out: Float[Tensor, "d_head d_model"],
    rough: Folded,
    rough_out: Float[Tensor, "d_head d_model"],
    weights: Unembeddings,
    *,
    noise: Tolerance | None = None,
) -> Int[Tensor, " few"] | None:
    """Return tokens, in order, among which are each vector's two with the largest exact scores, and all that tie with
    these.

    None where the numbers are too large or too small for products in float32 to be bounded.

    Args:
        vectors: in float64.
        out: the head's way out, in float64.
        rough: the product of `rough_out`, the same in float32, and an unembedding in float32.
        noise: how near the best a score is a tie; float64's where it is not given.
    """
    ties = (noise or tolerance(torch.float64)).relative
    device = rough.matrix.device
    vectors, out, rough_out = (one.to(device, torch.float64) for one in (vectors, out, rough_out))
    narrow = vectors.to(rough.matrix.dtype)
    if not bool(torch.isfinite(narrow).all()) or not bool(rough.suits(narrow).all()):
        return None
    error = _GENEROUS * (
        norms(vectors - narrow.double()) * rough.plain.largest_norm
        + rough.plain.error(narrow).double()
        + vectors.abs() @ _entries(out, rough_out, rough, weights)
        + weights.bias_gap
        + ties * rough.plain.largest(vectors)
    )
    chosen = torch.zeros(len(rough.matrix), dtype=torch.bool, device=device)
    for some, around in zip(narrow.split(_ROWS), error.split(_ROWS), strict=True):
        scores = rough.plain.all_scores(some)
        second = scores.topk(min(2, scores.shape[1]), dim=1).values[:, -1]
        floor = second.double() - 2 * around
        chosen |= (scores >= (floor - floor.abs() * torch.finfo(scores.dtype).eps)[:, None].to(scores.dtype)).any(0)
    return chosen.nonzero()[:, 0].cpu()


def _entries(
    out: Float[Tensor, "d_head d_model"],
    rough_out: Float[Tensor, "d_head d_model"],
    rough: Folded,
    weights: Unembeddings,
) -> Float[Tensor, " d_head"]:
    """How far a row's entries of the rough product may be from the exact ones, for each of its d_head columns."""
    terms = out.shape[1] * torch.finfo(rough.matrix.dtype).eps / 2
    gamma = terms / (1 - terms)
    apart = norms(out - rough_out) * weights.wide + norms(rough_out) * weights.gap
    return gamma * norms(rough_out) * weights.narrow + apart
