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
from harness.readings.low_rank import basis, fit, padded
from harness.readings.reduced import SCREENS, ReducedScreen, rows_with_bias, with_bias
from harness.readings.screen import Precision, norms

_RANKS = (8, 16, 24, 32, 40, 48)
_TILE = 64
_STEP = 8  # of so many tokens, one is tried
_OVERHEAD = 10.0  # of any screen: its maxima, and what is to be reached
_AGAIN = 130.0  # what reading again takes, of all tiles; more than the product, for vectors are gathered
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
    rows, beta = rows_with_bias(folded.matrix, folded.bias)
    fitted = fit(with_bias(vectors, beta), rows)
    tile = min(_TILE, folded.tile)
    ranks = expected(fitted, rows, Sample(with_bias(sample.vectors, beta), sample.second), tile, kind.share)
    rank = min(ranks, key=ranks.__getitem__)
    if costs and ranks[rank] > _WORTH_IT * min(costs.values()):
        return min(costs, key=costs.__getitem__)
    made = kind(rows, beta, basis(fitted, rank), tile)
    folded.keep(precision, made)
    return made


def expected(
    fitted: Float[Tensor, "width width"], rows: Float[Tensor, "vocab width"], sample: Sample, tile: int, share: float
) -> dict[int, float]:
    """What screens of each rank would take, by the sample and a few of the tokens."""
    width = len(fitted)
    some = rows[:: _STEP if len(rows) > _STEP * _STEP * tile else 1]
    tokens = (some.double() @ fitted).float()
    tokens = tokens[norms(tokens).argsort(descending=True)]
    tokens = tokens[: len(tokens) - len(tokens) % tile]
    vectors = torch.linalg.solve(fitted, sample.vectors.double().T).T.float()
    costs = {}
    for rank in (*(rank for rank in _RANKS if rank < width), width):
        rest = norms(vectors[:, rank:])[:, None] * norms(tokens[:, rank:])
        upper = (vectors[:, :rank] @ tokens[:, :rank].T + rest).view(len(vectors), -1, tile).amax(2)
        again = float((upper >= sample.second[:, None]).float().mean())
        costs[rank] = share * padded(rank) + _OVERHEAD + _AGAIN * again
    return costs
