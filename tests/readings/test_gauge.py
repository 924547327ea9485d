"""Which readings survive a change of basis inside the head: what algebra says, measured."""

import pytest
import torch

from harness import load_model
from harness.readings.checks.gauge import Regauged
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address


@pytest.fixture(scope="module", params=["tiny_gpt2", "tiny_llama"])
def model(request):
    return load_model(str(request.getfixturevalue(request.param)))


def test_a_regauged_model_is_the_same_model(model):
    backbone, other = model.backbone, Regauged(model.backbone, seed=5)
    ids = torch.randint(0, 50, (2, 9), generator=torch.Generator().manual_seed(0))
    here, there = backbone.activations(ids, [0, 1]), other.activations(ids, [0, 1])
    for layer in (0, 1):
        for head in range(4):
            q, k = (getattr(here[layer], part)[:, :, head] for part in ("q", "k"))
            q_, k_ = (getattr(there[layer], part)[:, :, head] for part in ("q", "k"))
            assert torch.allclose(q @ k.transpose(1, 2), q_ @ k_.transpose(1, 2), atol=1e-4, rtol=1e-4)
            assert not torch.allclose(q, q_, atol=1e-2)
            out = here[layer].z[:, :, head] @ backbone.W_O(layer, head)
            out_ = there[layer].z[:, :, head] @ other.W_O(layer, head)
            assert torch.allclose(out, out_, atol=1e-4, rtol=1e-4)
            assert torch.allclose(
                backbone.W_V(layer, head) @ backbone.W_O(layer, head),
                other.W_V(layer, head) @ other.W_O(layer, head),
                atol=1e-4,
                rtol=1e-4,
            )


@pytest.mark.parametrize("way", list(Projection))
@pytest.mark.parametrize("component", COMPONENTS)
def test_circuit_readings_and_the_outputs_of_v_and_z_survive_and_the_others_change(model, component, way):
    if not way.defined_for(component):
        pytest.skip("not defined")
    survived = [
        model.component(Address(layer, head), component, projection=way, bos=False).gauge_free
        for layer in range(2)
        for head in range(4)
    ]
    assert survived == [way.gauge_free(component)] * 8


def test_the_flag_is_measured(specimen):
    assert specimen.head("0.1").component("v").gauge_free
    assert not specimen.head("0.1").component("q").gauge_free


@pytest.mark.real
@pytest.mark.parametrize("address", ["0.0", "9.4", "29.8"])
def test_the_default_models_heads_obey_the_same_algebra(smollm2, address):
    head = smollm2.head(address).address
    for way in Projection:
        for component in COMPONENTS:
            if way.defined_for(component):
                survived = smollm2.component(head, component, projection=way).gauge_free
                assert survived is way.gauge_free(component), (address, component, way)


def test_another_seed_is_another_basis_and_its_readings_are_not_mixed_up(model):
    one, other = (Model(Regauged(model.backbone, seed=seed)) for seed in (1, 2))
    assert one.backbone.fingerprint != other.backbone.fingerprint
    assert not torch.allclose(one.backbone.R(0, 0), other.backbone.R(0, 0))
