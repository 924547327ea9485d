"""Proof: a network computes what the plain transformers model of its folder computes, and what is read of it is that.

On a few random sequences, one of them longer than any window that the configuration names, these are equal:

    logits        the network's predictions, and the plain model's
    pattern       what each head attends to, and what the plain model's heads do
    z             the pattern times v, and z; v is the plain model's
    scores        q times k, and the product of which the plain model makes its pattern by its own scale, soft cap,
                  ALiBi, mask and sinks; q and k point where the plain model's do
    unembedding   a head's z through W_O and W_U, and what the plain model makes of that head's output behind its last
                  layer; the last norm's gain is in it as the preparation's record says
    float64       what its twin in float64 computes, which re-checks read; not of models of two gigabytes or more

Where the preparation chose another basis inside the heads (refactoring), q, k and v are held to their products alone;
where it moved v's bias, what heads write is compared up to what is the same at all positions. Which architecture it is
never matters. A model that fails is refused in one line that names the equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.errors import ModelError, short
from harness.models import cache, fingerprint
from harness.models.backbone import LayerActivations
from harness.models.length_limits import LONGEST, length_limits
from harness.models.network import Network
from harness.models.noting import Noted
from harness.models.reference import Noted as Plain
from harness.models.reference import Reference
from harness.models.sources import mapped

LAYOUT = 2
"""Counts up when what is proved changes."""

SHORT = 17
"""Positions of the short sequences, or as many as the model reads."""

ROOM = 256 << 20
"""Bytes of patterns held of the long sequence: of a larger model its first layers are looked at, and its last."""

LARGE = 2 << 30
"""Bytes of mapped weights from which on their pages are given back layer by layer."""

TOLERANCE = 1e-3
"""The largest difference that rounding may make, as a share of the largest entry that is compared."""


def prove_once(network: Network, source: Callable[[], AbstractContextManager[Path]]) -> None:
    """See that a network is right, unless it was seen already, and have it noted where it has to be.

    Args:
        network: in float32 on the CPU.
        source: gives the folder of its plain model.

    Raises:
        ModelError: where it is not; CacheError, where that cannot be stored, is a kind of it.
    """

    def build(_empty: Path) -> Mapping[str, Any]:
        with source() as path:
            prove(network, path)
        return {"model": network.name, "noted": network.noted.value, "preparation": network.preparation.as_dict()}

    key = [
        LAYOUT,
        network.weights_sha256,
        network.config_sha256,
        network.preparation.as_dict(),
        fingerprint.versions(),
        fingerprint.code_sha256("models"),
    ]
    found = cache.build_once(f"proof-{fingerprint.digest(key)[:16]}", build)
    network.noted = Noted(cache.check(found).details["noted"])


def prove(network: Network, path: Path) -> None:
    """Prove it anew, each time; the network is left noted where all equalities hold.

    Raises:
        ModelError: which names the equality that fails.
    """
    failure = ""
    for noted in Noted:
        network.noted = noted
        try:
            plain = Reference(path, network.bridge)
            with _a_layer_at_a_time(network, plain):
                found = next(_failures(network, plain), "") or next(_twin(network), "")
        except Exception as error:  # whatever a library does not bear is no proof
            found = f"comparing it failed ({type(error).__name__}: {short(error)})"
        if not found:
            return
        failure = found
    raise ModelError(
        f"--model {network.name!r}: headlaws would read other values than the plain transformers model computes: "
        f"{failure}; choose another model."
    )


def sequences(config: Mapping[str, Any], *, n_ctx: int, vocab: int) -> list[Int[Tensor, "batch pos"]]:
    """Draw random ids: two short sequences, and one longer than all limits that the configuration names.

    Args:
        config: the plain model's.
        n_ctx: as many positions as the model reads.
    """
    generator = torch.Generator().manual_seed(0)
    made = [torch.randint(vocab, (2, min(SHORT, n_ctx)), generator=generator)]
    limits = [limit for limit in length_limits(config) if SHORT <= limit < min(n_ctx, LONGEST)]
    if limits:
        made.append(torch.randint(vocab, (1, max(limits) + 1), generator=generator))
    return made


@contextmanager
def _a_layer_at_a_time(network: Network, plain: Reference) -> Iterator[None]:
    """Within it, of two models too large for that no more than a layer or so is in memory."""
    handles = []
    if mapped.mapped_bytes() >= LARGE:
        blocks = [*network.bridge.blocks, *map(plain.model.get_submodule, plain.parts.blocks)]
        handles = [block.register_forward_hook(lambda *_: mapped.release()) for block in blocks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def _failures(network: Network, plain: Reference) -> Iterator[str]:
    """What is not equal, in words, one after the other."""
    shape = network.shape
    for ids in sequences(plain.model.config.to_dict(), n_ctx=shape.n_ctx, vocab=shape.vocab):
        most = max(2, ROOM // (4 * shape.n_heads * ids.shape[0] * ids.shape[1] ** 2))
        layers = list(range(shape.n_layers))
        layers = layers if len(layers) <= most else [*layers[: most - 1], layers[-1]]
        there = plain.run(ids, layers)
        logits = network.bridge(ids, use_cache=False)
        yield from _unequal("logits", "", logits.log_softmax(-1), there.logits.log_softmax(-1))
        here = network.activations(ids, layers)
        for layer in layers:
            yield from _layer(network, layer, here[layer], there)
        if len(ids) > 1:
            yield from _written(network, plain, layers, here, there)


def _twin(network: Network) -> Iterator[str]:
    """What its twin in float64 computes otherwise."""
    if mapped.mapped_bytes() >= LARGE:
        return
    shape = network.shape
    ids, layers = sequences({}, n_ctx=shape.n_ctx, vocab=shape.vocab)[0], range(shape.n_layers)
    here, there = network.activations(ids, layers), network.in_float64().activations(ids, layers)
    network.forget_float64()
    for layer in layers:
        for part in ("q", "k", "v", "z", "pattern"):
            mine, its = getattr(there[layer], part), getattr(here[layer], part)
            yield from _unequal("float64", f"layer {layer}, {part}", mine, its)


def _layer(network: Network, layer: int, here: LayerActivations, there: Plain) -> Iterator[str]:
    at = f"layer {layer}"
    multiplied = there.products[layer]
    own = network.preparation
    yield from _unequal("pattern", at, here.pattern, there.patterns[layer])
    made = torch.einsum("bhij,bjhd->bihd", here.pattern.double(), here.v.double())
    yield from _unequal("z = pattern . v", at, made, here.z.double())
    if not own.refactor_factored_attn_matrices and not own.fold_value_biases:
        yield from _unequal("z = pattern . v", f"{at}, v", here.v, multiplied.v)
    yield from _scores(at, here, multiplied.q, multiplied.k, network.shape.d_head)
    if not own.refactor_factored_attn_matrices:
        for part, mine, its in (("q", here.q, multiplied.q), ("k", here.k, multiplied.k)):
            yield from _unequal(f"{_SCORES}", f"{at}, {part}", _turned(mine, its), its)


_SCORES = "softmax(scale * q . k + mask) = pattern"


def _scores(
    at: str,
    here: LayerActivations,
    q: Float[Tensor, "batch pos head d_head"],
    k: Float[Tensor, "batch pos head d_head"],
    d_head: int,
) -> Iterator[str]:
    """Whether q . k is the product that the pattern is made of, or that before the queries were scaled."""
    causal = torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).tril()
    mine, its = (
        torch.einsum("bihd,bjhd->bhij", one.double(), other.double()).where(causal, 0.0)
        for one, other in ((here.q, here.k), (q, k))
    )
    found = [next(_unequal(_SCORES, at, mine * factor, its), "") for factor in (1.0, d_head**-0.5)]
    if all(found):
        yield found[0]


def _turned(mine: Tensor, its: Tensor) -> Tensor:
    """Vectors times the positive number that brings them closest to others."""
    factor = (mine.double() * its.double()).sum() / mine.double().square().sum().clamp_min(1e-30)
    turned: Tensor = mine.double() * factor.clamp_min(0.0)
    return turned


def _written(
    network: Network, plain: Reference, layers: list[int], here: dict[int, LayerActivations], there: Plain
) -> Iterator[str]:
    """What heads write, and what is read of it."""
    own, heads = network.preparation, network.shape.n_heads
    kept = []
    for layer in layers:
        given = there.into_outputs[layer][:, -2:].reshape(-1, heads * network.shape.d_head)
        its = plain.written(layer, given, heads)
        z = here[layer].z[:, -2:].reshape(-1, heads, network.shape.d_head)
        mine = torch.stack([z[:, head] @ network.W_O(layer, head) for head in range(heads)])
        if own.center_writing_weights:
            mine, its = (one - one.mean(-1, keepdim=True) for one in (mine, its))
        if own.fold_value_biases:
            mine, its = (one - one.mean(1, keepdim=True) for one in (mine, its))
        yield from _unequal("unembedding", f"layer {layer}, z @ W_O", mine, its)
        kept.append(mine[layer % heads, 0])
    chosen = torch.stack(kept[:: max(1, len(kept) // 8)])
    odd, even = plain.unembedded(chosen, normed=own.fold_ln)
    if chosen.shape[1] != network.W_U.shape[0]:
        yield f"unembedding (W_U takes vectors of {network.W_U.shape[0]} numbers, heads write {chosen.shape[1]})"
        return
    yield from _unequal("unembedding", "z @ W_O @ W_U", _direction(chosen @ network.W_U), _direction(odd))
    b_U = network.b_U
    added = even.new_zeros(even.shape[1]) if b_U is None else b_U.double()
    wanted = even.mean(0)
    added, wanted = added - added.mean(), wanted - wanted.mean()
    scale = max(float(wanted.abs().max()), float(odd.abs().max()))
    yield from _unequal("unembedding", "b_U", added, wanted, scale=scale)


def _direction(values: Float[Tensor, "n vocab"]) -> Float[Tensor, "n vocab"]:
    """Up to what is added to all tokens, and to a positive number."""
    centred: Tensor = values.double() - values.double().mean(-1, keepdim=True)
    length: Tensor = centred.norm(dim=-1, keepdim=True)
    return centred / length.clamp_min(1e-30)


def _unequal(equality: str, at: str, mine: Tensor, its: Tensor, *, scale: float | None = None) -> Iterator[str]:
    where = f" ({at})" if at else ""
    if mine.shape != its.shape:
        yield f"{equality}{where} has {tuple(mine.shape)} numbers in place of {tuple(its.shape)}"
        return
    off = float((mine.double() - its.double()).abs().max())
    allowed = TOLERANCE * (float(its.abs().max()) if scale is None else scale)
    if not off <= allowed:  # nan is not equal
        yield f"{equality}{where} is off by {off:.2g}, where rounding explains {allowed:.1g}"
