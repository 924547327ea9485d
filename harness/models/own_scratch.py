"""Own scratch: a folder in the cache for one process, and for those that it starts."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.models.cache import UNFINISHED, root


@contextmanager
def own_scratch(name: str) -> Iterator[Path]:
    """Make a folder in the cache for this process alone, gone when the context ends; nothing is locked.

    What processes of this machine that were killed left there goes first. Where the cache cannot be written, the
    folder is not there.
    """
    host = socket.gethostname()
    for left in root().glob(f"{name}-{host}-*{UNFINISHED}"):
        number = left.name.removesuffix(UNFINISHED).rpartition("-")[2]
        if not (number.isdecimal() and _is_alive(int(number))):
            shutil.rmtree(left, ignore_errors=True)
    found = root() / f"{name}-{host}-{os.getpid()}{UNFINISHED}"
    with suppress(OSError):
        found.mkdir(parents=True, exist_ok=True)
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is another user's
    return True
