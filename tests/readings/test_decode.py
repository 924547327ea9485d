"""Decoding against a plain float64 product over the whole vocabulary, on vectors made to be difficult."""

import threading
from functools import partial
from itertools import pairwise

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.errors import HeadlawsError
from harness.readings.decoding import block, exact_top2, low_precision, top_two
from harness.readings.decoding.top_two import Folded, Precision, fold, top2_exactly
from harness.readings.tolerance import tolerance

top2 = partial(top_two.top2, anew=True)  # two ways are compared, and the second is not to know of the first

PRECISIONS = list(Precision)
SIZES = st.sampled_from([1, 2, 3, 5, 16, 17, 64, 257, 700])
KINDS = (
    "plain",
    "tiny margins",
    "outlier",
    "denormal",
    "equal scores",
    "zeros",
    "signed zeros",
    "huge column",
    "sizes",
    "grid",
)


def reference(vectors, folded):
    """First, second and margin by a float64 product whose order of summation is the engine's: ties are ties in both."""
    products = vectors.double()[:, None, :] * folded.matrix.double()[None]
    scores = exact_top2.tree_sum(products.flatten(0, 1)).view(len(vectors), -1)
    if folded.bias is not None:
        scores = scores + folded.bias.double()
    order = scores.argsort(dim=1, descending=True, stable=True)  # stable: of equal ones the smaller id comes first
    ranked = scores.gather(1, order)
    if scores.shape[1] == 1:
        return order[:, 0], torch.full_like(order[:, 0], -1), torch.full_like(ranked[:, 0], torch.inf)
    return order[:, 0], order[:, 1], ranked[:, 0] - ranked[:, 1]


