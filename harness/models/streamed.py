"""Streamed: models that are too large to be loaded whole. Their layers are prepared one by one, stored, and mapped.

A layer's preparation needs that layer alone: so each is put into a model of one layer and a handful of tokens, prepared
there as any model is, checked (its predictions must stay what they were), and written to a file of its own in the
cache. What is around the layers is left alone but for the last norm and the unembedding: the one is folded into the
other, which is then centred, by a formula that has to give what that small model was given, to the last bit. The
stored model is then used by views of its files: reading a head of layer 0 brings layer 0 into memory, and what a sweep
does not need at the moment the system may drop again.

It takes an architecture whose prepared weights fit its own format: q, k and v apart, and no bias that it has no place
for. Others are loaded whole.
"""

from __future__ import annotations

import copy
import gc
import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoConfig

from harness.models import bridge, cache, fingerprint, preparing, transformers_model, unrounded
from harness.models.network import Network
from harness.models.preparation import Kind, Preparation
from harness.models.silence import silence
from harness.models.sources import mapped
from harness.models.sources.folder import CONFIG, INDEX, copy_tokenizer
from harness.models.unrounded import Fold

LAYOUT = 4
"""Counts up when what is stored changes for other reasons than a library's version."""

WORDS = 64
"""Tokens of the small model that a layer is prepared in."""

_LAYER_TYPES = ("layer_types", "no_rope_layers", "layers_block_type")


class UnfitError(Exception):
    """The architecture cannot be prepared layer by layer."""


def boot(path: Path, *, name: str, dtype: str, device: str, kind: Kind, weights_sha256: str) -> Network | None:
    """Return the model in a folder, its layers on disk; None where its architecture has to be loaded whole.

    Args:
        weights_sha256: of the folder's weights.

    Raises:
        ModelError: where it cannot be used; CacheError where it cannot be stored.
    """
    config = fingerprint.file_sha256(path / CONFIG)
    what = fingerprint.digest([LAYOUT, weights_sha256, config, kind.value, fingerprint.versions()])
    try:
        folder = cache.build_once(f"streamed-{what[:16]}", lambda empty: _build(path, empty, name, kind))
    except (UnfitError, mapped.UnknownNamesError) as error:
        print(f"headlaws: {name} is loaded whole ({error}).", file=sys.stderr, flush=True)
        return None
    details = cache.check(folder).details
    how = unrounded.from_record(details["folds"])
    return bridge.folder(
        folder,
        name=name,
        dtype=dtype,
        device=device,
        weights_sha256=weights_sha256,
        prepared=Preparation(**details["preparation"]),
        unrounded=None if how is None else unrounded.of_folder(path, how),
        tokenizer=path,  # it may have been edited since the weights were prepared
        in_place=True,
        plain=lambda: nullcontext(path),
    )


