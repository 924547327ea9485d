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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harness.readings.decoding.low_rank import Tokens, turn, turning
from harness.readings.decoding.tile_bounds import Precision, largest_of_tiles, norms, widened

BLOCK = 16
"""Tiles of which the same number of coordinates is multiplied."""
_TILES_AT_ONCE = 32  # made at once, so that the passes over them find them in the processor's cache
_ALIKE = 512  # vectors multiplied together, which reach about as many tiles
_TRIALS = 48
_FIRST_TRIALS = 16  # of each: threads that wait for a busy processor make the first ones long
_HOPELESS = 2  # times as slow as the fastest
_WORTH_IT = 0.8  # of the plain product's time: more than this, and reading tiles again eats up the gain


@dataclass(frozen=True)
class Band:
    """Tiles of which the same number of coordinates is multiplied.

    Attributes:
        rank: the number; of 0, nothing is.
        entries: the tokens' reduced coordinates, tile by tile.
        sides: of each tile, the bound's five factors.
    """

    rank: int
    entries: Tensor
    sides: Float[Tensor, "tiles five"]


class ReducedScreen:
    """What all share: the tokens' coordinates, reduced, and the bounds.

    Attributes:
        tile: entries in a tile.
        order: token ids in the order of the tiles; the last of them comes again to fill its tile.
        ranks: how many coordinates of each tile are multiplied.
        expected: what a vector was expected to take when it was made (``choice``).
        of_kind: of what kind the vectors were that it was made for.
        nbytes: what it holds.
    """

    numbers: torch.dtype
    sums: torch.dtype  # of their products
    largest: int  # of the numbers, to be tried out
    share: float  # of what a coordinate takes in float32

    def __init__(
        self, tokens: Tokens, plan: Sequence[tuple[int, int]], expected: float = math.inf, of_kind: str = ""
    ) -> None:
        """``plan`` says, band by band, how many coordinates of how many tiles are multiplied."""
        self.expected, self.of_kind = expected, of_kind
        self.tile = tokens.tile
        self._basis, self._with_bias = tokens.basis, tokens.with_bias
        self._bands, orders, start = [], [], 0
        for rank, tiles in plan:
            stop = start + tiles * tokens.tile
            order = start + _by_rest(tokens.coordinates[start:stop, rank:], tokens.tile)
            coordinates = tokens.coordinates.index_select(0, order).view(tiles, tokens.tile, -1)
            self._bands.append(self._band(rank, coordinates, tokens.largest_norm))
            orders.append(order)
            start = stop
        rearranged = torch.cat(orders)
        self.order = tokens.order[rearranged]
        heights = norms(tokens.coordinates)[rearranged].view(-1, tokens.tile).amax(1) * tokens.basis.widening
        self._heights = heights.flip(0).cummax(0).values.flip(0)
        self._largest = tokens.largest_norm * tokens.basis.widening
        self.ranks = torch.tensor([rank for rank, _ in plan]).repeat_interleave(torch.tensor([n for _, n in plan]))
        self.nbytes: int = self.order.nbytes + sum(band.entries.nbytes + band.sides.nbytes for band in self._bands)

    def _band(self, rank: int, tiles: Float[Tensor, "tiles tile width"], largest_norm: float) -> Band:
        """Reduce the first coordinates and measure what that leaves out."""
        turned = turn(rank)
        made, measured = [], []
        for exact in tiles.split(_TILES_AT_ONCE):
            lead = exact[:, :, :rank] @ turned
            scales, entries = self._reduce(lead)
            left = entries * scales[:, None, None]
            parts = left, lead - left, exact[:, :, rank:]
            measured.append(torch.stack([scales, *(torch.linalg.vector_norm(part, dim=2).amax(1) for part in parts)]))
            made.append(entries.flatten(0, 1))
        of_tiles = torch.cat(measured, 1)
        largest = of_tiles.new_full((1, of_tiles.shape[1]), largest_norm)
        bound = torch.cat([of_tiles[1:], largest]) * self._basis.widening
        sides = (torch.cat([torch.ones_like(largest), -bound]) / of_tiles[0]).T.contiguous()
        return Band(rank, torch.cat(made), sides)

    def remaining(self, vectors: Float[Tensor, "n d_head"], second: Float[Tensor, " n"]) -> Bool[Tensor, "tiles n"]:
        """Return which tiles may hold a score of ``second`` or more."""
        coordinates, second, slack = self._scaled(vectors, second)
        reach = self._reach(coordinates, second, slack)
        found = torch.zeros(len(self.ranks), len(vectors), dtype=torch.bool)
        for some in reach.argsort(descending=True).split(_ALIKE):
            tiles = int(reach[some[0]])
            parts = coordinates[some], second[some], slack[some]
            start = 0
            for band in self._bands:
                stop = min(start + len(band.sides), tiles)
                if stop > start:
                    found[start:stop, some] = self._of_a_band(band, stop - start, *parts)
                start += len(band.sides)
        return found

    def reached(self, vectors: Float[Tensor, "n d_head"], second: Float[Tensor, " n"]) -> Bool[Tensor, "tiles n"]:
        """Return the tiles of which anything is multiplied."""
        return torch.arange(len(self.ranks))[:, None] < self._reach(*self._scaled(vectors, second))

    def _scaled(
        self, vectors: Float[Tensor, "n d_head"], second: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, "n width"], Float[Tensor, " n"], Float[Tensor, " n"]]:
        """The vectors' coordinates, and what is to be reached, by a power of two that makes 1 <= |c| < 2; the slack."""
        vectors = self._with_bias(vectors)
        powers = torch.exp2(torch.frexp(norms(vectors).clamp_(min=2.0**-60)).exponent.float() - 1)
        coordinates = ((vectors / powers[:, None]).double() @ self._basis.vectors).float()
        return coordinates, second / powers, self._basis.slack(coordinates)

    def _reach(
        self, coordinates: Float[Tensor, "n width"], second: Float[Tensor, " n"], slack: Float[Tensor, " n"]
    ) -> Int[Tensor, " n"]:
        """How many tiles, from the first on, hold all tokens that are large enough for a score of ``second`` or more.

        The bound with nothing multiplied: a score is at most |y| |x| and the slack.
        """
        least = (second - slack * self._largest) / norms(coordinates)
        return torch.searchsorted(-self._heights, -least.nan_to_num(nan=-math.inf), right=True)

    def _of_a_band(
        self,
        band: Band,
        tiles: int,
        coordinates: Float[Tensor, "n width"],
        second: Float[Tensor, " n"],
        slack: Float[Tensor, " n"],
    ) -> Bool[Tensor, "tiles n"]:
        """Which of its first tiles remain: those where the largest sum is not below a product of five factors."""
        lead = coordinates[:, : band.rank] @ turn(band.rank)
        scales, reduced = self._reduce(lead[:, None])
        reduced = reduced[:, 0]
        left = reduced * scales[:, None]
        rounded = norms(lead - left) + turning(band.rank) * norms(left)
        sides = torch.stack([second, rounded, norms(lead), norms(coordinates[:, band.rank :]), slack]) / scales

        reduced = widened(reduced)

        def multiply(rows: slice, out: Tensor) -> None:
            self.product(band.entries[rows], reduced, out)

        if band.rank:
            wide = largest_of_tiles(multiply, len(reduced), tiles * self.tile, self.tile, self.sums)
            maxima = wide[:, : len(second)]
        else:
            maxima = torch.zeros(1, 1)
        too_small: Tensor = self._upper(maxima) < band.sides[:tiles] @ sides
        return too_small.logical_not_()  # what is nan remains

    def _upper(self, maxima: Tensor) -> Tensor:
        """What the products' largest sums are at most."""
        return maxima

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        """One scale for each group, and the reduced numbers to be multiplied by it."""
        raise NotImplementedError

    @staticmethod
    def product(left: Tensor, right: Tensor, out: Tensor) -> None:
        """Multiply ``[entries, rank]`` with the transpose of ``[n, rank]``."""
        raise NotImplementedError


