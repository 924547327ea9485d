"""Tolerance: how near two unembedded values may be before their order is numeric noise.

A vector comes out of a forward pass that rounds at every step, so its margin over the runner-up is a noisy number,
even where the decoding is exact. The noise is stated as a share of the scale |c| (|m1| + |m2|), plus the two biases'
magnitudes: c is the vector, m1 and m2 are the winner's and the runner-up's rows of the folded matrix. That is what
the two values could have been, had nothing cancelled; it does not depend on any other entry of the vocabulary.

Measured on the default model, prepared, 8 sequences of 33 ids, half of them text and half random: the margin between
the two tokens that float64 puts first, computed in a dtype's forward pass and folded matrix, less the same in
float64. 24 heads of eight layers for float32, 4 heads for the half precisions, whose own rounding of the weights is
included.

    dtype        99 % of vectors below   worst     tolerance
    float32      7e-7                    1.8e-6    1e-5
    float16      1.0e-3                  1.4e-3    4e-3
    bfloat16     9e-3                    2.6e-2    3e-2

Two readings that are compared are both noisy, and other models are deeper: hence the distance from the worst seen,
except for bfloat16, where more would mark most readings. The noise grew from 1e-7 in layer 0 to its worst in the
upper half. Other batches changed no bit here; on other machines they may. (Two threads instead of one do; hence
`threads`.) float64's is float32's, scaled by the roundoff and rounded up.

Weights are prepared in float64 and, where the prepared ones are kept, rounded to float32. With `--dtype float64` none
are. Re-checks read the default model and large ones unrounded too, where preparing multiplied their matrices by gains
alone (`harness.models.unrounded`). Re-checks of other models, which are loaded whole, read rounded weights in float64.
The rounding moves margins by 1e-8 or so, little beside float32's tolerance and much beside float64's. Such readings
have a tolerance of their own, 1e-6: what float32 is certain of stays certain.
"""

from dataclasses import dataclass

import torch

from harness.errors import HeadlawsError


@dataclass(frozen=True)
class Tolerance:
    """The noise of a margin.

    Attributes:
        relative: as a share of the scale |c| (|m1| + |m2|).
    """

    relative: float


_TOLERANCES = {
    torch.float64: Tolerance(1e-13),
    torch.float32: Tolerance(1e-5),
    torch.float16: Tolerance(4e-3),
    torch.bfloat16: Tolerance(3e-2),
}


ROUNDED = Tolerance(1e-6)
"""The noise of readings in float64 on weights that were rounded to float32 after they were prepared."""


def relative_of(name: str) -> float:
    """Return the noise of a dtype by its name, as `--dtype` has it.

    >>> relative_of("bfloat16")
    0.03
    """
    found: torch.dtype = getattr(torch, name)
    return tolerance(found).relative


def tolerance(dtype: torch.dtype) -> Tolerance:
    """Return the noise of readings made in a dtype.

    >>> tolerance(torch.float32).relative
    1e-05

    Raises:
        HeadlawsError: for what is no floating-point dtype of a model.
    """
    found = _TOLERANCES.get(dtype)
    if found is None:
        allowed = ", ".join(str(known).removeprefix("torch.") for known in _TOLERANCES)
        raise HeadlawsError(f"dtype {dtype}: readings are made in {allowed}; convert the vectors to one of them.")
    return found
