"""Batch size: how many positions go through a network together, by its device, its numbers and the memory there is.

On one thread of a processor a layer of the default model takes 111 us a position for 75 positions together, 84 us for
250 to 500, and more again for 1,000: then what is between two products no longer fits the cache. In float32 its
sequences have the same bits in any company (measured with AVX2 and AVX-512, up to 990 positions), and in float64, where
they are multiplied one by one. Where they have not, the number stays small, as it was when the readings of earlier runs
were made. A device other than the CPU is idle with so few, and whatever is run with a sequence shows in its last bits
there, few or many.
"""

from __future__ import annotations

from harness.models.backbone import Backbone, Shape
from harness.models.memory_limits import free

FEW = 96
"""So few that what depends on the batch shows in many sequences of a control."""

ON_A_CORE = 256
ON_A_DEVICE = 16384

SHARE = 32
"""One part in so many of the memory that is free goes to what a batch leaves between two products."""


def positions_at_once(backbone: Backbone) -> int:
    """Return how many positions to run together; a sequence that is longer is a batch by itself."""
    on_cpu = backbone.device.type == "cpu"
    if on_cpu and not backbone.alike_in_company:
        return FEW
    most = ON_A_CORE if on_cpu else ON_A_DEVICE
    return max(FEW, min(most, free(backbone.device) // SHARE // _bytes(backbone.shape)))


def _bytes(shape: Shape) -> int:
    """Of one position inside a layer, roughly: the MLP's three hidden vectors, a handful of others, q, k, v and z."""
    return 4 * (3 * 4 * shape.d_model + 8 * shape.d_model + 4 * shape.n_heads * shape.d_head)
