"""The room that remembered readings take in the cache: where they lie, how much they may take, and how to empty it.

Nothing heavy is imported here, so that a command can look without numpy.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from harness.errors import CacheError
from harness.models import cache

FOLDER = "readings"
ROOM = 512
"""Megabytes on disk, without `HEADLAWS_READINGS`."""


def folder() -> Path:
    """Return where they lie."""
    return cache.root() / FOLDER


def room() -> int:
    """Return bytes that they may take.

    Raises:
        CacheError: where `HEADLAWS_READINGS` is no number of megabytes.
    """
    chosen = os.environ.get("HEADLAWS_READINGS", str(ROOM))
    if not chosen.isdecimal():
        raise CacheError(
            f"HEADLAWS_READINGS={chosen!r}: this is not a number of megabytes; give a whole number, as in 512, or 0 "
            "to remember no readings."
        )
    return int(chosen) * 1_000_000


def forget() -> int:
    """Throw all of them away; gives the bytes that they took.

    Raises:
        CacheError: where they cannot be thrown away.
    """
    size = cache.size(folder())
    try:
        shutil.rmtree(folder())
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise CacheError(f"{folder()}: it cannot be deleted ({error.strerror}); delete it by hand.") from error
    return size
