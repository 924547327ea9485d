"""Roles of the default model's heads: the chapter's degrees against attention patterns computed without it."""

import numpy as np
import pytest
import torch

from harness.laws.book import conjectures, shipped
from harness.records.address import ATTENTION, Address
from harness.trials.census import census

SEQUENCES = 60

KNOWN = {
    # heads that play a role, as the README names them, and what each role claims of query i in a sequence S
    "the_head_attends_to_the_token_before": (("16.0", "11.1", "2.1"), lambda S, i: [i - 1] if i else []),
    "the_head_attends_to_an_earlier_copy_of_the_token": (
        ("14.3", "8.1"),
        lambda S, i: [j for j in range(i) if S[j] == S[i]],
    ),
    "the_head_attends_to_the_token_after_an_earlier_copy": (
        ("18.6", "17.4"),
        lambda S, i: [j + 1 for j in range(i) if S[j] == S[i]],
    ),
}


def directly(backbone, address, S, claimed):
    """The mean attention on the claimed positions, from the model's own pattern."""
    ids = torch.tensor([[backbone.bos, *S]])
    pattern = backbone.activations(ids, [address.layer])[address.layer].pattern[0, address.head]
    places = [(i, claimed(S, i)) for i in range(len(S))]
    return np.mean([sum(float(pattern[i + 1, j + 1]) for j in js) for i, js in places if js])


@pytest.mark.real
@pytest.mark.parametrize(
    "role", [role if place == 0 else pytest.param(role, marks=pytest.mark.thorough) for place, role in enumerate(KNOWN)]
)
def test_degrees_are_the_mean_attention_and_the_named_heads_lead(role, smollm2):
    claim = conjectures(shipped())["roles", role]
    heads, claimed = KNOWN[role]
    lexicon = smollm2.lexicon
    degrees = {}
    for written in (*heads, "0.0"):
        address = Address(*map(int, written.split(".")))
        head = smollm2.component(address, ATTENTION)
        seen = []

        class Noting:
            """The head, with a note of what it was asked."""

            layer = address.layer

            def read(self, sequences, *, afresh=False, own=False, head=head, seen=seen):
                seen.extend(map(tuple, sequences))
                return head.read(sequences, afresh=afresh)

        found = census(claim, Noting(), number=SEQUENCES, seed=0, lexicon=lexicon)
        sequences = dict.fromkeys(seen)
        assert len(sequences) > 50
        expected = np.mean([directly(smollm2.backbone, address, S, claimed) for S in sequences])
        assert found.degree == pytest.approx(expected, abs=0.01 if len(sequences) < found.n else 1e-5)
        degrees[written] = found.degree
    assert min(degrees[head] for head in heads) > 2.5 * degrees["0.0"]
