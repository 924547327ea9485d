"""The gauge test: which readings survive a change of basis inside the head?

Nothing in a model fixes the coordinates in which a head writes its q, k, v and z. With R orthogonal and A invertible,

    W_Q -> W_Q R     W_K -> W_K R     q -> q R     k -> k R          (q . k is what it was)
    W_V -> W_V A     v -> v A         z -> z A     W_O -> A^-1 W_O   (z @ W_O is what it was)

is the same model: every attention score, every output and every prediction stay. A reading that changes says
something of the coordinates, not of the head. Of rotary models, R turns q and k after their rotation by position.
Heads that share keys and values share R and A.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.models.backbone import Backbone, LayerActivations, Rows, Stream

STRETCH = 2.0
"""A stretches some directions by at most this and shrinks others by as much: invertible, and harmless to float32."""


class Regauged:
    """A backbone in other coordinates, drawn from a seed: the same model; in all else it is the one it was made of."""

    def __init__(self, backbone: Backbone, *, seed: int) -> None:
        self._backbone = backbone
        self._seed = seed
        self.fingerprint = f"{backbone.fingerprint}/gauge-{seed}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backbone, name)

    def activations(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], rows: Rows | None = None
    ) -> dict[int, LayerActivations]:
        """Return what the heads compute, in the new coordinates."""
        found = self._backbone.activations(ids, layers, rows)
        return {layer: self._turned(layer, made) for layer, made in found.items()}

    def continued(
        self,
        ids: Int[Tensor, "batch pos"],
        layers: Collection[int],
        begin: Stream | None,
        rows: Rows | None = None,
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        """Return the same, from a stream on; the stream is the network's own, since it shows no basis inside a head."""
        found, stream = self._backbone.continued(ids, layers, begin, rows)
        return {layer: self._turned(layer, made) for layer, made in found.items()}, stream

    def W_Q(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to queries."""
        return self._backbone.W_Q(layer, head) @ self.R(layer, head)

    def W_K(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to keys."""
        return self._backbone.W_K(layer, head) @ self.R(layer, head)

    def W_V(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to values."""
        return self._backbone.W_V(layer, head) @ self.A(layer, head)

    def W_O(self, layer: int, head: int) -> Float[Tensor, "d_head d_model"]:
        """Return the map from z to the residual stream."""
        inverse: Tensor = torch.linalg.inv(self.A(layer, head).double())
        return (inverse @ self._backbone.W_O(layer, head).double()).to(self._backbone.dtype)

    def R(self, layer: int, head: int) -> Float[Tensor, "d_head d_head"]:
        """Return the rotation of q and k."""
        return _bases(self._backbone.shape.d_head, f"{self._seed}:{layer}:{self._group(head)}")[0].to(
            self._backbone.device, self._backbone.dtype
        )

    def A(self, layer: int, head: int) -> Float[Tensor, "d_head d_head"]:
        """Return the change of basis of v and z."""
        return _bases(self._backbone.shape.d_head, f"{self._seed}:{layer}:{self._group(head)}")[1].to(
            self._backbone.device, self._backbone.dtype
        )

    def in_float64(self) -> Regauged:
        """Return the same in float64."""
        return Regauged(self._backbone.in_float64(), seed=self._seed)

    def _group(self, head: int) -> int:
        shape = self._backbone.shape
        return head // (shape.n_heads // shape.n_kv_heads)

    def _turned(self, layer: int, made: LayerActivations) -> LayerActivations:
        heads = range(made.q.shape[2])
        R = torch.stack([self.R(layer, head) for head in heads])
        A = torch.stack([self.A(layer, head) for head in heads])

        def turn(part: Tensor, bases: Tensor) -> Tensor:
            turned: Tensor = torch.einsum("bphd,hde->bphe", part, bases)
            return turned

        return LayerActivations(
            q=turn(made.q, R), k=turn(made.k, R), v=turn(made.v, A), z=turn(made.z, A), pattern=made.pattern
        )


@lru_cache(maxsize=256)
def _bases(d_head: int, seed: str) -> tuple[Tensor, Tensor]:
    """A random rotation, and a random invertible matrix, in float64."""
    generator = torch.Generator().manual_seed(_number(seed))

    def rotation() -> Tensor:
        made, triangle = torch.linalg.qr(torch.randn(d_head, d_head, generator=generator, dtype=torch.float64))
        drawn: Tensor = made * triangle.diagonal().sign()  # uniform over the orthogonal group: Mezzadri 2007, section 5
        return drawn

    stretch = STRETCH ** (2 * torch.rand(d_head, generator=generator, dtype=torch.float64) - 1)
    return rotation(), rotation() * stretch @ rotation()


def _number(text: str) -> int:
    """A number for a text, the same in every process."""
    found = 0
    for character in text:
        found = (found * 1_000_003 + ord(character)) % (1 << 61)
    return found
