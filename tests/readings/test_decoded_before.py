"""Vectors that come again are not decoded again, and read the same."""

import torch

from harness.readings.decoding import decoded_before, top_two
from harness.readings.decoding.top_two import Folded, top2


def folded():
    generator = torch.Generator().manual_seed(3)
    return Folded(torch.randn(3000, 16, generator=generator), torch.randn(3000, generator=generator))


def vectors(n, seed):
    return torch.randn(n, 16, generator=torch.Generator().manual_seed(seed))


def same(one, other):
    return all(map(torch.equal, one.columns, other.columns))


def counted(monkeypatch):
    """How many vectors are decoded from now on."""
    seen = []
    plain = top_two.decode_plainly
    monkeypatch.setattr(top_two, "decode_plainly", lambda rows, way: seen.append(len(rows)) or plain(rows, way))
    return seen


def test_what_came_before_is_not_decoded_again(monkeypatch):
    way, seen = folded(), counted(monkeypatch)
    first, more = vectors(40, 1), vectors(7, 2)
    one = top2(first, way)
    both = top2(torch.cat([first.flip(0), more]), way)
    assert seen == [40, 7]
    assert same(both.of(torch.arange(39, -1, -1)), one)
    assert same(both, top2(torch.cat([first.flip(0), more]), folded()))
    top2(first, way, anew=True)
    assert seen[-1] == 40


def test_a_vector_that_differs_in_its_last_bit_is_another(monkeypatch):
    way, seen = folded(), counted(monkeypatch)
    one = vectors(1, 4)
    other = one.clone()
    other.view(torch.int32)[0, 3] ^= 1
    top2(one, way)
    top2(other, way)
    assert seen == [1, 1]


def test_another_head_has_its_own(monkeypatch):
    generator = torch.Generator().manual_seed(9)
    way, other = folded(), Folded(torch.randn(3000, 16, generator=generator), None)
    some = vectors(20, 5)
    top2(some, way)
    assert same(top2(some, other), top2(some, other, anew=True))


def test_only_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(decoded_before, "ROOM", 50)
    way, seen = folded(), counted(monkeypatch)
    for seed in range(4):
        top2(vectors(20, seed), way)
    assert 0 < way.before.nbytes <= 50 * 1000
    seen.clear()
    top2(vectors(20, 3), way)
    top2(vectors(20, 0), way)
    assert seen == [20]


def test_vectors_beyond_float32_are_never_kept():
    way = folded()
    huge = vectors(3, 6) * 1e30
    assert same(top2(huge, way), top2(huge, way))
    assert not way.before.nbytes
