"""Network: a backbone made of a TransformerLens bridge.

Works on the bridge's parts alone; `harness.models.bridge` makes bridges. A forward pass stops in the attention of the
highest layer asked for, right before its output matrix, and keeps only what was asked for: plain torch hooks on the
bridge's hook points cost about a millisecond for a short sequence. Where a hook point does not show what enters the
score or what the pattern weights, the attention's own products do (`harness.models.products`); which of the two it is
decides the proof at load (`harness.models.proof`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from harness.errors import ModelError
from harness.models import fingerprint, products, unembedding
from harness.models.backbone import LayerActivations, Shape, Stream
from harness.models.continuing import Layers
from harness.models.length_limits import proved_length
from harness.models.precision import FIXED, float64_twin, throughout, wide_parameters
from harness.models.preparation import NONE, Preparation
from harness.models.threads import threads
from harness.models.vocabulary import Vocabulary

_PARTS = ("q", "k", "v", "pattern", "z")


class Noted(StrEnum):
    """Where q, k, v and the pattern of a network are noted."""

    HOOKS = "hook points"
    PRODUCTS = "products"


class _EnoughError(Exception):
    """Raised inside the forward pass when the last thing asked for is there."""


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
        self.bridge = bridge
        self.name = name
        self.preparation = preparation
        self.weights_sha256 = weights_sha256
        self.vocabulary = vocabulary
        self.noted = noted
        self.shape = _shape(bridge)
        self._between = unembedding.between(bridge, name)
        self.dtype: torch.dtype = bridge.W_U.dtype
        self.device: torch.device = bridge.W_U.device
        self.settings = _settings(bridge) if settings is None else settings
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

    def activations(self, ids: Int[Tensor, "batch pos"], layers: Collection[int]) -> dict[int, LayerActivations]:
        """Return what the heads of these layers compute; nothing above the highest layer's attention is run."""
        return self._run(ids, layers)

    def continued(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], begin: Stream | None
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        """Return the same, from a stream on if there is one, with the stream that enters the highest layer."""
        if not layers or not self._continues:
            return self._run(ids, layers), None
        return self._continued(ids, layers, begin)

    def _continued(
        self, ids: Int[Tensor, "batch pos"], layers: Collection[int], begin: Stream | None
    ) -> tuple[dict[int, LayerActivations], Stream | None]:
        if begin is not None:
            begin = Stream(begin.layer, begin.residual.to(self.device))
        with self._layers.run(max(layers), begin) as noted:
            found = self._run(ids, layers)
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
        with threads(1):
            return self._layers.alike(self._tried, self.shape)

    def _tried(self, ids: Tensor, layer: int, begin: Stream | None) -> tuple[LayerActivations, Stream | None]:
        found, stream = self._continued(ids, [layer], begin)
        return found[layer], stream

    @torch.no_grad()
    def _run(self, ids: Int[Tensor, "batch pos"], layers: Collection[int]) -> dict[int, LayerActivations]:
        taken: dict[int, dict[str, Tensor]] = {layer: {} for layer in sorted(set(layers))}
        if not taken:
            return {}
        if self.noted is Noted.PRODUCTS:
            return self._multiplied(ids, taken)
        with self._taking(taken), suppress(_EnoughError), throughout(self.dtype):
            self.bridge(ids.to(self.device), return_type=None, use_cache=False)
        return {layer: self._layer(parts) for layer, parts in taken.items()}

    def _multiplied(
        self, ids: Int[Tensor, "batch pos"], taken: dict[int, dict[str, Tensor]]
    ) -> dict[int, LayerActivations]:
        """The same, by what the attentions multiply."""
        noting: dict[int, products.Noting] = {}
        handles: list[Any] = []

        def take(layer: int) -> None:
            def hook(_module: nn.Module, _args: object, found: Tensor) -> None:
                taken[layer]["z"] = found
                if layer == max(taken):
                    raise _EnoughError

            attention = self._attention(layer)
            handles.extend(products.note(attention, lambda made: noting.__setitem__(layer, made)))
            handles.append(attention.o.hook_in.register_forward_hook(hook))

        try:
            for layer in taken:
                take(layer)
            with suppress(_EnoughError), throughout(self.dtype):
                self.bridge(ids.to(self.device), return_type=None, use_cache=False)
        finally:
            for handle in handles:
                handle.remove()
        for layer, parts in taken.items():
            found = noting[layer].found(len(ids)) if layer in noting else None
            if found is not None:
                parts.update(q=found.q, k=found.k, v=found.v, pattern=found.pattern)
        return {layer: self._layer(parts, per_head=("z",)) for layer, parts in taken.items()}

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

    @contextmanager
    def _taking(self, taken: dict[int, dict[str, Tensor]]) -> Iterator[None]:
        handles = []
        last = max(taken)

        def take(layer: int, part: str, point: nn.Module) -> None:
            def hook(_module: nn.Module, _args: object, found: Tensor) -> None:
                taken[layer][part] = found
                if layer == last and len(taken[layer]) == len(_PARTS):  # some attentions show their pattern last
                    raise _EnoughError

            handles.append(point.register_forward_hook(hook))

        try:
            for layer in taken:
                for part, point in _points(self._attention(layer), rotary=self.shape.rotary).items():
                    take(layer, part, point)
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _layer(self, parts: dict[str, Tensor], *, per_head: Collection[str] = ("q", "k", "v", "z")) -> LayerActivations:
        missing = set(_PARTS) - set(parts)
        if missing:
            raise ModelError(
                f"--model {self.name!r}: its attention does not show {', '.join(sorted(missing))} where they enter the "
                "score, neither at hook points nor in its matrix products; headlaws cannot read this architecture: "
                "choose another model."
            )
        made = {part: self._per_head(parts[part]) if part in per_head else parts[part] for part in ("q", "k", "v", "z")}
        return LayerActivations(**made, pattern=parts["pattern"])

    def _per_head(self, found: Tensor) -> Float[Tensor, "batch pos head d_head"]:
        if found.ndim == 4:  # after rotary: batch head pos d_head
            split = found.transpose(1, 2)
        else:
            split = found.view(*found.shape[:2], -1, self.shape.d_head)
        groups = split.shape[2]
        return split if groups == self.shape.n_heads else split.repeat_interleave(self.shape.n_heads // groups, dim=2)


def matrix(linear: Any) -> Float[Tensor, "inputs outputs"]:
    """Return the weight of a bridge's linear part as a matrix to multiply from the right, whichever way it is
    stored.
    """
    module = linear.original_component
    weight: Tensor = module.weight
    return weight.T if isinstance(module, nn.Linear) else weight  # GPT-2's Conv1D stores inputs first


def bias(linear: Any) -> Float[Tensor, " outputs"] | None:
    """Return the bias of a bridge's linear part, if it has one."""
    found: Tensor | None = getattr(linear.original_component, "bias", None)
    return found


def _settings(bridge: Any) -> dict[str, str]:
    return fingerprint.settings(_config(bridge))


def _config(bridge: Any) -> Mapping[str, Any]:
    config = getattr(bridge.original_model, "config", None)
    found: Mapping[str, Any] = vars(bridge.cfg) if config is None else config.to_dict()
    return found


def _points(attention: Any, *, rotary: bool) -> dict[str, nn.Module]:
    return {
        "q": attention.hook_rot_q if rotary else attention.q.hook_out,
        "k": attention.hook_rot_k if rotary else attention.k.hook_out,
        "v": attention.v.hook_out,
        "pattern": attention.hook_pattern,
        "z": attention.o.hook_in,
    }


def _shape(bridge: Any) -> Shape:
    cfg = bridge.cfg
    return Shape(
        n_layers=cfg.n_layers,
        n_heads=cfg.n_heads,
        n_kv_heads=getattr(cfg, "n_key_value_heads", None) or cfg.n_heads,
        d_head=cfg.d_head,
        d_model=cfg.d_model,
        vocab=bridge.W_U.shape[1],
        n_ctx=proved_length(_config(bridge), cfg.n_ctx),
        rotary=is_rotary(bridge),
        by_length=_by_length(bridge),
    )


def _by_length(bridge: Any) -> bool:
    """Whether some rotary embedding takes its frequencies by how long the sequence is."""
    kinds: set[str] = set()
    for module in bridge.original_model.modules():
        kind = getattr(module, "rope_type", None)
        kinds |= set(kind.values()) if isinstance(kind, dict) else {kind} if isinstance(kind, str) else set()
    return not kinds <= set(FIXED)


def is_rotary(bridge: Any) -> bool:
    """Return whether positions rotate q and k."""
    return getattr(bridge.cfg, "positional_embedding_type", None) == "rotary"
