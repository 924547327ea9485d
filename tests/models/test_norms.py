"""A norm's gain is measured whichever way it is stored, and folded without changing what the model computes."""

import copy

import pytest
import torch
from torch import nn

from harness.models.norms import fold_first, fold_last, gain_of, is_folded


class RMS(nn.Module):
    """x over its root mean square, times `weight + offset`."""

    def __init__(self, weight, offset=0.0):
        super().__init__()
        self.weight, self.offset = nn.Parameter(weight), offset

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * (self.weight + self.offset)


def layer_norm(size):
    norm = nn.LayerNorm(size)
    with torch.no_grad():
        norm.weight.copy_(torch.rand(size) + 0.5)
        norm.bias.copy_(torch.randn(size))
    return norm


NORMS = {
    "RMS": lambda: RMS(torch.randn(8)),
    "RMS, from one": lambda: RMS(torch.randn(8), 1.0),
    "LayerNorm": lambda: layer_norm(8),
}


@pytest.mark.parametrize("kind", NORMS)
def test_the_gain_is_what_takes_effect(kind):
    norm = NORMS[kind]()
    found = gain_of(norm)
    torch.testing.assert_close(found.gain, norm.weight.detach() + getattr(norm, "offset", 0.0))
    assert found.identity == 1.0 - getattr(norm, "offset", 0.0)
    assert found.centred == (kind == "LayerNorm")
    assert not found.is_one


@pytest.mark.parametrize("kind", NORMS)
def test_folding_changes_nothing_that_is_computed(kind):
    norm, x = NORMS[kind](), torch.randn(5, 8)
    readers = [nn.Linear(8, 4), nn.Linear(8, 4, bias=False)]
    head = nn.Linear(8, 20)
    last = copy.deepcopy(norm)
    before = [reader(norm(x)) for reader in readers], head(last(x))
    assert fold_first(norm, readers)
    assert fold_last(last, head)
    for one, other in zip(before[0], [reader(norm(x)) for reader in readers], strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(before[1], head(last(x)))
    assert is_folded(norm)
    assert is_folded(last)
    assert not fold_first(norm, readers)


def test_what_reads_a_centred_norm_is_centred_too():
    """A head's output has not been through the norm, which would take its mean away."""
    norm, head = layer_norm(8), nn.Linear(8, 20)
    fold_last(norm, head)
    assert float(head.weight.detach().mean(-1).abs().max()) < 1e-6


def test_the_embedding_that_an_unembedding_was_tied_to_stays():
    embedding, head = nn.Embedding(20, 8), nn.Linear(8, 20)
    head.weight = embedding.weight
    kept = embedding.weight.detach().clone()
    assert fold_last(RMS(torch.randn(8)), head)
    assert embedding.weight.detach().equal(kept)


def test_a_norm_without_gain_or_with_one_that_is_no_gain():
    class Odd(RMS):
        def forward(self, x):
            return super().forward(x).flip(-1)

    assert gain_of(None) is None
    assert gain_of(nn.LayerNorm(8, elementwise_affine=False)) is None
    assert is_folded(nn.LayerNorm(8, elementwise_affine=False))
    odd = Odd(torch.randn(8))
    assert gain_of(odd) is None
    assert not is_folded(odd)
    assert not fold_last(odd, nn.Linear(8, 20))
