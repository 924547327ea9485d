"""Distinct vectors: in the first layer a token said again gives the same vector, which need not be read again."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

_WORTH_COMPARING = 64  # vectors; comparing fewer takes longer than reading them
_WORTH_MERGING = 0.95  # of them distinct


def distinct(rows: Float[Tensor, "n width"]) -> tuple[Float[Tensor, "m width"], Int[Tensor, " n"]]:
    """Return rows without their repetitions, and where each row is found among them. -0.0 counts as 0.0.

    Rows are compared by a hash first and then in full; should two different ones share a hash, all are kept.
    """
    rows = rows + 0.0  # -0.0 + 0.0 is 0.0
    everyone = torch.arange(len(rows), device=rows.device)
    if len(rows) < _WORTH_COMPARING:
        return rows, everyone
    words = rows.view(torch.int64 if rows.dtype == torch.float64 else torch.int32).long()
    factors = torch.randint(1 << 62, (rows.shape[1],), generator=torch.Generator().manual_seed(rows.shape[1])) * 2 + 1
    hashes, places = (words * factors.to(rows.device)).sum(1).unique(return_inverse=True)
    if len(hashes) > _WORTH_MERGING * len(rows):
        return rows, everyone
    some = rows[torch.empty_like(hashes).scatter_(0, places, everyone)]
    return (some, places) if torch.equal(some[places], rows) else (rows, everyone)
