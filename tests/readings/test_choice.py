"""The choice of a screen: it costs time alone, so what is asked here is which one is used."""

import pytest
import torch

from harness.readings.decoding.choice import CHEAP, Sample, choose
from harness.readings.decoding.folded import Folded
from harness.readings.decoding.tile_bounds import Precision

WIDTH, VOCAB, NUMBER = 48, 16384, 2048


def drawn(seed, *, directions):
    """Vectors that lie near so many directions."""
    random = torch.Generator().manual_seed(seed)
    span = torch.randn(directions, WIDTH, generator=random)
    return torch.randn(NUMBER, directions, generator=random) @ span + 0.01 * torch.randn(
        NUMBER, WIDTH, generator=random
    )


@pytest.fixture
def folded():
    return Folded(torch.randn(VOCAB, WIDTH, generator=torch.Generator().manual_seed(0)), None)


def chosen(folded, vectors, kind):
    sample = Sample(vectors[::16], (vectors[::16] @ folded.matrix.T).topk(2).values[:, 1])
    screen = choose(folded, Precision.FLOAT32, vectors, sample, of_kind=kind)
    return screen, sample.cost(screen)


def test_a_screen_dear_for_one_kind_is_not_kept_for_another(folded):
    hard, cost = chosen(folded, drawn(1, directions=WIDTH), "v")
    assert cost > CHEAP
    easy, cost = chosen(folded, drawn(2, directions=2), "qk")
    assert easy is not hard
    assert cost < CHEAP


def test_more_of_the_same_kind_use_the_screen_that_is_there(folded):
    for directions in (WIDTH, 2):
        some, more = drawn(3, directions=directions).split(NUMBER // 2)
        screen, _ = chosen(folded, some, f"{directions}")
        assert chosen(folded, more, f"{directions}")[0] is screen


def test_a_cheap_screen_serves_another_kind_that_is_like_it(folded):
    vectors = drawn(5, directions=2)
    screen, cost = chosen(folded, vectors, "q")
    assert cost < CHEAP
    assert chosen(folded, vectors * 3, "k")[0] is screen
    assert len(folded.screens(Precision.FLOAT32)) == 1
