"""Screens: are the bounds bounds, attacked with numbers that round badly?"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.readings.reduced import BFloat16Screen, Int8Screen, fastest, works
from harness.readings.screen import PlainScreen, Precision, largest_of_tiles, tile_size

REDUCED = [
    pytest.param(
        screen, marks=pytest.mark.skipif(not works(precision), reason=f"this processor miscounts in {precision.value}")
    )
    for precision, screen in {Precision.INT8: Int8Screen, Precision.BFLOAT16: BFloat16Screen}.items()
]
SCREENS = [PlainScreen, *REDUCED]
NUMBERS = st.one_of(
    st.floats(-8, 8, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6),
    st.sampled_from([0.0, 1.0, -1.0, 0.50390625, 1.00390625, 127.5, -127.4999, 1e4, -1e4, 1e-6]),
)


def matrices(rows, width):
    return st.lists(NUMBERS, min_size=rows * width, max_size=rows * width).map(
        lambda flat: torch.tensor(flat).view(rows, width)
    )


@pytest.mark.parametrize("screen", SCREENS)
@given(data=st.data(), tile=st.integers(1, 9), width=st.integers(1, 5), biased=st.booleans(), few=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_each_tiles_largest_score_is_between_the_bounds(screen, data, tile, width, biased, few):
    matrix = data.draw(matrices(10, width).filter(lambda drawn: drawn.any()))
    vectors = data.draw(matrices(3, width))
    bias = data.draw(matrices(1, 10))[0] if biased else None
    assert_bounded(screen, vectors, matrix, bias, tile, torch.arange(few))


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("biased", [False, True])
def test_bounds_hold_for_many_entries(screen, scale, biased):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(3000, 64, generator=generator) * torch.rand(3000, 1, generator=generator).pow(4) * scale
    vectors = torch.randn(200, 64, generator=generator).pow(5)
    bias = torch.randn(3000, generator=generator) * scale if biased else None
    assert_bounded(screen, vectors, matrix, bias, 128, torch.arange(0, 3000, 40))


def assert_bounded(screen, vectors, matrix, bias, tile, known):
    made = screen(matrix, bias, tile)
    bounds = made.bounds(vectors, known)
    scores = vectors.double() @ matrix.double().T + (0 if bias is None else bias.double())
    for number, tokens in enumerate(made.order.split(tile)):
        unknown = tokens[~torch.isin(tokens, known)]
        if len(unknown):
            largest = scores[:, unknown].amax(1)
            assert (largest <= bounds.upper[number].double()).all()
        largest = scores[:, unknown].amax(1) if len(unknown) else torch.full((len(vectors),), -torch.inf).double()
        assert (largest >= bounds.lower[number].double()).all()
    assert sorted(set(made.order.tolist())) == list(range(len(matrix)))


@pytest.mark.parametrize("screen", REDUCED)
def test_a_screen_says_something(screen):
    """Bounds that are true and useless would pass every other test."""
    generator = torch.Generator().manual_seed(1)
    matrix, vectors = torch.randn(20_000, 64, generator=generator), torch.randn(100, 64, generator=generator)
    bounds = screen(matrix, None, tile_size(len(matrix))).bounds(vectors, torch.empty(0, dtype=torch.int64))
    second = bounds.lower.topk(2, dim=0).values[1]
    assert (bounds.upper >= second).float().mean() < 0.3


@given(n=st.integers(1, 5), entries=st.integers(1, 40), tile=st.integers(1, 45))
def test_largest_of_tiles_is_the_maximum_of_each_tile(n, entries, tile):
    product = torch.randn(n, entries, generator=torch.Generator().manual_seed(entries))
    found = largest_of_tiles(lambda rows, out: out.copy_(product[:, rows]), n, entries, tile, product.dtype)
    assert torch.equal(found, torch.stack([part.amax(1) for part in product.split(tile, dim=1)]))


def test_plain_always_works_and_the_fastest_does():
    assert works(Precision.PLAIN)
    assert works(fastest())
