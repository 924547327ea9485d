"""Rotation: the spectrum stays, the vectors do not, whatever the shape; the same seed gives the same."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harness.models.nulls.rotation import frame, number, turn, turned


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(deadline=None)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), seed=st.integers(0, 1 << 20))
def test_singular_values_stay_and_vectors_do_not(rows: int, columns: int, seed: int) -> None:
    W = torch.randn(rows, columns, generator=seeded(seed), dtype=torch.float64)
    found = turned(W, seeded(seed + 1))
    torch.testing.assert_close(torch.linalg.svdvals(found), torch.linalg.svdvals(W), rtol=1e-9, atol=1e-7)
    assert found.shape == W.shape
    if min(rows, columns) > 1:
        assert float((found - W).abs().max()) > 1e-3


def test_a_matrix_of_low_rank_keeps_its_rank() -> None:
    W = torch.ones(7, 4)
    spectrum = torch.linalg.svdvals(turned(W, seeded(0)))
    torch.testing.assert_close(spectrum, torch.tensor([28**0.5, 0, 0, 0]), rtol=1e-5, atol=1e-6)


def test_frames_are_orthonormal_and_uniform() -> None:
    """Of a uniform frame every entry has mean 0, variance 1 / rows, and no direction is preferred."""
    generator = seeded(3)
    frames = torch.stack([frame(5, 3, generator) for _ in range(4000)])
    torch.testing.assert_close(frames.mT @ frames, torch.eye(3, dtype=torch.float64).expand(4000, 3, 3))
    squares = torch.stack([frame(6, 6, generator) for _ in range(50)])
    torch.testing.assert_close(squares @ squares.mT, torch.eye(6, dtype=torch.float64).expand(50, 6, 6))
    assert float(frames.mean(0).abs().max()) < 0.03, "4 standard errors; without the signs fixed it is off by 0.3"
    assert float((frames.square().mean(0) - 0.2).abs().max()) < 0.02


def test_numbers_are_the_same_in_every_process() -> None:
    assert number("") == 0xE3B0C44298FC1C, "the sha256 of nothing begins so"
    assert number("a") != number("b")


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(9, 4)
        self.attn = nn.ModuleDict({"q": nn.Linear(4, 4), "o": nn.Linear(4, 4)})
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 9, bias=False)
        self.head.weight = self.embed.weight


@pytest.fixture
def tied() -> Tied:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Tied()


def test_a_tied_matrix_is_turned_once_heads_by_themselves_and_vectors_not_at_all(tied: Tied) -> None:
    before = {name: parameter.detach().clone() for name, parameter in tied.named_parameters()}
    turn(tied, attention={"attn"}, outputs={"attn.o"}, d_head=2, seed=0)
    assert tied.head.weight is tied.embed.weight
    spectrum = torch.linalg.svdvals
    torch.testing.assert_close(spectrum(tied.embed.weight), spectrum(before["embed.weight"]))
    for name, dim in (("attn.q.weight", 0), ("attn.o.weight", 1)):
        for old, new in zip(before[name].split(2, dim), tied.get_parameter(name).split(2, dim), strict=True):
            torch.testing.assert_close(spectrum(new), spectrum(old))
            assert not torch.allclose(new, old, atol=1e-2)
    for name in ("norm.weight", "norm.bias", "attn.q.bias", "attn.o.bias"):
        assert torch.equal(tied.get_parameter(name), before[name])


def test_the_number_of_threads_changes_no_bit(tied: Tied) -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 4):
            torch.set_num_threads(threads)
            made = copy.deepcopy(tied)
            turn(made, attention={"attn"}, outputs={"attn.o"}, d_head=2, seed=0)
            found.append(dict(made.named_parameters()))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_tall_matrix_of_more_rows_than_are_read_at_once() -> None:
    W = torch.randn(9001, 3, generator=seeded(0))
    found = turned(W, seeded(1))
    torch.testing.assert_close(torch.linalg.svdvals(found), torch.linalg.svdvals(W))
    assert found.is_contiguous()


def test_a_stack_is_turned_slice_by_slice() -> None:
    W = torch.randn(3, 5, 4, generator=seeded(0))
    found = turned(W, seeded(1))
    torch.testing.assert_close(torch.linalg.svdvals(found), torch.linalg.svdvals(W))
