"""A fingerprint changes with the weights, the preparation, the dtype and the libraries, and with nothing else."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.models import bridge, catalogue, fingerprint
from harness.models.preparation import NONE
from harness.models.sources import mapped
from tests.support.tokenizers_by_hand import save_tokenizer

pytestmark = pytest.mark.slow


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


def test_another_configuration_or_vocabulary() -> None:
    sums = {
        fingerprint.fingerprint("ab", NONE, "torch.float32", config=config, vocabulary=vocabulary)
        for config, vocabulary in (("", ""), ("c", ""), ("", "c"), ("c", "c"))
    }
    assert len(sums) == 4


CHANGES = {
    "rope_theta": ("rope_parameters", {"rope_theta": 2.0, "rope_type": "default"}, True),
    "norms": ("rms_norm_eps", 0.5, True),
    "BOS": ("bos_token_id", 7, True),
    "length": ("max_position_embeddings", 32, True),
    "place": ("_name_or_path", "/elsewhere", False),
    "version": ("transformers_version", "4.0.0", False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_weights_with_another_config(tiny_llama: Path, tmp_path: Path, change: str) -> None:
    """What changes the network is in the fingerprint, and who wrote the file is not; the nulls are of that network."""
    key, value, another = CHANGES[change]
    path = Path(shutil.copytree(tiny_llama, tmp_path / "model"))
    before = catalogue.boot(str(path))
    _edit(path / "config.json", key, value)
    after = catalogue.boot(str(path))
    assert after.weights_sha256 == before.weights_sha256
    assert (after.fingerprint != before.fingerprint) is another
    assert (after.in_float64().fingerprint != before.in_float64().fingerprint) is another


@pytest.mark.slow
def test_the_nulls_of_an_edited_model_are_others(tiny_llama: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(tiny_llama, tmp_path / "model"))
    made = []
    for theta in (10000.0, 2.0):
        _edit(path / "config.json", "rope_parameters", {"rope_theta": theta, "rope_type": "default"})
        nulls = catalogue.nulls(str(path), catalogue.boot(str(path)))
        made.append([null.fingerprint for null in nulls.values()])
        assert [null.load().fingerprint for null in nulls.values()] == made[-1]
    assert not {*made[0]} & {*made[1]}


def test_what_a_token_is_called_is_in_the_fingerprint(tiny_llama: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(tiny_llama, tmp_path / "model"))
    wordless = catalogue.boot(str(path))
    words = {"<unk>": 0, **{f"w{i}": i for i in range(1, 50)}}
    save_tokenizer(path, words)
    before = catalogue.boot(str(path))
    (path / "chat_template.jinja").write_text("{{ messages }}")
    assert catalogue.boot(str(path)).fingerprint == before.fingerprint, "how a chat is laid out names no token"
    (path / "tokenizer.json").write_text((path / "tokenizer.json").read_text().replace('"w7"', '"seven"'))
    after = catalogue.boot(str(path))
    assert (before.token(7), after.token(7)) == ("w7", "seven")
    assert len({wordless.fingerprint, before.fingerprint, after.fingerprint}) == 3
    assert before.vocabulary_sha256 != after.vocabulary_sha256
    assert before.config_sha256 == after.config_sha256


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
    mapped.save(fresh.bridge.original_model.config, bridge.plain_weights(fresh.bridge), tmp_path, tied=False)
    stored = bridge.folder(tmp_path, name="x", weights_sha256=fresh.weights_sha256, prepared=fresh.preparation)
    assert stored.fingerprint == fresh.fingerprint
    ids = torch.arange(12)[None]
    for layer in range(3):
        one, other = (network.activations(ids, [layer])[layer] for network in (fresh, stored))
        for part in ("q", "k", "v", "z", "pattern"):
            assert torch.equal(getattr(one, part), getattr(other, part)), (layer, part)
    assert torch.equal(fresh.W_U, stored.W_U)


def _edit(file: Path, key: str, value: Any) -> None:
    """Change one setting of a config.json, as people do."""
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**config, key: value}), encoding="utf-8")
