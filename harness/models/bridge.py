"""Bridge: from weights to a prepared network, by TransformerLens. Nothing else imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from jaxtyping import Int
from safetensors.torch import save_file
from torch import Tensor
from transformer_lens import weight_processing
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.generalized_components.joint_qkv_position_embeddings_attention import (
    JointQKVPositionEmbeddingsAttentionBridge,
)
from transformer_lens.model_bridge.sources import build_bridge_from_module
from transformers import AutoTokenizer

from harness.errors import HeadlawsError, ModelError, short
from harness.models import fingerprint, folds, mapped, plain, unembedding
from harness.models.folder import has_tokenizer
from harness.models.network import Network, bias, is_rotary, matrix
from harness.models.precision import float64_twin, widen
from harness.models.preparation import NONE, Kind, Preparation, flags_for, no_seed, seed_flags, signs
from harness.models.silence import silence
from harness.models.vocabulary import Tokenizer, Vocabulary, Wordless, WordList


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
    in_place: bool = False,
) -> Network:
    """The network in a folder made by `save_pretrained`.

    Args:
        name: what to call it.
        kind: the preparation that its weights shall go through.
        weights_sha256: of its weights, where it is known already.
        prepared: the preparation that the folder's weights have gone through already, in place of `kind`.
        preparation: exactly that which they are to go through here, in place of `kind`.
        vocabulary: its tokens; by default those of the folder's tokenizer.
        in_place: whether weights that are prepared already stay in the folder's files, and are used from there; those
            of half precision are widened to float32 whenever they are used.

    Raises:
        ModelError: where transformers or TransformerLens cannot make a model of it.
    """
    with silence(), _in_one_line(name):
        words = _vocabulary(path, name) if vocabulary is None else lambda vocab: vocabulary
        if prepared is not None:
            # what was prepared was looked at then: now no page of it is touched before it is needed
            bridge, done = _stored(path, name) if in_place else _boot(path, checked=False), prepared
        elif preparation is not None:
            bridge, done = prepared_as(_boot(path), preparation), preparation
        else:
            bridge, done = prepare(lambda: readable(_boot(path), name), kind, name)
        _cast(bridge, dtype, device)
        weights = weights_sha256 or fingerprint.weights_sha256(path)
        network = Network(
            bridge,
            name=name,
            preparation=done,
            weights_sha256=weights,
            vocabulary=words(bridge.W_U.shape[1]),
        )
        if prepared is None:
            network.activations(_probe(bridge)[:1], [0])  # whether all that is to be read can be seen
        if dtype == "float64" and prepared is None and done.dtype == "float64":
            wide = float64_twin(_in_float64(path, done, device))
            return Network(wide, name=name, preparation=done, weights_sha256=weights, vocabulary=network.vocabulary)
        return network.in_float64() if dtype == "float64" else network


def native(
    config: dict[str, Any],
    fill: Callable[[Any], None],
    vocabulary: tuple[str, ...],
    bos: int | None,
    name: str,
    special: frozenset[int],
) -> Network:
    """A network of given sizes whose parameters `fill` sets by hand, unprepared; a text is words with spaces between.

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
    """A network of a transformers model whose weights were set by hand, unprepared; a text is words and spaces."""
    with silence(), torch.no_grad():
        weights = fingerprint.tensors_sha256(_tensors(model))
        bridge = bridged(model.eval(), name)
    words = WordList(vocabulary, bos=bos, special=special)
    return Network(bridge, name=name, preparation=NONE, weights_sha256=weights, vocabulary=words)


def save_prepared(network: Network, path: Path, *, gains: Mapping[str, Tensor] | None = None) -> None:
    """Write a prepared network's weights as a plain transformers model, ready for `folder(..., prepared=...)`.

    Only for architectures whose prepared weights fit their own format: separate q, k and v, no biases needed that it
    lacks.

    Args:
        gains: of the plain model's norms. Where embedding and unembedding were one, the second is then not written but
            made of the first at each load (`harness.models.unembedding`).
    """
    inner = network.bridge.original_model
    tied = gains is not None and unembedding.folded(network.W_E, gains[folds.LAST]).T.equal(network.W_U)
    with silence():
        mapped.save(inner.config, plain_weights(network.bridge), path, tied=tied)
        if tied and gains is not None:
            save_file(dict(gains), path / unembedding.FILE)


def plain_weights(bridge: Any) -> dict[str, Tensor]:
    """A bridge's tensors by the names that the plain transformers model has for them, among others."""
    # names inside the bridge carry its wrappers; some tensors appear under several of them
    return {key.replace("._original_component", ""): value for key, value in _tensors(bridge.original_model)}


def differ(one: Any, other: Any) -> str:
    """How far two bridges' predictions are apart; nothing where rounding explains it."""
    return _difference(_predictions(one), _predictions(other))


