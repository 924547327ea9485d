"""Unembedding: the whole way from the residual stream to the vocabulary, and how a prepared one is made of a tied
embedding, so that it need not be stored beside it.

Some models unembed another vector than the residual stream: a matrix stands between the two (OPT-350m's `project_out`),
perhaps behind a last norm, and another one between the embedding and the stream. Which ones do is seen where the
numbers go, not by name.

Preparation folds the last norm's gain into the unembedding and centres that over the vocabulary. A model whose
embedding is its unembedding too then has two matrices of its vocabulary's size. The second is this function of the
first, to the last bit, and takes a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from harness.errors import ModelError
from harness.models import folds
from harness.models.sources import mapped

_ENTRIES = 2**20
"""That are made at once, in rows as they lie in memory: a whole vocabulary in float64 would take twice what is kept."""

FILE = "gains.safetensors"
"""Stands beside weights whose unembedding is to be made of their embedding; holds the gains of the plain model's norms,
the last one's among them.
"""


@torch.no_grad()
def folded(
    W: Float[Tensor, "vocab d_model"], gain: Float[Tensor, " d_model"], *, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "vocab d_model"]:
    """Return a norm's gain folded into an unembedding, and that centred over the vocabulary: in float64, then
    rounded.
    """
    blocks = W.split(max(1, _ENTRIES // W.shape[1]))
    gain = gain.double()
    mean = sum((block.double().mul_(gain).sum(0) for block in blocks), torch.zeros(1).double()) / len(W)
    made = torch.empty(W.shape, dtype=dtype)
    for block, place in zip(blocks, made.split(len(blocks[0])), strict=True):
        place.copy_(block.double().mul_(gain).sub_(mean))
    return made


@dataclass(frozen=True)
class Between:
    """The parts between the vocabulary's matrices and the residual stream; None where there is nothing.

    Attributes:
        into: from an embedding to the stream.
        norm: in front of `out`, or of the unembedding.
        out: from the stream to what is unembedded.
    """

    into: nn.Linear | None = None
    norm: nn.Module | None = None
    out: nn.Linear | None = None


@torch.no_grad()
def between(bridge: Any, name: str) -> Between:
    """Find them: the linear layers outside the blocks that take the embedding, or whose output is unembedded.

    The model is run only where it has a layer of such a shape. The norm is the bridge's last one, or what gave the
    linear layer its input: TransformerLens knows of no norm in front of such a layer.

    Raises:
        ModelError: where what is unembedded is neither as wide as the residual stream nor made of it by one of them.
    """
    d_model, (vocab, d_embed), d_unembed = bridge.cfg.d_model, bridge.W_E.shape, bridge.W_U.shape[0]
    inside = {id(module) for module in bridge.blocks.modules()}
    unembed = bridge.unembed.original_component
    outside = [module for module in bridge.original_model.modules() if id(module) not in inside]
    linear = [module for module in outside if isinstance(module, nn.Linear) and module is not unembed]
    entering = [one for one in linear if (one.in_features, one.out_features) == (d_embed, d_model)]
    leaving = [one for one in linear if (one.in_features, one.out_features) == (d_model, d_unembed)]
    norms = [module for module in outside if isinstance(module, nn.LayerNorm)] if leaving else []
    seen = passed(bridge, [*entering, *leaving, *norms], vocab) if entering or leaving else {}
    taken, given = seen.get("embedding", ()), seen.get("unembedded", ())
    into = next((one for one in entering if one in seen and _same(seen[one][:1], taken)), None)
    out = next((one for one in leaving if one in seen and _same(seen[one][1:], given)), None)
    last = getattr(getattr(bridge, "ln_final", None), "original_component", None)
    if last is None and out is not None:
        last = next((one for one in norms if one in seen and _same(seen[one][1:], seen[out][:1])), None)
    found = Between(into, last, out)
    if d_unembed != d_model and found.out is None:
        raise ModelError(
            f"--model {name!r}: its unembedding takes vectors of length {d_unembed}, but its residual stream has "
            f"{d_model}, and no matrix leads from one to the other; headlaws cannot read this model: choose another."
        )
    return found


def passed(bridge: Any, some: Collection[nn.Module], vocab: int) -> dict[Any, tuple[Tensor, ...]]:
    """Return what went into and came out of these, what the embedding gave, and what was unembedded."""
    seen: dict[Any, tuple[Tensor, ...]] = {}

    def note(key: Any, *values: Tensor) -> None:
        seen[key] = tuple(value.detach().clone() for value in values)

    handles = [
        *(one.register_forward_hook(lambda module, given, made: note(module, given[0], made)) for one in some),
        bridge.embed.register_forward_hook(lambda _module, _given, made: note("embedding", made)),
        bridge.unembed.original_component.register_forward_pre_hook(
            lambda _module, given: note("unembedded", given[0])
        ),
    ]
    try:
        bridge(torch.arange(min(4, vocab), device=bridge.W_U.device)[None], use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _same(some: tuple[Tensor, ...], others: tuple[Tensor, ...]) -> bool:
    return any(one.shape == other.shape and torch.equal(one, other) for one in some for other in others)


def save(config: Any, given: Mapping[str, Tensor], folder: Path, *, gains: Mapping[str, Tensor]) -> None:
    """Write the prepared weights of a model built as Llama is, ready for `bridge.folder(..., in_place=True)`.

    Args:
        gains: of the plain model's norms. Where they make the unembedding of the embedding, it is not written.
    """
    tied = folded(given[folds.EMBEDDING], gains[folds.LAST]).equal(given[folds.UNEMBEDDING])
    mapped.save(config, given, folder, tied=tied)
    if tied:
        save_file(dict(gains), folder / FILE)


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
