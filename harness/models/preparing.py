"""Preparing: the steps of a preparation, done to a bridge's weights and checked.

TransformerLens prepares what it can. Norms that it skips are folded here, and what the record says was done is looked
up in the weights afterwards: a step that did nothing is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor
from transformer_lens import weight_processing

from harness.errors import ModelError, short
from harness.models import norms, unembedding
from harness.models.bridge_parts import bias, is_rotary, matrix
from harness.models.precision import cast, throughout
from harness.models.preparation import NONE, Kind, Preparation, flags_for, joined, no_seed, seed_flags, signs


@torch.no_grad()
def prepare(boot: Callable[[], Any], kind: Kind, name: str) -> tuple[Any, Preparation]:
    """Return a fresh bridge with all of a preparation that it bears, checked: its predictions must stay what they were.

    A preparation that fails leaves a bridge half prepared, so each attempt starts from a fresh one. What the record
    says was done is looked up in the weights afterwards.
    """
    bridge = boot()
    if kind is Kind.NONE:
        return bridge, NONE
    traits = {
        "rotary": is_rotary(bridge),
        "grouped": (getattr(bridge.cfg, "n_key_value_heads", None) or bridge.cfg.n_heads) != bridge.cfg.n_heads,
        "centred_norm": bridge.cfg.normalization_type in ("LN", "LNPre") and not bridge.cfg.final_rms,
    }
    before = predictions(bridge)
    failures: list[str] = []
    wanted = seed_flags(name, **traits) if kind is Kind.SEED else flags_for(**traits)
    parts = unembedding.between(bridge, name)
    if wanted.center_writing_weights and kind is not Kind.SEED and (parts.norm is None or parts.out is not None):
        why = "no norm before the unembedding would remove the mean"
        if parts.norm is not None:
            why = "another matrix stands between the embedding and the residual stream"
        note = f"writing weights not centred: {why}"
        wanted = replace(wanted, center_writing_weights=False, note=joined(wanted.note, note))
    attempts = _attempts(wanted)
    for attempt in attempts:
        if failures:
            bridge = boot()
        done, failure = _tried(bridge, attempt, before)
        if not failure:
            return bridge, replace(done, note=joined(_given_up(attempts[0], done, attempt, failures), done.note))
        if kind is Kind.SEED:
            raise no_seed(name, failure)
        failures.append(failure)
    return boot(), replace(NONE, note=f"left as it came: {failures[0]}")


def _given_up(first: _Attempt, done: Preparation, attempt: _Attempt, failures: list[str]) -> str:
    """What an earlier attempt would have done, and why it may not be."""
    if not failures:
        return ""
    if first.wanted.refactor_factored_attn_matrices and not done.refactor_factored_attn_matrices:
        return f"attention matrices not refactored: {failures[0]}"
    return "" if attempt.lens else f"only norms folded: {failures[0]}"


@torch.no_grad()
def prepared_as(boot: Callable[[], Any], preparation: Preparation, *, dtype: torch.dtype = torch.float32) -> Any:
    """Return a fresh bridge with this preparation and no other, checked likewise.

    Args:
        dtype: what the weights are left in; float64 leaves those of a preparation done in it unrounded.

    Raises:
        ModelError: where it does not bear it.
    """
    bridge = boot()
    if preparation.name == NONE.name:
        return bridge
    before = predictions(bridge)
    failures: list[str] = []
    for attempt in _attempts(preparation):
        if failures:
            bridge = boot()
        done, failure = _tried(bridge, attempt, before, dtype=dtype)
        if not failure and all(done.flags[flag] for flag, was in preparation.flags.items() if was):
            return bridge  # norms whose gains are one anyway, as in a null model, count as folded
        failures.append(failure or "TransformerLens would change them in another way")
    raise ModelError(f"its weights cannot be prepared as asked: {failures[0]}.")


@dataclass(frozen=True)
class _Attempt:
    """One way to prepare weights.

    Attributes:
        wanted: by TransformerLens.
        lens: whether TransformerLens is asked at all.
        layers: whether norms in front of q, k and v that it left are folded here; the last norm always is.
    """

    wanted: Preparation
    lens: bool
    layers: bool


def _attempts(wanted: Preparation) -> list[_Attempt]:
    """What to try, the most first."""
    if wanted.name == Kind.SEED:
        return [_Attempt(wanted, lens=True, layers=False)]
    less = replace(wanted, refactor_factored_attn_matrices=False, fold_value_biases=False)
    kinds = [wanted, less] if wanted.refactor_factored_attn_matrices else [wanted]
    some = [_Attempt(one, lens=True, layers=layers) for one in kinds for layers in (True, False)]
    return [*some, *(_Attempt(less, lens=False, layers=layers) for layers in (True, False))]


def _tried(
    bridge: Any, attempt: _Attempt, before: Tensor, *, dtype: torch.dtype = torch.float32
) -> tuple[Preparation, str]:
    """What was done to a bridge, and why that may not be, or nothing."""
    try:
        apply(bridge, attempt, dtype=dtype)
        return applied(bridge, attempt), difference(before, predictions(bridge))
    except Exception as error:
        return NONE, short(error) or type(error).__name__


def apply(bridge: Any, attempt: _Attempt, *, dtype: torch.dtype) -> None:
    """Prepare weights in the preparation's own dtype, and leave them in another."""
    wanted = attempt.wanted
    seed = wanted.name == Kind.SEED
    widest: torch.dtype = getattr(torch, wanted.dtype or "float32")
    if widest != torch.float32:
        cast(bridge, widest)
    if attempt.lens:
        with _in_the_widest(widest):
            bridge.process_weights(
                fold_ln=wanted.fold_ln,
                center_unembed=wanted.center_unembed,
                center_writing_weights=wanted.center_writing_weights,
                fold_value_biases=wanted.fold_value_biases,
                refactor_factored_attn_matrices=wanted.refactor_factored_attn_matrices,
            )
        if wanted.refactor_factored_attn_matrices and not seed:
            for block in bridge.blocks:
                _fix_signs(block.attn)
    if not seed:
        parts = unembedding.between(bridge, bridge.cfg.model_name)
        norms.fold_last(parts.norm, bridge.unembed.original_component if parts.out is None else parts.out)
        if attempt.layers:
            for block in bridge.blocks:
                readers = [_inner(block.attn, part) for part in "qkv"]
                norms.fold_first(_inner(block, "ln1"), readers)
    if dtype != widest:
        cast(bridge, dtype)


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


