"""Choice: the screen that decodes some vectors soonest, as a sample of them says.

How many coordinates are enough differs from head to head and from component to component, and a screen made from one
component's vectors may be of little use for another's. So the screens of a head are tried on a few vectors whose
exact scores are known, and the share of tiles that each leaves to be read again decides (as in OPTIMUS, Abuzaid et al.
2019). What a screen takes is counted in coordinates of the plain product. A wrong choice costs time and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.decoding.folded import Folded
from harness.readings.decoding.low_precision import BLOCK, SCREENS, ReducedScreen
from harness.readings.decoding.low_rank import Tokens, tokens_for
from harness.readings.decoding.tile_bounds import Precision, norms

HARD = 0.25
"""Of the tiles: a vector that leaves more of them is multiplied whole."""

CHEAP = 20.0
"""What a screen takes that few vectors are sooner decoded with than by the whole product."""

_RANKS = (0, 8, 16, 24, 32, 40, 48)
_FOR_THE_EASY = 3  # of these ranks, one that leaves few tiles of most vectors
_TILE = 64
_TRIED = 2  # of them, by which the number is chosen
_OVERHEAD = 8.0  # of any screen: its maxima, and what is to be reached
_AGAIN = 200.0  # what reading again takes, of all tiles; more than the product, for vectors are gathered
_WORTH_MAKING = 1024  # vectors for which one more screen is made
_AS_EXPECTED = 1.3  # a screen that takes no more than so many times what a new one would is good enough
_KEPT = 4  # screens of a head


@dataclass(frozen=True)
class Sample:
    """Vectors, and the second largest score of each."""

    vectors: Float[Tensor, "few d_head"]
    second: Float[Tensor, " few"]

    def cost(self, screen: ReducedScreen) -> float:
        """Return what a vector takes with a screen, on an average."""
        again = screen.remaining(self.vectors, self.second).float().mean(0)
        rates = _rates(screen.ranks, screen.share)
        reached = screen.reached(self.vectors, self.second).float().mean(1)
        return float((rates * reached).mean()) + _AGAIN * float(again.clamp(max=HARD).mean())


def choose(
    folded: Folded, precision: Precision, vectors: Float[Tensor, "n d_head"], sample: Sample, *, of_kind: str = ""
) -> ReducedScreen:
    """Choose the best of the screens that the folded matrix has, or make one from the vectors.

    A screen that takes as much as was expected when it was made is good enough, if it was made for vectors of this kind
    or takes little. One that is dear for others says nothing of what a new one would take for these.
    """
    kind = SCREENS[precision]
    costs = {screen: sample.cost(screen) for screen in folded.screens(precision)}
    best = min(costs, key=costs.__getitem__, default=None)
    if best is not None:
        suits = costs[best] <= _AS_EXPECTED * best.expected and (best.of_kind == of_kind or costs[best] <= CHEAP)
        if suits or len(costs) >= _KEPT or len(vectors) < _WORTH_MAKING:
            return best
    tokens = tokens_for(vectors, folded.matrix, folded.bias, min(_TILE, folded.tile))
    plan, expected = planned(tokens, sample, kind.share)
    if best is not None and costs[best] <= _AS_EXPECTED * expected:
        return best
    made = kind(tokens, plan, expected, of_kind)
    folded.keep(precision, made)
    return made


def planned(tokens: Tokens, sample: Sample, share: float) -> tuple[list[tuple[int, int]], float]:
    """Return how many coordinates to multiply of how many tiles, by the sample and a few of the tiles; and the cost."""
    width = tokens.coordinates.shape[1]
    ranks = (*(rank for rank in _RANKS if rank < width), width)
    vectors = (tokens.with_bias(sample.vectors).double() @ tokens.basis.vectors).float()
    tiles = tokens.coordinates.view(-1, tokens.tile, width)
    sizes = torch.tensor([len(block) for block in tiles.split(BLOCK)])
    tried = torch.arange(len(sizes))[:, None] * BLOCK + torch.arange(0, BLOCK, BLOCK // _TRIED)
    some = tiles[tried.clamp_(max=len(tiles) - 1).flatten()].flatten(0, 1)
    again = torch.empty(len(ranks), len(vectors), len(sizes))
    for place, rank in enumerate(ranks):
        upper = norms(vectors[:, rank:])[:, None] * norms(some[:, rank:])
        upper.addmm_(vectors[:, :rank], some[:, :rank].T)
        reach = upper.view(len(vectors), len(sizes), _TRIED, tokens.tile).amax(3) >= sample.second[:, None, None]
        again[place] = reach.float().mean(2)
    easy = again[min(_FOR_THE_EASY, len(ranks) - 1)].mean(1) <= HARD
    if 2 * int(easy.sum()) < len(vectors):  # else the others are multiplied whole in any case
        easy = torch.ones_like(easy)
    rates = _rates(torch.tensor(ranks), share)
    reached = again[0, easy].mean(0)  # rank 0 is the bound with nothing multiplied
    costs = rates[:, None] * reached + _AGAIN * again[:, easy].mean(1)
    # no tile with more than one before it, whose tokens are larger
    chosen = costs.argmin(0).flip(0).cummax(0).values.flip(0)
    weights = sizes / sizes.sum()
    left = again[chosen, :, torch.arange(len(sizes))].T @ weights
    cost = float((rates[chosen] * reached) @ weights) + _AGAIN * float(left.clamp(max=HARD).mean())
    places, band = chosen.unique_consecutive(return_inverse=True)
    counts = torch.zeros_like(places).scatter_add_(0, band, sizes)
    return [(ranks[place], count) for place, count in zip(places.tolist(), counts.tolist(), strict=True)], cost


def _rates(ranks: Int[Tensor, " some"], share: float) -> Float[Tensor, " some"]:
    """What multiplying so many coordinates takes, and looking at the products."""
    return torch.where(ranks > 0, share * ranks + _OVERHEAD, 0.0)