def case(kind, seed, n, vocab, width, biased):
    """Vectors and a folded matrix that are difficult in one way."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    vectors, matrix, bias = normal(n, width), normal(vocab, width), normal(vocab) if biased else None
    match kind:
        case "tiny margins":
            matrix = matrix[:1] + 1e-7 * normal(vocab, width)
            bias = None if bias is None else bias * 1e-7
        case "outlier":
            vectors[:, 0] *= 1e6
            matrix[:, -1] *= 1e4
            matrix[vocab // 2] *= 1e5
        case "denormal":
            vectors *= 1e-41
            matrix[::2] *= 1e-39
        case "equal scores":
            matrix = matrix[:1].expand(vocab, width).clone()
            bias = None if bias is None else torch.ones(vocab)
        case "zeros":
            vectors[::2] = 0
            matrix[::3] = 0
        case "signed zeros":
            vectors[:, ::2], vectors[:, 1::2] = 0.0, -0.0
            matrix = -matrix.abs()
        case "huge column":
            matrix[vocab - 1] *= 1e30
            bias = None if bias is None else bias * 1e20
        case "sizes":
            vectors *= 10.0 ** torch.linspace(-36, 36, n)[:, None]
        case "grid":  # small integers: many exact ties at every rank
            vectors, matrix = normal(n, width).round(), normal(vocab, width).round()
            bias = None if bias is None else bias.round()
    return vectors, matrix, bias


def assert_right(found, vectors, folded):
    tokens, runners_up, margins = reference(vectors, folded)
    assert torch.equal(found.tokens, tokens)
    assert torch.equal(found.runners_up, runners_up)
    assert torch.equal(found.margins, margins)


@pytest.mark.parametrize("precision", PRECISIONS)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 1 << 30),
    n=st.integers(1, 70),
    vocab=SIZES,
    width=st.sampled_from([1, 3, 8, 17]),
    biased=st.booleans(),
    tile=st.sampled_from([None, 1, 7, 64, 1000]),
)
@example(kind="equal scores", seed=0, n=40, vocab=700, width=8, biased=False, tile=64)
@example(kind="plain", seed=0, n=70, vocab=1, width=1, biased=True, tile=None)
@settings(max_examples=40, deadline=None)
def test_every_screen_finds_what_a_float64_product_finds(precision, kind, seed, n, vocab, width, biased, tile):
    vectors, matrix, bias = case(kind, seed, n, vocab, width, biased)
    folded = Folded(matrix, bias, tile=tile)
    assert_right(top2(vectors, folded, precision=precision), vectors, folded)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_for_a_vocabulary_of_many_tiles(precision, kind):
    vectors, matrix, bias = case(kind, 7, 33, 5003, 64, True)
    folded = Folded(matrix, bias)
    assert_right(top2(vectors, folded, precision=precision), vectors, folded)


@pytest.mark.slow
@given(seed=st.integers(0, 1 << 30), kind=st.sampled_from(KINDS), cuts=st.lists(st.integers(1, 40), max_size=4))
@settings(max_examples=30, deadline=None)
def test_batching_tiling_precision_and_threads_change_no_bit(seed, kind, cuts):
    vectors, matrix, bias = case(kind, seed, 41, 600, 16, True)
    whole = top2(vectors, Folded(matrix, bias))
    threads = torch.get_num_threads()
    try:
        for number, (tile, precision) in enumerate(
            [
                (5, Precision.PLAIN),
                (64, Precision.BFLOAT16),
                (600, Precision.INT8),
                (9, Precision.FLOAT32),
                (64, Precision.INT7),
            ]
        ):
            torch.set_num_threads(1 + number % 2)
            folded = Folded(matrix, bias, tile=tile)
            edges = sorted({0, 41, *cuts})
            parts = [top2(vectors[start:stop], folded, precision=precision) for start, stop in pairwise(edges)]
            for name in ("tokens", "runners_up", "margins", "near_ties", "open"):
                assert torch.equal(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name))
    finally:
        torch.set_num_threads(threads)


def test_blocks_change_no_bit(monkeypatch):
    vectors, matrix, bias = case("grid", 3, 60, 300, 4, True)
    folded = Folded(matrix, bias)
    whole = top2(vectors, folded, precision=Precision.INT8)
    monkeypatch.setattr(top_two, "_BLOCK", 37)
    monkeypatch.setattr(block, "_PAIRS", 11)
    monkeypatch.setattr(exact_top2, "CHUNK", 13)
    again = top2(vectors, folded, precision=Precision.INT8)
    assert torch.equal(again.tokens, whole.tokens)
    assert torch.equal(again.runners_up, whole.runners_up)
    assert torch.equal(again.margins, whole.margins)


def test_repeated_vectors_are_read_once_and_answered_each(monkeypatch):
    vectors, matrix, bias = case("plain", 1, 4, 300, 8, False)
    many = vectors.repeat(50, 1)
    many[::2] += 0.0
    seen = []
    whole = top_two.decode_plainly
    monkeypatch.setattr(top_two, "decode_plainly", lambda rows, *rest: seen.append(len(rows)) or whole(rows, *rest))
    folded = Folded(matrix, bias)
    assert_right(top2(many, folded, precision=Precision.PLAIN), many, folded)
    assert seen == [4]


def test_vectors_that_share_a_hash_are_kept_apart(monkeypatch):
    monkeypatch.setattr(torch, "randint", lambda *args, **kwargs: torch.zeros(args[1], dtype=torch.int64))
    vectors = torch.eye(80)
    swapped = vectors.roll(1, 1)  # the same words in another order: with equal factors the same hash
    both = torch.cat([vectors, swapped])
    rows, inverse = top_two.distinct(both)
    assert torch.equal(rows[inverse], both)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("vocab", [2003, 4001, 5017])
def test_a_token_that_comes_again_to_fill_a_tile_is_no_runner_up(precision, vocab):
    """Of these the smallest row, which fills the last tile, is first for every vector; all others score far below."""
    generator = torch.Generator().manual_seed(vocab)
    matrix = torch.randn(vocab, 24, generator=generator)
    matrix[:, 0] = -4 - matrix[:, 0].abs()
    matrix[vocab // 2] = 1e-3 * torch.randn(24, generator=generator)
    matrix[vocab // 2, 0] = 0.1
    vectors = 0.05 * torch.randn(700, 24, generator=generator)
    vectors[:, 0] = 1 + vectors[:, 0].abs()
    folded = Folded(matrix, None)
    found, wanted = top2(vectors, folded, precision=precision), top2_exactly(vectors, folded)
    assert (found.tokens == vocab // 2).all()
    assert torch.equal(found.runners_up, wanted.runners_up)
    torch.testing.assert_close(found.margins, wanted.margins)


def test_of_equal_scores_the_smallest_id_wins():
    folded = Folded(torch.ones(1000, 4), None)
    for precision in PRECISIONS:
        found = top2(torch.ones(3, 4), folded, precision=precision)
        assert found.tokens.tolist() == [0, 0, 0]
        assert found.runners_up.tolist() == [1, 1, 1]
        assert found.near_ties.all()


@pytest.mark.parametrize("read", [top2, top2_exactly])
@pytest.mark.parametrize("vocab", [2, 100, 301])
def test_the_last_token_of_a_vocabulary_is_not_its_own_runner_up(read, vocab):
    matrix = torch.zeros(vocab, 4)
    matrix[-1], matrix[0] = 2.0, 1.0
    found = read(torch.ones(3, 4), Folded(matrix, torch.zeros(vocab)))
    assert found.tokens.tolist() == [vocab - 1] * 3
    assert found.runners_up.tolist() == [0] * 3
    assert found.margins.tolist() == [4.0] * 3
    assert not found.near_ties.any()


@pytest.mark.parametrize("read", [top2, top2_exactly])
def test_a_vocabulary_of_one_has_no_runner_up(read):
    found = read(torch.ones(2, 3), Folded(torch.ones(1, 3), None))
    assert found.tokens.tolist() == [0, 0]
    assert found.runners_up.tolist() == [-1, -1]
    assert found.margins.tolist() == [torch.inf, torch.inf]
    assert not found.near_ties.any()


def test_no_vectors_give_no_tokens():
    for read in (top2, top2_exactly):
        found = read(torch.zeros(0, 3), Folded(torch.ones(5, 3), None))
        assert found.tokens.shape == found.runners_up.shape == found.margins.shape == found.near_ties.shape == (0,)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_what_is_not_finite_is_refused_in_one_line(bad):
    vectors = torch.ones(3, 4)
    vectors[1, 2] = bad
    with pytest.raises(HeadlawsError, match=r"the vectors: there is NaN or infinity") as caught:
        top2(vectors, Folded(torch.ones(5, 4), None))
    assert "\n" not in str(caught.value)
    with pytest.raises(HeadlawsError, match="the folded matrix: there is NaN or infinity"):
        fold(vectors, torch.ones(4, 6), None)
    with pytest.raises(HeadlawsError, match="the unembedding's bias: there is NaN or infinity"):
        fold(torch.ones(3, 4), torch.ones(4, 3), vectors[1, 1:])


def test_vectors_of_the_wrong_length_are_refused():
    with pytest.raises(
        HeadlawsError, match=r"vectors of shape \[3, 5\]: this head takes \[n, 4\]; give one vector per row\."
    ):
        top2(torch.ones(3, 5), Folded(torch.ones(5, 4), None))


def test_other_dtypes_of_vectors():
    vectors, matrix, bias = case("plain", 5, 20, 300, 8, True)
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        folded = Folded(matrix.double(), bias.double()) if dtype == torch.float64 else Folded(matrix, bias)
        narrow = vectors.to(dtype)
        assert_right(top2(narrow, folded), narrow, folded)
    with pytest.raises(HeadlawsError, match=r"dtype torch\.int64: readings are made in float64"):
        top2(torch.ones(2, 8, dtype=torch.int64), folded)


def test_scores_beyond_float64_are_refused():
    folded = Folded(torch.full((3, 2), 1e200, dtype=torch.float64), None)
    with pytest.raises(HeadlawsError, match="scores are too large for float64"):
        top2(torch.full((1, 2), 1e200, dtype=torch.float64), folded)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_exact_recheck_agrees(precision):
    vectors, matrix, bias = case("plain", 11, 100, 3000, 32, True)
    folded = Folded(matrix, bias)
    found, checked = top2(vectors, folded, precision=precision), top2_exactly(vectors, folded)
    assert torch.equal(found.tokens, checked.tokens)
    assert torch.equal(found.runners_up, checked.runners_up)
    torch.testing.assert_close(found.margins, checked.margins, rtol=1e-12, atol=1e-12)
    assert torch.equal(found.near_ties, checked.near_ties)
    assert torch.equal(found.open, checked.open)


def test_near_ties_are_margins_within_the_tolerance():
    step = tolerance(torch.float32).relative
    matrix = torch.tensor([[1.0], [1.0 - step], [0.0]])
    near = top2(torch.tensor([[3.0]]), Folded(matrix, None))
    far = top2(torch.tensor([[3.0]]), Folded(torch.tensor([[1.0], [1.0 - 3 * step], [0.0]]), None))
    assert (near.tokens.item(), near.near_ties.item()) == (0, True)
    assert (far.tokens.item(), far.near_ties.item()) == (0, False)


def test_near_ties_hang_on_no_other_entry():
    vectors, matrix, _ = case("plain", 2, 50, 100, 8, False)
    before = top2(vectors, Folded(matrix, None)).near_ties
    outlier = torch.cat([matrix, torch.full((1, 8), 1e-3)])
    assert torch.equal(before, top2(vectors, Folded(outlier, None)).near_ties)


def test_fold_is_the_product_and_the_same_with_any_number_of_threads():
    generator = torch.Generator().manual_seed(0)
    W_out, W_U = torch.randn(16, 48, generator=generator), torch.randn(48, 3000, generator=generator)
    threads = torch.get_num_threads()
    try:
        made = []
        for number in (1, 2):
            torch.set_num_threads(number)
            made.append(fold(W_out, W_U, None).matrix)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*made)
    torch.testing.assert_close(made[0].T, W_out @ W_U, rtol=1e-4, atol=1e-4)
    assert fold(W_out.bfloat16(), W_U.bfloat16(), None).matrix.dtype == torch.float32
    assert fold(W_out.double(), W_U.double(), None).matrix.dtype == torch.float64


def test_threads_may_share_a_folded_matrix():
    vectors, matrix, bias = case("plain", 4, 600, 3000, 16, False)
    folded = Folded(matrix, bias)
    expected = top2(vectors, Folded(matrix, bias))
    found = [None] * 6

    def read(place):
        found[place] = top2(vectors, folded, precision=Precision.INT8)

    workers = [threading.Thread(target=read, args=(place,)) for place in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(torch.equal(each.tokens, expected.tokens) for each in found)
    assert all(torch.equal(each.margins, expected.margins) for each in found)


@pytest.mark.parametrize("way", ["missing", "unsupported", "miscounting"])
def test_without_the_operator_the_plain_product_gives_the_same(monkeypatch, way):
    def unsupported(*args, **kwargs):
        raise RuntimeError("not implemented for this processor")

    def miscounting(left, right, *, out):
        out.copy_((left.int() @ right.int()).clamp(-32768, 32767))

    vectors, matrix, bias = case("plain", 6, 64, 2000, 16, True)
    expected = top2(vectors, Folded(matrix, bias))
    if way == "missing":
        monkeypatch.delattr(torch, "_int_mm")
    else:
        monkeypatch.setattr(torch, "_int_mm", unsupported if way == "unsupported" else miscounting)
    low_precision.works.cache_clear()
    low_precision.fastest.cache_clear()
    try:
        assert not low_precision.works(Precision.INT8)
        assert low_precision.fastest() is not Precision.INT8
        found = top2(vectors, Folded(matrix, bias), precision=Precision.INT8)
    finally:
        low_precision.works.cache_clear()
        low_precision.fastest.cache_clear()
    assert torch.equal(found.tokens, expected.tokens)
    assert torch.equal(found.margins, expected.margins)


def test_few_vectors_of_a_kind_that_came_before_are_read_as_by_the_whole_product():
    """Their directions are few, so that a screen of some coordinates is worth keeping; another kind's is not used."""
    generator = torch.Generator().manual_seed(5)
    few = torch.randn(3, 24, generator=generator)
    many, others = (torch.randn(n, 3, generator=generator) @ few for n in (1500, 40))
    folded = Folded(torch.randn(5000, 24, generator=generator), torch.randn(5000, generator=generator))
    top2(many, folded, precision=Precision.FLOAT32, kind="q")
    assert folded.familiar("q") is not None
    assert folded.familiar("k") is None
    for rows in (others, others[:5], torch.randn(40, 24, generator=generator)):
        by_screen, whole = top2(rows, folded, kind="q"), top2(rows, folded, kind="k")
        assert all(map(torch.equal, vars(by_screen).values(), vars(whole).values()))
