"""A large model's layers stay on disk: what is read is what it would be of the model loaded whole, in less memory."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from harness.errors import ModelError
from harness.models import bridge, catalogue, fingerprint, memory_limits, streamed, unrounded
from harness.models.preparation import Kind
from harness.models.sources import mapped
from tests.support import large_models, zoo
from tests.support.tokenizers_by_hand import save_tokenizer

pytestmark = pytest.mark.slow

IDS = torch.randint(zoo.VOCAB, (2, 9), generator=torch.Generator().manual_seed(0))
FIT = ["Llama", "Mistral", "Qwen3", "Gemma 3", "OLMo 2", "Qwen2"]


def booted(path: Path, kind: Kind = Kind.DEFAULT):
    weights = fingerprint.weights_sha256(path)
    return streamed.boot(path, name=str(path), dtype="float32", device="cpu", kind=kind, weights_sha256=weights)


@pytest.mark.parametrize("name", FIT)
@pytest.mark.parametrize("kind", [Kind.DEFAULT, pytest.param(Kind.NONE, marks=pytest.mark.thorough)])
def test_to_the_last_bit_what_it_is_when_loaded_whole(name, kind, tmp_path):
    path = zoo.save(zoo.ZOO[name], tmp_path / "model")
    found, whole = booted(path, kind), bridge.folder(path, name=str(path), kind=kind)
    wide = bridge.folder(path, name=str(path), kind=kind, dtype="float64")
    assert found is not None
    assert not found.in_float64().rounded
    assert found.in_float64().fingerprint == wide.fingerprint
    torch.testing.assert_close(found.in_float64().W_U, wide.W_U, rtol=0, atol=1e-15)  # the mean of a column, in float64
    assert (found.fingerprint, found.preparation, found.bos) == (whole.fingerprint, whole.preparation, whole.bos)
    assert found.W_U.equal(whole.W_U)
    assert found.W_E.equal(whole.W_E)
    for one, other in zip(both(found, found.in_float64()), both(whole, wide), strict=True):
        assert one.equal(other)


def both(*networks):
    """All that networks hand out."""
    for twin in networks:
        for layer, made in twin.activations(IDS, range(zoo.N_LAYERS)).items():
            yield from (made.q, made.k, made.v, made.z, made.pattern)
            for head in range(zoo.N_HEADS):
                yield from (part(layer, head) for part in (twin.W_Q, twin.W_K, twin.W_V, twin.W_O))


@pytest.mark.parametrize("name", sorted(set(zoo.ZOO) - set(FIT)))
def test_what_cannot_be_prepared_by_layers_is_loaded_whole_and_said_so(name, tmp_path, capsys):
    assert booted(zoo.save(zoo.ZOO[name], tmp_path / "model")) is None
    assert "is loaded whole (" in capsys.readouterr().err


def test_nan_in_one_layer_is_found(tmp_path):
    path = zoo.save(zoo.ZOO["Llama"], tmp_path / "model")
    spoilt = {name: tensor.clone() for name, tensor in mapped.tensors(path / "model.safetensors").items()}
    spoilt["model.layers.1.mlp.up_proj.weight"][3, 4] = torch.nan
    from safetensors.torch import save_file

    save_file(spoilt, path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"its weights have NaN or infinity \(model.layers.1.mlp.up_proj.weight\)"):
        booted(path)


def test_weights_in_half_precision_are_the_same_numbers_in_float32(tmp_path):
    from transformers import AutoModelForCausalLM

    path = zoo.save(zoo.ZOO["Llama"], tmp_path / "model")
    AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16).save_pretrained(tmp_path / "half")
    found = booted(tmp_path / "half")
    assert found.dtype is torch.float32
    whole, wide = (bridge.folder(tmp_path / "half", name="whole", dtype=dtype) for dtype in ("float32", "float64"))
    for one, other in zip(both(found, found.in_float64()), both(whole, wide), strict=True):
        assert one.equal(other)


def test_read_in_float64_from_the_start_it_is_not_rounded_either(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_limits, "STREAMED_FROM", 1000)
    path = zoo.save(zoo.ZOO["Gemma 3"], tmp_path / "model")
    found = catalogue.boot(str(path), dtype="float64")
    assert (found.dtype, found.rounded) == (torch.float64, False)
    for one, other in zip(both(found), both(bridge.folder(path, name="whole", dtype="float64")), strict=True):
        assert one.equal(other)


def test_where_a_layer_became_more_than_a_product_its_float64_is_that_of_rounded_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(unrounded, "explained", lambda *_: None)
    found = booted(zoo.save(zoo.ZOO["Llama"], tmp_path / "model"))
    assert found.in_float64().rounded
    assert found.in_float64().W_V(1, 0).equal(found.W_V(1, 0).double())


def test_large_models_are_streamed_and_small_ones_are_not(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    path = zoo.save(zoo.ZOO["Llama"], tmp_path / "model")
    catalogue.boot(str(path))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(memory_limits, "STREAMED_FROM", 1000)
    catalogue.boot(str(path))
    assert capsys.readouterr().err == f"Preparing {path} layer by layer, once.\n"
    catalogue.boot(str(path))
    assert capsys.readouterr().err == ""


def test_a_tokenizer_that_was_edited_since_is_read_anew(tmp_path):
    """What is stored of a large model is its weights; the tokenizer is the folder's own."""
    path = zoo.save(zoo.ZOO["Llama"], tmp_path / "model")
    shown = []
    for word in ("seven", "sieben"):
        save_tokenizer(path, {"<unk>": 0, word: 7, "last": 20})
        found = booted(path)
        assert found is not None
        shown.append((found.token(7), found.fingerprint))
    assert [token for token, _ in shown] == ["seven", "sieben"]
    assert shown[0][1] != shown[1][1]


def test_no_nulls_where_they_would_not_fit(tmp_path, monkeypatch):
    from harness import load_model

    path = zoo.save(zoo.ZOO["Llama"], tmp_path / "model")
    monkeypatch.setattr(memory_limits, "limit", lambda: 4 * (path / "model.safetensors").stat().st_size)
    nulls = load_model(str(path)).nulls
    assert "this machine's memory is too small" in nulls.missing


SCRIPT = """
import resource, sys
from pathlib import Path

import transformer_lens  # it reserves a gigabyte that it does not use
from harness import load_model


def status(name):
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) << 10


more = int(sys.argv[2]) - status("VmRSS")
most = status("VmData") + more
resource.setrlimit(resource.RLIMIT_DATA, (most, most))  # beyond half the model's size, memory of its own is refused

model = load_model(sys.argv[1])
reading = model.head(sys.argv[3]).component("z")([5, 9, 5])
print(status("VmHWM"), *reading.tokens.tolist())
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and measured as Linux does it")
def test_a_head_of_a_billion_parameters_is_read_in_half_their_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    try:
        size = large_models.write(tmp_path / "model", large_models.ONE_BILLION)
        assert size > 4.3e9
        first, again, last = (peak(tmp_path / "model", size // 2, head) for head in ("0.0", "0.0", "21.31"))
        print(f"\nof {size:,} bytes: peak {first:,} prepared and read, {again:,} read, {last:,} the last layer")
        assert first < size // 2
        assert again < size // 2
    finally:
        shutil.rmtree(tmp_path / "model", ignore_errors=True)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)


def peak(path: Path, half: int, head: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(half), head], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout.split()[0])
