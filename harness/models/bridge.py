"""Bridge: from weights to a prepared network, by TransformerLens. Nothing else imports it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.generalized_components.joint_qkv_position_embeddings_attention import (
    JointQKVPositionEmbeddingsAttentionBridge,
)
from transformer_lens.model_bridge.sources import build_bridge_from_module
from transformers import AutoTokenizer

from harness.errors import HeadlawsError, ModelError, short
from harness.models import fingerprint, proof, unembedding
from harness.models.network import Network
from harness.models.noting import Noted
from harness.models.precision import cast, float64_twin, plain_names, widen
from harness.models.preparation import NONE, Kind, Preparation
from harness.models.preparing import close, difference, predictions, prepare, prepared_as, probe
from harness.models.silence import silence
from harness.models.sources import mapped
from harness.models.sources.folder import has_tokenizer, tokenizer_files
from harness.models.transformers_model import load
from harness.models.unrounded import Unrounded
from harness.models.vocabulary import Tokenizer, Vocabulary, Wordless, WordList, bos_within


def folder(
    path: Path,
    *,
    name: str,
    dtype: str = "float32",
    device: str = "cpu",
    kind: Kind = Kind.DEFAULT,
    weights_sha256: str | None = None,
    prepared: Preparation | None = None,
    preparation: Preparation | None = None,
    vocabulary: Vocabulary | None = None,
    settings: Mapping[str, str] | None = None,
    tokenizer: Path | None = None,
    in_place: bool = False,
    unrounded: Unrounded | None = None,
    plain: Callable[[], AbstractContextManager[Path]] | None = None,
    noted: Noted | None = None,
) -> Network:
    """Return the network in a folder made by `save_pretrained`.

    Args:
        name: what to call it.
        kind: the preparation that its weights shall go through.
        weights_sha256: of its weights, where it is known already.
        prepared: the preparation that the folder's weights have gone through already, in place of `kind`.
        preparation: exactly that which they are to go through here, in place of `kind`.
        vocabulary: its tokens; by default those of the folder's tokenizer.
        tokenizer: the folder of its tokenizer, where that is another.
        settings: its configuration, where the folder's is made of another model's; see `Network`.
        in_place: whether weights that are prepared already stay in the folder's files, and are used from there; those
            of half precision are widened to float32 whenever they are used.
        unrounded: makes weights in float64 of which the folder's are the rounding.
        plain: gives the folder of the model that it must compute the same as (`harness.models.proof`); by default this
            one, where its weights came unprepared.
        noted: where its q, k and v are noted, of a network that needs no proof since another of its kind has one.

    Raises:
        ModelError: where transformers or TransformerLens cannot make a model of it.
    """
    with silence(), _in_one_line(name):
        words = _vocabulary(tokenizer or path, name) if vocabulary is None else lambda vocab: vocabulary
        bridge, done = _prepared(path, name, kind, prepared, preparation, in_place=in_place)
        weights, tokens = weights_sha256 or fingerprint.weights_sha256(path), words(bridge.W_U.shape[1])
        made = partial(
            Network, name=name, preparation=done, weights_sha256=weights, vocabulary=tokens, settings=settings
        )
        network = made(bridge, noted=noted or Noted.HOOKS, unrounded=unrounded)
        if noted is None and (plain is not None or prepared is None):
            proof.prove_once(network, plain or (lambda: nullcontext(path)))
        if kind is Kind.DEFAULT and prepared is None and preparation is None and done.name == NONE.name:
            print(f"headlaws: {name} is read without preparation ({done.note}).", file=sys.stderr, flush=True)
        half = dtype in ("bfloat16", "float16")  # whose readings come from rounded weights
        if half or device != "cpu":
            _cast(bridge, dtype, device)
            network = made(bridge, noted=network.noted, unrounded=None if half else unrounded)
        if dtype == "float64" and prepared is None and done.dtype == "float64":
            wide = prepared_as(partial(booted, path), done, dtype=torch.float64)
            _cast(wide, dtype, device)
            return made(float64_twin(wide), noted=network.noted)
        return network.in_float64() if dtype == "float64" else network


def _prepared(
    path: Path, name: str, kind: Kind, prepared: Preparation | None, preparation: Preparation | None, *, in_place: bool
) -> tuple[TransformerBridge, Preparation]:
    """The model of a folder, and the preparation that its weights went through; see `folder`."""
    if prepared is not None:
        # what was prepared was looked at then: now no page of it is touched before it is needed
        return _stored(path, name) if in_place else booted(path, checked=False), prepared
    if preparation is not None:
        return prepared_as(lambda: booted(path), preparation), preparation
    return prepare(lambda: readable(booted(path), name), kind, name)


def native(
    config: dict[str, Any],
    fill: Callable[[Any], None],
    vocabulary: tuple[str, ...],
    bos: int | None,
    name: str,
    special: frozenset[int],
) -> Network:
    """Return a network of given sizes whose parameters `fill` sets by hand, unprepared; a text is words with spaces
    between.

    Raises:
        ValueError: for rotary embeddings, which native models do not show.
    """
    if config.get("positional_embedding_type") == "rotary":
        raise ValueError("positional_embedding_type='rotary': q and k after rotary cannot be seen in a native model.")
    with silence(), torch.no_grad():
        bridge = TransformerBridge.boot_native(config, model_name=name)
        fill(bridge)
        bridge.eval()
        weights = fingerprint.tensors_sha256(bridge.original_model.named_parameters())
    words = WordList(vocabulary, bos=bos, special=special)
    return Network(bridge, name=name, preparation=NONE, weights_sha256=weights, vocabulary=words)


def built(
    model: transformers.PreTrainedModel,
    vocabulary: tuple[str, ...],
    bos: int | None,
    name: str,
    special: frozenset[int],
) -> Network:
    """Return a network of a transformers model whose weights were set by hand, unprepared; a text is words and
    spaces.
    """
    with silence(), torch.no_grad():
        weights = fingerprint.tensors_sha256(named_tensors(model))
        bridge = bridged(model.eval(), name)
    words = WordList(vocabulary, bos=bos, special=special)
    return Network(bridge, name=name, preparation=NONE, weights_sha256=weights, vocabulary=words)


def plain_weights(bridge: Any) -> dict[str, Tensor]:
    """Return a bridge's tensors by the names that the plain transformers model has for them, among others."""
    return dict(plain_names(named_tensors(bridge.original_model)))