def _build(path: Path, empty: Path, name: str, kind: Kind) -> Mapping[str, Any]:
    print(f"Preparing {name} layer by layer, once.", file=sys.stderr, flush=True)
    files: dict[str, str] = {}

    def write(part: str, weights: Mapping[str, Tensor]) -> None:
        save_file(dict(weights), empty / f"{part}.safetensors", metadata={"format": "pt"})
        files.update(dict.fromkeys(weights, f"{part}.safetensors"))

    done, how = prepare(path, name=name, kind=kind, keep=write)
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    untied = {**config.to_dict(), "tie_word_embeddings": False, "dtype": "float32"}
    (empty / CONFIG).write_text(json.dumps(untied, indent=2, default=str), encoding="utf-8")
    (empty / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": files}), encoding="utf-8")
    copy_tokenizer(path, empty)
    return {"preparation": done.as_dict(), "folds": unrounded.as_record(how), "versions": fingerprint.versions()}


@silence()
@torch.no_grad()
def prepare(
    path: Path, *, name: str, kind: Kind, keep: Callable[[str, dict[str, Tensor]], None]
) -> tuple[Preparation, dict[str, Fold] | None]:
    """Prepare the model in a folder with no more than one layer of it in memory.

    Args:
        keep: takes the prepared weights of one part, in float32, after the part's name; a tied unembedding is a part of
            its own.

    Returns:
        What was done, and what it made of each matrix: None where that is more than a gain.

    Raises:
        UnfitError: where its architecture has to be prepared whole, mapped.UnknownNamesError where its files are not
            as its own; ModelError where it cannot be read.
    """
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    source = mapped.empty(config)
    mapped.check_names(source, mapped.some(path, lambda _name: True))
    names = [*mapped.some(path, lambda _name: True)]  # without the tensors, which would hold their pages
    layers, prefix = _layers(source)
    unembedding = _unembedding(source)
    tied = mapped.tied_names(source)

    def stored(key: str) -> str:
        return key if key in names else tied[key]

    def weight(key: str) -> Tensor:
        (found,) = mapped.some(path, lambda name: name == stored(key)).values()
        return found

    around = [key for key in source.state_dict() if not key.startswith(prefix)]
    few = {key: _first(weight(key), config.vocab_size) for key in around}
    done: Preparation | None = None
    how: dict[str, Fold] | None = {}
    for layer in range(layers):
        own = mapped.some(path, partial(_begins, f"{prefix}{layer}."))
        transformers_model.check_finite(own.items(), path)
        made, done = _prepared(_small(config, layer), layer, own, few, prefix, kind, done, name)
        own_keys = [key for key in made if key.startswith(prefix)]
        kept = {f"{prefix}{layer}.{key.removeprefix(f'{prefix}0.')}": made.pop(key) for key in own_keys}
        keep(f"layer-{layer:03}", kept)
        some = unrounded.explained(own, kept)
        how = None if how is None or some is None else how | some
        del own, kept
        gc.collect()  # bridges hold themselves in circles
    if done is None:
        raise UnfitError("it has no layers")
    fold = _fold(few, made, unembedding)
    if how is not None:
        how |= {key: replace(one, of=stored(key)) for key, one in fold.items()}
    for key in around:  # apart, since some may share memory, and one may be large
        value = weight(key)
        transformers_model.check_finite([(key, value)], path)
        if key in fold:
            value = fold[key].apply({**few, key: value}.__getitem__, dtype=torch.float32)
        keep(key, {key: made[key] if value.ndim == 1 else value.float()})
    return done, how


def _prepared(
    config: Any,
    layer: int,
    own: Mapping[str, Tensor],
    around: Mapping[str, Tensor],
    prefix: str,
    kind: Kind,
    like: Preparation | None,
    name: str,
) -> tuple[dict[str, Tensor], Preparation]:
    """The weights of a model of this one layer, prepared; and how.

    Args:
        config: of such a model.
        own: the layer's weights.
        around: those of the model around its layers.
        like: the preparation that the layers before had, which this one must have too.
    """
    given = {f"{prefix}0.{key.removeprefix(f'{prefix}{layer}.')}": value.float() for key, value in own.items()}
    given |= around

    def boot() -> Any:
        return bridge.bridged(mapped.filled(config, {key: value.clone() for key, value in given.items()}), name)

    if like is None:
        made, done = preparing.prepare(lambda: bridge.readable(boot(), name), kind, name)
    else:
        made, done = preparing.prepared_as(boot, like), like
    weights = bridge.plain_weights(made)
    if not weights.keys() >= given.keys():
        raise UnfitError("its prepared weights do not fit its own format")
    weights = {key: weights[key].contiguous() for key in given}
    if bridge.differ(made, bridge.bridged(mapped.filled(config, weights), name)):
        raise UnfitError("its prepared weights do not fit its own format")
    return weights, done


def _begins(start: str, name: str) -> bool:
    return name.startswith(start)


def _first(weight: Tensor, vocab: int) -> Tensor:
    """A weight, of a handful of tokens where it has a row for each; copied."""
    return (weight[:WORDS] if weight.shape[0] == vocab else weight).float().clone()


def _fold(given: Mapping[str, Tensor], made: Mapping[str, Tensor], unembedding: str) -> dict[str, Fold]:
    """What is made of the unembedding, for all tokens as for a few; nothing where it stays.

    Args:
        given: what is around the layers for a few tokens, before it was prepared.
        made: that, prepared.
        unembedding: the name of the matrix to logits.

    Raises:
        UnfitError: where that cannot be said.
    """
    changed = {key for key in given if not made[key].equal(given[key])}
    norms = [key for key in changed if key != unembedding and made[key].ndim == 1]
    if changed - {unembedding, *norms} or len(norms) > 1:
        raise UnfitError("preparing it would change more than its last norm and its unembedding")
    if unembedding not in changed:
        return {}
    ways = [Fold(unembedding, "", centred=True)]
    ways += [Fold(unembedding, norm, offset, centred=True) for norm in norms for offset in (0.0, 1.0)]
    right = next(
        (way for way in ways if way.apply(given.__getitem__, dtype=torch.float32).equal(made[unembedding])), None
    )
    if right is None:
        raise UnfitError("how preparing it changes its unembedding is not known")
    return {unembedding: right}


def _unembedding(model: Any) -> str:
    output = model.get_output_embeddings()
    name = next((name for name, module in model.named_modules() if module is output and module is not None), "")
    return f"{name}.weight"


def _small(config: Any, layer: int) -> Any:
    """The configuration of a model of this one layer and a handful of tokens."""
    small = copy.deepcopy(config)
    for key in ("num_hidden_layers", "n_layer", "num_layers"):
        if key in small.to_dict():
            setattr(small, key, 1)
    for key in _LAYER_TYPES:
        kinds = getattr(small, key, None)
        if isinstance(kinds, list) and len(kinds) > layer:
            setattr(small, key, [kinds[layer]])
    small.tie_word_embeddings = False
    small.vocab_size = min(WORDS, config.vocab_size)
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
