"""Which sequences share a run of the model."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.readings.activation_source import ActivationSource
from harness.readings.batches import STEP, batches, filled, length_of

LENGTHS = st.lists(st.integers(1, 40), max_size=8)
ROOM = 45


def of(lengths):
    return [(number,) * length for number, length in enumerate(lengths)]


@given(LENGTHS, st.integers(1, 200))
def test_each_sequence_goes_through_once_with_those_of_its_filled_length(lengths, most):
    sequences = of(lengths)
    made = batches(sequences, most=most, room=ROOM)
    assert sorted(ids for batch in made for ids in batch) == sorted(sequences)
    for batch in made:
        (length,) = {length_of(ids, room=ROOM) for ids in batch}
        assert len(batch) == 1 or len(batch) * (1 + length) <= most


@given(LENGTHS.filter(bool))
def test_how_far_a_sequence_is_filled_depends_on_nothing_else(lengths):
    for ids in of(lengths):
        whole = filled(ids, room=ROOM)
        assert whole[: len(ids)] == ids
        assert len(whole) == min(ROOM, -(-len(ids) // STEP) * STEP)


@pytest.mark.parametrize("bos", [True, False])
def test_filling_changes_nothing_that_is_read(specimen, bos):
    """As the network itself computes it, unfilled."""
    sequences = [(5,), (5, 6), (5, 6, 7, 8, 9, 10, 11, 3, 2), (7, 7, 7)]
    together = ActivationSource(specimen.backbone).of(sequences, 0, bos=bos)
    front = (specimen.backbone.bos,) if bos else ()
    for ids, made in zip(sequences, together, strict=True):
        bare = specimen.backbone.activations(torch.tensor([front + ids]), [0])[0]
        for part in ("q", "k", "v", "z"):
            assert (getattr(made, part) - getattr(bare, part)[0, len(front) :]).abs().max() < 1e-5
        assert (made.pattern - bare.pattern[0, :, len(front) :]).abs().max() < 1e-5


@pytest.mark.real
def test_no_bit_depends_on_the_company(smollm2):
    words = smollm2.lexicon.words
    wanted = tuple(words[:11])
    (alone,) = ActivationSource(smollm2.backbone).of([wanted], 7, bos=True)
    company = [
        tuple(words[start : start + length]) for start, length in ((20, 3), (30, 9), (40, 11), (60, 16), (80, 30))
    ]
    for others in (company[:2], company, company * 4):
        made = ActivationSource(smollm2.backbone).of([*others, wanted], 7, bos=True)[-1]
        for part in ("q", "k", "v", "z", "pattern"):
            assert torch.equal(getattr(made, part), getattr(alone, part))
