"""Rows: from prompts to the rows of one head after another.

A block of prompts goes through the model once for all layers. Each q, k, v and z is decoded once a position and each
qk once a pair; decoding gives the same tokens and margins whatever it is given together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from harness.dataset.columns import margin, schema
from harness.dataset.order import Block, Order
from harness.readings.activations import Activations
from harness.records.address import Address

POSITIONS_AT_ONCE = 4096
"""Positions that go through the model together: enough to keep a core busy, little enough to bound memory."""


def activations(order: Order, block: Block, layers: Collection[int]) -> dict[int, list[Activations]]:
    """Return what these layers compute for each prompt of a block.

    Raises:
        ModelError: where the model gives NaN or infinity.
    """
    source = order.model.source
    return source.unremembered(block.prompts, layers, bos=order.bos, most=POSITIONS_AT_ONCE)


def table(order: Order, block: Block, address: Address, made: Sequence[Activations]) -> tuple[pa.Table, dict[str, int]]:
    """Return the rows of one head for a block, in order of prompt, query and key; and each component's number of
    near-ties.
    """
    n, length = len(block.prompts), order.length
    query, key = np.tril_indices(length)
    patterns = np.stack([one.pattern[address.head, :, -length:].float().cpu().numpy() for one in made])
    columns: dict[str, np.ndarray] = {
        "prompt": np.repeat(np.arange(block.first, block.first + n), order.pairs),
        "layer": np.full(n * order.pairs, address.layer),
        "head": np.full(n * order.pairs, address.head),
        "query": np.tile(query, n),
        "key": np.tile(key, n),
        "token": np.array(block.prompts)[:, query].ravel(),
        "attn": patterns[:, query, key].ravel(),
    }
    near_ties = {}
    for component in order.components:
        (found,) = order.model.decoder.readings(block.prompts, made, address, [component], order.way)
        where = slice(None) if component == "qk" else key if component in "kv" else query
        columns[component] = np.concatenate([reading.tokens[where] for reading in found])
        columns[margin(component)] = np.concatenate([reading.margins[where] for reading in found])
        near_ties[component] = sum(int(reading.near_ties.sum()) for reading in found)
    wanted = schema(order.components)
    arrays = [pa.array(columns[field.name], type=field.type) for field in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted), near_ties
