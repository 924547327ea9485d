"""Decoding: the largest and the second largest of all unembedded values of a vector, exactly.

A head's way to the residual stream and the unembedding are folded into one matrix of ``vocab`` rows. The score of a
vector and a token is defined in ``exact_top2``, in float64 on the folded float32 numbers. top2 gives exactly the two
largest scores over the whole vocabulary; of equal ones the smaller id comes first. In between, everything may be
approximate as long as it is bounded:

1. equal vectors are read once;
2. where there are vectors enough, some are decoded first by the whole product, unless others of their kind came
   before; their tokens, which are mostly the others' tokens too, are scored for all vectors, and they say which screen
   is best (``choice``);
3. the screen (``reduced``) bounds each tile of the vocabulary; a tile that cannot reach the second best found is
   dropped;
4. the tiles that remain are read again in the matrix's own dtype, and what may be first or second by that is scored in
   float64.

Memory is bounded by blocks of vectors, whatever the batch. A Folded may be used by several threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.errors import HeadlawsError
from harness.readings.decoding.choice import CHEAP, HARD, Sample, choose
from harness.readings.decoding.distinct import distinct
from harness.readings.decoding.exact_top2 import BestTwo, exact_norms
from harness.readings.decoding.folded import Folded, fold, largest
from harness.readings.decoding.low_precision import ReducedScreen, fastest, works
from harness.readings.decoding.tile_bounds import PlainScreen, Precision
from harness.readings.tolerance import Tolerance, tolerance

__all__ = ["Folded", "Precision", "Top2", "fold", "top2", "top2_exactly"]

_BLOCK = 4096  # vectors decoded together: their product with a tile should stay in the processor's cache
_WORTH_SCREENING = 512  # from this many vectors on a screen of reduced precision gains more than it costs
_WORTH_A_SCREEN_THAT_IS_THERE = 4  # from this many on, one that was made for others of their kind
_STALE = 0.15  # of all tiles: a screen that leaves more is not used for the next of that kind without another look
_FEW = 1024  # tokens that are scored beforehand
_SAMPLE = 128  # vectors decoded beforehand
_FEW_ROWS = 32  # of the whole vocabulary's scores that are looked at together
_SMALL = 1024  # a vocabulary that is read whole: a screen would read most of it twice
_MANY = 0.1  # of all pairs of a vector and a token: so many candidates are scored sooner with all the others
_LIKELIEST = 4  # thirds that are scored before all that may be within the noise
_GENEROUS = 1.01  # for the rounding of a bound itself
_PAIRS = 1 << 13  # of a vector and a tile that are read again together: 8 MB of scores


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

    def of(self, rows: Int[Tensor, " m"]) -> Top2:
        """Return those of some rows, repeated where a row is."""
        columns = (self.tokens, self.runners_up, self.margins, self.near_ties, self.open)
        return Top2(*(column[rows] for column in columns))


@torch.no_grad()
def top2(
    vectors: Float[Tensor, "n d_head"],
    folded: Folded,
    *,
    precision: Precision | None = None,
    kind: str = "",
    noise: Tolerance | None = None,
) -> Top2:
    """Return the token, the runner-up, the margin and the near-tie mark of each vector, exactly.

    Args:
        precision: the screen's; without it, the processor's fastest where there are vectors enough for it, or where
            so many of their kind came before.
        kind: what vectors these are, such as their component. Neither changes more than the time.
        noise: of their margins; that of their dtype where it is not given.

    Raises:
        HeadlawsError: for vectors that hold nan or infinity, that are not as long as the folded matrix is wide, or (in
            float64 alone) whose scores are beyond all numbers.
    """
    relative = (noise or tolerance(vectors.dtype)).relative
    rows, inverse = distinct(checked(vectors, folded))
    tokens = torch.empty(2, len(rows), dtype=torch.int64)
    scores = torch.empty(2, len(rows), dtype=torch.float64)
    ordinary = folded.suits(rows)
    ways = [(ordinary, folded, _usable(precision, folded, len(rows)))]
    if not bool(ordinary.all()):
        ways.append((~ordinary, folded.in_float64(), Precision.PLAIN))
    for some, way, usable in ways:
        chosen = some.nonzero()[:, 0]
        if not len(chosen):
            continue
        small = precision is None and len(way.matrix) <= _SMALL
        screen, known, rest = None, chosen[:0], chosen
        familiar = way.familiar(kind) if precision is None and len(chosen) >= _WORTH_A_SCREEN_THAT_IS_THERE else None
        if familiar is not None:
            screen, known = familiar
        elif usable is not Precision.PLAIN:
            some, rest = _sampled(chosen)
            best_two = decode_plainly(rows[some], way)
            tokens[:, some], scores[:, some] = best_two.tokens, best_two.scores
            known = _different(best_two.tokens.flatten(), way)
            sample = Sample(rows[some], best_two.scores[1].float())
            screen = choose(way, usable, rows[chosen], sample, of_kind=kind)
            way.remember(kind, (screen, known) if sample.cost(screen) <= CHEAP else None)
        for block in _blocks(rest):
            some_rows = rows[block].to(way.matrix.dtype)
            if screen is not None:
                best_two, left = _decode(some_rows, way, screen, known)
                known = _different(torch.cat([known, best_two.tokens.flatten()]), way)
                if left > _STALE:  # these are not like those that the screen was chosen for
                    way.remember(kind, None)
            else:
                best_two = (decode_all if small else decode_plainly)(some_rows, way)
            tokens[:, block], scores[:, block] = best_two.tokens, best_two.scores
        if way.familiar(kind) is not None and screen is not None and len(known) <= _FEW:
            way.remember(kind, (screen, known))
    return judged(rows, tokens, scores, folded, relative).of(inverse)


@torch.no_grad()
def top2_exactly(vectors: Float[Tensor, "n d_head"], folded: Folded) -> Top2:
    """Return the same by one float64 product over the whole vocabulary, no screen, nothing left out: to check a reading
    again.

    Scores that differ by less than float64's rounding may change places; such are near-ties in any dtype.

    Raises:
        HeadlawsError: as top2 does.
    """
    rows = checked(vectors, folded)
    wide, vocab = folded.in_float64(), len(folded.matrix)
    relative = tolerance(vectors.dtype).relative
    tokens = torch.full((2, len(rows)), vocab)
    scores = torch.full((2, len(rows)), -math.inf, dtype=torch.float64)
    within = torch.zeros(len(rows), dtype=torch.bool)
    for start in range(0, len(rows), _FEW_ROWS):
        block = slice(start, start + _FEW_ROWS)
        values = wide.plain.all_scores(rows[block].double())
        for place in range(min(2, vocab)):
            scores[place, block], tokens[place, block] = values.max(1)
            values.scatter_(1, tokens[place, block][:, None], -math.inf)
        # a third as near as the largest noise there can be; only of these few is it asked which token's noise counts
        most = relative * _GENEROUS * 2 * _largest_scale(rows[block], folded)
        near = start + (scores[0, block] - values.max(1).values <= most).nonzero()[:, 0]
        noise = relative * _scales(rows[near], tokens[0, near], folded)
        within[near] = (scores[0, near, None] - values[near - start] <= noise).any(1)
    found = _with_margins(rows, tokens, scores, folded, relative)
    return replace(found, open=found.near_ties & within)


def _decode(
    rows: Float[Tensor, "n d_head"], folded: Folded, screen: ReducedScreen, known: Int[Tensor, " few"]
) -> tuple[BestTwo, float]:
    """First and second place of vectors of ordinary size, against the second best of some tokens.

    Also the share of tiles that the screen left.
    """
    plain = folded.plain
    error = plain.error(rows)
    second = _second_best(rows.new_empty(0, len(rows)), plain.scores(rows, known) - error[:, None])
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    remaining = screen.remaining(rows, second)
    counts = np.add.reduce(remaining.numpy().view(np.uint8), axis=0, dtype=np.int32)  # ten times as fast as torch's
    left = torch.from_numpy(counts) / len(remaining)
    hard = (left > HARD).nonzero()[:, 0]
    if len(hard):
        whole = decode_plainly(rows[hard], folded)
        best_two.scores[:, hard], best_two.tokens[:, hard] = whole.scores, whole.tokens
        remaining[:, hard] = False
    _read_again(best_two, remaining, second, rows, folded, screen)
    return best_two, float(left.mean())


def decode_plainly(rows: Float[Tensor, "n d_head"], folded: Folded) -> BestTwo:
    """Return the same by the whole product."""
    plain = folded.plain
    bounds = plain.bounds(rows)
    second = _second_best(bounds.lower, rows.new_empty(len(rows), 0))
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    _read_again(best_two, bounds.upper >= second, second, rows, folded, plain)
    return best_two


def decode_all(rows: Float[Tensor, "n d_head"], folded: Folded) -> BestTwo:
    """Return the same with every token scored and no screen: for a small vocabulary or a fast device."""
    values, error = folded.plain.all_scores(rows), folded.plain.error(rows)
    floor = _second_best(values.new_empty(0, len(rows)), (values - error[:, None])) - error
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    candidates = values >= floor[:, None]
    if int(candidates.sum()) > _MANY * candidates.numel():
        best_two.admit_all()
    else:
        best_two.admit(*candidates.nonzero().unbind(1))
    return best_two


def _sampled(chosen: Int[Tensor, " n"]) -> tuple[Int[Tensor, " some"], Int[Tensor, " rest"]]:
    """Some from everywhere, and the others."""
    step = -(-len(chosen) // _SAMPLE)
    others = torch.ones_like(chosen, dtype=torch.bool)
    others[::step] = False
    return chosen[::step], chosen[others]


def _different(tokens: Int[Tensor, " some"], folded: Folded) -> Int[Tensor, " few"]:
    """Each token once; the place of one that is not there (in a vocabulary of one) is no token."""
    few: Tensor = tokens.unique()
    return few[few < len(folded.matrix)]


def _blocks(chosen: Int[Tensor, " n"]) -> Sequence[Int[Tensor, " some"]]:
    """As few as there may be, of about one size."""
    return chosen.chunk(-(-len(chosen) // _BLOCK)) if len(chosen) else ()


def _second_best(lower: Float[Tensor, "tiles n"], known: Float[Tensor, "n few"]) -> Float[Tensor, " n"]:
    """What the second largest score is at least: of bounds on entries that are all different, the second largest."""
    nothing = known.new_full((len(known), 2), -math.inf)
    return _two_largest(torch.cat([_two_largest(lower.T), _two_largest(known), nothing], 1))[:, 1]


def _two_largest(values: Float[Tensor, "n some"]) -> Float[Tensor, "n two"]:
    """Of each row the two largest, or as many as there are; overwrites the largest. (topk takes longer for so few.)"""
    if values.shape[1] < 2:
        return values
    first, where = values.max(1, keepdim=True)
    return torch.cat([first, values.scatter_(1, where, -math.inf).amax(1, keepdim=True)], 1)


def _read_again(
    best_two: BestTwo,
    remaining: Bool[Tensor, "tiles n"],
    second: Float[Tensor, " n"],
    rows: Float[Tensor, "n d_head"],
    folded: Folded,
    screen: ReducedScreen | PlainScreen,
) -> None:
    """Admit every token of the remaining tiles that may be first or second, which score ``second`` at least."""
    error = folded.plain.error(rows)
    floor = second - error  # what a computed score is at least, if the exact one may be first or second
    tiles, which = remaining.nonzero().unbind(1)
    if not len(tiles):
        return
    order = screen.order.view(-1, screen.tile)
    for some_tiles, some in zip(tiles.split(_PAIRS), which.split(_PAIRS), strict=True):
        different, counts = some_tiles.unique_consecutive(return_counts=True)
        vectors = rows.index_select(0, some).split(counts.tolist())
        values = torch.cat(folded.plain.scores_of_tiles(vectors, order[different]))
        largest = values.amax(1)
        floor = torch.maximum(floor, _second_of_each(largest, some, len(rows)) - 2 * error)
        least = floor.index_select(0, some)
        pairs = (largest >= least).nonzero()[:, 0]
        pair, column = (values[pairs] >= least[pairs, None]).nonzero().unbind(1)
        pair = pairs[pair]
        best_two.admit(some[pair], order[some_tiles[pair], column])


def _second_of_each(values: Float[Tensor, " pairs"], which: Int[Tensor, " pairs"], n: int) -> Float[Tensor, " n"]:
    """The second largest value of each vector, or less; -inf where it has one alone."""
    nothing = values.new_full((n,), -math.inf)
    first = nothing.scatter_reduce(0, which, values, "amax")
    return nothing.scatter_reduce(0, which, values.masked_fill(values == first[which], -math.inf), "amax")


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
    found = _with_margins(rows, tokens, scores, folded, relative)
    near = found.near_ties.nonzero()[:, 0]
    if len(near):
        found.open[near] = _third_within(rows[near], tokens[:, near], scores[0, near], folded, relative)
    return found


def _with_margins(
    rows: Float[Tensor, "n d_head"],
    tokens: Int[Tensor, "2 n"],
    scores: Float[Tensor, "2 n"],
    folded: Folded,
    relative: float,
) -> Top2:
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
        for chosen in some.nonzero()[:, 0].split(_FEW_ROWS):
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
    reach = _GENEROUS * (2 * relative * _largest_scale(rows, folded) + folded.plain.error(rows).double())
    scores.scatter_(1, likeliest, -math.inf)[found] = -math.inf
    floor = best - reach - best.abs() * torch.finfo(scores.dtype).eps
    which, others = (scores >= floor.to(scores.dtype)[:, None]).nonzero().unbind(1)
    if len(which):
        look(which, others)
    return found


def _largest_scale(rows: Float[Tensor, "n d_head"], folded: Folded) -> Float[Tensor, " n"]:
    """What no half of a vector's scale is above."""
    return exact_norms(rows) * folded.plain.largest_norm + folded.plain.largest_bias


def _scales(rows: Float[Tensor, "n d_head"], first: Int[Tensor, " n"], folded: Folded) -> Float[Tensor, "n vocab"]:
    """The scale of each vector's noise between its first token and every other (``tolerance``)."""
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


def _usable(precision: Precision | None, folded: Folded, n: int) -> Precision:
    """The precision asked for where it works, and without one the best for so many vectors."""
    if folded.matrix.dtype != torch.float32:
        return Precision.PLAIN
    if precision is None:
        return fastest() if min(n, len(folded.matrix)) >= _WORTH_SCREENING else Precision.PLAIN
    return precision if works(precision) else Precision.PLAIN


def checked(vectors: Float[Tensor, "n d_head"], folded: Folded) -> Float[Tensor, "n d_head"]:
    """Return the vectors where the folded matrix lies and in its dtype.

    Raises:
        HeadlawsError: for vectors that it does not take.
    """
    width = folded.matrix.shape[1]
    if vectors.ndim != 2 or vectors.shape[1] != width:
        raise HeadlawsError(
            f"vectors of shape {list(vectors.shape)}: this head takes [n, {width}]; give one vector per row."
        )
    largest(vectors, "the vectors")
    return vectors.detach().to(folded.matrix.device, folded.matrix.dtype)
