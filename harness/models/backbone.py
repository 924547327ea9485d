"""Backbone: a prepared network, and all that readings know of a model.

A backbone turns token ids into what the attention heads of a layer compute, and hands out the matrices that lead from
a head's vectors to the vocabulary. It knows nothing of attention tokens, conjectures or verdicts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.models.preparation import Preparation

__all__ = ["Backbone", "LayerActivations", "Preparation", "Rows", "Shape", "Stream"]


@dataclass(frozen=True)
class Shape:
    """The sizes of a network.

    Attributes:
        n_kv_heads: fewer than `n_heads` where several query heads share keys and values (grouped queries).
        vocab: how many ids there are; ids are 0 to vocab - 1.
        n_ctx: the longest sequence that it takes, BOS counted.
        rotary: positions enter by rotating q and k; otherwise they are added to the residual stream or to the scores.
        by_length: what is computed at a position depends on how long the whole sequence is (longrope, dynamic rotary
            embeddings), so that no sequence may be filled up.
    """

    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_model: int
    vocab: int
    n_ctx: int
    rotary: bool
    by_length: bool = False


@dataclass(frozen=True)
class LayerActivations:
    """What one layer's heads compute for a batch of sequences; nobody writes to it.

    q and k are those that enter the attention score (after rotary, where there is one). k and v are given once per
    query head, also where several share them. z is the pattern-weighted sum of v.
    """

    q: Float[Tensor, "batch pos head d_head"]
    k: Float[Tensor, "batch pos head d_head"]
    v: Float[Tensor, "batch pos head d_head"]
    z: Float[Tensor, "batch pos head d_head"]
    pattern: Float[Tensor, "batch head query key"]


@dataclass(frozen=True)
class Stream:
    """The residual stream of a batch of sequences as it enters a layer; nobody writes to it."""

    layer: int
    residual: Float[Tensor, "batch pos d_model"]


@dataclass(frozen=True)
class Rows:
    """Which positions of a batch are computed; a place is a position's number in the batch, row after row.

    Attributes:
        shape: sequences and positions.
        computed: the places that are computed.
        source: for each place, where its row stands among those computed; anywhere where nobody asks for it.
        left_out, instead: the places left out for an equal one, and that one's.
    """

    shape: tuple[int, int]
    computed: Int[Tensor, " rows"]
    source: Int[Tensor, " places"]
    left_out: Int[Tensor, " places"]
    instead: Int[Tensor, " places"]


class Backbone(Protocol):
    """A prepared network.

    Attributes:
        name: what the user called it: a built-in name, a hub name or a folder.
        weights_sha256: of the weights before preparation, hexadecimal.
        fingerprint: of weights, configuration, vocabulary, preparation, dtype and the versions of the libraries that
            computed them, hexadecimal.
            Two backbones with the same fingerprint compute the same; a name does not say that.
        settings: what the weights do not say of the network: its configuration, by name.
        config_sha256: of the settings, hexadecimal.
        vocabulary_sha256: of the text that each id stands for, and of which ids are control tokens, hexadecimal.
        bos: the id put in front of a sequence, or None where the model has none.
        bos_from: whose BOS it is: `tokenizer`, or `configuration` where the tokenizer has none; nothing without BOS.
        special: ids of control tokens (BOS, EOS, padding, chat markers ...).
        alike_in_company: whether a sequence has the same bits whatever other sequences are run with it.
        shares_rows: whether sequences that begin alike have the same bits where their beginning is computed once.
        weights_of_a_layer: how many numbers the matrices of its first layer hold.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def weights_sha256(self) -> str: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def config_sha256(self) -> str: ...  # noqa: D102
    @property
    def vocabulary_sha256(self) -> str: ...  # noqa: D102
    @property
    def preparation(self) -> Preparation: ...  # noqa: D102
    @property
    def shape(self) -> Shape: ...  # noqa: D102
    @property
    def dtype(self) -> torch.dtype: ...  # noqa: D102
    @property
    def device(self) -> torch.device: ...  # noqa: D102
    @property
    def bos(self) -> int | None: ...  # noqa: D102
    @property
    def bos_from(self) -> str: ...  # noqa: D102
    @property
    def special(self) -> frozenset[int]: ...  # noqa: D102
    @property
    def alike_in_company(self) -> bool: ...  # noqa: D102
    @property
    def shares_rows(self) -> bool: ...  # noqa: D102
    @property
    def weights_of_a_layer(self) -> int: ...  # noqa: D102

    def activations(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], rows: Rows | None = None
    ) -> dict[int, LayerActivations]:
        """Return what the heads of these layers compute; nothing above the highest of them is run. BOS is in `ids`
        already.

        Args:
            rows: those that are computed, where the backbone shares rows; without it all are.
        """
        ...

    def continued(
        self,
        ids: Int[Tensor, "batch pos"],
        layers: Collection[int],
        begin: Stream | None,
        rows: Rows | None = None,
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        """Return the same, and the stream that enters the highest layer; a later run may go on from it.

        Args:
            rows: as above.
            begin: the stream of such a run of the same ids, which entered one of these layers or one below; without
                it the run begins at the bottom.

        Returns:
            No stream where the network can only be run from the bottom.
        """
        ...

    def W_Q(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the (normalised) residual stream to queries."""
        ...

    def W_K(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the (normalised) residual stream to keys; those of the group that the head belongs to."""
        ...

    def W_V(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the (normalised) residual stream to values; those of the group that the head belongs
        to.
        """
        ...

    def W_O(self, layer: int, head: int) -> Float[Tensor, "d_head d_model"]:
        """Return the map from a head's z to the residual stream."""
        ...

    @property
    def W_E(self) -> Float[Tensor, "vocab d_model"]:
        """The embedding of tokens."""
        ...

    @property
    def W_U(self) -> Float[Tensor, "d_model vocab"]:
        """The unembedding."""
        ...

    @property
    def b_U(self) -> Float[Tensor, " vocab"] | None:
        """The unembedding's bias, or None where it has none."""
        ...

    def in_float64(self) -> Backbone:
        """Return the same prepared weights, computing in float64: for re-checks. Made at the first call, then kept."""
        ...

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text; no BOS and nothing else is added.

        Raises:
            ModelError: where the model came without a tokenizer.
        """
        ...

    def token(self, id: int) -> str:
        """Return one vocabulary entry as text, which may be anything (also markup); `<id>` where there is no text for
        it.
        """
        ...
