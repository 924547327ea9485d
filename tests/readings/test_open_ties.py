"""Three tokens or more that tie: the decoder says so exactly, and no relation takes the runner-up for all there is."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.agreement import agreements
from harness.laws.relations import alphabet, brings_at_most, iterated, needs_no_more_than, share_a_token
from harness.readings.attention import by_hand
from harness.readings.decoding.shortlist import shortlist, unembeddings
from harness.readings.decoding.top_two import Folded, Precision, top2, top2_exactly
from harness.readings.pieces import Piece, packed
from harness.readings.reading import line
from harness.readings.tolerance import tolerance
from harness.readings.vocabulary import vocabulary


def folded(rows, bias=None, dtype=torch.float32):
    return Folded(torch.tensor(rows, dtype=dtype), None if bias is None else torch.tensor(bias, dtype=dtype))


@pytest.mark.parametrize("read", [top2, top2_exactly])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("tied", "near", "undecided"), [(1, False, False), (2, True, False), (3, True, True), (5, True, True)]
)
def test_tokens_tied_exactly(read, dtype, tied, near, undecided):
    rows = [[0.5, 0.25]] * tied + [[0.1, 0.2], [0.3, -0.1], [0.0, 0.0]]
    found = read(torch.tensor([[1.0, 1.0], [2.0, 0.5]], dtype=dtype), folded(rows, dtype=dtype))
    assert found.near_ties.tolist() == [near] * 2
    assert found.open.tolist() == [undecided] * 2


@pytest.mark.parametrize("read", [top2, top2_exactly])
@pytest.mark.parametrize(("steps", "undecided"), [(0.0, True), (1.0, True), (1.9, True), (2.1, False), (30.0, False)])
def test_a_third_is_within_the_tolerance_to_the_last_bit_of_it(read, steps, undecided):
    step = tolerance(torch.float32).relative  # of the sum of the two rows' norms, both nearly 1
    found = read(torch.tensor([[3.0]]), folded([[1.0], [1.0], [1.0 - steps * step], [0.0]]))
    assert found.near_ties.item()
    assert found.open.item() is undecided


@pytest.mark.parametrize("read", [top2, top2_exactly])
def test_a_third_of_a_large_row_ties_although_three_others_score_more(read):
    """Its noise is as large as its row, and it is not among the first that are looked at."""
    wide = 1e4
    rows = [[1.0, 0.0], [1.0, 0.0], *[[1 - (3 + i) * 1e-4, 0.0] for i in range(8)], [0.95, wide]]
    found = read(torch.tensor([[1.0, 0.0]]), folded(rows))
    assert found.open.item()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    vocab=st.sampled_from([1, 2, 3, 7, 60, 1300]),
    width=st.sampled_from([1, 4, 16]),
    levels=st.integers(1, 3),
    biased=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    n=st.sampled_from([1, 5, 40]),
)
def test_the_decoder_and_the_check_mark_the_same(seed, vocab, width, levels, biased, dtype, n):
    generator = torch.Generator().manual_seed(seed)

    def whole(*shape):
        return torch.randint(-levels, levels + 1, shape, generator=generator).to(dtype)

    matrix = Folded(whole(vocab, width), whole(vocab) if biased else None)
    vectors = whole(n, width)
    found, checked = top2(vectors, matrix), top2_exactly(vectors, matrix)
    assert torch.equal(found.near_ties, checked.near_ties)
    assert torch.equal(found.open, checked.open)
    assert not (found.open & ~found.near_ties).any()
    scores = vectors.double() @ matrix.matrix.double().T
    scores = scores if matrix.bias is None else scores + matrix.bias.double()
    assert torch.equal(found.open, (scores == scores.amax(1, keepdim=True)).sum(1) >= 3)


@pytest.mark.parametrize("precision", list(Precision))
def test_no_screen_changes_what_is_open(precision):
    generator = torch.Generator().manual_seed(5)
    matrix = torch.randn(1500, 16, generator=generator).repeat_interleave(torch.tensor([1, 2, 3, 1, 1]).repeat(300), 0)
    vectors = torch.randn(700, 16, generator=generator)
    found, plain = top2(vectors, Folded(matrix, None), precision=precision), top2_exactly(vectors, Folded(matrix, None))
    assert torch.equal(found.open, plain.open)
    assert 0 < plain.open.sum() < plain.near_ties.sum() < len(vectors)


def test_where_nothing_is_written_every_token_is_open():
    found = top2(torch.randn(3, 8), Folded(torch.zeros(5000, 8), None))
    assert found.open.all()


def test_numbers_beyond_float32_are_looked_at_in_float64():
    found = top2(torch.tensor([[1e30], [1e-30], [1.0]]), folded([[1e30], [1e30], [1e30], [0.0]]))
    assert found.open.tolist() == [True] * 3


def test_the_short_list_of_float64_keeps_what_ties():
    generator = torch.Generator().manual_seed(1)

    out = torch.randn(8, 24, generator=generator, dtype=torch.float64)
    W_U = torch.randn(24, 90, generator=generator, dtype=torch.float64)
    W_U[:, 30:60] = W_U[:, :30]
    W_U[:, 60:90] = W_U[:, :30]
    vectors = torch.randn(50, 8, generator=generator, dtype=torch.float64)
    rough = Folded((out @ W_U).T.float().contiguous(), None)
    tokens = shortlist(
        vectors,
        out,
        rough,
        out.float(),
        unembeddings(*(SimpleNamespace(W_U=some, b_U=None) for some in (W_U, W_U.float()))),
    )
    best = (vectors @ out @ W_U).argmax(1) % 30
    assert {int(token) + shift for token in best for shift in (0, 30, 60)} <= set(tokens.tolist())


def test_marks_come_back_from_disk():
    made = replace(line([4, 5, 6, 7], near_ties=(0,), open=(2, 3)), ids=(1, 2, 3, 4), sequence=(1, 2, 3, 4))
    found = Piece(packed([made], "a reader"), "a reader").reading(0, made.ids)
    assert found.near_ties.tolist() == [True, False, True, True]
    assert found.open.tolist() == [False, False, True, True]
    assert found[2:].open.tolist() == [True, True]


def test_attention_shared_by_three_is_open():
    found = by_hand([[1.0], [0.5, 0.5], [0.25, 0.25, 0.25]])
    assert found.near_ties.tolist() == [False, True, True]
    assert found.open.tolist() == [False, False, True]


def most_frequent(ids):
    """Read as a head does that says the most frequent token so far; of equal ones the smallest id comes first."""
    tokens, pairs, triples = [], [], []
    for i in range(len(ids)):
        counts = sorted((-ids[: i + 1].count(token), token) for token in set(ids[: i + 1]))
        tied = [token for count, token in counts if count == counts[0][0]]
        tokens.append(tied[0])
        pairs += [i] if len(tied) == 2 else []
        triples += [i] if len(tied) > 2 else []
    return replace(line(tokens, near_ties=tuple(pairs), open=tuple(triples), runner_up=2), ids=tuple(ids))


def test_no_difference_is_certain_that_a_tie_of_three_explains():
    forward, back = most_frequent((1, 2, 9)), most_frequent((9, 2, 1))
    assert (forward.tokens.tolist(), back.tokens.tolist()) == ([1, 1, 1], [9, 2, 1])
    assert alphabet(forward) == alphabet(back)
    assert alphabet(back) <= alphabet(forward)
    assert not alphabet(back) <= alphabet(replace(forward, open=forward.open & False))


@pytest.mark.parametrize("open", [0, 1, 2, 3])
def test_each_open_entry_explains_one_token(open):
    other = line([1, 1, 1], open=tuple(range(open)))
    found = alphabet(line([1, 2, 3])) <= alphabet(other)
    assert (found.agreeing, found.near_ties) == (1, min(open, 2))
    assert bool(found) is (open >= 2)
    assert bool(needs_no_more_than(line([1, 2, 3]), other)) is (open >= 2)
    assert bool(brings_at_most(other, line([1, 2, 3]), 0)) is (open >= 2)
    assert bool(share_a_token(line([7]), other)) is (open >= 1)
    assert (7 in alphabet(other)) is (open >= 1)
    assert bool(alphabet(line([1, 2, 3])) <= vocabulary([other])) is (open >= 2)
    assert bool(alphabet(line([1, 2, 3])) <= (alphabet(line([1])) | alphabet(other))) is (open >= 2)


def test_what_may_be_left_of_an_alphabet_is_not_certain_where_the_other_is_open():
    left = alphabet(line([1, 2, 3])) - alphabet(line([1, 1], open=(1,)))
    assert (left.read, left.sure) == ({2, 3}, set())


def test_a_reading_of_a_reading_in_doubt_may_be_anything():
    def head(ids):
        return line([id + 1 for id in ids], near_ties=(1,) if ids == (1, 2, 3) else ())

    found = iterated(head, (1, 2, 3), 2)
    assert found.open.tolist() == [False, True, True]
    with agreements():
        assert alphabet(line([3, 8, 9])) <= alphabet(found)
