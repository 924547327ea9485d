"""Streamed: models that are too large to be loaded whole. Their layers are prepared one by one, stored, and mapped.

A layer's preparation needs that layer alone, and the unembedding's the last norm: so each layer is put into a model of
one layer and a handful of tokens, prepared there as any model is, checked (its predictions must stay what they were),
and written to a file of its own in the cache. The stored model is then used by views of its files: reading a head of
layer 0 brings layer 0 into memory, and what a sweep does not need at the moment the system may drop again.

It takes an architecture whose prepared weights fit its own format: q, k and v apart, and no bias that it has no place
for. Others are loaded whole.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from harness.models import bridge, cache, fingerprint, mapped, plain
from harness.models.folder import CONFIG, INDEX, copy_tokenizer
from harness.models.network import Network
from harness.models.preparation import Kind, Preparation
from harness.models.silence import silence

LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""

WORDS = 64
"""Tokens of the small model that a layer is prepared in."""

_LAYER_TYPES = ("layer_types", "no_rope_layers", "layers_block_type")


class UnfitError(Exception):
    """The architecture cannot be prepared layer by layer."""


def boot(path: Path, *, name: str, dtype: str, device: str, kind: Kind) -> Network | None:
    """The model in a folder, its layers on disk; None where its architecture has to be loaded whole.

    Raises:
        ModelError: where it cannot be used; CacheError where it cannot be stored.
    """
    weights = fingerprint.weights_sha256(path)
    config = fingerprint.file_sha256(path / CONFIG)
    what = fingerprint.digest([LAYOUT, weights, config, kind.value, fingerprint.versions()])
    try:
        folder = cache.build_once(f"streamed-{what[:16]}", lambda empty: _build(path, empty, name, kind))
    except (UnfitError, mapped.UnknownNamesError) as error:
        print(f"headlaws: {name} is loaded whole ({error}).", file=sys.stderr, flush=True)
        return None
    return bridge.folder(
        folder,
        name=name,
        dtype=dtype,
        device=device,
        weights_sha256=weights,
        prepared=Preparation(**cache.check(folder).details["preparation"]),
        in_place=True,
    )


def _build(path: Path, empty: Path, name: str, kind: Kind) -> Mapping[str, Any]:
    print(f"Preparing {name} layer by layer, once.", file=sys.stderr, flush=True)
    with silence(), torch.no_grad():
        source = mapped.model(path)
        layers, prefix = _layers(source)
        weights = source.state_dict()
        outside = {key: value for key, value in weights.items() if not key.startswith(prefix)}
        files: dict[str, str] = {}
        done: Preparation | None = None
        for layer in range(layers):
            own = {key: value.float() for key, value in weights.items() if key.startswith(f"{prefix}{layer}.")}
            plain.check_finite(own.items(), path)
            made, done = _prepared(source.config, layer, own, outside, prefix, kind, done, name, words=WORDS)
            kept = {key: value for key, value in made.items() if key.startswith(f"{prefix}0.")}
            kept = {f"{prefix}{layer}.{key.removeprefix(f'{prefix}0.')}": value for key, value in kept.items()}
            files |= _write(empty / f"layer-{layer:03}.safetensors", kept)
        if done is None:
            raise UnfitError("it has no layers")
        plain.check_finite(outside.items(), path)
        own = {key: value.float() for key, value in weights.items() if key.startswith(f"{prefix}0.")}
        made, done = _prepared(source.config, 0, own, outside, prefix, kind, done, name, words=None)
        files |= _write(
            empty / "outside.safetensors", {key: value for key, value in made.items() if not key.startswith(prefix)}
        )
        config = {**source.config.to_dict(), "tie_word_embeddings": False, "dtype": "float32"}
        (empty / CONFIG).write_text(json.dumps(config, indent=2, default=str), encoding="utf-8")
        (empty / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": files}), encoding="utf-8")
        copy_tokenizer(path, empty)
    return {"preparation": done.as_dict(), "versions": fingerprint.versions()}


def _prepared(
    config: Any,
    layer: int,
    own: Mapping[str, Tensor],
    outside: Mapping[str, Tensor],
    prefix: str,
    kind: Kind,
    like: Preparation | None,
    name: str,
    *,
    words: int | None,
) -> tuple[dict[str, Tensor], Preparation]:
    """The weights of a model of this one layer, prepared; and how.

    Args:
        own: the layer's weights.
        outside: those of the model around its layers.
        like: the preparation that the layers before had, which this one must have too.
        words: tokens that it is to have; None: all.
    """
    small = _small(config, layer, words)
    given = {f"{prefix}0.{key.removeprefix(f'{prefix}{layer}.')}": value for key, value in own.items()}
    for key, value in outside.items():
        given[key] = (value if words is None or value.shape[0] != config.vocab_size else value[:words]).float().clone()

    def boot() -> Any:
        return bridge.bridged(mapped.filled(small, ((key, value.clone()) for key, value in given.items())), name)

    if like is None:
        made, done = bridge.prepare(lambda: bridge.readable(boot(), name), kind, name)
    else:
        made, done = bridge.prepared_as(boot(), like), like
    weights = bridge.plain_weights(made)
    if not weights.keys() >= given.keys():
        raise UnfitError("its prepared weights do not fit its own format")
    weights = {key: weights[key].contiguous() for key in given}
    again = bridge.bridged(mapped.filled(small, weights.items()), name)
    if bridge.differ(made, again):
        raise UnfitError("its prepared weights do not fit its own format")
    return weights, done


def _small(config: Any, layer: int, words: int | None) -> Any:
    small = copy.deepcopy(config)
    for key in ("num_hidden_layers", "n_layer", "num_layers"):
        if key in small.to_dict():
            setattr(small, key, 1)
    for key in _LAYER_TYPES:
        kinds = getattr(small, key, None)
        if isinstance(kinds, list) and len(kinds) > layer:
            setattr(small, key, [kinds[layer]])
    small.tie_word_embeddings = False
    if words is not None:
        small.vocab_size = min(words, config.vocab_size)
        for key in ("bos_token_id", "eos_token_id", "pad_token_id"):
            setattr(small, key, None)
    small.dtype = torch.float32
    return small


def _layers(model: Any) -> tuple[int, str]:
    """How many layers a model has, and what the names of their weights begin with, up to the layer's number."""
    wanted = model.config.num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == wanted and re.fullmatch(r"[\w.]+", name):
            return wanted, f"{name}."
    raise UnfitError("its layers are not a list of modules")


def _write(file: Path, weights: Mapping[str, Tensor]) -> dict[str, str]:
    save_file(dict(weights), file, metadata={"format": "pt"})
    return dict.fromkeys(weights, file.name)
