"""Decoding on a device gives what decoding on the CPU gives, in whatever order it sums and however small it is.

There is no device here: the CPU runs its code, with products that are as far off as the bound allows.
"""

from dataclasses import fields

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import HeadlawsError
from harness.readings.decoding import on_device
from harness.readings.decoding.folded import Folded
from harness.readings.decoding.on_device import decodes, full_precision, top2_on_device
from harness.readings.decoding.top_two import Top2, top2
from harness.records.address import Address
from tests.readings.test_decode import KINDS, SIZES, case


class Elsewhere:
    """A device's own product: sums made in another order, and then moved within the bound."""

    def __init__(self, plain, *, seed, moved, room=None):
        self._plain, self._seed, self._moved, self._room = plain, seed, moved, room
        self.blocks = []

    def __getattr__(self, name):
        return getattr(self._plain, name)

    def all_scores(self, vectors):
        self.blocks.append(len(vectors))
        if self._room is not None and len(vectors) > self._room:
            raise torch.OutOfMemoryError("out of memory")
        generator = torch.Generator().manual_seed(self._seed)
        order = torch.randperm(vectors.shape[1], generator=generator)
        matrix, half = self._plain._matrix[:, order], vectors.shape[1] // 2
        some = vectors[:, order]
        scores = some[:, :half] @ matrix[:, :half].T + some[:, half:] @ matrix[:, half:].T
        scores = scores if self._plain._bias is None else scores + self._plain._bias
        error = self._plain.error(vectors)[:, None]
        by = torch.rand(scores.shape, generator=generator) * 2 - 1
        wanted = torch.empty_like(scores).copy_(self._plain.all_scores(vectors))
        # all of the bound but what the CPU's own product may have used of it
        return (scores + self._moved * by * error.to(scores.dtype)).clamp(wanted - error, wanted + error)


def elsewhere(folded, **how):
    made = Folded(folded.matrix, folded.bias, tile=folded.tile)
    made.plain = Elsewhere(made.plain, **how)
    return made


def assert_same(one, other):
    for field in fields(Top2):
        found, wanted = getattr(one, field.name), getattr(other, field.name)
        assert found.device == torch.device("cpu")
        assert torch.equal(found, wanted), field.name


CASES = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 10**6), st.integers(1, 80), SIZES, st.integers(1, 70), st.booleans()
)


@settings(deadline=None)
@given(CASES, st.integers(1, 100))
def test_tokens_margins_and_marks_are_those_of_the_cpu(made_of, most):
    vectors, matrix, bias = case(*made_of)
    folded = Folded(matrix, bias)
    assert_same(top2_on_device(vectors, folded, most=most), top2(vectors, folded))


@settings(deadline=None)
@given(CASES, st.integers(0, 99), st.sampled_from([0.0, 0.5, 0.9]))
def test_sums_in_another_order_within_the_bound_change_nothing(made_of, seed, moved):
    vectors, matrix, bias = case(*made_of)
    folded = Folded(matrix, bias)
    assert_same(top2_on_device(vectors, elsewhere(folded, seed=seed, moved=moved)), top2(vectors, folded))


@pytest.mark.parametrize("room", [1, 3, 64])
def test_where_memory_runs_out_blocks_are_halved(room):
    vectors, matrix, bias = case("plain", 0, 50, 700, 16, True)
    folded = Folded(matrix, bias)
    small = elsewhere(folded, seed=1, moved=0.5, room=room)
    assert_same(top2_on_device(vectors, small, most=40), top2(vectors, folded))
    tried = small.plain.blocks
    assert tried == sorted(tried, reverse=True), "what comes next is no larger"
    assert sum(number for number in tried if number <= room) == 50


def test_a_vector_that_does_not_fit_by_itself_is_an_error():
    vectors, matrix, bias = case("plain", 0, 5, 64, 16, False)
    with pytest.raises(torch.OutOfMemoryError):
        top2_on_device(vectors, elsewhere(Folded(matrix, bias), seed=0, moved=0.0, room=0))


def test_a_product_beyond_the_bound_would_be_seen():
    """So the tests above can fail."""
    vectors, matrix, bias = case("plain", 3, 60, 257, 16, False)
    folded = Folded(matrix, bias)
    wrong = elsewhere(folded, seed=0, moved=0.0)
    wrong.plain.all_scores = lambda some: folded.plain.all_scores(some).flip(1)
    found = top2_on_device(vectors, wrong)
    assert not torch.equal(found.tokens, top2(vectors, folded).tokens)


def test_what_holds_no_numbers_is_refused():
    _, matrix, bias = case("plain", 0, 5, 64, 16, False)
    for vectors in (torch.full((2, 16), torch.nan), torch.ones(2, 5)):
        with pytest.raises(HeadlawsError):
            top2_on_device(vectors, Folded(matrix, bias))


def test_products_are_made_of_whole_numbers_meanwhile():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with full_precision():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)


def test_a_block_takes_a_share_of_what_is_free(monkeypatch):
    folded = Folded(torch.randn(1000, 8), None)
    monkeypatch.setattr(on_device, "free", lambda _device: 4000 * 8 * 50)
    assert on_device._most(folded) == 50
    monkeypatch.setattr(on_device, "free", lambda _device: 10)
    assert on_device._most(folded) == 1


def test_the_cpu_has_screens_and_a_device_without_float64_leaves_decoding_to_it():
    assert not decodes(torch.device("cpu"))
    assert not decodes(torch.device("mps"))


def test_a_model_whose_device_decodes_reads_the_same(specimen, monkeypatch):
    from harness.readings.decoder import Decoder
    from harness.readings.model import Model
    from tests.support.same import same

    monkeypatch.setitem(Decoder.__dict__["_on_device"].__dict__, "func", lambda _decoder: True)
    there = Model(specimen.backbone)
    for address in ("0.1", "1.3"):
        for way in ("output", "circuit"):
            for part in ("q", "k", "v", "z"):
                one, other = (
                    model.head(address, projection=way).component(part)((5, 9, 5, 31, 8)) for model in (there, specimen)
                )
                assert same(one, other)
    assert there.decoder._on_device
    read = [model.in_float64.read([(5, 9, 5)], Address(0, 1), "z")[0] for model in (there, specimen)]
    assert same(*read)
