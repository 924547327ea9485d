"""How near two unembedded values may be before their order is numeric noise."""

from dataclasses import dataclass

import torch

from harness.errors import AddressError


@dataclass(frozen=True)
class Tolerance:
    """Noise of an unembedded value, as a share of its scale, the vector's norm times the largest column's norm."""

    relative: float


_TOLERANCES = {
    torch.float64: Tolerance(1e-13),
    torch.float32: Tolerance(1e-5),
    torch.bfloat16: Tolerance(3e-2),
    torch.float16: Tolerance(4e-3),
}


def tolerance(dtype: torch.dtype) -> Tolerance:
    """The noise of readings made in a floating-point type."""
    try:
        return _TOLERANCES[dtype]
    except KeyError:
        raise AddressError(
            f"{dtype}: no floating-point type; allowed are float32, float64, bfloat16, float16."
        ) from None
