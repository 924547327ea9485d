"""Unembedding: made of a tied embedding it is, to the last bit, what preparation makes of it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.errors import ModelError
from harness.models import bridge, mapped, plain, unembedding
from harness.models.network import Network

IDS = torch.arange(12)[None]


@pytest.fixture
def source(tiny_llama: Path, tmp_path: Path) -> Path:
    """The tiny Llama with gains that say something."""
    model = plain.load(tiny_llama)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.copy_(torch.linspace(0.5, 2.0, len(parameter)))
    model.save_pretrained(tmp_path / "source")
    return tmp_path / "source"


def gain(source: Path) -> torch.Tensor:
    found = unembedding.last_gain(plain.load(source))
    assert found is not None
    return found


def stored(network: Network, folder: Path) -> Network:
    return bridge.folder(
        folder,
        name="x",
        weights_sha256=network.weights_sha256,
        prepared=network.preparation,
        in_place=True,
    )


def test_what_is_stored_without_it_computes_the_same(source: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(source, name="x")
    bridge.save_prepared(fresh, tmp_path, gain=gain(source))
    assert "lm_head.weight" not in load_file(tmp_path / "model.safetensors")
    found = stored(fresh, tmp_path)
    assert found.W_U.equal(fresh.W_U)
    assert not found.W_U.T.equal(found.W_E)
    assert found.fingerprint == fresh.fingerprint
    for layer in range(3):
        assert found.activations(IDS, [layer])[layer].z.equal(fresh.activations(IDS, [layer])[layer].z)
    assert bridge.differ(found.bridge, fresh.bridge) == ""


def test_where_it_would_not_be_the_same_it_is_stored(source: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(source, name="x")
    bridge.save_prepared(fresh, tmp_path, gain=gain(source) * 1.5)
    assert not (tmp_path / unembedding.FILE).exists()
    assert stored(fresh, tmp_path).W_U.equal(fresh.W_U)


def test_half_precision_is_widened_and_computes_in_float32(source: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(source, name="x")
    bridge.save_prepared(fresh, tmp_path, dtype=torch.float16, gain=gain(source))
    weights = load_file(tmp_path / "model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float16}
    found = stored(fresh, tmp_path)
    assert found.dtype is found.W_U.dtype is found.W_E.dtype is found.W_Q(0, 0).dtype is torch.float32
    expected = bridge.folder(widened(tmp_path, weights), name="x", prepared=fresh.preparation)
    assert found.W_E.equal(expected.W_E)
    assert found.W_U.equal(unembedding.folded(found.W_E, gain(source)).T)
    for network, other in ((found, expected), (found.in_float64(), expected.in_float64()), (found, expected)):
        one, two = network.activations(IDS, range(3)), other.activations(IDS, range(3))
        for layer in range(3):
            assert one[layer].z.dtype is network.dtype
            for part in ("q", "k", "v", "z", "pattern"):
                assert getattr(one[layer], part).equal(getattr(two[layer], part))
            assert network.W_O(layer, 2).equal(other.W_O(layer, 2))


def widened(folder: Path, weights: dict[str, torch.Tensor]) -> Path:
    """A folder of the same weights in float32."""
    place = folder / "wide"
    mapped.model(folder).config.save_pretrained(place)
    save_file({name: weight.float() for name, weight in weights.items()}, place / "model.safetensors")
    return place


def test_weights_that_half_precision_cannot_hold_are_refused(source: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(source, name="x")
    with torch.no_grad():
        fresh.bridge.blocks[1].attn.q.original_component.weight[0, 0] = 1e5
    with pytest.raises(ModelError, match="NaN or infinity"):
        bridge.save_prepared(fresh, tmp_path, dtype=torch.float16)


def test_a_model_whose_matrices_are_two_has_no_such_gain(tiny_llama: Path) -> None:
    model = plain.load(tiny_llama)
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    assert unembedding.last_gain(model) is None
