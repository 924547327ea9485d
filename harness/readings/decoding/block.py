"""Block: the two largest scores of some vectors, by a screen, by the whole product, or with every token scored.

Each gives the same; which is the soonest depends on the vectors and on the processor (``top_two``). What a screen or
the whole product leaves is read again tile by tile, and scored exactly (``exact_top2``).
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.readings.decoding.choice import HARD
from harness.readings.decoding.exact_top2 import BestTwo
from harness.readings.decoding.folded import Folded
from harness.readings.decoding.low_precision import ReducedScreen
from harness.readings.decoding.tile_bounds import PlainScreen, second_best, second_of_each

_MANY = 0.1  # of all pairs of a vector and a token: so many candidates are scored sooner with all the others
_PAIRS = 1 << 12  # of a vector and a tile that are read again together: 4 MB of scores


def decode_screened(
    rows: Float[Tensor, "n d_head"], folded: Folded, screen: ReducedScreen, known: Int[Tensor, " few"]
) -> tuple[BestTwo, float]:
    """Return first and second place of vectors of ordinary size, against the second best of some known tokens.

    Also the share of tiles that the screen left.
    """
    plain = folded.plain
    error = plain.error(rows)
    second = second_best(rows.new_empty(0, len(rows)), plain.scores(rows, known) - error[:, None])
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
    second = second_best(bounds.lower, rows.new_empty(len(rows), 0))
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    _read_again(best_two, bounds.upper >= second, second, rows, folded, plain)
    return best_two


def decode_all(rows: Float[Tensor, "n d_head"], folded: Folded) -> BestTwo:
    """Return the same with every token scored and no screen: for a small vocabulary or a fast device."""
    values, error = folded.plain.all_scores(rows), folded.plain.error(rows)
    floor = second_best(values.new_empty(0, len(rows)), (values - error[:, None])) - error
    best_two = BestTwo(rows, folded.matrix, folded.bias)
    candidates = values >= floor[:, None]
    if int(candidates.sum()) > _MANY * candidates.numel():
        best_two.admit_all()
    else:
        best_two.admit(*candidates.nonzero().unbind(1))
    return best_two


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
        floor = torch.maximum(floor, second_of_each(largest, some, len(rows)) - 2 * error)
        least = floor.index_select(0, some)
        pairs = (largest >= least).nonzero()[:, 0]
        pair, column = (values[pairs] >= least[pairs, None]).nonzero().unbind(1)
        pair = pairs[pair]
        best_two.admit(some[pair], order[some_tiles[pair], column])
