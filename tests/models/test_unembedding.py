"""Unembedding: made of a tied embedding it is, to the last bit, what preparation makes of it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.errors import ModelError
from harness.models import bridge, folds, mapped, plain, unembedding
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


def gains(source: Path) -> dict[str, torch.Tensor]:
    return folds.gains(plain.load(source))


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
    bridge.save_prepared(fresh, tmp_path, gains=gains(source))
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
    bridge.save_prepared(fresh, tmp_path, gains={**gains(source), folds.LAST: torch.full((32,), 1.5)})
    assert not (tmp_path / unembedding.FILE).exists()
    assert stored(fresh, tmp_path).W_U.equal(fresh.W_U)


def test_half_precision_is_widened_and_computes_in_float32(source: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(source, name="x")
    weights = bridge.plain_weights(fresh.bridge)
    mapped.save(fresh.bridge.original_model.config, weights, tmp_path, tied=True, dtype=torch.float16)
    save_file(gains(source), tmp_path / unembedding.FILE)
    kept = load_file(tmp_path / "model.safetensors")
    assert {weight.dtype for weight in kept.values()} == {torch.float16}
    found = stored(fresh, tmp_path)
    assert found.dtype is found.W_U.dtype is found.W_E.dtype is found.W_Q(0, 0).dtype is torch.float32
    assert found.W_U.equal(unembedding.folded(found.W_E, gains(source)[folds.LAST]).T)
    rounded = mapped.model(tmp_path)
    wide = {name: weight.float() for name, weight in rounded.state_dict().items()}
    (tmp_path / "wide").mkdir()
    mapped.save(rounded.config, wide, tmp_path / "wide", tied=True, dtype=torch.float32)
    save_file(gains(source), tmp_path / "wide" / unembedding.FILE)
    expected = stored(fresh, tmp_path / "wide")
    assert found.W_E.equal(expected.W_E)
    for network, other in ((found, expected), (found.in_float64(), expected.in_float64()), (found, expected)):
        one, two = network.activations(IDS, range(3)), other.activations(IDS, range(3))
        for layer in range(3):
            assert one[layer].z.dtype is network.dtype
            for part in ("q", "k", "v", "z", "pattern"):
                assert getattr(one[layer], part).equal(getattr(two[layer], part))
            assert network.W_O(layer, 2).equal(other.W_O(layer, 2))


def test_weights_that_half_precision_cannot_hold_are_refused(tiny_llama: Path, tmp_path: Path) -> None:
    model = plain.load(tiny_llama)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] = 1e5
    with pytest.raises(ModelError, match="NaN or infinity"):
        mapped.save(model.config, model.state_dict(), tmp_path, tied=True, dtype=torch.float16)


def test_folding_is_what_preparation_does_and_can_be_undone(source: Path, tmp_path: Path) -> None:
    fresh, model = bridge.folder(source, name="x"), plain.load(source)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    own = folds.gains(model)
    folds.fold(model)
    prepared = bridge.plain_weights(fresh.bridge)
    for name, weight in model.named_parameters():
        if name != folds.LAST:
            assert weight.equal(prepared[name]), name
    folds.unfold(model, own)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(weight, before[name], rtol=2e-7, atol=0)
