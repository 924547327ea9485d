"""A run that begins at a layer, with the stream that an earlier run left there, gives the bits of a whole run."""

from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.models import bridge
from harness.models.backbone import Stream
from harness.models.continuing import Layers

PARTS = ("q", "k", "v", "z", "pattern")
FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)


@pytest.fixture(scope="module", params=["tiny_gpt2", "tiny_llama"])
def network(request):
    return bridge.folder(request.getfixturevalue(request.param), name="tiny")


def same(one, other):
    return all(torch.equal(getattr(one, part), getattr(other, part)) for part in PARTS)


@FIXTURE
@given(st.data())
@pytest.mark.parametrize("wide", [False, True])
def test_bits_are_those_of_a_run_from_the_bottom(network, wide, data):
    backbone = network.in_float64() if wide else network
    length = data.draw(st.integers(1, 20))
    ids = torch.tensor(data.draw(st.lists(st.lists(st.integers(0, 49), min_size=length, max_size=length), min_size=1)))
    stop, *later = sorted(data.draw(st.sets(st.integers(0, 2), min_size=2)))
    _, stream = backbone.continued(ids, [stop], None)
    assert stream.layer == stop
    found, entered = backbone.continued(ids, later, stream)
    wanted = backbone.activations(ids, later)
    assert entered.layer == later[-1]
    assert found.keys() == wanted.keys()
    assert all(same(found[layer], wanted[layer]) for layer in later)


def test_layers_below_are_not_run(network):
    ids = torch.arange(6)[None]
    _, stream = network.continued(ids, [1], None)
    ran = []
    blocks = list(network.bridge.blocks)
    handles = [
        block.register_forward_pre_hook(lambda _module, _args, number=number: ran.append(number))
        for number, block in enumerate(blocks)
    ]
    network.continued(ids, [2], stream)
    for handle in handles:
        handle.remove()
    assert ran == [1, 2]


def test_what_comes_out_is_made_of_the_stream(network):
    ids = torch.arange(6)[None]
    _, stream = network.continued(ids, [1], None)
    found, _ = network.continued(ids, [2], Stream(1, stream.residual.flip(1)))
    assert not torch.equal(found[2].q, network.activations(ids, [2])[2].q)


def test_the_layers_are_in_their_places_again_whatever_happens(network):
    blocks = list(network.bridge.blocks)
    _, stream = network.continued(torch.arange(6)[None], [1], None)
    with pytest.raises((RuntimeError, IndexError)):
        network.continued(torch.arange(6)[None], [2], Stream(1, stream.residual[..., :5]))
    assert [*map(id, network.bridge.blocks)] == [*map(id, blocks)]
    assert sum(len(block._forward_pre_hooks) + len(block._forward_hooks) for block in blocks) == 0


def test_a_network_whose_layers_hand_on_more_than_the_stream_is_run_from_the_bottom(network, monkeypatch):
    """As one that gives each layer something of the embedding once more."""

    def run(ids, layer, begin):
        found, stream = network._continued(ids, [layer], begin)
        if begin is not None:
            found[layer].q.add_(1e-6)
        return found[layer], stream

    layers = Layers(network.bridge.original_model, network.bridge.blocks[0])
    assert not layers.continue_(run, network.shape)
    assert layers.continue_(lambda ids, layer, begin: _run(network, ids, layer, begin), network.shape)
    monkeypatch.setitem(network.__dict__, "_continues", False)
    found, stream = network.continued(torch.arange(6)[None], [2], None)
    assert stream is None
    assert same(found[2], network.activations(torch.arange(6)[None], [2])[2])


def _run(network, ids, layer, begin):
    found, stream = network._continued(ids, [layer], begin)
    return found[layer], stream


@pytest.mark.real
def test_the_default_model_continues_in_float32_and_float64(smollm2):
    assert smollm2.backbone._continues
    assert smollm2.backbone.in_float64()._continues


def test_bits_that_depend_on_the_company_are_found_out(network):
    layers = Layers(network.bridge.original_model, network.bridge.blocks[0])

    def nudged(ids, layer, begin):
        found, stream = _run(network, ids, layer, begin)
        if len(ids) > 9:
            found.z[0].mul_(1 + 2**-23)
        return found, stream

    def apart(ids, layer, begin):
        """Each sequence run by itself."""
        made = [_run(network, row[None], layer, begin)[0] for row in ids]
        parts = {part: torch.cat([getattr(one, part) for one in made]) for part in PARTS}
        return replace(made[0], **parts), None

    assert layers.alike(apart, network.shape)
    assert not layers.alike(nudged, network.shape)
