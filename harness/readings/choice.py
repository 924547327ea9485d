"""Choice: the screen that decodes some vectors soonest, as a sample of them says.

How many coordinates are enough differs from head to head and from component to component, and a screen made from one
component's vectors may be of little use for another's. So the screens of a head are tried on a few vectors whose
exact scores are known, and the share of tiles that each leaves to be read again decides (as in OPTIMUS, Abuzaid et al.
2019). What a screen takes is counted in coordinates of the plain product. A wrong choice costs time and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from harness.readings.folded import Folded
from harness.readings.low_rank import Tokens, tokens_for
from harness.readings.reduced import BLOCK, SCREENS, ReducedScreen
from harness.readings.screen import Precision, norms

_RANKS = (0, 8, 16, 24, 32, 40, 48)
_TILE = 64
_TRIED = 2  # of them, by which the number is chosen
_OVERHEAD = 8.0  # of any screen: its maxima, and what is to be reached
_AGAIN = 150.0  # what reading again takes, of all tiles; more than the product, for vectors are gathered
_WORTH_MAKING = 1024  # vectors for which one more screen is made
_WORTH_IT = 0.8  # of what the best screen so far takes: only then one more is kept
_KEPT = 4  # screens of a head


@dataclass(frozen=True)
class Sample:
    """Vectors, and the second largest score of each."""

    vectors: Float[Tensor, "few d_head"]
    second: Float[Tensor, " few"]


def choose(folded: Folded, precision: Precision, vectors: Float[Tensor, "n d_head"], sample: Sample) -> ReducedScreen:
    """The best of the screens that the folded matrix has, or one newly made from the vectors."""
    kind = SCREENS[precision]
    costs = {}
    for screen in folded.screens(precision):
        again = float(screen.remaining(sample.vectors, sample.second).float().mean())
        costs[screen] = kind.share * screen.rank + _OVERHEAD + _AGAIN * again
    if costs and (len(costs) >= _KEPT or len(vectors) < _WORTH_MAKING):
        return min(costs, key=costs.__getitem__)
    tokens = tokens_for(vectors, folded.matrix, folded.bias, min(_TILE, folded.tile))
    plan, cost = planned(tokens, sample, kind.share)
    if costs and cost > _WORTH_IT * min(costs.values()):
        return min(costs, key=costs.__getitem__)
    made = kind(tokens, plan)
    folded.keep(precision, made)
    return made


def planned(tokens: Tokens, sample: Sample, share: float) -> tuple[list[tuple[int, int]], float]:
    """How many coordinates to multiply of how many tiles, by the sample and a few of the tiles; and the cost."""
    width = tokens.coordinates.shape[1]
    ranks = (*(rank for rank in _RANKS if rank < width), width)
    vectors = (tokens.with_bias(sample.vectors).double() @ tokens.basis.vectors).float()
    tiles = tokens.coordinates.view(-1, tokens.tile, width)
    sizes = torch.tensor([len(block) for block in tiles.split(BLOCK)])
    tried = torch.arange(len(sizes))[:, None] * BLOCK + torch.arange(0, BLOCK, BLOCK // _TRIED)
    some = tiles[tried.clamp_(max=len(tiles) - 1).flatten()].flatten(0, 1)
    costs = torch.empty(len(sizes), len(ranks))
    for place, rank in enumerate(ranks):
        upper = norms(vectors[:, rank:])[:, None] * norms(some[:, rank:])
        upper.addmm_(vectors[:, :rank], some[:, :rank].T)
        again = upper.view(len(vectors), len(sizes), _TRIED, tokens.tile).amax(3) >= sample.second[:, None, None]
        costs[:, place] = share * rank + _OVERHEAD + _AGAIN * again.float().mean((0, 2))
    # no tile with more than one before it, whose tokens are larger
    chosen = costs.argmin(1).flip(0).cummax(0).values.flip(0)
    cost = float((costs.gather(1, chosen[:, None])[:, 0] * sizes).sum() / sizes.sum())
    places, band = chosen.unique_consecutive(return_inverse=True)
    counts = torch.zeros_like(places).scatter_add_(0, band, sizes)
    return [(ranks[place], count) for place, count in zip(places.tolist(), counts.tolist(), strict=True)], cost
