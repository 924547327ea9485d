"""malloc: how the C library keeps large pieces of memory.

glibc takes a piece from the system for each large tensor at first, and learns with the first one freed to cut the
next ones of that size from its heap instead. There they leave holes between the small tensors that are kept, and a
process that folds one head after another grows by one head's matrix each time, for ever. So large pieces are told to
stay pieces of their own, which go back to the system when they are freed. The end of the heap is told to stay: else it
would be given back with every product of a block, and taken again a page at a time with the next one.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

LARGE = 4 << 20
"""Bytes from which a piece of memory is one of its own."""

SPARE = 32 << 20
"""Bytes at the end of the heap that are kept."""

WORTH_COLLECTING = 1 << 20
"""Entries of an unembedding from which what preparing it left behind is worth giving back."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def large_pieces_apart() -> None:
    """Tell the C library, where it is one that can be told; elsewhere nothing happens."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_M_MMAP_THRESHOLD, LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, SPARE)


def give_back() -> None:
    """Give what is free to the system, holes between small pieces too; elsewhere nothing happens."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def collect(entries: int) -> None:
    """Give back what preparing weights left behind, up to a gigabyte: bridges hold themselves in circles.

    Of a small model that is little, and looking through all there is takes a fifth of a second.

    Args:
        entries: of the model's unembedding.
    """
    if entries >= WORTH_COLLECTING:
        gc.collect()
        give_back()
