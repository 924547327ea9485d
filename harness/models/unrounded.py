"""Unrounded: prepared weights in float64, where those that are kept are their rounding to float32.

Preparing a model whose norms have gains and no biases multiplies the columns of its matrices by gains. So an unrounded
weight is made of two that came with the model, and needs no file of its own. A streamed model has both in its own
folder. Of the default model the prepared weights alone are kept. But it came in four bits: of all the products with its
gains none has more digits than float32 holds, and its unembedding is made of its embedding, which stays as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor

from harness.models import unembedding
from harness.models.sources import mapped

Unrounded = Mapping[str, Callable[[], Tensor]]
"""By the names of the weights that were rounded, what makes each in float64."""


@dataclass(frozen=True)
class Fold:
    """What preparing made of a matrix.

    Attributes:
        of: the name of the matrix as it came: another one where the two were tied.
        norm: the name of the norm whose gain its columns were multiplied by; nothing where there was none.
        offset: what is added to that norm's weight: 1 where it is stored as its difference from one.
        centred: whether it was then centred over the vocabulary.
    """

    of: str
    norm: str
    offset: float = 0.0
    centred: bool = False

    def gain(self, weight: Callable[[str], Tensor]) -> Float[Tensor, " inputs"]:
        """Return the gain, in float64.

        Args:
            weight: gives weights as they came, by name.
        """
        return weight(self.norm).double() + self.offset if self.norm else torch.ones(1, dtype=torch.float64)

    def apply(
        self, weight: Callable[[str], Tensor], *, dtype: torch.dtype = torch.float64
    ) -> Float[Tensor, "outputs inputs"]:
        """Return the prepared matrix, made in float64."""
        came, gain = weight(self.of), self.gain(weight)
        if self.centred:
            return unembedding.folded(came, gain.expand(came.shape[1]), dtype=dtype)
        return (came.double() * gain).to(dtype)


def as_record(how: Mapping[str, Fold] | None) -> dict[str, Any] | None:
    """Return what was made of matrices, for a cached thing's record."""
    return None if how is None else {key: asdict(fold) for key, fold in how.items()}


def from_record(record: Mapping[str, Any] | None) -> dict[str, Fold] | None:
    """Return the same, read again."""
    return None if record is None else {key: Fold(**fold) for key, fold in record.items()}


def explained(given: Mapping[str, Tensor], made: Mapping[str, Tensor]) -> dict[str, Fold] | None:
    """Tell how preparing made those of a layer's matrices that were rounded; None where that is more than a product.

    Args:
        given: the layer's weights as they came.
        made: the same, prepared, in float32.
    """
    found: dict[str, Fold] = {}
    norms = {key: len(weight) for key, weight in given.items() if weight.ndim == 1}
    for key, weight in given.items():
        if made[key].equal(weight.float()):
            continue
        if weight.ndim == 1 and bool((made[key] == made[key][0]).all()):
            continue  # a norm, whose gain has gone into the matrices
        folds = [Fold(key, norm, offset) for norm in norms for offset in (0.0, 1.0)]
        folds = [fold for fold in folds if weight.ndim == 2 and norms[fold.norm] == weight.shape[1]]
        products = ((fold, fold.apply(given.__getitem__)) for fold in folds)
        right = next(((fold, wide) for fold, wide in products if wide.float().equal(made[key])), None)
        if right is None:
            return None
        fold, wide = right
        if not wide.equal(made[key].double()):
            found[key] = fold
    return found


def of_folder(path: Path, given: Mapping[str, Fold]) -> Unrounded:
    """Return the unrounded weights of a model, from a folder with weights as they came.

    Args:
        path: of the model as it came, or of its prepared weights, where those are unchanged that the given ones are
            made of, and the gains are kept beside them.
        given: how they were made.
    """
    names = {name for fold in given.values() for name in (fold.of, fold.norm)}
    came = mapped.some(path, lambda name: name in names)
    if (path / unembedding.FILE).exists():
        came |= load_file(path / unembedding.FILE)
    return {key: partial(fold.apply, came.__getitem__) for key, fold in given.items()}
