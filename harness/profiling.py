"""Profiling: what a process spends its time on, by the outermost things that it does.

A part begun inside another one is not counted with it, so that the parts add up to the time that passed in any.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Part(StrEnum):
    """What time is spent on."""

    FORWARDS = "forward passes"
    READING = "reading"
    PREDICATES = "predicates"
    HYPOTHESIS = "Hypothesis"
    STORE = "store"
    REST = "the rest"


class Count(StrEnum):
    """What is counted beside the time."""

    SEQUENCES = "sequences through the model"
    LAYER_RUNS = "layer runs"
    LAYERS_SPARED = "layer runs spared by going on"
    LAYER_BATCHES = "batches through a layer"
    LAYER_POSITIONS = "positions through a layer"
    VECTORS = "vectors decoded"


_seconds: dict[str, float] = defaultdict(float)
_open = threading.local()
_counts: dict[str, int] = defaultdict(int)


@contextmanager
def spent_on(part: Part) -> Iterator[None]:
    """Count the block's time with a part, but for what parts inside it take."""
    began, inside = time.perf_counter(), [0.0]
    blocks = _blocks()
    blocks.append(inside)
    try:
        yield
    finally:
        blocks.pop()
        passed = time.perf_counter() - began
        _seconds[part] += passed - inside[0]
        if blocks:
            blocks[-1][0] += passed


@contextmanager
def elsewhere() -> Iterator[None]:
    """Count the block's time with no part: another thread runs meanwhile, and counts its own."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if blocks := _blocks():
            blocks[-1][0] += time.perf_counter() - began


def _blocks() -> list[list[float]]:
    """For each block that this thread is in, from the outermost: the seconds that are not its own."""
    found: list[list[float]] = _open.__dict__.setdefault("blocks", [])
    return found


def taken() -> dict[str, float]:
    """Return the seconds of each part since this was last asked, of this process."""
    found: dict[str, float] = dict(_seconds)
    _seconds.clear()
    return found


def count(what: Count, number: int) -> None:
    """Add to a count."""
    _counts[what] += number


def counted() -> dict[str, int]:
    """Return the counts since this was last asked."""
    found: dict[str, int] = dict(_counts)
    _counts.clear()
    return found
