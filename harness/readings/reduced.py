"""Screens in int8 and bfloat16. The bound that makes them safe is proved in ``screen``.

Some of PyTorch's operators for this are private, or slow on processors without the instructions. So each is tried
once in a process: one that is missing, fails, or miscounts is not used, nor one that is slower than the plain
product. The tokens are the same either way.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.readings.screen import Bounds, Precision, largest_of_tiles, norms, slack

_TILES_AT_ONCE = 8  # made at once, so that the passes over them find them in the processor's cache
_TRIALS = 8
_WORTH_IT = 0.8  # of the plain product's time: more than this, and reading tiles again eats up the gain


class ReducedScreen:
    """What both share: the matrix turned, its rows sorted by norm so that a tile's are alike, and the residuals."""

    numbers: torch.dtype
    sums: torch.dtype  # of their products
    largest: int  # of the numbers, to be tried out

    def __init__(self, matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None, tile: int) -> None:
        self.tile = tile
        self._share: float | None = None
        rows = matrix
        if bias is not None:
            self._share = _bias_share(matrix, bias)
            rows = torch.cat([matrix, (bias / self._share)[:, None]], 1)
        order = torch.from_numpy(norms(rows).neg().numpy().argsort())
        self.order = torch.cat([order, order[-1:].expand(-len(order) % tile)])  # the last entry again, to fill its tile
        self._slack = slack(rows.shape[1], rows.dtype, turns=2) * float(norms(rows).max())
        turn = _turn(rows.shape[1], rows.dtype)
        self._entries = torch.empty(len(self.order), turn.shape[1], dtype=self.numbers)
        measured = []
        for start in range(0, len(self.order), _TILES_AT_ONCE * tile):
            part = slice(start, start + _TILES_AT_ONCE * tile)
            exact = (rows.index_select(0, self.order[part]) @ turn).view(-1, tile, turn.shape[1])
            scales, entries = self._reduce(exact)
            self._entries[part] = entries.flatten(0, 1)
            left = entries * scales[:, None, None]
            measured.append(torch.stack([scales, left.norm(dim=2).amax(1), (exact - left).norm(dim=2).amax(1)]))
        self._scales, self._norms, self._residuals = torch.cat(measured, 1)

    def bounds(self, vectors: Float[Tensor, "n d_head"], known: Int[Tensor, " few"]) -> Bounds:
        """See Screen. Known tokens count as rows of zeros."""
        if self._share is not None:
            vectors = torch.cat([vectors, vectors.new_full((len(vectors), 1), self._share)], 1)
        turned = vectors @ _turn(vectors.shape[1], vectors.dtype)
        scales, reduced = self._reduce(turned[:, None])
        reduced = reduced[:, 0]
        residuals = norms(turned - reduced * scales[:, None])
        entries = self._without(known) if len(known) else self._entries

        def multiply(rows: slice, out: Tensor) -> None:
            self.product(reduced, entries[rows], out)

        values = largest_of_tiles(multiply, len(vectors), len(entries), self.tile, self.sums).float()
        values *= self._scales[:, None] * scales
        # e of the proof for every tile and vector: two columns times two rows
        error = torch.stack([self._norms, self._residuals + self._slack], 1) @ torch.stack([residuals, norms(turned)])
        error = self._rounded(values, error)
        lower = values - error
        if len(known):  # a row of zeros is no entry; where it could be the maximum, nothing is known from below
            lower.masked_fill_(values <= 0, -math.inf)
        return Bounds(values + error, lower)

    def _without(self, known: Int[Tensor, " few"]) -> Tensor:
        """The entries, zeros in place of the known tokens, and of their repetition where they fill the last tile."""
        absent = torch.zeros(int(self.order.max()) + 1, dtype=torch.bool).index_fill_(0, known, True)
        return self._entries.index_fill(0, absent[self.order].nonzero()[:, 0], 0)

    def _reduce(self, exact: Float[Tensor, "groups rows width"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        """One scale for each group, and the reduced numbers to be multiplied by it."""
        raise NotImplementedError

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """Multiply ``[n, width]`` with the transpose of ``[entries, width]``."""
        raise NotImplementedError

    def _rounded(self, values: Float[Tensor, "tiles n"], error: Float[Tensor, "tiles n"]) -> Float[Tensor, "tiles n"]:
        """The error with that of the sums' own rounding."""
        return error


class Int8Screen(ReducedScreen):
    """Integers of eight bits, one scale a tile."""

    numbers = torch.int8
    sums = torch.int32
    largest = 127

    def _reduce(self, exact: Float[Tensor, "groups rows width"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        scales = exact.flatten(1).abs().amax(1).clamp_(min=1e-30).div_(127)
        return scales, (exact / scales[:, None, None]).round_().clamp_(-127, 127).to(torch.int8)

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """See ReducedScreen."""
        torch._int_mm(left, right.T, out=out)


class BFloat16Screen(ReducedScreen):
    """Floating-point numbers of eight significant bits, which need no scale."""

    numbers = torch.bfloat16
    sums = torch.bfloat16
    largest = 1

    def _reduce(self, exact: Float[Tensor, "groups rows width"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        return exact.new_ones(len(exact)), exact.to(torch.bfloat16)

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """See ReducedScreen."""
        torch.mm(left, right.T, out=out)

    def _rounded(self, values: Float[Tensor, "tiles n"], error: Float[Tensor, "tiles n"]) -> Float[Tensor, "tiles n"]:
        return error + values.abs() / 254


_SCREENS: dict[Precision, type[ReducedScreen]] = {Precision.INT8: Int8Screen, Precision.BFLOAT16: BFloat16Screen}


def reduced_screen(
    precision: Precision, matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None, tile: int
) -> ReducedScreen:
    """The matrix made ready for screening in int8 or bfloat16."""
    return _SCREENS[precision](matrix, bias, tile)


@cache
def works(precision: Precision) -> bool:
    """Whether the precision's product is there and right.

    Tried on the largest numbers of the format: processors that add pairs of products in 16 bits would be found out.
    """
    if precision is Precision.PLAIN:
        return True
    screen = _SCREENS[precision]
    left, right = (_signs(rows) * screen.largest for rows in (40, 96))
    products = torch.empty(40, 96, dtype=screen.sums)
    try:
        screen.product(left.to(screen.numbers), right.to(screen.numbers), products)
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return torch.equal(products.long(), left @ right.T)


@cache
def fastest() -> Precision:
    """The precision in which this processor screens fastest, measured once in some milliseconds."""
    trials = {Precision.PLAIN: _trial(None)}
    trials |= {precision: _trial(screen) for precision, screen in _SCREENS.items() if works(precision)}
    times = dict.fromkeys(trials, math.inf)
    for _ in range(_TRIALS):  # in turn, so that other work on the machine slows all of them
        for precision, trial in trials.items():
            start = time.perf_counter()
            trial()
            times[precision] = min(times[precision], time.perf_counter() - start)
    best = min(times, key=times.__getitem__)
    return best if times[best] < _WORTH_IT * times[Precision.PLAIN] else Precision.PLAIN


def _signs(rows: int) -> Int[Tensor, "rows 72"]:
    signs = torch.randint(-1, 2, (rows, 72), generator=torch.Generator().manual_seed(rows))
    signs[0], signs[1] = 1, -1
    return signs


def _trial(screen: type[ReducedScreen] | None) -> Callable[[], object]:
    """A product and the maxima of its tiles, to be timed."""
    product, numbers, sums = _plain_product, torch.float32, torch.float32
    if screen is not None:
        product, numbers, sums = screen.product, screen.numbers, screen.sums
    left, right, out = (
        torch.ones(1024, 64).to(numbers),
        torch.ones(256, 64).to(numbers),
        torch.empty(1024, 256).to(sums),
    )

    def trial() -> None:
        product(left, right, out)
        out.amax(1)

    return trial


def _plain_product(left: Tensor, right: Tensor, out: Tensor) -> None:
    torch.mm(left, right.T, out=out)


@cache
def _turn(width: int, dtype: torch.dtype) -> Float[Tensor, "width padded"]:
    """An orthogonal matrix, always the same, with columns of zeros up to a multiple of eight (which products like)."""
    noise = torch.randn(width, width, generator=torch.Generator().manual_seed(width), dtype=torch.float64)
    return torch.nn.functional.pad(torch.linalg.qr(noise).Q, (0, -width % 8)).to(dtype)


def _bias_share(matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"]) -> float:
    """beta, the bias's coordinate in every vector: such that b / beta is about as large as the matrix's entries."""
    entry, height = float(matrix.square().mean().sqrt()), float(bias.square().mean().sqrt())
    return 2.0 ** round(math.log2(min(max(height / entry, 2.0**-20), 2.0**40)))
