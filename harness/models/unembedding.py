"""Unembedding: how a prepared one is made of a tied embedding, so that it need not be stored beside it.

Preparation folds the last norm's gain into the unembedding and centres that over the vocabulary. A model whose
embedding is its unembedding too then has two matrices of its vocabulary's size. The second is this function of the
first, to the last bit, and takes a fraction of a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FILE = "last_gain.safetensors"
"""Stands beside weights whose unembedding is to be made of their embedding; holds the last norm's gain."""

_GAIN = "gain"


def folded(W: Float[Tensor, "vocab d_model"], gain: Float[Tensor, " d_model"]) -> Float[Tensor, "vocab d_model"]:
    """A norm's gain folded into an unembedding, and that centred over the vocabulary."""
    made = W * gain
    made -= made.mean(0, keepdim=True)
    return made


def last_gain(model: Any) -> Float[Tensor, " d_model"] | None:
    """The gain of the norm before a plain model's unembedding, copied; None where the two matrices are not one.

    It is the last vector of the model's parameters where transformers puts the last norm behind the layers.
    """
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    vectors = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    return vectors[-1].detach().clone() if tied and vectors else None


def save_gain(gain: Float[Tensor, " d_model"], folder: Path) -> None:
    """Leave word in a folder of weights that its unembedding is to be made."""
    save_file({_GAIN: gain.contiguous()}, folder / FILE)


@torch.no_grad()
def untie(model: Any, folder: Path) -> None:
    """Give a tied model from such a folder its unembedding; in any other folder nothing happens."""
    if (folder / FILE).exists():
        gain = load_file(folder / FILE)[_GAIN]
        made = folded(model.get_input_embeddings().weight.float(), gain)
        model.get_output_embeddings().weight = nn.Parameter(made, requires_grad=False)
        model.config.tie_word_embeddings = False
