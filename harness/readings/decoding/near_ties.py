"""Near-ties: which of the two largest scores lie within the numeric noise, and whether a third token does as well.

The noise of a vector's scores is a share of their scale (``tolerance``), which its own tokens and its length say. What
is asked of third tokens is asked of the whole vocabulary, and exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.errors import HeadlawsError
from harness.readings.decoding.exact_top2 import BestTwo, exact_norms
from harness.readings.decoding.folded import Folded

FEW_ROWS = 32
"""Vectors whose scores of the whole vocabulary are looked at together."""

GENEROUS = 1.01
"""For the rounding of a bound itself."""

_LIKELIEST = 4  # thirds that are scored before all that may be within the noise


@dataclass(frozen=True)
class Top2:
    """What n vectors decode to.

    Attributes:
        tokens: the ids of the largest scores.
        runners_up: the ids of the second largest; -1 where the vocabulary has one entry.
        margins: largest minus second largest score, float64, never negative; infinite where there is no second.
        near_ties: margins that are within the numeric noise of the vectors' dtype (``tolerance``).
        open: near-ties that some third token is within the noise of as well, so that the two do not say what it may be.
    """

    tokens: Int[Tensor, " n"]
    runners_up: Int[Tensor, " n"]
    margins: Float[Tensor, " n"]
    near_ties: Bool[Tensor, " n"]
    open: Bool[Tensor, " n"]

    @property
    def columns(self) -> tuple[Tensor, ...]:
        """What there is of each vector, in the order of the attributes."""
        return self.tokens, self.runners_up, self.margins, self.near_ties, self.open

    def of(self, rows: Int[Tensor, " m"]) -> Top2:
        """Return those of some rows, repeated where a row is."""
        return Top2(*(column[rows] for column in self.columns))

    @staticmethod
    def joined(tops: Iterable[Top2]) -> Top2:
        """Return those of several blocks as one, on the CPU."""
        return Top2(*(torch.cat(parts).cpu() for parts in zip(*(top.columns for top in tops), strict=True)))


def judged(
    rows: Float[Tensor, "n d_head"],
    tokens: Int[Tensor, "2 n"],
    scores: Float[Tensor, "2 n"],
    folded: Folded,
    relative: float,
) -> Top2:
    """Return the two tokens of each vector with their margin, and the marks of near-ties and open ones.

    Raises:
        HeadlawsError: where a score is beyond all numbers.
    """
    found = with_margins(rows, tokens, scores, folded, relative)
    near = found.near_ties.nonzero()[:, 0]
    if len(near):
        found.open[near] = _third_within(rows[near], tokens[:, near], scores[0, near], folded, relative)
    return found


def with_margins(
    rows: Float[Tensor, "n d_head"],
    tokens: Int[Tensor, "2 n"],
    scores: Float[Tensor, "2 n"],
    folded: Folded,
    relative: float,
) -> Top2:
    """Return the same, with no mark of open ones."""
    if not bool(torch.isfinite(scores[0]).all()):
        raise HeadlawsError("scores are too large for float64, so there is no largest; check the model's weights.")
    margins = scores[0] - scores[1]
    alone = tokens[1] >= len(folded.matrix)
    places = torch.where(alone, tokens[:1], tokens)
    everyone = torch.arange(len(rows), device=rows.device)
    near = margins <= relative * _scales_of_pairs(rows, everyone, places, folded)
    return Top2(tokens[0], tokens[1].masked_fill(alone, -1), margins, near, torch.zeros_like(near))


def _third_within(
    rows: Float[Tensor, "n d_head"],
    tokens: Int[Tensor, "2 n"],
    best: Float[Tensor, " n"],
    folded: Folded,
    relative: float,
) -> Bool[Tensor, " n"]:
    """Whether a token besides the first two scores within the noise of the best, for vectors that are near-ties.

    A product over the whole vocabulary says which tokens may be; these are scored exactly, the likeliest first, for
    one is enough. Near-ties are few, so looking at the whole vocabulary again is cheap.
    """
    found = rows.new_zeros(len(rows), dtype=torch.bool)
    if len(folded.matrix) <= len(tokens):
        return found
    ordinary = folded.suits(rows)
    for some, wide in ((ordinary, False), (~ordinary, True)):
        if not bool(some.any()):
            continue
        way = folded.in_float64() if wide else folded
        for chosen in some.nonzero()[:, 0].split(FEW_ROWS):
            found[chosen] = _any_within(
                rows[chosen].to(way.matrix.dtype), tokens[:, chosen], best[chosen], way, relative
            )
    return found


def _any_within(
    rows: Float[Tensor, "n d_head"],
    tokens: Int[Tensor, "2 n"],
    best: Float[Tensor, " n"],
    folded: Folded,
    relative: float,
) -> Bool[Tensor, " n"]:
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    found = rows.new_zeros(len(rows), dtype=torch.bool)

    def look(which: Int[Tensor, " pairs"], others: Int[Tensor, " pairs"]) -> None:
        noise = relative * _scales_of_pairs(rows, which, torch.stack([tokens[0, which], others]), folded)
        found[which[best[which] - best_two.score(which, others) <= noise]] = True

    scores = folded.plain.all_scores(rows).scatter_(1, tokens.T, -math.inf)
    likeliest = scores.topk(min(_LIKELIEST, scores.shape[1] - len(tokens)), dim=1).indices
    everyone = torch.arange(len(rows), device=rows.device)
    look(everyone.repeat_interleave(likeliest.shape[1]), likeliest.flatten())
    # no third is further from the best
    reach = GENEROUS * (2 * relative * largest_scale(rows, folded) + folded.plain.error(rows).double())
    scores.scatter_(1, likeliest, -math.inf)[found] = -math.inf
    floor = best - reach - best.abs() * torch.finfo(scores.dtype).eps
    which, others = (scores >= floor.to(scores.dtype)[:, None]).nonzero().unbind(1)
    if len(which):
        look(which, others)
    return found


def largest_scale(rows: Float[Tensor, "n d_head"], folded: Folded) -> Float[Tensor, " n"]:
    """Return what no half of a vector's scale is above."""
    return exact_norms(rows) * folded.plain.largest_norm + folded.plain.largest_bias


def scales(rows: Float[Tensor, "n d_head"], first: Int[Tensor, " n"], folded: Folded) -> Float[Tensor, "n vocab"]:
    """Return the scale of each vector's noise between its first token and every other (``tolerance``)."""
    sizes = folded.exact_sizes
    found = exact_norms(rows)[:, None] * (sizes[first][:, None] + sizes)
    if folded.bias is not None:
        heights = folded.bias.double().abs()
        found = found + (heights[first][:, None] + heights)
    return found


def _scales_of_pairs(
    rows: Float[Tensor, "n d_head"],
    which: Int[Tensor, " pairs"],
    tokens: Int[Tensor, "2 pairs"],
    folded: Folded,
) -> Float[Tensor, " pairs"]:
    """The same for some vectors, each with two tokens."""
    few, index = tokens.unique(return_inverse=True)  # heads say few different tokens
    found = exact_norms(rows)[which] * exact_norms(folded.matrix[few])[index].sum(0)
    if folded.bias is not None:
        found = found + folded.bias[tokens].double().abs().sum(0)
    return found
