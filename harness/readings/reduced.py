"""Screens of reduced rank and precision. The bound that makes them safe is proved in ``low_rank``.

The products' own sums: integers add exactly (they stay far below 2^31). Products of two bfloat16 are exact in float32,
their sum is made in float32, and that sum x is rounded to y = x (1 + delta) with |delta| <= 2^-8. Rounding is
monotone, so the largest y comes from the largest x, and |x - y| <= |y| 2^-8 / (1 - 2^-8) < |y| / 254.

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
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.readings.low_rank import Basis
from harness.readings.screen import Precision, largest_of_tiles, norms

_TILES_AT_ONCE = 32  # made at once, so that the passes over them find them in the processor's cache
_TRIALS = 8
_WORTH_IT = 0.8  # of the plain product's time: more than this, and reading tiles again eats up the gain


class ReducedScreen:
    """What all share: the matrix in other coordinates, sorted by norm so that a tile's rows are alike, and the bounds.

    Attributes:
        rank: how many coordinates are multiplied.
        order: token ids in the order of the tiles, each of ``tile`` ids; the last of them comes again to fill its tile.
        nbytes: what it holds.
    """

    numbers: torch.dtype
    sums: torch.dtype  # of their products
    largest: int  # of the numbers, to be tried out
    share: float  # of what a coordinate takes in float32

    def __init__(self, rows: Float[Tensor, "vocab width"], beta: float | None, chosen: Basis, tile: int) -> None:
        self.rank, self.tile = chosen.rank, tile
        self._beta, self._basis = beta, chosen
        coordinates = rows @ chosen.tokens
        order = torch.from_numpy(norms(coordinates).neg_().numpy().argsort())
        self.order = torch.cat([order, order[-1:].expand(-len(order) % tile)])
        self._entries = torch.empty(len(self.order), self.rank, dtype=self.numbers)
        measured = []
        for start in range(0, len(self.order), _TILES_AT_ONCE * tile):
            part = slice(start, start + _TILES_AT_ONCE * tile)
            exact = coordinates.index_select(0, self.order[part]).view(-1, tile, coordinates.shape[1])
            lead = exact[:, :, : self.rank]
            scales, entries = self._reduce(lead)
            self._entries[part] = entries.flatten(0, 1)
            left = entries * scales[:, None, None]
            sides = left, lead - left, exact[:, :, self.rank :]
            measured.append(torch.stack([scales, *(_largest_norms(side) for side in sides)]))
        of_tiles = torch.cat(measured, 1)
        largest = of_tiles.new_full((1, of_tiles.shape[1]), float(norms(rows).max()))
        bound = torch.cat([of_tiles[1:], largest]) * chosen.widening
        self._tiles = (torch.cat([torch.ones_like(largest), -bound]) / of_tiles[0]).T.contiguous()
        self.nbytes: int = self._entries.nbytes + self.order.nbytes + self._tiles.nbytes

    def remaining(self, vectors: Float[Tensor, "n d_head"], second: Float[Tensor, " n"]) -> Bool[Tensor, "tiles n"]:
        """Which tiles may hold a score of ``second`` or more."""
        reduced, sides = self._coordinates(with_bias(vectors, self._beta), second)

        def multiply(rows: slice, out: Tensor) -> None:
            self.product(reduced, self._entries[rows], out)

        maxima = largest_of_tiles(multiply, len(vectors), len(self.order), self.tile, self.sums)
        too_small: Tensor = self._upper(maxima) < self._tiles @ sides
        return too_small.logical_not_()  # what is nan remains

    def _coordinates(
        self, vectors: Float[Tensor, "n width"], second: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, "n rank"], Float[Tensor, "five n"]]:
        """The vectors' reduced coordinates, and the other side of the bound: of both, a product is what to reach."""
        powers = torch.exp2(torch.frexp(norms(vectors).clamp_(min=2.0**-60)).exponent.float() - 1)
        exact = ((vectors / powers[:, None]).double() @ self._basis.vectors).float()
        lead = exact[:, : self.rank]
        scales, reduced = self._reduce(lead[:, None])
        reduced = reduced[:, 0]
        left = reduced * scales[:, None]
        rounded = norms(lead - left) + self._basis.product_rounding * norms(left)
        sides = second / powers, rounded, norms(lead), norms(exact[:, self.rank :]), self._basis.slack(exact)
        return reduced, torch.stack(sides) / scales

    def _upper(self, maxima: Tensor) -> Tensor:
        """What the products' largest sums are at most."""
        return maxima

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        """One scale for each group, and the reduced numbers to be multiplied by it."""
        raise NotImplementedError

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """Multiply ``[n, rank]`` with the transpose of ``[entries, rank]``."""
        raise NotImplementedError


