"""Norms: how a norm's gain is measured, and folded into the matrices that read through it.

TransformerLens folds the norms of most architectures and skips those of some, whose gains it would misread. Here a
gain is measured on the norm itself, whichever way it is stored: `norm(y) - norm(-y)` is `y` (centred or not) times the
gain, up to one number, and `norm(y) + norm(-y)` is twice the bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

_CLOSE = 1e-4


@dataclass(frozen=True)
class Gain:
    """A norm's gain, as it takes effect.

    Attributes:
        identity: the entry of the norm's weight that means a gain of one: 1, or 0 where it is stored as an offset.
        centred: whether the norm takes the mean away first.
    """

    gain: Float[Tensor, " d_model"]
    identity: float
    centred: bool

    @property
    def is_one(self) -> bool:
        """Whether nothing is left to be folded."""
        return bool(((self.gain - 1).abs() <= 1e-6).all())


@torch.no_grad()
def gain_of(norm: nn.Module | None) -> Gain | None:
    """Return the gain of a norm, or None where it has none, or one that does not work as a gain does."""
    weight = getattr(norm, "weight", None)
    if norm is None or not isinstance(weight, Tensor) or weight.ndim != 1:
        return None
    y = torch.randn(1, 1, len(weight), generator=torch.Generator().manual_seed(0)).to(weight.device, weight.dtype)
    odd = ((norm(y) - norm(-y)) / 2).double().flatten()
    for centred in (False, True):
        scaled = (y - y.mean(-1, keepdim=True) if centred else y).double().flatten()
        for identity in (1.0, 0.0):
            gain = weight.double() + (1.0 - identity)
            expected = scaled * gain
            factor = (odd @ expected) / (expected @ expected).clamp_min(1e-30)
            if float(factor) > 0 and float((odd - factor * expected).norm()) <= _CLOSE * float(odd.norm()):
                return Gain(gain.to(weight.dtype), identity, centred)
    return None


def is_folded(norm: nn.Module | None) -> bool:
    """Return whether a norm has no gain left, as where it never had one."""
    if getattr(norm, "weight", None) is None:
        return True
    found = gain_of(norm)
    return found is not None and found.is_one


@torch.no_grad()
def fold_first(norm: nn.Module | None, readers: Sequence[Any]) -> bool:
    """Fold a layer's norm into the matrices of q, k and v; its bias stays, divided by the gain.

    Args:
        readers: linear modules whose inputs are the norm's output.

    Returns:
        Whether anything was folded.
    """
    found = gain_of(norm)
    if norm is None or found is None or found.is_one or not all(type(reader) is nn.Linear for reader in readers):
        return False
    offset = getattr(norm, "bias", None)
    if isinstance(offset, Tensor):
        if bool((found.gain == 0).any()):
            return False
        offset.div_(found.gain)
    for reader in readers:
        reader.weight = nn.Parameter(reader.weight * found.gain)
    norm.weight.fill_(found.identity)  # type: ignore[operator]
    return True


@torch.no_grad()
def fold_last(norm: nn.Module | None, reader: Any) -> bool:
    """Fold the last norm into what reads it, its bias into that one's.

    A LayerNorm takes the mean away, with or without a gain, and so does its reader afterwards: what is read of a head
    has not been through the norm.

    Args:
        reader: the unembedding, or the linear layer in front of it.

    Returns:
        Whether anything was folded.
    """
    if isinstance(norm, nn.LayerNorm) and norm.weight is None and reader.weight.shape[1] == norm.normalized_shape[0]:
        reader.weight = nn.Parameter(_without_mean(reader.weight))
        return True
    found = gain_of(norm)
    if norm is None or found is None or found.is_one or reader.weight.shape[1] != len(found.gain):
        return False
    offset = getattr(norm, "bias", None)
    if isinstance(offset, Tensor) and bool(offset.any()):
        added = reader.weight @ offset
        reader.bias = nn.Parameter(added if reader.bias is None else reader.bias + added)
        offset.zero_()
    weight = reader.weight * found.gain
    reader.weight = nn.Parameter(_without_mean(weight) if found.centred else weight)  # a tied embedding keeps its own
    norm.weight.fill_(found.identity)  # type: ignore[operator]
    return True


def _without_mean(weight: Float[Tensor, "outputs inputs"]) -> Float[Tensor, "outputs inputs"]:
    return weight - weight.mean(-1, keepdim=True)
