"""The engine on the default model's own vectors: no difference from a float64 product over the whole vocabulary."""

import random

import pytest
import torch

from harness.readings.activations import pairs
from harness.readings.decoding.top_two import top2, top2_exactly
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address

HEADS = [Address(*place) for place in ((0, 0), (1, 5), (4, 2), (8, 8), (13, 1), (18, 6), (24, 3), (29, 7))]

pytestmark = pytest.mark.real


def vectors(model, address, way):
    """Real vectors of every component that the projection is defined for, by the matrix that they go through."""
    draw = random.Random(7)
    shortest = 25 if way is Projection.CIRCUIT else 8
    sequences = [tuple(draw.choices(model.lexicon.words, k=27)) for _ in range(shortest)]
    found = {}
    for made in model.source.of(sequences, address.layer, bos=True):
        parts = {name: made.vectors(name, address.head) for name in ("q", "k", "v", "z")}
        parts["qk"] = pairs(parts["q"], parts["k"])
        for component in COMPONENTS:
            if way.defined_for(component):
                found.setdefault(component, []).append(parts[component])
    return {component: torch.cat(rows) for component, rows in found.items()}


@pytest.mark.parametrize(
    "way",
    [way if way is Projection.OUTPUT else pytest.param(way, marks=pytest.mark.thorough) for way in Projection],
)
def test_no_token_differs_from_a_float64_argmax_outside_marked_near_ties(smollm2, way):
    compared = marked = 0
    for address in HEADS:
        for component, rows in vectors(smollm2, address, way).items():
            folded = smollm2.decoder.folded(address, component, way)
            found, exact = top2(rows, folded, anew=True), top2_exactly(rows, folded)
            certain = ~found.near_ties
            assert torch.equal(found.tokens[certain], exact.tokens[certain]), (address, component)
            assert torch.allclose(found.margins, exact.margins, rtol=1e-6, atol=1e-6), (address, component)
            compared += len(rows)
            marked += int(found.near_ties.sum())
    assert compared >= 20_000
    assert marked < 0.02 * compared