def attention_of(source: Path) -> tuple[set[str], set[str], int]:
    """The names of a model's attention modules and of their output matrices, and the size of a head."""
    model = plain.load(source, checked=False)  # their names alone are looked at
    names = {id(module): name for name, module in model.named_modules()}
    bridge = bridged(model, str(source))
    attention = {names[id(block.attn.original_component)] for block in bridge.blocks}
    outputs = {names[id(block.attn.o.original_component)] for block in bridge.blocks}
    return attention, outputs, bridge.cfg.d_head


def _tensors(module: torch.nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _stored(path: Path, name: str) -> Any:
    model = mapped.model(path)
    unembedding.untie(model, path)
    bridge = bridged(model, name)
    if model.get_input_embeddings().weight.dtype in (torch.bfloat16, torch.float16):
        widen(bridge, torch.float32)
    return bridge


def _boot(path: Path, *, checked: bool = True) -> Any:
    return bridged(plain.load(path, checked=checked), str(path))


def bridged(model: Any, name: str) -> Any:
    """A bridge to a plain transformers model."""
    bridge = build_bridge_from_module(
        model.eval(), type(model).__name__, hf_config=model.config, model_name=name, device="cpu"
    )
    for block in bridge.blocks:
        attention = getattr(block, "attn", None)
        if isinstance(attention, JointQKVPositionEmbeddingsAttentionBridge):
            object.__setattr__(attention, "_apply_rotary_pos_emb", partial(_rotated, attention))
    return bridge


def _rotated(attention: Any, *given: Tensor) -> tuple[Tensor, Tensor]:
    """Queries and keys after rotary: an attention with joint q, k and v has hook points for them, unused."""
    q, k = type(attention)._apply_rotary_pos_emb(attention, *given)
    return attention.hook_rot_q(q), attention.hook_rot_k(k)


@torch.no_grad()
def _in_float64(path: Path, preparation: Preparation, device: str) -> Any:
    """The bridge of a folder, its weights prepared in float64 and left so: nothing is rounded to float32."""
    bridge = _boot(path, checked=False)
    _cast(bridge, "float32", device)
    _apply(bridge, preparation, dtype=torch.float64)
    return bridge


def _cast(bridge: Any, dtype: str, device: str) -> None:
    if device != "cpu":
        bridge.to(device, print_details=False)
    if dtype in ("bfloat16", "float16"):
        bridge.to(getattr(torch, dtype), print_details=False)


@torch.no_grad()
def readable(bridge: Any, name: str) -> Any:
    """The bridge, if its heads can be read at all.

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
    ids = _probe(bridge)[:1].repeat(2, 1)
    ids[1, -1] = (ids[0, -1] + 1) % bridge.W_U.shape[1]
    here, there = bridge(ids, use_cache=False)[:, :-1].log_softmax(-1)
    if not _close(here, there):
        raise ModelError(
            f"--model {name!r}: what it makes of a position depends on what comes after it, as in an encoder; headlaws "
            "reads causal language models: choose another model."
        )
    return bridge


def _vocabulary(path: Path, name: str) -> Callable[[int], Vocabulary]:
    config = transformers.AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    bos = getattr(config, "bos_token_id", None)
    if not has_tokenizer(path):
        return lambda vocab: _wordless(bos, vocab)
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)

    def fitted(vocab: int) -> Vocabulary:
        added = tokenizer.added_tokens_decoder.keys()  # a padding token put behind the end is of no harm
        last = max((id for id in tokenizer.get_vocab().values() if id not in added), default=0)
        if last >= vocab:
            raise ModelError(
                f"--model {name!r}: its tokenizer does not fit: it has ids up to {last}, the model's vocabulary ends "
                f"at {vocab - 1}; put the model's own tokenizer into the folder, or take out its files to use ids."
            )
        return Tokenizer(tokenizer, vocab=vocab, config_bos=bos)

    return fitted


def _wordless(bos: int | None, vocab: int) -> Wordless:
    known = bos if bos is not None and bos < vocab else None
    return Wordless(bos=known, special=frozenset() if known is None else frozenset({known}))


@torch.no_grad()
def prepare(boot: Callable[[], Any], kind: Kind, name: str) -> tuple[Any, Preparation]:
    """A fresh bridge with all of a preparation that it bears, checked: its predictions must stay what they were.

    A preparation that fails leaves a bridge half prepared, so each attempt starts from a fresh one.
    """
    bridge = boot()
    if kind is Kind.NONE:
        return bridge, NONE
    traits = {
        "rotary": is_rotary(bridge),
        "grouped": (getattr(bridge.cfg, "n_key_value_heads", None) or bridge.cfg.n_heads) != bridge.cfg.n_heads,
        "centred_norm": bridge.cfg.normalization_type in ("LN", "LNPre") and not bridge.cfg.final_rms,
    }
    wanted = seed_flags(name, **traits) if kind is Kind.SEED else flags_for(**traits)
    before = _predictions(bridge)
    attempts = [wanted]
    if wanted.refactor_factored_attn_matrices and kind is not Kind.SEED:
        less = replace(wanted, refactor_factored_attn_matrices=False, note="attention matrices not refactored: ")
        attempts.append(less)
    failure = ""
    for attempt in attempts:
        try:
            _apply(bridge, attempt)
            failure = _difference(before, _predictions(bridge))
        except Exception as error:
            failure = short(error) or type(error).__name__
        if not failure:
            return bridge, attempt
        if kind is Kind.SEED:
            raise no_seed(name, failure)
        bridge = boot()
        attempts[1:] = [replace(later, note=f"{later.note}{failure}") for later in attempts[1:]]
    return bridge, replace(NONE, note=f"left as it came: {failure}")


@torch.no_grad()
def prepared_as(bridge: Any, preparation: Preparation) -> Any:
    """A fresh bridge with this preparation and no other, checked likewise.

    Raises:
        ModelError: where it does not bear it.
    """
    if preparation.name == NONE.name:
        return bridge
    before = _predictions(bridge)
    _apply(bridge, preparation)
    failure = _difference(before, _predictions(bridge))
    if failure:
        raise ModelError(f"its weights cannot be prepared as asked: {failure}.")
    return bridge


def _apply(bridge: Any, preparation: Preparation, *, dtype: torch.dtype = torch.float32) -> None:
    """Prepare weights in the preparation's own dtype, and leave them in another."""
    widest: torch.dtype = getattr(torch, preparation.dtype or "float32")
    if widest != torch.float32:
        bridge.to(widest, print_details=False)
    with _in_the_widest(widest):
        bridge.process_weights(
            fold_ln=preparation.fold_ln,
            center_unembed=preparation.center_unembed,
            center_writing_weights=preparation.center_writing_weights,
            refactor_factored_attn_matrices=preparation.refactor_factored_attn_matrices,
        )
    if preparation.refactor_factored_attn_matrices and preparation.name != Kind.SEED:
        for block in bridge.blocks:
            _fix_signs(block.attn)
    if dtype != widest:
        bridge.to(dtype, print_details=False)


@contextmanager
def _in_the_widest(dtype: torch.dtype) -> Iterator[None]:
    """Within the block TransformerLens prepares in this dtype what it otherwise rounds to float32 first.

    It asks of each weight whether it is `torch.float32`, at one place, and rounds those that are not.
    """

    class Wide:
        float32 = dtype

        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    before = weight_processing.torch
    weight_processing.torch = Wide()
    try:
        yield
    finally:
        weight_processing.torch = before


def _fix_signs(attention: Any) -> None:
    """Turn each singular direction of a layer's heads, in both factors, so that the products stay what they are.

    A direction of QK is a column of W_Q (and of its bias), one of OV a row of W_O.
    """
    turn = signs(matrix(attention.q))
    for linear in (attention.q, attention.k):
        matrix(linear).mul_(turn)
        offset = bias(linear)
        if offset is not None:
            offset.mul_(turn)
    turn = signs(matrix(attention.o).T)
    matrix(attention.v).mul_(turn)
    offset = bias(attention.v)
    if offset is not None:
        offset.mul_(turn)
    matrix(attention.o).mul_(turn[:, None])


def _predictions(bridge: Any) -> Tensor:
    found: Tensor = bridge(_probe(bridge), use_cache=False).log_softmax(-1)
    return found


def _probe(bridge: Any) -> Int[Tensor, "batch pos"]:
    shape = (2, min(9, bridge.cfg.n_ctx))
    return torch.randint(bridge.W_U.shape[1], shape, generator=torch.Generator().manual_seed(0))


def _difference(before: Tensor, after: Tensor) -> str:
    if _close(before, after):
        return ""
    return f"it would change the model's predictions by up to {float((before - after).abs().max()):.2g}"


def _close(one: Tensor, other: Tensor) -> bool:
    # float32 rounding through all layers stays far below; a wrong fold is of the order of the logits themselves
    return float((one - other).abs().max()) <= 1e-3 * max(1.0, float(one.abs().max()))


@contextmanager
def _in_one_line(name: str) -> Iterator[None]:
    try:
        yield
    except HeadlawsError:
        raise
    except Exception as error:
        raise ModelError(
            f"--model {name!r}: no model can be made of it ({type(error).__name__}: {short(error)}); it takes "
            "a causal language model that transformers and TransformerLens know, saved with save_pretrained."
        ) from error
