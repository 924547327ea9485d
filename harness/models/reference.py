"""Reference: the plain transformers model of a folder, with eager attention, and what it computes, noted.

Its weights stay in their files where these have the model's own names, so that it takes no second copy of them.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from harness.errors import ModelError
from harness.models import transformers_model, unembedding
from harness.models.backbone import LayerActivations
from harness.models.precision import widen_plain
from harness.models.products import Noting, note
from harness.models.sources import mapped


@dataclass(frozen=True)
class Places:
    """The names that a plain model has for the parts of a bridge.

    Attributes:
        outputs: the output matrices of the attentions.
        last_norm: in front of the unembedding, or nothing.
    """

    blocks: tuple[str, ...]
    attentions: tuple[str, ...]
    outputs: tuple[str, ...]
    last_norm: str
    unembedding: str


@dataclass(frozen=True)
class Noted:
    """What a plain model computed for some sequences.

    Attributes:
        products: by layer.
        patterns: by layer, as transformers hands them out.
        into_outputs: by layer, what the attention's output matrix was given.
    """

    logits: Float[Tensor, "batch pos vocab"]
    products: dict[int, LayerActivations]
    patterns: dict[int, Float[Tensor, "batch head query key"]]
    into_outputs: dict[int, Float[Tensor, "batch pos d"]]


def places(bridge: Any, plain: Any) -> Places:
    """Return where the parts of a bridge lie in the plain model that it was made of: a bridge has several names for
    each.
    """
    known = dict(plain.named_modules())
    names: dict[int, str] = {}
    for path, module in bridge.original_model.named_modules(remove_duplicate=False):
        cleaned = ".".join(part for part in path.split(".") if part != "_original_component")
        if cleaned in known:
            names.setdefault(id(module), cleaned)

    def name(part: Any) -> str:
        return names[id(part.original_component)]

    last = unembedding.between(bridge, bridge.cfg.model_name).norm
    return Places(
        blocks=tuple(name(block) for block in bridge.blocks),
        attentions=tuple(name(block.attn) for block in bridge.blocks),
        outputs=tuple(name(block.attn.o) for block in bridge.blocks),
        last_norm="" if last is None else names.get(id(last), ""),
        unembedding=name(bridge.unembed),
    )


class Reference:
    """A plain model, ready to be compared with."""

    def __init__(self, path: Path, bridge: Any) -> None:
        """Load the model in a folder, of which a bridge was made."""
        try:
            self.model = mapped.model(path)
        except mapped.UnknownNamesError:
            self.model = transformers_model.load(path, checked=False)
        self.parts = parts = places(bridge, self.model)
        if self.model.get_input_embeddings().weight.dtype in (torch.bfloat16, torch.float16):
            widen_plain(self.model, [self.model.get_submodule(block) for block in parts.blocks], torch.float32)

    @torch.no_grad()
    def run(self, ids: Int[Tensor, "batch pos"], layers: Collection[int]) -> Noted:
        """Return what it computes, the attentions of some layers noted.

        Raises:
            ModelError: where an attention does not multiply queries with keys and the softmax's result with values, or
            does not call its output matrix.
        """
        noting: dict[int, Noting] = {}
        given: dict[int, Tensor] = {}
        handles: list[Any] = []
        try:
            for layer in layers:
                attention = self.model.get_submodule(self.parts.attentions[layer])
                handles += note(attention, lambda made, layer=layer: noting.__setitem__(layer, made))  # type: ignore[misc]
                output = self.model.get_submodule(self.parts.outputs[layer])
                handles.append(output.register_forward_pre_hook(_keep(given, layer)))
            made = self.model(ids, use_cache=False, output_attentions=True)
        finally:
            for handle in handles:
                handle.remove()
        found = {layer: one.found(len(ids)) for layer, one in noting.items()}
        for layer in layers:
            if found.get(layer) is None:
                raise ModelError(
                    f"the attention of layer {layer} does not multiply queries with keys and a softmax with values"
                )
            if layer not in given:
                raise ModelError(f"the attention of layer {layer} does not call its output matrix")
        whole = {layer: one for layer, one in found.items() if one is not None}
        patterns = {layer: whole[layer].pattern for layer in layers}
        for layer, pattern in enumerate(made.attentions or ()):
            if layer in patterns and pattern is not None and pattern.shape == patterns[layer].shape:
                patterns[layer] = pattern
        return Noted(made.logits.float(), whole, patterns, given)

    @torch.no_grad()
    def written(self, layer: int, given: Float[Tensor, "n d"], heads: int) -> Float[Tensor, "head n d_model"]:
        """Return what each head of a layer writes to the residual stream, by what the output matrix is given."""
        output = self.model.get_submodule(self.parts.outputs[layer])
        if any(weight.dtype is not torch.float32 for weight in output.parameters()):  # widened in its layer alone
            output = copy.deepcopy(output).float()
        alone = torch.zeros(heads, *given.shape)
        size = given.shape[1] // heads
        for head in range(heads):
            columns = slice(head * size, (head + 1) * size)
            alone[head, :, columns] = given[:, columns]
        made: Tensor = output(alone) - output(torch.zeros_like(alone))
        return made

    @torch.no_grad()
    def unembedded(
        self, written: Float[Tensor, "n d_model"], *, normed: bool
    ) -> tuple[Float[Tensor, "n vocab"], Float[Tensor, "n vocab"]]:
        """Return what the model makes of vectors of the residual stream behind its last layer: the odd and the even
        part.

        The odd part is what an unembedding makes of the vector, up to one positive number each; the even part is what
        is added whatever the vector.

        Args:
            normed: whether through the last norm.
        """
        both = torch.cat([written, -written])[:, None]
        logits: list[Tensor] = []
        handles: list[Any] = [
            self.model.get_submodule(self.parts.blocks[-1]).register_forward_hook(_instead(both)),
            self.model.get_submodule(self.parts.unembedding).register_forward_hook(
                lambda _module, _args, out: logits.append(out)
            ),
        ]
        if self.parts.last_norm and not normed:
            norm = self.model.get_submodule(self.parts.last_norm)
            handles.append(norm.register_forward_hook(lambda _module, args, _out: args[0]))
        try:
            self.model(torch.zeros(len(both), 1, dtype=torch.long), use_cache=False)
        finally:
            for handle in handles:
                handle.remove()
        there, back = logits[-1][:, -1].double().chunk(2)
        return (there - back) / 2, (there + back) / 2


def _keep(given: dict[int, Tensor], layer: int) -> Any:
    def hook(_module: nn.Module, args: Sequence[Tensor]) -> None:
        given[layer] = args[0]

    return hook


def _instead(value: Tensor) -> Any:
    def hook(_module: nn.Module, _args: object, out: Any) -> Any:
        return (value, *out[1:]) if isinstance(out, (tuple, list)) else value

    return hook
