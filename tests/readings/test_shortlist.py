"""A float64 reading by way of a few tokens is the float64 reading by way of all."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import load_model
from harness.readings.decoder import way_out
from harness.readings.decoding.shortlist import shortlist, unembeddings
from harness.readings.decoding.top_two import fold, top2, top2_exactly
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import Address


@dataclass
class Weights:
    """A way out and an unembedding, in float64 and as float32 has them."""

    seed: int
    vocab: int
    spread: float
    biased: bool
    close: bool
    wide: SimpleNamespace = field(init=False)
    narrow: SimpleNamespace = field(init=False)

    def __post_init__(self):
        noise = torch.Generator().manual_seed(self.seed)
        W_U = torch.randn(24, self.vocab, generator=noise, dtype=torch.float64)
        if self.close:  # columns that float32 can hardly tell apart
            W_U = W_U[:, :1] + 1e-7 * W_U
        W_U = W_U * self.spread ** torch.randn(self.vocab, generator=noise, dtype=torch.float64)
        b_U = torch.randn(self.vocab, generator=noise, dtype=torch.float64) if self.biased else None
        out = torch.randn(6, 24, generator=noise, dtype=torch.float64)
        self.vectors = torch.randn(9, 6, generator=noise, dtype=torch.float64)
        self.wide = SimpleNamespace(W_U=W_U, b_U=b_U, out=out)
        self.narrow = SimpleNamespace(W_U=W_U.float(), b_U=None if b_U is None else b_U.float(), out=out.float())

    def shortlist(self):
        rough = fold(self.narrow.out, self.narrow.W_U, self.narrow.b_U)
        weights = unembeddings(self.wide, self.narrow)
        return shortlist(self.vectors, self.wide.out, rough, self.narrow.out, weights)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        Weights,
        seed=st.integers(0, 10**6),
        vocab=st.integers(1, 300),
        spread=st.sampled_from([1.0, 2.0, 50.0]),
        biased=st.booleans(),
        close=st.booleans(),
    )
)
def test_first_and_second_are_on_the_list_whatever_the_weights(made):
    tokens = made.shortlist()
    exact = top2_exactly(made.vectors, fold(made.wide.out, made.wide.W_U, made.wide.b_U))
    assert set(exact.tokens.tolist()) <= set(tokens.tolist())
    assert set(exact.runners_up.tolist()) - {-1} <= set(tokens.tolist())
    assert tokens.tolist() == sorted(tokens.tolist())


def test_the_list_is_short_where_scores_lie_apart():
    made = Weights(seed=1, vocab=3000, spread=1.0, biased=True, close=False)
    assert 2 <= len(made.shortlist()) <= 30


def test_weights_that_differ_between_the_dtypes_are_allowed_for():
    """A float32 that is another network altogether leaves every token on the list, or the right ones."""
    made = Weights(seed=2, vocab=200, spread=1.0, biased=False, close=False)
    made.narrow.W_U = made.narrow.W_U.flip(1)
    assert len(made.shortlist()) == 200


def test_numbers_that_float32_cannot_bound_give_no_list():
    made = Weights(seed=3, vocab=50, spread=1.0, biased=False, close=False)
    made.vectors = made.vectors * 1e30
    assert made.shortlist() is None


@pytest.mark.parametrize("way", [Projection.OUTPUT, Projection.SEED])
def test_a_specimen_reads_alike_by_the_list_and_by_the_whole_vocabulary(specimen, way):
    wide = specimen.in_float64
    whole = Model(wide.backbone)
    for component in ("q", "k", "v", "z", "qk"):
        left, right = (model.read([(5, 6, 7, 5), (9,)], Address(0, 1), component, way=way) for model in (wide, whole))
        for mine, theirs in zip(left, right, strict=True):
            assert mine == theirs
            assert (mine.near_ties == theirs.near_ties).all()
            assert mine.margins == pytest.approx(theirs.margins, rel=1e-9, abs=1e-9)


@pytest.mark.real
@pytest.mark.thorough
def test_the_default_model_reads_alike_by_the_list_and_by_the_whole_vocabulary():
    model = load_model()
    wide = model.in_float64
    sequences = [tuple(model.lexicon.words[start : start + 12]) for start in range(0, 60, 12)]
    for address in (Address(0, 0), Address(9, 4), Address(20, 7)):
        for component in ("q", "k", "v", "z", "qk"):
            read = wide.read(sequences, address, component)
            folded = fold(
                way_out(wide.backbone, address, component, Projection.OUTPUT), wide.backbone.W_U, wide.backbone.b_U
            )
            activations = wide.source.of(sequences, address.layer, bos=True)
            for reading, made in zip(read, activations, strict=True):
                if component == "qk":
                    continue
                exact = top2(made.vectors(component, address.head), folded, anew=True)
                assert reading.tokens.tolist() == exact.tokens.tolist()
                assert reading.runners_up.tolist() == exact.runners_up.tolist()
                assert reading.near_ties.tolist() == exact.near_ties.tolist()
