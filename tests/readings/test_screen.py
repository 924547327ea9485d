"""Screens: are the bounds bounds, attacked with numbers that round badly?"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.readings.decoding.low_precision import SCREENS, fastest, works
from harness.readings.decoding.low_rank import tokens_for
from harness.readings.decoding.tile_bounds import PlainScreen, Precision, largest_of_tiles

pytestmark = pytest.mark.slow

REDUCED = [precision for precision in SCREENS if works(precision)]
NUMBERS = st.one_of(
    st.floats(-8, 8, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6),
    st.sampled_from([0.0, 1.0, -1.0, 0.50390625, 1.00390625, 127.5, -127.4999, 1e4, -1e4, 1e-6]),
)


def matrices(rows, width):
    return st.lists(NUMBERS, min_size=rows * width, max_size=rows * width).map(
        lambda flat: torch.tensor(flat).view(rows, width)
    )


def made(precision, matrix, bias, tile, *, seen, ranks):
    """A screen whose tiles are divided evenly among the ranks."""
    tokens = tokens_for(seen, matrix, bias, tile)
    tiles = len(tokens.order) // tile
    counts = [tiles // len(ranks)] * (len(ranks) - 1)
    plan = zip(ranks, [*counts, tiles - sum(counts)], strict=True)
    return SCREENS[precision](tokens, [(rank, count) for rank, count in plan if count])


def exact_scores(vectors, matrix, bias):
    return vectors.double() @ matrix.double().T + (0 if bias is None else bias.double())


@given(data=st.data(), tile=st.integers(1, 9), width=st.integers(1, 5), biased=st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_plain_bounds_are_around_each_tiles_largest_score(data, tile, width, biased):
    matrix, vectors = data.draw(matrices(10, width)), data.draw(matrices(3, width))
    bias = data.draw(matrices(1, 10))[0] if biased else None
    bounds = PlainScreen(matrix, bias, tile).bounds(vectors)
    for number, part in enumerate(exact_scores(vectors, matrix, bias).split(tile, dim=1)):
        assert (part.amax(1) <= bounds.upper[number].double()).all()
        assert (part.amax(1) >= bounds.lower[number].double()).all()


@pytest.mark.parametrize("precision", REDUCED)
@given(
    data=st.data(),
    tile=st.integers(1, 9),
    width=st.integers(1, 20),
    ranks=st.lists(st.integers(0, 20), min_size=1, max_size=3),
    biased=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_tile_that_reaches_the_score_remains(precision, data, tile, width, ranks, biased):
    matrix = data.draw(matrices(10, width).filter(lambda drawn: drawn.any()))
    vectors, seen = data.draw(matrices(3, width)), data.draw(matrices(2, width))
    bias = data.draw(matrices(1, 10).filter(lambda drawn: drawn.any()))[0] if biased else None
    ranks = [min(rank, width) for rank in ranks]
    assert_remain(made(precision, matrix, bias, tile, seen=seen, ranks=ranks), vectors, matrix, bias)


@pytest.mark.parametrize("precision", REDUCED)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("seen", ["these", "others", "zeros", "one", "a plane"])
def test_tiles_remain_whatever_the_screen_was_made_from(precision, scale, biased, seen):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(3000, 64, generator=generator) * torch.rand(3000, 1, generator=generator).pow(4) * scale
    vectors = torch.randn(200, 64, generator=generator).pow(5) * torch.rand(200, 1, generator=generator).pow(30)
    vectors[0] = 0
    bias = torch.randn(3000, generator=generator) * scale if biased else None
    before = {
        "these": vectors,
        "others": torch.randn(300, 64, generator=generator) * 10.0 ** torch.linspace(-6, 6, 64),
        "zeros": torch.zeros(5, 64),
        "one": vectors[1:2],
        "a plane": torch.randn(50, 2, generator=generator) @ torch.randn(2, 64, generator=generator) * 1e6,
    }[seen]
    assert_remain(made(precision, matrix, bias, 128, seen=before, ranks=[64, 24, 8, 0]), vectors, matrix, bias)


def assert_remain(screen, vectors, matrix, bias):
    """With each tile's largest score as what is to be reached, that tile remains."""
    scores = exact_scores(vectors, matrix, bias)
    largest = torch.stack([scores[:, tokens].amax(1) for tokens in screen.order.split(screen.tile)])
    reached = largest.float()
    reached = torch.where(reached.double() > largest, torch.nextafter(reached, torch.tensor(-torch.inf)), reached)
    remaining = screen.remaining(vectors.repeat(len(largest), 1), reached.flatten())
    each = remaining.view(len(largest), len(largest), len(vectors)).diagonal()
    assert each.all()
    assert sorted(set(screen.order.tolist())) == list(range(len(matrix)))


