"""A model as something that reads: exact, in order, and refusing what it has not."""

import pytest
import torch

from harness.errors import AddressError, ModelError
from harness.readings.activations import pairs
from harness.readings.decoder import way_out
from harness.readings.loading import load_model
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address

IDS = (7, 3, 7, 26, 1)


@pytest.mark.parametrize(("way", "component"), [(w, c) for w in Projection for c in COMPONENTS if w.defined_for(c)])
def test_tokens_are_the_argmax_of_the_plain_computation(specimen, component, way):
    """`(c @ way) @ W_U` over the whole vocabulary, with no folding, no cache and no screen."""
    backbone, address = specimen.backbone, Address(0, 7)
    layer = backbone.activations(torch.tensor([[backbone.bos, *IDS]]), [0])[0]
    q, k = layer.q[0, 1:, 7], layer.k[0, 1:, 7]
    c = pairs(q, k) if component == "qk" else getattr(layer, component)[0, 1:, 7]
    values = (c @ way_out(backbone, address, component, way)) @ backbone.W_U
    (reading,) = specimen.read([IDS], address, component, way=way)
    best = values.max(1).values
    chosen = values[torch.arange(len(values)), torch.tensor(reading.tokens)]
    assert torch.allclose(chosen, best, atol=1e-4)
    sure = torch.tensor(~reading.near_ties)
    assert torch.equal(values.argmax(1)[sure], torch.tensor(reading.tokens)[sure])


def test_equal_sequences_are_read_once_and_all_come_back_in_order(specimen):
    sequences = [(1, 2), (3,), (1, 2), (2, 1)]
    readings = specimen.read(sequences, Address(0, 1), "z")
    assert [reading.ids for reading in readings] == sequences
    assert [reading.tokens.tolist() for reading in readings] == [[1, 2], [3], [1, 2], [2, 1]]
    assert readings[0] is readings[2]


def test_a_head_is_named_by_text_or_address(specimen):
    assert specimen.head("0.3").address == specimen.head(Address(0, 3)).address == Address(0, 3)


@pytest.mark.parametrize(
    ("written", "says"), [("0.*", "names 8 heads; give one"), ("2.0", "layer 2 does not exist"), ("foo", "not a head")]
)
def test_a_head_that_is_not_one_is_refused(specimen, written, says):
    with pytest.raises(AddressError, match=says):
        specimen.head(written)


def test_circuit_of_qk_is_refused(specimen):
    with pytest.raises(AddressError, match="not defined for component qk"):
        specimen.component(Address(0, 0), "qk", projection="circuit")


def test_a_model_that_is_not_there_is_refused_in_one_line():
    with pytest.raises(ModelError) as refused:
        load_model("nope")
    assert "\n" not in str(refused.value)


def test_a_model_says_what_it_is(specimen):
    assert repr(specimen) == "Model('specimen', 2 layers x 8 heads, 124 tokens)"
    assert specimen.text([1, 32]) == ["a", "blank"]
    assert specimen.in_float64 is specimen.in_float64