def applied(bridge: Any, attempt: _Attempt) -> Preparation:
    """Return what was done, by what the weights are now."""
    wanted = attempt.wanted
    if wanted.name == Kind.SEED:
        return wanted
    W_U: Tensor = bridge.W_U
    centred = bool(float(W_U.mean(-1).abs().max()) <= 1e-4 * float(W_U.abs().max()))
    writing = attempt.lens and wanted.center_writing_weights and all(_centred(block.attn.o) for block in bridge.blocks)
    folded = norms.is_folded(unembedding.between(bridge, bridge.cfg.model_name).norm)
    layers = all(norms.is_folded(_inner(block, "ln1")) for block in bridge.blocks)
    notes = [
        wanted.note,
        "" if folded else "the last norm not folded",
        "" if layers else "norms in front of q, k and v not folded",
        "" if centred else "unembedding not centred",
        "" if writing or not wanted.center_writing_weights else "writing weights not centred",
    ]
    return replace(
        wanted,
        fold_ln=folded,
        fold_layer_norms=layers,
        center_unembed=centred,
        center_writing_weights=writing,
        note=joined(*notes),
    )


def _inner(part: Any, name: str) -> Any:
    """The transformers module behind a part of a bridge, or None where it has none of that name."""
    return getattr(getattr(part, name, None), "original_component", None)


def _centred(linear: Any) -> bool:
    weight = matrix(linear)
    return bool(float(weight.mean(-1).abs().max()) <= 1e-4 * float(weight.abs().max()))


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


@torch.no_grad()
def predictions(bridge: Any) -> Tensor:
    """Return a bridge's log probabilities on the probe."""
    with throughout(bridge.W_U.dtype):
        found: Tensor = bridge(probe(bridge), use_cache=False).log_softmax(-1)
    return found


def probe(bridge: Any) -> Int[Tensor, "batch pos"]:
    """Return two short random sequences, the same each time."""
    shape = (2, min(9, bridge.cfg.n_ctx))
    return torch.randint(bridge.W_U.shape[1], shape, generator=torch.Generator().manual_seed(0))


def difference(before: Tensor, after: Tensor) -> str:
    """Return how far predictions are apart; nothing where rounding explains it."""
    if close(before, after):
        return ""
    return f"it would change the model's predictions by up to {float((before - after).abs().max()):.2g}"


def close(one: Tensor, other: Tensor) -> bool:
    """Return whether rounding explains how far predictions are apart."""
    # float32 rounding through all layers stays far below; a wrong fold is of the order of the logits themselves
    return float((one - other).abs().max()) <= 1e-3 * max(1.0, float(one.abs().max()))
