"""Rows: from prompts to the rows of one head after another.

A block of prompts goes through the model once for all layers, on one thread: a data set that is begun with two threads
and ended with one shall be the same (see `readings.threads`).
Each q, k, v and z is decoded once a position and each qk once a pair; decoding gives the same tokens and margins
whatever it is given together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float
from torch import Tensor

from harness.dataset.columns import margin, schema
from harness.dataset.order import Block, Order
from harness.errors import ModelError
from harness.models.backbone import LayerActivations
from harness.readings.decoding.top_two import Folded, Top2, fold, top2
from harness.readings.projection import way_out
from harness.readings.threads import one_thread
from harness.records.address import Address

POSITIONS_AT_ONCE = 4096
"""Positions that go through the model together: enough to keep a core busy, little enough to bound memory."""

VECTORS_AT_ONCE = 1 << 15
"""Pairs multiplied and decoded together."""


def activations(order: Order, block: Block, layers: Collection[int]) -> dict[int, LayerActivations]:
    """What these layers compute for a block of prompts, BOS left out.

    Raises:
        ModelError: where the model gives NaN or infinity.
    """
    front = order.model.source.in_front(order.bos)
    skip = 0 if front is None else 1
    whole = torch.tensor([ids if front is None else (front, *ids) for ids in block.prompts])
    step = max(1, POSITIONS_AT_ONCE // whole.shape[1])
    with one_thread():
        runs = [order.model.backbone.activations(some, layers) for some in torch.split(whole, step)]
    found = {}
    for layer in layers:
        made = [run.pop(layer) for run in runs]  # dropped as they are joined: both would be much to hold
        found[layer] = LayerActivations(
            q=torch.cat([part.q[:, skip:] for part in made]).cpu(),
            k=torch.cat([part.k[:, skip:] for part in made]).cpu(),
            v=torch.cat([part.v[:, skip:] for part in made]).cpu(),
            z=torch.cat([part.z[:, skip:] for part in made]).cpu(),
            pattern=torch.cat([part.pattern[:, :, skip:, skip:] for part in made]).cpu(),
        )
        if not all(bool(torch.isfinite(getattr(found[layer], part)).all()) for part in "qkz"):
            raise ModelError(
                f"{order.model.backbone.name}: layer {layer} gives NaN or infinity for a prompt; check the weights, or "
                "leave the layer out with --head."
            )
    return found


def table(order: Order, block: Block, address: Address, made: LayerActivations) -> tuple[pa.Table, dict[str, int]]:
    """The rows of one head for a block, in order of prompt, query and key; and each component's number of near-ties."""
    n, length = len(block.prompts), order.length
    query, key = np.tril_indices(length)
    decoded = _decoded(order, address, made)
    columns: dict[str, np.ndarray] = {
        "prompt": np.repeat(np.arange(block.first, block.first + n), order.pairs),
        "layer": np.full(n * order.pairs, address.layer),
        "head": np.full(n * order.pairs, address.head),
        "query": np.tile(query, n),
        "key": np.tile(key, n),
        "token": np.array(block.prompts)[:, query].ravel(),
        "attn": made.pattern[:, address.head].float().numpy()[:, query, key].ravel(),
    }
    for component, top in decoded.items():
        tokens, margins = top.tokens.numpy(), top.margins.numpy()
        if component != "qk":
            where = key if component in "kv" else query
            tokens = tokens.reshape(n, length)[:, where].ravel()
            margins = margins.reshape(n, length)[:, where].ravel()
        columns[component], columns[margin(component)] = tokens, margins
    wanted = schema(order.components)
    arrays = [pa.array(columns[field.name], type=field.type) for field in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted), {
        name: int(top.near_ties.sum()) for name, top in decoded.items()
    }


def _decoded(order: Order, address: Address, made: LayerActivations) -> dict[str, Top2]:
    """Each component's vectors decoded: one a prompt and position, or for qk one a prompt and pair."""
    vectors = {name: getattr(made, name)[:, :, address.head] for name in "qkvz"}
    backbone, folds = order.model.backbone, dict[str, Folded]()
    found = {}
    for component in order.components:
        matrix = order.way.matrix(component)
        if matrix not in folds:
            folds[matrix] = fold(way_out(backbone, address, component, order.way), backbone.W_U, backbone.b_U)
        lot = _pairs(vectors["q"], vectors["k"]) if component == "qk" else [vectors[component].flatten(0, 1)]
        parts = [top2(some, folds[matrix]) for some in lot]
        found[component] = _joined(parts)
    return found


def _pairs(
    q: Float[Tensor, "prompt pos d_head"], k: Float[Tensor, "prompt pos d_head"]
) -> Iterator[Float[Tensor, "some d_head"]]:
    """`q[i] * k[j]` for each prompt, query i and key j <= i, some at a time."""
    query, key = torch.tril_indices(q.shape[1], q.shape[1])
    whole = len(q) * len(query)
    for start in range(0, whole, VECTORS_AT_ONCE):
        some = torch.arange(start, min(start + VECTORS_AT_ONCE, whole))
        prompt, pair = some // len(query), some % len(query)
        yield q[prompt, query[pair]] * k[prompt, key[pair]]


def _joined(parts: list[Top2]) -> Top2:
    return Top2(
        torch.cat([part.tokens for part in parts]),
        torch.cat([part.runners_up for part in parts]),
        torch.cat([part.margins for part in parts]),
        torch.cat([part.near_ties for part in parts]),
        torch.cat([part.open for part in parts]),
    )
