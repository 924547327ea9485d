"""Tokens: the attention tokens of a data set, each position and each pair once.

A row of a data set is a pair, so it repeats what its query and its key read: position i's query stands in i + 1 rows.
Counting rows would weigh late queries and early keys most. Here q and z are taken from the rows whose key is 0, k and
v from those whose key is their query, and qk from all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from jaxtyping import Float, Int

from harness.dataset.columns import SHOWN
from harness.dataset.output import KEY
from harness.errors import StoreError


@dataclass(frozen=True)
class Tokens:
    """What all heads read for all prompts.

    Attributes:
        heads: addresses, in order of layer and head.
        read: by component, ids of `head prompt entry`; an entry is a position, or for qk a pair, row after row.
        attention: by head, prompt and pair.
        sequences: the ids of the prompts.
        record: how the data set was made.
    """

    heads: tuple[str, ...]
    read: dict[str, Int[np.ndarray, "head prompt entry"]]
    attention: Float[np.ndarray, "head prompt pair"]
    sequences: Int[np.ndarray, "prompt pos"]
    record: dict[str, Any]

    @property
    def components(self) -> tuple[str, ...]:
        """Those that were read."""
        return tuple(self.read)

    @property
    def prompts(self) -> int:
        """How many."""
        return int(self.sequences.shape[0])

    @property
    def length(self) -> int:
        """Positions of each prompt."""
        return int(self.sequences.shape[1])

    @property
    def layers(self) -> list[int]:
        """The layer of each head."""
        return [int(head.split(".")[0]) for head in self.heads]

    def only(self, prompts: Sequence[int]) -> Tokens:
        """Return the same of some prompts."""
        chosen = list(prompts)
        return replace(
            self,
            read={name: ids[:, chosen] for name, ids in self.read.items()},
            attention=self.attention[:, chosen],
            sequences=self.sequences[chosen],
        )

    def cut(self, length: int) -> Tokens:
        """Return the same of each prompt's first positions: what comes later changes nothing before it."""
        pairs = length * (length + 1) // 2
        return replace(
            self,
            read={name: ids[:, :, : pairs if name == "qk" else length] for name, ids in self.read.items()},
            attention=self.attention[:, :, :pairs],
            sequences=self.sequences[:, :length],
        )


def tokens(path: Path) -> Tokens:
    """Return the tokens of a data set in Parquet.

    Raises:
        StoreError: where the file is none.
    """
    try:
        with pq.ParquetFile(path) as file:
            record = json.loads(file.schema_arrow.metadata[KEY])
            names = [name for name in SHOWN if name in record["components"]]
            table = file.read(columns=["token", "attn", *names])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: this is not a data set of headlaws; make one with 'headlaws dataset --out FILE'."
        ) from error
    heads, prompts, length = tuple(record["heads"]), int(record["prompts"]), int(record["length"])
    shape = (len(heads), prompts, length * (length + 1) // 2)
    column = {name: table[name].to_numpy().reshape(shape) for name in ("token", "attn", *names)}
    position = np.arange(length)
    first, last = position * (position + 1) // 2, position * (position + 3) // 2
    where = {"q": first, "z": first, "k": last, "v": last}
    return Tokens(
        heads=heads,
        read={name: column[name][:, :, where[name]] if name in where else column[name] for name in names},
        attention=column["attn"],
        sequences=column["token"][0][:, first],
        record=record,
    )
