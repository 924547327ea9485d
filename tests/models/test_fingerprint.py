"""A fingerprint changes with the weights, the preparation, the dtype and the libraries, and with nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.models import bridge, catalogue, fingerprint
from harness.models.preparation import NONE


def test_same_name_other_weights(tiny_gpt2: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    before, again = catalogue.boot(str(path)), catalogue.boot(str(path))
    assert before.fingerprint == again.fingerprint
    weights = load_file(path / "model.safetensors")
    weights["transformer.h.1.attn.c_attn.weight"][0, 0] += 1e-3
    save_file(weights, path / "model.safetensors", metadata={"format": "pt"})
    after = catalogue.boot(str(path))
    assert after.name == before.name
    assert after.weights_sha256 != before.weights_sha256
    assert after.fingerprint != before.fingerprint


def test_other_preparation_dtype_or_library(monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint.fingerprint("ab", NONE, "torch.float32")
    assert first == fingerprint.fingerprint("ab", NONE, "torch.float32")
    assert len(first) == 64
    others = {
        fingerprint.fingerprint("cd", NONE, "torch.float32"),
        fingerprint.fingerprint("ab", replace(NONE, fold_ln=True), "torch.float32"),
        fingerprint.fingerprint("ab", NONE, "torch.float64"),
    }
    monkeypatch.setattr(fingerprint, "version", lambda library: "0")
    others.add(fingerprint.fingerprint("ab", NONE, "torch.float32"))
    assert len(others | {first}) == 5


def test_each_preparation_of_the_same_weights_has_its_own(tiny_gpt2: Path) -> None:
    made = [catalogue.boot(str(tiny_gpt2), preparation=name) for name in ("default", "seed", "none")]
    assert len({network.weights_sha256 for network in made}) == 1
    assert len({network.fingerprint for network in made}) == 3


def test_tensors_by_name_shape_dtype_and_value() -> None:
    tensor = torch.arange(6.0)
    sums = {
        fingerprint.tensors_sha256([("a", tensor)]),
        fingerprint.tensors_sha256([("b", tensor)]),
        fingerprint.tensors_sha256([("a", tensor.view(2, 3))]),
        fingerprint.tensors_sha256([("a", tensor.double())]),
        fingerprint.tensors_sha256([("a", -tensor)]),
    }
    assert len(sums) == 5
    assert fingerprint.tensors_sha256([("a", tensor), ("b", tensor)]) == fingerprint.tensors_sha256(
        [("b", tensor), ("a", tensor)]
    )


def test_weights_prepared_beforehand_keep_the_identity_of_their_origin(tiny_llama: Path, tmp_path: Path) -> None:
    fresh = bridge.folder(tiny_llama, name="x")
    bridge.save_prepared(fresh, tmp_path)
    stored = bridge.folder(tmp_path, name="x", weights_sha256=fresh.weights_sha256, prepared=fresh.preparation)
    assert stored.fingerprint == fresh.fingerprint
    ids = torch.arange(12)[None]
    for layer in range(3):
        one, other = (network.activations(ids, [layer])[layer] for network in (fresh, stored))
        for part in ("q", "k", "v", "z", "pattern"):
            assert torch.equal(getattr(one, part), getattr(other, part)), (layer, part)
    assert torch.equal(fresh.W_U, stored.W_U)
