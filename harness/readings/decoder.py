"""Decoder: from a network's activations to readings, by way of each head's folded matrix."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from operator import attrgetter

import numpy as np
import torch
from cachetools import LRUCache
from jaxtyping import Float
from torch import Tensor

from harness.models.backbone import Backbone
from harness.profiling import Count, count
from harness.readings.activations import Activations, Ids
from harness.readings.attention import attention
from harness.readings.decoding.folded import CPU
from harness.readings.decoding.on_device import decodes, full_precision, top2_on_device
from harness.readings.decoding.shortlist import Unembeddings, shortlist, unembeddings
from harness.readings.decoding.top_two import Folded, Top2, fold, top2
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.readings.tolerance import ROUNDED, Tolerance
from harness.records.address import ATTENTION, Address

VECTORS_PER_BLOCK = 16384
"""How many vectors are decoded at once, so that memory is bounded whatever the batch."""

FOLDS = 192 << 20
"""Bytes of folded matrices that are kept: nine heads' of fifty thousand tokens. One is made in 30 ms."""

FEW_FOLDS = 84 << 20
"""Of a model whose heads are asked for one after another: four heads', for claims about pairs."""


class Decoder:
    """Decodes the vectors of one network's heads.

    Attributes:
        kept: the folded matrices that were used last.
        anew: whether vectors that were decoded before are decoded again.
    """

    def __init__(self, backbone: Backbone, *, room: int = FOLDS, rough: Decoder | None = None) -> None:
        """Decode for a network.

        Args:
            room: bytes of folded matrices that may be kept.
            rough: of the same network in float32, where this one is in float64: its folded matrices say which tokens
                can be meant at all.
        """
        self.backbone = backbone
        self._rough = rough
        self.anew = False
        self.kept: LRUCache[Hashable, Folded] = LRUCache(room, getsizeof=attrgetter("nbytes"))

    @property
    def in_company(self) -> bool:
        """Whether a vector has the same last bits whatever is decoded with it, as it has not by a shortlist."""
        return self._rough is None

    def one_head_at_a_time(self) -> None:
        """Be told that what is asked of a head is asked before the next one: few folded matrices are kept."""
        if self.kept.maxsize > FEW_FOLDS:
            self.kept = LRUCache(FEW_FOLDS, getsizeof=attrgetter("nbytes"))

    def readings(
        self,
        sequences: Sequence[Ids],
        activations: Sequence[Activations],
        address: Address,
        components: Sequence[str],
        way: Projection,
        *,
        anew: bool = False,
    ) -> list[list[Reading]]:
        """Return the readings by several components that go the same way out, decoded together.

        Args:
            anew: whether vectors that were decoded before are decoded again.
        """
        if not sequences:
            return [[] for _ in components]
        if components == [ATTENTION]:
            each = zip(sequences, activations, strict=True)
            return [[attention(ids, made, address.head, noise=self._noise) for ids, made in each]]
        vectors = (made.vectors(part, address.head) for part in components for made in activations)
        tops = [self.top2(block, address, components[0], way, anew=anew) for block in _blocks(vectors)]
        triangle = components == ["qk"]
        ends = np.cumsum([n * (n + 1) // 2 if triangle else n for n in map(len, sequences)] * len(components))[:-1]
        columns = [np.split(column.numpy(), ends) for column in Top2.joined(tops).columns]
        found = [
            Reading(ids, triangle, tokens, runners_up, margins, near_ties, sequence=ids, open=undecided)
            for ids, tokens, runners_up, margins, near_ties, undecided in zip(
                [*sequences] * len(components), *columns, strict=True
            )
        ]
        number = len(sequences)
        return [found[i * number : (i + 1) * number] for i in range(len(components))]

    def top2(
        self,
        vectors: Float[Tensor, "n d_head"],
        address: Address,
        component: str,
        way: Projection,
        *,
        anew: bool = False,
    ) -> Top2:
        """Return the two tokens that each vector of a component means most."""
        count(Count.VECTORS, len(vectors))
        tokens = None if self._rough is None else self._shortlist(self._rough, vectors, address, component, way)
        if tokens is None:
            folded = self.folded(address, component, way)
            if self._on_device:
                return top2_on_device(vectors, folded, noise=self._noise)
            return top2(vectors, folded, kind=component, noise=self._noise, anew=anew or self.anew)
        W_U, b_U = self.backbone.W_U, self.backbone.b_U
        few = fold(
            way_out(self.backbone, address, component, way), W_U[:, tokens], None if b_U is None else b_U[tokens]
        )
        found = top2(vectors, few, noise=self._noise)
        return replace(
            found,
            tokens=tokens[found.tokens],
            runners_up=torch.where(found.runners_up < 0, -1, tokens[found.runners_up.clamp_min(0)]),
        )

    def folded(self, address: Address, component: str, way: Projection) -> Folded:
        """Return the head's way out and the unembedding as one matrix `d_head x vocab`, made ready for decoding."""
        key = (self.backbone.fingerprint, address, way.matrix(component))
        found = self.kept.get(key)
        if found is None:
            out = way_out(self.backbone, address, component, way)
            with full_precision():
                device = self.backbone.device if self._on_device else CPU
                found = fold(out, self.backbone.W_U, self.backbone.b_U, device=device)
            with suppress(ValueError):  # it takes more than all the room there is
                self.kept[key] = found
        return found

    def _shortlist(
        self, rough: Decoder, vectors: Float[Tensor, "n d_head"], address: Address, component: str, way: Projection
    ) -> Tensor | None:
        """The few tokens that can be meant, by the matrices in float32; None where that cannot be told."""
        out, rough_out = (way_out(one.backbone, address, component, way) for one in (self, rough))
        folded = rough.folded(address, component, way)
        with full_precision():
            return shortlist(vectors, out, folded, rough_out, self._unembeddings, noise=self._noise)

    @cached_property
    def _on_device(self) -> bool:
        return decodes(self.backbone.device)

    @property
    def _noise(self) -> Tolerance | None:
        """The noise of margins, where it is not that of the network's dtype."""
        return ROUNDED if getattr(self.backbone, "rounded", False) else None

    @cached_property
    def _unembeddings(self) -> Unembeddings:
        """How this network's unembedding compares with the rough one's."""
        return unembeddings(self.backbone, (self._rough or self).backbone)


def way_out(backbone: Backbone, address: Address, component: str, way: Projection) -> Float[Tensor, "d_head d_model"]:
    """Return the matrix that sends a component's vector to the residual stream.

    Raises:
        AddressError: for `circuit` of qk, which is not defined.
    """
    way.check(component)
    layer, head = address
    match way.matrix(component):
        case "seed":
            summed: Float[Tensor, " d_model"] = backbone.W_O(layer, head).sum(0)
            return backbone.W_V(layer, head).T * summed
        case "W_K":
            return backbone.W_K(layer, head).T
        case "W_Q":
            return backbone.W_Q(layer, head).T
    return backbone.W_O(layer, head)


def _blocks(vectors: Iterable[Float[Tensor, "some d_head"]]) -> Iterator[Float[Tensor, "n d_head"]]:
    """Put vectors together, so many at a time."""
    waiting: list[Tensor] = []
    number = 0
    for some in vectors:
        number += len(some)
        if waiting and number > VECTORS_PER_BLOCK:
            yield from torch.cat(waiting).split(VECTORS_PER_BLOCK)
            waiting, number = [], len(some)
        waiting.append(some)
    yield from torch.cat(waiting).split(VECTORS_PER_BLOCK)
