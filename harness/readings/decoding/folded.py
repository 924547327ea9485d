"""Folded: one head's way from its vectors to the vocabulary, as one matrix."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.errors import HeadlawsError
from harness.readings.decoding.decoded_before import DecodedBefore
from harness.readings.decoding.exact_top2 import exact_norms
from harness.readings.decoding.low_precision import ReducedScreen
from harness.readings.decoding.tile_bounds import PlainScreen, Precision, tile_size

_ORDINARY = 2.0**40  # products and squares of numbers between 1 / this and this neither overflow nor vanish in float32
_FOLDED_AT_ONCE = 1024  # columns of the unembedding: the product's rows then stay in the processor's cache

CPU = torch.device("cpu")


@dataclass
class Familiar:
    """What is known of vectors of a kind.

    Attributes:
        screen: the best that there is for them.
        tokens: often the first or the second of them.
        cheap: whether it takes so little that few vectors may be sooner decoded with it than by the whole product.
        taken: seconds that it took a vector, when it was used last for many; 0 before.
        vectors: decoded since another screen was looked for.
    """

    screen: ReducedScreen
    tokens: Int[Tensor, " few"]
    cheap: bool
    taken: float = 0.0
    vectors: int = 0


class Folded:
    """One head's way from its vectors to the vocabulary, ready for decoding; made by ``fold``. Nobody writes to it.

    Attributes:
        matrix: a row for each token.
        bias: the unembedding's, where it has one.
        plain: the matrix as a screen of its own precision.
        before: what single vectors were decoded to.
        decoded_whole: vectors of each kind that were decoded by the whole product, for want of a screen.
    """

    def __init__(
        self, matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None, *, tile: int | None = None
    ) -> None:
        self.matrix, self.bias = matrix, bias
        size = largest(matrix, "the folded matrix")
        height = 0.0 if bias is None else largest(bias, "the unembedding's bias")
        self._ordinary = 1 / _ORDINARY <= size <= _ORDINARY and height <= _ORDINARY
        self.tile = tile_size(len(matrix)) if tile is None else tile
        self.plain = PlainScreen(matrix, bias, self.tile)
        self._screens: dict[Precision, tuple[ReducedScreen, ...]] = {}
        self._familiar: dict[str, Familiar] = {}
        self.before = DecodedBefore()
        self.decoded_whole: Counter[str] = Counter()

    @cached_property
    def exact_sizes(self) -> Float[Tensor, " vocab"]:
        """The norm of each row, in float64; made when a near-tie first asks for it."""
        return torch.cat([exact_norms(some) for some in self.matrix.split(_FOLDED_AT_ONCE)])

    def screens(self, precision: Precision) -> tuple[ReducedScreen, ...]:
        """Return those of that precision made so far."""
        return self._screens.get(precision, ())

    def keep(self, precision: Precision, screen: ReducedScreen) -> None:
        """Keep one more. Where two threads do so at once, one of the two may be forgotten."""
        self._screens[precision] = (*self.screens(precision), screen)

    def familiar(self, kind: str) -> Familiar | None:
        """Return what is known of vectors of a kind; None before a screen was looked for."""
        return self._familiar.get(kind)

    def remember(self, kind: str, familiar: Familiar) -> None:
        """Have vectors of a kind decoded so from now on."""
        self._familiar[kind] = familiar

    def forget(self, kind: str) -> None:
        """Have a screen looked for when vectors of a kind come again."""
        self._familiar.pop(kind, None)

    @property
    def nbytes(self) -> int:
        """What it holds, and what screens of eight bits will, which are made when they are first needed."""
        screens: int = sum(screen.nbytes for some in self._screens.values() for screen in some)
        return self.matrix.nbytes + (0 if self.bias is None else self.bias.nbytes) + screens + self.before.nbytes

    def suits(self, vectors: Float[Tensor, "n d_head"]) -> Bool[Tensor, " n"]:
        """Return which vectors, with this matrix, are of a size that products in float32 can be bounded for."""
        sizes = vectors.abs().amax(1)
        return ((sizes == 0) | (sizes >= 1 / _ORDINARY) & (sizes <= _ORDINARY)) & self._ordinary

    def on_cpu(self) -> Folded:
        """Return the same on the CPU; itself where it lies there."""
        if self.matrix.device == CPU:
            return self
        return Folded(self.matrix.cpu(), None if self.bias is None else self.bias.cpu(), tile=self.tile)

    def in_float64(self) -> Folded:
        """Return the same numbers in float64."""
        return Folded(self.matrix.double(), None if self.bias is None else self.bias.double(), tile=self.tile)


@torch.no_grad()
def fold(
    W_out: Float[Tensor, "d_head d_model"],
    W_U: Float[Tensor, "d_model vocab"],
    b_U: Float[Tensor, " vocab"] | None,
    *,
    device: torch.device = CPU,
) -> Folded:
    """Multiply the two maps into one, in float32 (float64 where they are).

    Args:
        device: where it is made and lies; its products must be made in full float32 (``on_device.full_precision``).

    Raises:
        HeadlawsError: for weights that hold nan or infinity.
    """
    dtype = torch.float64 if W_U.dtype == torch.float64 else torch.float32
    right = W_out.to(device, dtype).T.contiguous()
    matrix = torch.empty(W_U.shape[1], W_out.shape[0], dtype=dtype, device=device)
    for start in range(0, len(matrix), _FOLDED_AT_ONCE):
        rows = slice(start, start + _FOLDED_AT_ONCE)
        torch.mm(W_U[:, rows].T.to(device, dtype), right, out=matrix[rows])
    return Folded(matrix, None if b_U is None else b_U.detach().to(device, dtype))


def largest(numbers: Tensor, what: str) -> float:
    """Return the largest magnitude.

    Raises:
        HeadlawsError: where a number is nan or infinite.
    """
    if not numbers.numel():
        return 0.0
    low, high = (float(end) for end in torch.aminmax(numbers))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise HeadlawsError(
            f"{what}: there is NaN or infinity, so there is no largest number; check the model's weights."
        )
    return max(-low, high)


def checked(vectors: Float[Tensor, "n d_head"], folded: Folded) -> Float[Tensor, "n d_head"]:
    """Return the vectors where the folded matrix lies and in its dtype.

    Raises:
        HeadlawsError: for vectors that it does not take.
    """
    width = folded.matrix.shape[1]
    if vectors.ndim != 2 or vectors.shape[1] != width:
        raise HeadlawsError(
            f"vectors of shape {list(vectors.shape)}: this head takes [n, {width}]; give one vector per row."
        )
    largest(vectors, "the vectors")
    return vectors.detach().to(folded.matrix.device, folded.matrix.dtype)
