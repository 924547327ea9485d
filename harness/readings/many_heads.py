"""Many heads: what many heads of one network read of many sequences, each sequence run once for all of them.

Tokens are those of every reading, the argmax over the whole vocabulary, without their margins. Of pairs
only the last row is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from harness.readings.activations import Activations, Ids
from harness.readings.decoder import VECTORS_PER_BLOCK
from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection
from harness.records.address import Address

AT_ONCE = 256
"""Sequences whose activations are held at a time."""

Tokens = Mapping[Ids, np.ndarray]
"""What one component of one head reads of each sequence: a token a place, or a token a key of the last row."""


def read(
    model: PreparedModel,
    sequences: Sequence[Ids],
    heads: Sequence[Address],
    components: Sequence[str],
    *,
    way: Projection,
    bos: bool,
) -> dict[tuple[Address, str], Tokens]:
    """Return what some components of some heads read of some sequences."""
    wanted = sorted(dict.fromkeys(model.source.check(ids, bos=bos) for ids in sequences))
    gathered: dict[tuple[Address, str], list[Tensor]] = {(head, part): [] for head in heads for part in components}
    layers = sorted({head.layer for head in heads})
    model.read_together(layers)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        for layer in layers:
            made = model.source.of(some, layer, bos=bos)
            for head in (one for one in heads if one.layer == layer):
                for part in components:
                    gathered[head, part].append(torch.cat([_vectors(one, part, head.head) for one in made]))
        model.source.forget()
    ends = np.cumsum([len(ids) for ids in wanted])[:-1]
    found: dict[tuple[Address, str], Tokens] = {}
    for (head, part), vectors in gathered.items():
        blocks = torch.cat(vectors).split(VECTORS_PER_BLOCK)
        vectors.clear()
        tokens = torch.cat([model.decoder.top2(block, head, part, way).tokens for block in blocks])
        found[head, part] = dict(zip(wanted, np.split(tokens.cpu().numpy(), ends), strict=True))
    return found


def _vectors(made: Activations, component: str, head: int) -> Tensor:
    """The vectors of one component; of pairs, those of the last query."""
    if component != "qk":
        return made.vectors(component, head)
    return made.vectors("q", head)[-1] * made.vectors("k", head)
