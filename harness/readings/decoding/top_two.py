"""Decoding: the largest and the second largest of all unembedded values of a vector, exactly.

A head's way to the residual stream and the unembedding are folded into one matrix of ``vocab`` rows. The score of a
vector and a token is defined in ``exact_top2``, in float64 on the folded float32 numbers. top2 gives exactly the two
largest scores over the whole vocabulary; of equal ones the smaller id comes first. In between, everything may be
approximate as long as it is bounded:

1. equal vectors are read once, and not again where few come that were decoded before (``decoded_before``);
2. where there are vectors enough, or others of their kind came before, some are decoded first by the whole product;
   their tokens, which are mostly the others' tokens too, are scored for all vectors, and they say which screen is best
   (``choice``), for these and for those of their kind that follow; whether few are decoded with it, or many with one
   that leaves much, says the clock (``pace``);
3. the screen (``reduced``) bounds each tile of the vocabulary; a tile that cannot reach the second best found is
   dropped;
4. the tiles that remain are read again in the matrix's own dtype, and what may be first or second by that is scored in
   float64.

Memory is bounded by blocks of vectors, whatever the batch. A Folded may be used by several threads.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.decoding.block import decode_all, decode_plainly, decode_screened
from harness.readings.decoding.choice import CHEAP, Sample, choose
from harness.readings.decoding.decoded_before import FEW
from harness.readings.decoding.distinct import distinct
from harness.readings.decoding.exact_top2 import BestTwo
from harness.readings.decoding.folded import Familiar, Folded, checked, fold
from harness.readings.decoding.low_precision import fastest, works
from harness.readings.decoding.near_ties import FEW_ROWS, GENEROUS, Top2, judged, largest_scale, scales, with_margins
from harness.readings.decoding.pace import Pace
from harness.readings.decoding.tile_bounds import Precision
from harness.readings.tolerance import Tolerance, tolerance

__all__ = ["Folded", "Precision", "Top2", "fold", "top2", "top2_exactly"]

_BLOCK = 4096  # vectors decoded together: their product with a tile should stay in the processor's cache
_WORTH_SCREENING = 512  # from this many vectors on a screen of reduced precision gains more than it costs
_STALE = 0.15  # of all tiles: a screen that leaves more is not used for the next of that kind without another look
_ANOTHER_LOOK = 1 << 14  # vectors decoded with a screen that is not cheap before a better one is looked for
_FEW = 1024  # tokens that are scored beforehand
_SAMPLE = 128  # vectors decoded beforehand
_SMALL = 1024  # a vocabulary that is read whole: a screen would read most of it twice

PACE = Pace()


@torch.no_grad()
def top2(
    vectors: Float[Tensor, "n d_head"],
    folded: Folded,
    *,
    precision: Precision | None = None,
    kind: str = "",
    noise: Tolerance | None = None,
    anew: bool = False,
) -> Top2:
    """Return the token, the runner-up, the margin and the near-tie mark of each vector, exactly.

    Args:
        precision: the screen's; without it, the processor's fastest where there are vectors enough for it, or where
            so many of their kind came before.
        kind: what vectors these are, such as their component. Neither changes more than the time.
        noise: of their margins; that of their dtype where it is not given.
        anew: whether vectors that were decoded before are decoded again.

    Raises:
        HeadlawsError: for vectors that hold nan or infinity, that are not as long as the folded matrix is wide, or (in
            float64 alone) whose scores are beyond all numbers.
    """
    relative = (noise or tolerance(vectors.dtype)).relative
    rows, inverse = distinct(checked(vectors, folded))
    tokens = torch.empty(2, len(rows), dtype=torch.int64)
    scores = torch.empty(2, len(rows), dtype=torch.float64)
    kept = precision is None and not anew and len(rows) <= FEW
    known = folded.before.fill(rows, tokens, scores) if kept else torch.zeros(len(rows), dtype=torch.bool)
    ordinary = folded.suits(rows)
    new = ordinary & ~known
    small = precision is None and len(folded.matrix) <= _SMALL
    ways = [(new, folded, _usable(precision, folded, len(rows), before=folded.decoded_whole[kind]))]
    if not bool(ordinary.all()):
        ways.append((~ordinary, folded.in_float64(), Precision.PLAIN))
    for some, way, usable in ways:
        chosen = some.nonzero()[:, 0]
        if not len(chosen):
            continue
        familiar, rest = way.familiar(kind) if precision is None else None, chosen
        if familiar is None and usable is not Precision.PLAIN:
            some, rest = _sampled(chosen)
            best_two = decode_plainly(rows[some], way)
            tokens[:, some], scores[:, some] = best_two.tokens, best_two.scores
            familiar = _looked_for(way, usable, rows[chosen], rows[some], best_two, kind)
        for block in _blocks(rest):
            best_two = _decoded(
                rows[block].to(way.matrix.dtype), way, familiar, kind, small=small, free=precision is None
            )
            tokens[:, block], scores[:, block] = best_two.tokens, best_two.scores
    if kept:
        folded.before.keep(rows[new], tokens[:, new], scores[:, new])
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
    for start in range(0, len(rows), FEW_ROWS):
        block = slice(start, start + FEW_ROWS)
        values = wide.plain.all_scores(rows[block].double())
        for place in range(min(2, vocab)):
            scores[place, block], tokens[place, block] = values.max(1)
            values.scatter_(1, tokens[place, block][:, None], -math.inf)
        # a third as near as the largest noise there can be; only of these few is it asked which token's noise counts
        most = relative * GENEROUS * 2 * largest_scale(rows[block], folded)
        near = start + (scores[0, block] - values.max(1).values <= most).nonzero()[:, 0]
        noise = relative * scales(rows[near], tokens[0, near], folded)
        within[near] = (scores[0, near, None] - values[near - start] <= noise).any(1)
    found = with_margins(rows, tokens, scores, folded, relative)
    return replace(found, open=found.near_ties & within)


def _looked_for(
    folded: Folded,
    precision: Precision,
    vectors: Float[Tensor, "n d_head"],
    some: Float[Tensor, "few d_head"],
    best_two: BestTwo,
    kind: str,
) -> Familiar:
    """Choose a screen for vectors of a kind, of which some are decoded already."""
    sample = Sample(some, best_two.scores[1].float())
    screen = choose(folded, precision, vectors, sample, of_kind=kind)
    familiar = Familiar(screen, _different(best_two.tokens.flatten(), folded), cheap=sample.cost(screen) <= CHEAP)
    folded.remember(kind, familiar)
    folded.decoded_whole[kind] = 0
    return familiar


def _decoded(
    rows: Float[Tensor, "n d_head"],
    folded: Folded,
    familiar: Familiar | None,
    kind: str,
    *,
    small: bool,
    free: bool,
) -> BestTwo:
    """First and second place of one block of vectors, by the way that suits them, where it is free."""
    n = len(rows)
    if familiar is None:
        folded.decoded_whole[kind] += 0 if small else n
        return (decode_all if small else decode_plainly)(rows, folded)
    familiar.vectors += n
    screen, few = familiar.screen, n < _WORTH_SCREENING
    which = screen.numbers, screen.largest, folded.matrix.shape
    pays = familiar.cheap and PACE.screens(n, which) if few else _pays(familiar, n, which)
    if free and not pays:
        best_two, left = PACE.timed(n, which, False, lambda: decode_plainly(rows, folded)), 0.0
    else:
        best_two, left = PACE.timed(n, which, True, lambda: decode_screened(rows, folded, screen, familiar.tokens))
        familiar.taken = familiar.taken if few else PACE.last(n, which)
        known = _different(torch.cat([familiar.tokens, best_two.tokens.flatten()]), folded)
        if len(known) <= _FEW:
            familiar.tokens = known
    if (left > _STALE) if familiar.cheap else (familiar.vectors > _ANOTHER_LOOK):
        folded.forget(kind)  # these are not like those that the screen was chosen for, or there may be a better one
    return best_two


def _pays(familiar: Familiar, n: int, which: Hashable) -> bool:
    """Whether many vectors are decoded with their screen: a dear one must have been quicker than the whole product."""
    return familiar.cheap or not familiar.taken or familiar.taken <= PACE.whole(n, which)


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


def _usable(precision: Precision | None, folded: Folded, n: int, *, before: int = 0) -> Precision:
    """The precision asked for where it works, and without one the best for so many vectors, of which so many more were
    decoded before.
    """
    if folded.matrix.dtype != torch.float32:
        return Precision.PLAIN
    if precision is None:
        enough = n >= _SAMPLE and min(n + before, len(folded.matrix)) >= _WORTH_SCREENING
        return fastest() if enough else Precision.PLAIN
    return precision if works(precision) else Precision.PLAIN