@pytest.mark.parametrize("precision", REDUCED)
def test_few_tiles_remain_where_vectors_lie_near_few_directions(precision):
    """Bounds that are true and useless would pass every other test."""
    generator = torch.Generator().manual_seed(1)
    matrix = torch.randn(20_000, 64, generator=generator)
    vectors = torch.randn(300, 64, generator=generator) * 0.8 ** torch.arange(64.0)
    turn = torch.linalg.qr(torch.randn(64, 64, generator=generator)).Q
    vectors = vectors @ turn
    second = (vectors @ matrix.T).topk(2, dim=1).values[:, 1]
    shares = []
    for rank in (8, 24, 64):
        screen = made(precision, matrix, None, 64, seen=vectors[::2], ranks=[rank])
        shares.append(float(screen.remaining(vectors, second).float().mean()))
    assert shares[1] < 0.1
    assert shares[2] <= shares[1] < shares[0]


@pytest.mark.parametrize("precision", REDUCED)
def test_of_small_tokens_nothing_is_multiplied(precision):
    generator = torch.Generator().manual_seed(2)
    matrix = torch.randn(10_000, 32, generator=generator) * torch.linspace(1, 0.01, 10_000)[:, None]
    vectors = torch.randn(100, 32, generator=generator) * torch.logspace(-3, 3, 100)[:, None]
    second = (vectors @ matrix.T).topk(2, dim=1).values[:, 1]
    screen = made(precision, matrix, None, 64, seen=vectors, ranks=[16])
    reached = screen.reached(vectors, second)
    assert 0 < float(reached.float().mean()) < 0.8
    assert not (screen.remaining(vectors, second) & ~reached).any()
    largest = (exact_scores(vectors, matrix, None)[:, screen.order].view(100, -1, 64).amax(2) >= second[:, None]).T
    assert not (largest & ~reached).any()


@given(n=st.integers(1, 5), entries=st.integers(1, 40), tile=st.integers(1, 45))
def test_largest_of_tiles_is_the_maximum_of_each_tile(n, entries, tile):
    product = torch.randn(n, entries, generator=torch.Generator().manual_seed(entries))
    found = largest_of_tiles(lambda rows, out: out.copy_(product[:, rows].T), n, entries, tile, product.dtype)
    assert torch.equal(found, torch.stack([part.amax(1) for part in product.split(tile, dim=1)]))


def test_plain_always_works_and_the_fastest_does():
    assert works(Precision.PLAIN)
    assert works(fastest())


@pytest.mark.parametrize("precision", SCREENS)
def test_a_token_is_in_one_tile_alone(precision):
    """Also the one that comes again to fill the last tile; here few have more of what is not multiplied."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(64 * 40 + 17, 24, generator=generator)
    tokens = tokens_for(torch.randn(300, 24, generator=generator), matrix, None, 64)
    tokens.coordinates[-200:-170, 8:], tokens.coordinates[-48:, 8:] = 2e3, 1e3
    order = SCREENS[precision](tokens, [(16, 20), (8, 21)]).order.view(-1, 64)
    tiles_of = [(order == token).any(1).sum() for token in range(len(matrix))]
    assert {int(tiles) for tiles in tiles_of} == {1}
