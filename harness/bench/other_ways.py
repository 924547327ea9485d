"""Other ways: two ways besides the engine's to the same attention tokens, to compare times and tokens.

notebook   every pair of positions, the masked half too; q, k and v repeated for each pair; a vector goes through
           W_O to the residual stream and from there through W_U, d_model x vocab, to its argmax
product    W_O W_U multiplied once for each head; each vector once, each pair j <= i once; one product and argmax
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.activations import pairs


@dataclass(frozen=True)
class Vectors:
    """What one head computes for some prompts."""

    q: Float[Tensor, "prompt pos d_head"]
    k: Float[Tensor, "prompt pos d_head"]
    v: Float[Tensor, "prompt pos d_head"]

    def by_component(self) -> dict[str, Float[Tensor, "n d_head"]]:
        """Return q, k and v of every position, and qk of every pair j <= i, prompt by prompt."""
        triangles = [pairs(q, k) for q, k in zip(self.q, self.k, strict=True)]
        return {
            "q": self.q.flatten(0, 1),
            "k": self.k.flatten(0, 1),
            "v": self.v.flatten(0, 1),
            "qk": torch.cat(triangles),
        }


def notebook_tokens(
    vectors: Vectors, out: Float[Tensor, "d_head d_model"], W_U: Tensor, b_U: Tensor | None, prompts: int
) -> dict[str, Int[Tensor, " n"]]:
    """Return the notebook's way, for the first prompts, by component; what it read once too often is dropped at the
    end.
    """
    kept: dict[str, list[Tensor]] = {"q": [], "k": [], "v": [], "qk": []}
    for q, k, v in zip(vectors.q[:prompts], vectors.k[:prompts], vectors.v[:prompts], strict=True):
        n = len(q)
        queries, keys = q.repeat_interleave(n, 0), k.repeat(n, 1)
        parts = (queries, keys, v.repeat(n, 1), queries * keys)
        read = [_unembedded(part @ out, W_U, b_U).argmax(1).view(n, n) for part in parts]
        row, column = torch.tril_indices(n, n)
        once = read[0][:, 0], read[1][0], read[2][0], read[3][row, column]
        for some, tokens in zip(kept.values(), once, strict=True):
            some.append(tokens)
    return {component: torch.cat(some) for component, some in kept.items()}


def product_tokens(
    vectors: Mapping[str, Float[Tensor, "n d_head"]],
    out: Float[Tensor, "d_head d_model"],
    W_U: Tensor,
    b_U: Tensor | None,
    blocks: int = 1,
) -> dict[str, Int[Tensor, " n"]]:
    """Return one folded matrix, one product and argmax, in as many blocks of vectors as asked (a product fills the
    memory).
    """
    matrix = out @ W_U
    whole = torch.cat([*vectors.values()])
    tokens = torch.cat([_unembedded(block, matrix, b_U).argmax(1) for block in whole.chunk(blocks)])
    return dict(zip(vectors, tokens.split([*map(len, vectors.values())]), strict=True))


def _unembedded(vectors: Float[Tensor, "n width"], W: Tensor, b_U: Tensor | None) -> Float[Tensor, "n vocab"]:
    return vectors @ W if b_U is None else vectors @ W + b_U