def differ(one: Any, other: Any) -> str:
    """Return how far two bridges' predictions are apart; nothing where rounding explains it."""
    return difference(predictions(one), predictions(other))


def attention_of(source: Path) -> tuple[set[str], set[str], int]:
    """Return the names of a model's attention modules and of their output matrices, and the size of a head."""
    model = load(source, checked=False)  # their names alone are looked at
    names = {id(module): name for name, module in model.named_modules()}
    bridge = bridged(model, str(source))
    attention = {names[id(block.attn.original_component)] for block in bridge.blocks}
    outputs = {names[id(block.attn.o.original_component)] for block in bridge.blocks}
    return attention, outputs, bridge.cfg.d_head


def named_tensors(module: torch.nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield all parameters and buffers by their names, also where two are one."""
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _stored(path: Path, name: str) -> Any:
    model = mapped.model(path)
    unembedding.untie(model, path)
    bridge = bridged(model, name)
    if model.get_input_embeddings().weight.dtype in (torch.bfloat16, torch.float16):
        widen(bridge, torch.float32)
    return bridge


def booted(path: Path, *, checked: bool = True) -> Any:
    """Return a folder's model in a bridge, not prepared yet."""
    return bridged(load(path, checked=checked), str(path))


def bridged(model: Any, name: str) -> Any:
    """Return a bridge to a plain transformers model."""
    bridge = build_bridge_from_module(
        model.eval(),
        type(model).__name__,
        hf_config=model.config,
        model_name=name,
        device="cpu",
        post_adapter_hook=partial(_only_what_is_there, model),
    )
    for block in bridge.blocks:
        attention = getattr(block, "attn", None)
        if isinstance(attention, JointQKVPositionEmbeddingsAttentionBridge):
            object.__setattr__(attention, "_apply_rotary_pos_emb", partial(_rotated, attention))
    return bridge


def _only_what_is_there(model: Any, adapter: Any) -> None:
    """Take out of an adapter's table what this model has not: OPT's last norm, where norms stand behind the layers."""
    parts = adapter.component_mapping
    for key in [key for key, part in parts.items() if _nothing_at(model, part.name)]:
        del parts[key]


def _nothing_at(model: Any, path: str | None) -> bool:
    """Whether a model keeps None under this name."""
    owner, _, last = (path or "").rpartition(".")
    try:
        return bool(last) and getattr(model.get_submodule(owner), last) is None
    except AttributeError:
        return False


def _rotated(attention: Any, *given: Tensor) -> tuple[Tensor, Tensor]:
    """Queries and keys after rotary: an attention with joint q, k and v has hook points for them, unused."""
    q, k = type(attention)._apply_rotary_pos_emb(attention, *given)
    return attention.hook_rot_q(q), attention.hook_rot_k(k)


def _cast(bridge: Any, dtype: str, device: str) -> None:
    if device != "cpu":
        bridge.to(device, print_details=False)
    if dtype in ("bfloat16", "float16"):
        cast(bridge, getattr(torch, dtype))


@torch.no_grad()
def readable(bridge: Any, name: str) -> Any:
    """Return the bridge, if its heads can be read at all.

    Raises:
        ModelError: where a layer has no attention with q, k and v, or heads look ahead.
    """
    for number, block in enumerate(bridge.blocks):
        attention = getattr(block, "attn", None)
        missing = [part for part in ("q", "k", "v", "o") if not hasattr(attention, part)]
        if missing:
            what = f"an attention without {', '.join(missing)} ({type(attention).__name__})"
            raise ModelError(
                f"--model {name!r}: its layer {number} has {'no attention' if attention is None else what}; headlaws "
                "reads models whose layers all have attention heads with q, k and v of their own: choose another model."
            )
    ids = probe(bridge)[:1].repeat(2, 1)
    ids[1, -1] = (ids[0, -1] + 1) % bridge.W_U.shape[1]
    here, there = bridge(ids, use_cache=False)[:, :-1].log_softmax(-1)
    if not close(here, there):
        raise ModelError(
            f"--model {name!r}: its output at a position depends on later positions, as in an encoder; headlaws reads "
            "causal language models: choose another model."
        )
    return bridge


def _vocabulary(path: Path, name: str) -> Callable[[int], Vocabulary]:
    config = transformers.AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    bos = getattr(config, "bos_token_id", None)
    if not has_tokenizer(path):
        return lambda vocab: _wordless(bos, vocab)
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    files = tokenizer_files(path, also=tokenizer.vocab_files_names.values())
    sums = fingerprint.digest([(file.name, fingerprint.sha256_once(file)) for file in files])

    def fitted(vocab: int) -> Vocabulary:
        added = tokenizer.added_tokens_decoder.keys()  # a padding token put behind the end is of no harm
        last = max((id for id in tokenizer.get_vocab().values() if id not in added), default=0)
        if last >= vocab:
            raise ModelError(
                f"--model {name!r}: its tokenizer does not fit: the tokenizer has ids up to {last}, but the model's "
                f"vocabulary ends at {vocab - 1}; put the model's own tokenizer into the folder, or remove the "
                "tokenizer's files to use ids."
            )
        return Tokenizer(tokenizer, vocab=vocab, config_bos=bos, files=sums)

    return fitted


def _wordless(bos: int | None, vocab: int) -> Wordless:
    known = bos_within(bos, vocab)
    return Wordless(bos=known, special=frozenset() if known is None else frozenset({known}))


@contextmanager
def _in_one_line(name: str) -> Iterator[None]:
    try:
        yield
    except HeadlawsError:
        raise
    except Exception as error:
        # an assertion often says nothing: then its own line does
        said = short(error) or short(traceback.extract_tb(error.__traceback__)[-1].line)
        raise ModelError(
            f"--model {name!r}: it cannot be loaded ({type(error).__name__}: {said}); give a causal language model "
            "that transformers and TransformerLens know, saved with save_pretrained."
        ) from error
