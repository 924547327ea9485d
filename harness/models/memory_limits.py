"""Memory limits: how much of it a model may take here."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

STREAMED_FROM = 1 << 30
"""Bytes of weights from which on a model's layers stay on disk until they are needed, however much memory there is."""

_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def limit() -> int:
    """Return bytes that this process may use: the machine's, or less where the process or its group is held to less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")] if hasattr(os, "sysconf") else [1 << 62]
    with suppress(ImportError):
        import resource

        for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
            soft, _ = resource.getrlimit(kind)
            if soft != resource.RLIM_INFINITY:
                found.append(soft)
    for file in _CGROUPS:
        with suppress(OSError, ValueError):  # 'max' is no number
            found.append(int(file.read_text()))
    return min(found)


def free(device: torch.device) -> int:
    """Return the free bytes of a device."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return limit()


def too_large_to_load(weights: int) -> bool:
    """Return whether that number of bytes of weights should stay on disk: a gigabyte, or half of what there is."""
    return weights >= min(STREAMED_FROM, limit() // 2)


def room_for_nulls(weights: int) -> bool:
    """Return whether two more such models can be made and held beside the first."""
    return 5 * weights <= limit()
