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
from safetensors.torch import load_file
from torch import Tensor, nn

from harness.models import folds, mapped

_COLUMNS = 64
"""Coordinates that are made at once: a whole vocabulary in float64 would take twice what is kept of it."""

FILE = "gains.safetensors"
"""Stands beside weights whose unembedding is to be made of their embedding; holds the gains of the plain model's norms,
the last one's among them.
"""


def folded(W: Float[Tensor, "vocab d_model"], gain: Float[Tensor, " d_model"]) -> Float[Tensor, "vocab d_model"]:
    """A norm's gain folded into an unembedding, and that centred over the vocabulary: in float64, then rounded."""
    made = torch.empty_like(W, memory_format=torch.contiguous_format)
    for some in torch.arange(W.shape[1]).split(_COLUMNS):
        wide = (W[:, some].double() * gain[some].double()).T.contiguous()
        wide -= wide.mean(-1, keepdim=True)
        made[:, some] = wide.T.to(W.dtype)
    return made


@torch.no_grad()
def untie(model: Any, folder: Path) -> None:
    """Give a tied model, mapped from such a folder, its unembedding; in any other folder nothing happens."""
    if (folder / FILE).exists():
        gain = load_file(folder / FILE)[folds.LAST]
        embedding = model.get_input_embeddings().weight
        name = next(name for name, parameter in model.named_parameters() if parameter is embedding)
        (whole,) = mapped.some(folder, lambda one: one == name).values()  # let go with all of its pages
        model.get_output_embeddings().weight = nn.Parameter(folded(whole.float(), gain), requires_grad=False)
        model.config.tie_word_embeddings = False
