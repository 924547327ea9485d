"""Folds: which norm's gain goes into which matrices, of models built as Llama is; done and undone on plain models.

A norm multiplies each coordinate by its gain before the matrices that follow read it, so the gain may stand in those
matrices' columns instead. TransformerLens prepares any architecture so; for the default model, whose null models are
made of its prepared weights, the same is said here in one table. Undone it gives the plain weights up to their last
bit: enough to draw a null from, not to be handed out as the model's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

READERS = {
    "input_layernorm": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "post_attention_layernorm": ("mlp.gate_proj", "mlp.up_proj"),
}
"""By norm, the matrices of a layer that read through it; the last norm is read by the unembedding alone."""

LAST = "model.norm.weight"
EMBEDDING, UNEMBEDDING = "model.embed_tokens.weight", "lm_head.weight"


def gains(model: Any) -> dict[str, Float[Tensor, " d_model"]]:
    """Return the gains of all norms of a plain model, by their names, copied."""
    return {name: norm.detach().clone() for name, norm in model.named_parameters() if norm.ndim == 1}


@torch.no_grad()
def fold(model: Any) -> None:
    """Put the gains of all norms but the last into the matrices behind them; the norms are left with ones."""
    for norm, readers in _places(model):
        for reader in readers:
            reader.mul_(norm)
        norm.fill_(1.0)


@torch.no_grad()
def unfold(model: Any, given: Mapping[str, Float[Tensor, " d_model"]]) -> None:
    """Take gains, by the names of their norms, out of such matrices again, and give them to the norms."""
    for name, norm in model.named_parameters():
        if norm.ndim == 1:
            norm.copy_(given[name])
    for norm, readers in _places(model):
        for reader in readers:
            reader.div_(norm)


def _places(model: Any) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Each layer's norms, and the matrices that read through them."""
    for layer in model.model.layers:
        for norm, readers in READERS.items():
            yield layer.get_submodule(norm).weight, [layer.get_submodule(reader).weight for reader in readers]
