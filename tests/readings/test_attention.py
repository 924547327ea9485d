"""Attention as a reading: the model's own pattern, and what it is attended to most."""

import numpy as np
import pytest
import torch

from harness.errors import SequenceError
from harness.records.address import ATTENTION, Address, Pair

SEQUENCES = [(3, 5, 3, 5, 3), (7,), (1, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize("bos", [True, False])
def test_the_weights_are_the_models_pattern(specimen, bos):
    for address in ("0.1", "0.5", "0.6"):
        layer, head = map(int, address.split("."))
        for ids, found in zip(
            SEQUENCES, specimen.component(Address(layer, head), ATTENTION, bos=bos).read(SEQUENCES), strict=True
        ):
            whole = (specimen.backbone.bos, *ids) if bos else ids
            pattern = specimen.backbone.activations(torch.tensor([whole]), [layer])[layer].pattern[0, head]
            assert np.allclose(found.weights, pattern[len(whole) - len(ids) :].numpy(), atol=1e-6)
            assert found.first == (-1 if bos else 0)
            assert np.allclose(found.weights.sum(1), 1)


def test_the_previous_token_head_attends_to_the_place_before(specimen):
    found = specimen.component(Address(0, 5), ATTENTION)((3, 5, 3, 5))
    assert found.tokens.tolist() == [-1, 0, 1, 2]
    assert found.named(None) == {-1: "BOS", 0: "@0", 1: "@1", 2: "@2"}
    assert not found.near_ties.any()


def test_attention_shared_equally_is_a_near_tie(specimen):
    assert specimen.component(Address(0, 7), ATTENTION)((3, 5, 3)).near_ties.all()


def test_attention_is_not_cut_and_not_written_to(specimen):
    found = specimen.component(Address(0, 5), ATTENTION)((3, 5, 3))
    with pytest.raises(SequenceError, match="attention cannot be sliced"):
        found[1:]
    with pytest.raises(ValueError, match="read-only"):
        found.weights[0, 0] = 1.0


def test_a_pair_reads_as_its_first_head_and_knows_the_other(specimen):
    pair = specimen.component(Pair(Address(0, 1), Address(0, 5)), "z")
    assert str(pair.address) == "0.1+0.5"
    for ids in SEQUENCES:
        assert pair(ids) == specimen.component(Address(0, 1), "z")(ids)
        assert pair.other(ids) == specimen.component(Address(0, 5), "z")(ids)
        assert pair.in_float64.other(ids) == pair.other(ids)


def test_both_heads_of_a_pair_have_a_vocabulary_and_another_basis(specimen):
    echo, before = (specimen.component(Address(0, number), "k") for number in (1, 5))
    pair = specimen.component(Pair(Address(0, 1), Address(0, 5)), "k")
    assert pair.vocabulary == echo.vocabulary
    assert pair.other.vocabulary == before.vocabulary
    assert pair.in_float64.vocabulary is echo.vocabulary, "calibrated once"
    assert pair.in_float64.other.vocabulary is before.vocabulary
    for ids in SEQUENCES:
        assert pair.in_another_basis(ids) == echo.in_another_basis(ids) != echo(ids)
        assert pair.in_another_basis.other(ids) == before.in_another_basis(ids) != before(ids)


def test_readings_are_remembered_and_made_afresh_when_asked(specimen):
    head = specimen.component(Address(0, 1), "qk")
    ids = (9, 8, 7, 9, 8)
    first = head(ids)
    assert head(ids) is first
    assert head.afresh(ids) is not first
    assert specimen.component(Address(0, 2), "qk")(ids) is not first
    assert specimen.component(Address(0, 1), "qk", bos=False)(ids) is not first
