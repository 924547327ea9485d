"""Activations: what one layer's heads made of one sequence, and a head's vectors among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from harness.errors import ModelError
from harness.models.backbone import LayerActivations

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Activations:
    """What one layer's heads made of one sequence, BOS left out; nobody writes to it.

    q and k are as they enter the attention score (after rotary, where there is one); k and v are there once for each
    group of heads that share them. The pattern's keys are all that the queries see, BOS first where there is one.
    """

    q: Float[Tensor, "pos head d_head"]
    k: Float[Tensor, "pos group d_head"]
    v: Float[Tensor, "pos group d_head"]
    z: Float[Tensor, "pos head d_head"]
    pattern: Float[Tensor, "head query key"]

    @property
    def nbytes(self) -> int:
        """What it holds."""
        return sum(part.nbytes for part in (self.q, self.k, self.v, self.z, self.pattern))

    def vectors(self, component: str, head: int) -> Float[Tensor, "entry d_head"]:
        """Return one head's vectors of one component: one a position, or for qk one a pair."""
        if component == "qk":
            return pairs(self.vectors("q", head), self.vectors("k", head))
        found: Tensor = getattr(self, component)
        return found[:, head * found.shape[1] // self.q.shape[1]]

    @property
    def versions(self) -> tuple[int, ...]:
        """How often each part has been written to."""
        return tuple(part._version for part in (self.q, self.k, self.v, self.z, self.pattern))


@dataclass(frozen=True)
class Kept:
    """Activations that are remembered, and that nobody may write to.

    Torch has no read-only tensors, but counts writes. (What is written by way of numpy is not counted; the control that
    reads twice finds it.)
    """

    activations: Activations
    versions: tuple[int, ...]

    @classmethod
    def of(cls, activations: Activations) -> Kept:
        """Take note of how often they have been written to so far."""
        return cls(activations, activations.versions)

    @property
    def nbytes(self) -> int:
        """What they hold."""
        return self.activations.nbytes

    def untouched(self, name: str) -> Activations:
        """Return the activations, if nobody has written to them since.

        Raises:
            ModelError: with the model's name, where somebody has.
        """
        if self.activations.versions != self.versions:
            raise ModelError(
                f"{name}: remembered activations were written to; to change activations, copy them (`clone`) first."
            )
        return self.activations


def pairs(q: Float[Tensor, "pos d_head"], k: Float[Tensor, "pos d_head"]) -> Float[Tensor, "pair d_head"]:
    """Multiply `q[i] * k[j]` for every query i and key j <= i, row after row."""
    query, key = torch.tril_indices(len(q), len(q), device=q.device)
    return q[query] * k[key]


def taken_apart(
    found: LayerActivations, rows: Mapping[Ids, int], *, skip: int, together: int
) -> dict[Ids, Activations]:
    """Return each sequence's own activations, from its row of the batch.

    They are copies: a view would keep the whole batch alive for as long as one of its sequences is remembered.

    Args:
        skip: positions in front of the sequences.
        together: heads that share their keys and values.
    """
    return {
        ids: Activations(
            q=found.q[i, skip : skip + len(ids)].clone(),
            k=found.k[i, skip : skip + len(ids), ::together].clone(),
            v=found.v[i, skip : skip + len(ids), ::together].clone(),
            z=found.z[i, skip : skip + len(ids)].clone(),
            pattern=found.pattern[i, :, skip : skip + len(ids), : skip + len(ids)].clone(),
        )
        for ids, i in rows.items()
    }


def sound(found: LayerActivations, sequence: int | slice = slice(None)) -> bool:
    """Return whether all numbers, or those of one sequence of the batch, are finite."""
    return all(bool(torch.isfinite(part[sequence]).all()) for part in (found.q, found.k, found.z, found.pattern))
