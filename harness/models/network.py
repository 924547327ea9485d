"""Network: a backbone made of a TransformerLens bridge.

Works on the bridge's parts alone; `harness.models.bridge` makes bridges. A forward pass stops in the attention of the
highest layer asked for, and keeps only what was asked for (`harness.models.noting`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.models import fingerprint, unembedding
from harness.models.backbone import LayerActivations, Rows, Stream
from harness.models.bridge_parts import matrix, settings_of, shape_of
from harness.models.continuing import Layers, tried_once
from harness.models.equal_rows import EqualRows
from harness.models.equal_rows import tried as rows_tried
from harness.models.noting import Noted, at_hook_points, in_products
from harness.models.precision import float64_twin, throughout, wide_parameters
from harness.models.preparation import NONE, Preparation
from harness.models.threads import threads
from harness.models.vocabulary import Vocabulary


class Network:
    """A prepared bridge as a `Backbone` (see there for what the members mean)."""

    def __init__(
        self,
        bridge: Any,
        *,
        name: str,
        preparation: Preparation,
        weights_sha256: str,
        vocabulary: Vocabulary,
        settings: Mapping[str, str] | None = None,
        noted: Noted = Noted.HOOKS,
        rounded: bool = False,
        unrounded: Mapping[str, Callable[[], Tensor]] | None = None,
    ) -> None:
        """Wrap a bridge.

        Args:
            settings: of the model that it stands for; by default those of the bridge's own configuration.
            noted: where q, k, v and the pattern are noted.
            rounded: whether its weights were rounded to fewer digits than it computes in when they were prepared.
            unrounded: makes in float64 those of its weights that were, by the plain model's names; None where nothing
                can.
        """
        self.bridge, self.name, self.noted = bridge, name, noted
        self.preparation, self.weights_sha256, self.vocabulary = preparation, weights_sha256, vocabulary
        self.shape = shape_of(bridge)
        self._between = unembedding.between(bridge, name)
        self.dtype: torch.dtype = bridge.W_U.dtype
        self.device: torch.device = bridge.W_U.device
        self.settings = settings_of(bridge) if settings is None else settings
        self.config_sha256 = fingerprint.digest(self.settings)
        self.rounded = rounded
        self.fingerprint = fingerprint.fingerprint(
            weights_sha256,
            preparation,
            f"{self.dtype}{' of rounded weights' if rounded else ''}",
            config=self.config_sha256,
            vocabulary=vocabulary.sha256,
        )
        self._unrounded = unrounded
        self._wide = wide_parameters(bridge, unrounded) if unrounded and self.dtype is torch.float64 else {}
        self._in_float64: Network | None = None

    def __repr__(self) -> str:
        return f"<{self.name}: {self.shape.n_layers} layers x {self.shape.n_heads} heads, {self.dtype}>"

    @property
    def vocabulary_sha256(self) -> str:
        """Of the vocabulary: what ids mean as text, and which of them are control tokens."""
        return self.vocabulary.sha256

    @property
    def bos(self) -> int | None:
        """The vocabulary's BOS."""
        return self.vocabulary.bos

    @property
    def bos_from(self) -> str:
        """Whose BOS it is: `tokenizer` or `configuration`; nothing where there is none."""
        return "" if self.bos is None else self.vocabulary.bos_from

    @property
    def special(self) -> frozenset[int]:
        """The vocabulary's control tokens."""
        return self.vocabulary.special

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text."""
        return self.vocabulary.encode(text)

    def token(self, id: int) -> str:
        """Return one vocabulary entry as text."""
        return self.vocabulary.token(id)

    def activations(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], rows: Rows | None = None
    ) -> dict[int, LayerActivations]:
        """Return what the heads of these layers compute; nothing above the highest layer's attention is run."""
        return self._run(ids, layers, rows)

    def continued(
        self,
        ids: Int[Tensor, "batch pos"],
        layers: Collection[int],
        begin: Stream | None,
        rows: Rows | None = None,
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        """Return the same, from a stream on if there is one, with the stream that enters the highest layer."""
        if not layers or not self._continues:
            return self._run(ids, layers, rows), None
        return self._continued(ids, layers, begin, rows)

    def _continued(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], begin: Stream | None, rows: Rows | None = None
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        if begin is not None:
            begin = Stream(begin.layer, begin.residual.to(self.device))
        with self._layers.run(max(layers), begin) as noted:
            found = self._run(ids, layers, rows)
        return found, noted.stream

    @property
    def weights_of_a_layer(self) -> int:
        """How many numbers the matrices of the first layer hold."""
        matrices = {id(found): found for found in self.bridge.blocks[0].parameters() if found.ndim > 1}
        return sum(found.numel() for found in matrices.values())

    @cached_property
    def _layers(self) -> Layers:
        return Layers(self.bridge.original_model, self.bridge.blocks[0])

    @cached_property
    def _continues(self) -> bool:
        """Whether a run that begins at a layer gives the bits of one from the bottom."""
        with threads(1):
            return self._layers.continue_(self._tried, self.shape)

    @cached_property
    def alike_in_company(self) -> bool:
        """Whether a sequence has the same bits whatever other sequences are run with it."""
        whose = self.fingerprint, str(self.device), self.noted
        return tried_once(whose, lambda: self._layers.alike(self._tried, self.shape))

    @cached_property
    def _equal_rows(self) -> EqualRows:
        return EqualRows(self.bridge.blocks)

    @cached_property
    def shares_rows(self) -> bool:
        """Whether equal rows of a batch may be computed once."""
        if self.device.type != "cpu" or not self.alike_in_company:
            return False

        def run(ids: Tensor, rows: Rows | None) -> LayerActivations:
            layer = min(1, self.shape.n_layers - 1)
            return self._run(ids, [layer], rows)[layer]

        whose = self.fingerprint, str(self.device), self.noted, "rows"
        return tried_once(whose, lambda: rows_tried(run, self.shape))

    def _tried(self, ids: Tensor, layer: int, begin: Stream | None) -> tuple[LayerActivations, Stream | None]:
        found, stream = self._continued(ids, [layer], begin)
        return found[layer], stream

    @torch.no_grad()
    def _run(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], rows: Rows | None = None
    ) -> dict[int, LayerActivations]:
        attentions = {layer: self._attention(layer) for layer in sorted(set(layers))}
        if not attentions:
            return {}

        def run() -> None:
            with throughout(self.dtype), self._equal_rows.computing(rows, upto=max(layers)):
                self.bridge(ids.to(self.device), return_type=None, use_cache=False)

        if self.noted is Noted.PRODUCTS:
            return in_products(attentions, run, self.shape, self.name, batch=len(ids))
        return at_hook_points(attentions, run, self.shape, self.name)

    def W_Q(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to queries."""
        return self._columns(self._attention(layer).q, head)

    def W_K(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to keys."""
        return self._columns(self._attention(layer).k, head)

    def W_V(self, layer: int, head: int) -> Float[Tensor, "d_model d_head"]:
        """Return the map from the residual stream to values."""
        return self._columns(self._attention(layer).v, head)

    def W_O(self, layer: int, head: int) -> Float[Tensor, "d_head d_model"]:
        """Return the map from z to the residual stream."""
        d_head = self.shape.d_head
        return self._matrix(self._attention(layer).o)[head * d_head : (head + 1) * d_head].detach().to(self.dtype)

    @property
    def W_E(self) -> Float[Tensor, "vocab d_model"]:
        """The embedding into the residual stream, in the network's dtype."""
        found: Tensor = self.bridge.W_E
        into = self._between.into
        return (found if into is None else into(found)).detach().to(self.dtype)

    @property
    def W_U(self) -> Float[Tensor, "d_model vocab"]:
        """The unembedding of the residual stream, with all that lies between them."""
        if self._between.out is None:
            found: Tensor = self.bridge.W_U
            return found.detach()
        return self._unembedded_through

    @property
    def b_U(self) -> Float[Tensor, " vocab"] | None:
        """The unembedding's bias; a bridge gives zeros where there is none."""
        found: Tensor = self.bridge.b_U
        offset = None if self._between.out is None else self._between.out.bias
        if offset is not None:
            found = found + offset @ self.bridge.W_U
        return found.detach() if bool(found.any()) else None

    @cached_property
    def _unembedded_through(self) -> Float[Tensor, "d_model vocab"]:
        assert self._between.out is not None
        found: Tensor = self._between.out.weight.T @ self.bridge.W_U
        return found.detach()

    def in_float64(self) -> Network:
        """Return the same prepared weights in float64, and before they were rounded to float32 where that can be
        had.
        """
        if self.dtype is torch.float64:
            return self
        if self._in_float64 is None:
            self._in_float64 = Network(
                float64_twin(self.bridge, self._unrounded),
                name=self.name,
                preparation=self.preparation,
                weights_sha256=self.weights_sha256,
                vocabulary=self.vocabulary,
                settings=self.settings,
                noted=self.noted,
                rounded=self.preparation != NONE and self._unrounded is None,
                unrounded=self._unrounded,
            )
        return self._in_float64

    def forget_float64(self) -> None:
        """Let go of the twin in float64."""
        self._in_float64 = None

    def _attention(self, layer: int) -> Any:
        return self.bridge.blocks[layer].attn

    def _matrix(self, linear: Any) -> Float[Tensor, "inputs outputs"]:
        wide = self._wide.get(id(linear.original_component.weight))
        return matrix(linear) if wide is None else wide().to(self.device).T  # only nn.Linear has unrounded weights

    def _columns(self, linear: Any, head: int) -> Tensor:
        weight, d_head = self._matrix(linear), self.shape.d_head
        group = head * (weight.shape[1] // d_head) // self.shape.n_heads
        return weight[:, group * d_head : (group + 1) * d_head].detach().to(self.dtype)