class Int8Screen(ReducedScreen):
    """Integers of eight bits, one scale a tile."""

    numbers = torch.int8
    sums = torch.int32
    largest = 127
    share = 0.2

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        scales = exact.flatten(1).abs().amax(1).clamp_(min=1e-30).div_(self.largest)
        reduced = (exact / scales[:, None, None]).round_().clamp_(-self.largest, self.largest)
        return scales, reduced.to(torch.int8)

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """See ReducedScreen."""
        torch._int_mm(left, right.T, out=out)


class Int7Screen(Int8Screen):
    """Integers of seven bits, for processors that add pairs of products in 16 bits, one side moved up by 128.

    (63 + 128) 63 2 is below 2^15, so the sums are right there too.
    """

    largest = 63
    share = 0.45


class BFloat16Screen(ReducedScreen):
    """Floating-point numbers of eight significant bits, which need no scale."""

    numbers = torch.bfloat16
    sums = torch.bfloat16
    largest = 1
    share = 0.45

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        return exact.new_ones(len(exact)), exact.to(torch.bfloat16)

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """See ReducedScreen."""
        torch.mm(left, right.T, out=out)

    def _upper(self, maxima: Tensor) -> Tensor:
        wide = maxima.float()
        return wide + wide.abs() / 254


class Float32Screen(ReducedScreen):
    """The numbers of the matrix itself: only the rank is reduced."""

    numbers = torch.float32
    sums = torch.float32
    largest = 1
    share = 1.0

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        return exact.new_ones(len(exact)), exact

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """See ReducedScreen."""
        torch.mm(left, right.T, out=out)


def _largest_norms(tiles: Float[Tensor, "tiles tile width"]) -> Float[Tensor, " tiles"]:
    """The largest Euclidean norm of each tile's rows."""
    found: Tensor = torch.linalg.vector_norm(tiles, dim=2).amax(1)
    return found


SCREENS: dict[Precision, type[ReducedScreen]] = {
    Precision.INT8: Int8Screen,
    Precision.INT7: Int7Screen,
    Precision.BFLOAT16: BFloat16Screen,
    Precision.FLOAT32: Float32Screen,
}


@cache
def works(precision: Precision) -> bool:
    """Whether the precision's product is there and right.

    Tried on the largest numbers of the format: processors that add pairs of products in 16 bits would be found out.
    """
    if precision is Precision.PLAIN:
        return True
    screen = SCREENS[precision]
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
    trials = {precision: _trial(screen) for precision, screen in SCREENS.items() if works(precision)}
    times = dict.fromkeys(trials, math.inf)
    for _ in range(_TRIALS):  # in turn, so that other work on the machine slows all of them
        for precision, trial in trials.items():
            start = time.perf_counter()
            trial()
            times[precision] = min(times[precision], time.perf_counter() - start)
    best = min(times, key=times.__getitem__)
    return best if times[best] < _WORTH_IT * times[Precision.FLOAT32] else Precision.FLOAT32


def _signs(rows: int) -> Int[Tensor, "rows 72"]:
    signs = torch.randint(-1, 2, (rows, 72), generator=torch.Generator().manual_seed(rows))
    signs[0], signs[1] = 1, -1
    return signs


def _trial(screen: type[ReducedScreen]) -> Callable[[], object]:
    """A product and the maxima of its tiles, to be timed."""
    left, right = torch.ones(1024, 64).to(screen.numbers), torch.ones(256, 64).to(screen.numbers)
    out = torch.empty(1024, 256).to(screen.sums)

    def trial() -> None:
        screen.product(left, right, out)
        out.amax(1)

    return trial


def with_bias(vectors: Float[Tensor, "n d_head"], beta: float | None) -> Float[Tensor, "n width"]:
    """The vectors with the bias's coordinate, where there is a bias."""
    return vectors if beta is None else torch.cat([vectors, vectors.new_full((len(vectors), 1), beta)], 1)


def rows_with_bias(
    matrix: Float[Tensor, "vocab d_head"], bias: Float[Tensor, " vocab"] | None
) -> tuple[Float[Tensor, "vocab width"], float | None]:
    """The tokens' rows with the bias as one more coordinate, and beta, that coordinate in every vector.

    b / beta is about as large as the matrix's entries.
    """
    if bias is None:
        return matrix, None
    entry, height = float(matrix.square().mean().sqrt()), float(bias.square().mean().sqrt())
    beta = 2.0 ** round(math.log2(min(max(height / entry, 2.0**-20), 2.0**40)))
    return torch.cat([matrix, (bias / beta)[:, None]], 1), beta
