"""Garbage: when Python looks for objects that hold one another in a circle.

It looks through all young objects each time that some hundreds more were made, and through all there are now and then.
Where millions are made that stay, a model with its libraries or the pages of a report, that is a quarter of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unsearched(*, staying: bool = False) -> Iterator[None]:
    """Look for none within the block.

    Args:
        staying: whether what the block makes is never looked through again.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if staying:
            gc.freeze()
        if searching:
            gc.enable()
