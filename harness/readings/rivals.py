"""Rivals: two other ways to the attention tokens that the engine reads, for comparison of times and of tokens.

notebook   every pair of positions, the masked half too; q, k and v repeated for each pair; a vector goes through
           W_O to the residual stream and from there through W_U, d_model x vocab, to its argmax
product    W_O W_U multiplied once for each head; each vector once, each pair j <= i once; one product and argmax
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.projection import pairs


@dataclass(frozen=True)
class Vectors:
    """What one head computes for some prompts."""

    q: Float[Tensor, "prompt pos d_head"]
    k: Float[Tensor, "prompt pos d_head"]
    v: Float[Tensor, "prompt pos d_head"]

    def once(self) -> Float[Tensor, "n d_head"]:
        """q, k and v of every position, and every pair j <= i: prompt by prompt."""
        parts = [torch.cat([q, k, v, pairs(q, k)]) for q, k, v in zip(self.q, self.k, self.v, strict=True)]
        return torch.cat(parts)


def notebook_tokens(
    vectors: Vectors, out: Float[Tensor, "d_head d_model"], W_U: Tensor, b_U: Tensor | None, prompts: int
) -> Int[Tensor, " n"]:
    """The notebook's way, for the first prompts; what it read once too often is dropped at the end, for comparison."""
    kept = []
    for q, k, v in zip(vectors.q[:prompts], vectors.k[:prompts], vectors.v[:prompts], strict=True):
        n = len(q)
        queries, keys = q.repeat_interleave(n, 0), k.repeat(n, 1)
        parts = (queries, keys, v.repeat(n, 1), queries * keys)
        read = [_unembedded(part @ out, W_U, b_U).argmax(1).view(n, n) for part in parts]
        row, column = torch.tril_indices(n, n)
        kept.append(torch.cat([read[0][:, 0], read[1][0], read[2][0], read[3][row, column]]))
    return torch.cat(kept)


def product_tokens(
    vectors: Float[Tensor, "n d_head"],
    out: Float[Tensor, "d_head d_model"],
    W_U: Tensor,
    b_U: Tensor | None,
    blocks: int = 1,
) -> Int[Tensor, " n"]:
    """One folded matrix, one product and argmax, in as many blocks of vectors as asked (a product fills the memory)."""
    matrix = out @ W_U
    return torch.cat([_unembedded(block, matrix, b_U).argmax(1) for block in vectors.chunk(blocks)])


def _unembedded(vectors: Float[Tensor, "n width"], W: Tensor, b_U: Tensor | None) -> Float[Tensor, "n vocab"]:
    return vectors @ W if b_U is None else vectors @ W + b_U
