"""The lengths at which a model's configuration says that something else begins: a window, a chunk, other frequencies.

A model is proved on a sequence longer than each of these, up to `LONGEST` positions, and read no further than it is
proved: a longer window or chunk bounds the sequences that it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 2048
"""Positions of the longest sequence of a proof."""

_PARTS = ("window", "chunk_size", "original_max_position")
"""Parts of the names of settings that say at which length something else begins."""


def length_limits(config: Mapping[str, Any]) -> list[int]:
    """Give these lengths, in positions.

    >>> length_limits({"sliding_window": 512, "rope_scaling": {"original_max_position_embeddings": 4096}, "depth": 3})
    [512, 4096]
    """
    return [*_found(config, "")]


def proved_length(config: Mapping[str, Any], n_ctx: int) -> int:
    """Give the positions that a model reads, of the `n_ctx` that it could: none beyond a limit too long to be proved.

    >>> proved_length({"sliding_window": 4096}, 32768), proved_length({"sliding_window": 512}, 32768)
    (4096, 32768)
    """
    return min([n_ctx, *(limit for limit in length_limits(config) if limit >= LONGEST)])


def _found(config: object, name: str) -> Iterator[int]:
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield from _found(value, str(key))
    elif type(config) is int and any(part in name for part in _PARTS):
        yield config