class Int8Screen(ReducedScreen):
    """Integers of eight bits, one scale a tile."""

    numbers = torch.int8
    sums = torch.int32
    largest = 127
    share = 0.2

    def _reduce(self, exact: Float[Tensor, "groups rows rank"]) -> tuple[Float[Tensor, " groups"], Tensor]:
        if not exact.shape[2]:
            return exact.new_ones(len(exact)), exact.to(torch.int8)
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


def _by_rest(rest: Float[Tensor, "entries width"], tile: int) -> Int[Tensor, " entries"]:
    """The order in which the entries of each block have less and less of what is not multiplied, tile by tile.

    The last tile stays as it is: a token that comes again to fill it must not be in two tiles, for the largest score of
    one tile is compared with that of another as a different token's.
    """
    sizes = norms(rest[: len(rest) - tile])
    block = BLOCK * tile
    whole = len(sizes) - len(sizes) % block
    first = sizes[:whole].view(-1, block).argsort(dim=1, descending=True) + torch.arange(0, whole, block)[:, None]
    parts = first.flatten(), whole + sizes[whole:].argsort(descending=True), torch.arange(len(sizes), len(rest))
    return torch.cat(parts)


SCREENS: dict[Precision, type[ReducedScreen]] = {
    Precision.INT8: Int8Screen,
    Precision.INT7: Int7Screen,
    Precision.BFLOAT16: BFloat16Screen,
    Precision.FLOAT32: Float32Screen,
}


@cache
def works(precision: Precision) -> bool:
    """Return whether the precision's product is there and right.

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
    """Return the precision in which this processor screens fastest, measured once in some milliseconds."""
    trials = {precision: _trial(screen) for precision, screen in SCREENS.items() if works(precision)}
    times = dict.fromkeys(trials, math.inf)
    for number in range(_TRIALS):  # in turn, so that other work on the machine slows all of them
        for precision, trial in trials.items():
            if number < _FIRST_TRIALS or times[precision] < _HOPELESS * min(times.values()):
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
