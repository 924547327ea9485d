"""The default model: what is stored is what preparing it afresh gives, and computes what transformers does."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.models import bridge, cache, catalogue
from harness.models.network import Network
from harness.models.sources import smollm2

pytestmark = pytest.mark.real

IDS = torch.randint(17, 49152, (2, 12), generator=torch.Generator().manual_seed(0))
PARTS = ("q", "k", "v", "z", "pattern")


@pytest.fixture(scope="module")
def stored() -> Any:
    return catalogue.boot()


@pytest.fixture(scope="module")
def plain() -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(smollm2.plain(), attn_implementation="eager").eval()


def test_outline_and_vocabulary(stored: Network) -> None:
    shape = stored.shape
    assert catalogue.outline(stored.name) == catalogue.Outline(shape.n_layers, shape.n_heads)
    assert (shape.n_kv_heads, shape.d_head, shape.d_model, shape.vocab, shape.rotary) == (3, 64, 576, 49152, True)
    assert stored.bos == 1
    assert stored.special == frozenset(range(17))
    assert stored.token(260) == " the"
    assert stored.encode(" the the") == (260, 260)
    assert stored.token(49152) == "<49152>"


@pytest.mark.thorough
def test_stored_prepared_weights_equal_fresh_preparation(stored: Network) -> None:
    fresh = bridge.folder(smollm2.plain(), name=smollm2.NAME)
    assert stored.preparation == fresh.preparation
    assert stored.weights_sha256 == fresh.weights_sha256
    assert stored.fingerprint == fresh.fingerprint
    assert torch.equal(stored.W_U, fresh.W_U)
    one, other = stored.activations(IDS, range(30)), fresh.activations(IDS, range(30))
    for layer in range(30):
        for head in (0, 4, 8):
            for W in ("W_Q", "W_K", "W_V", "W_O"):
                assert torch.equal(getattr(stored, W)(layer, head), getattr(fresh, W)(layer, head))
        for part in PARTS:
            assert torch.equal(getattr(one[layer], part), getattr(other[layer], part))


def test_patterns_and_predictions_are_those_of_plain_transformers(stored: Network, plain: Any) -> None:
    with torch.no_grad():
        expected = plain(IDS, output_attentions=True)
        predicted = stored.bridge(IDS).log_softmax(-1)
    for layer, made in stored.activations(IDS, range(30)).items():
        torch.testing.assert_close(made.pattern, expected.attentions[layer], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(predicted, expected.logits.log_softmax(-1), atol=1e-3, rtol=1e-3)


def test_loads_from_the_cache_in_about_two_seconds(stored: Network) -> None:
    started = time.process_time()
    again = catalogue.boot()
    assert time.process_time() - started < 4, "1 to 2 seconds on an idle machine"
    assert again.fingerprint == stored.fingerprint


def test_sums_in_the_record_are_true() -> None:
    from harness.models.fingerprint import file_sha256

    for folder in (smollm2.plain(), cache.root() / smollm2.prepared_name()):
        sums = cache.check(folder).sums
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            assert file_sha256(Path(folder) / name) == sums[name]


def test_float64_twin_agrees(stored: Network) -> None:
    twin = stored.in_float64()
    for layer, made in twin.activations(IDS, (0, 3)).items():
        rough = stored.activations(IDS, [layer])[layer]
        for part in PARTS:
            torch.testing.assert_close(getattr(made, part).float(), getattr(rough, part), atol=2e-4, rtol=1e-3)


PREPARING = """
from pathlib import Path
from harness.models.sources import smollm2

smollm2.prepared()
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux does it")
def test_preparing_it_takes_at_most_3_gigabytes_and_gives_the_same_bytes(tmp_path: Path) -> None:
    kept = smollm2.prepared()
    fetched = smollm2._gguf().parent
    shutil.copytree(fetched, tmp_path / fetched.name)
    environment = {**os.environ, "HEADLAWS_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PREPARING], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) << 10 < 3e9
    made = tmp_path / kept.name
    assert cache.check(made).sums == cache.check(kept).sums


@pytest.mark.thorough
def test_in_float64_it_is_what_preparing_in_float64_gives_before_anything_is_rounded(stored: Network) -> None:
    fresh = bridge.folder(smollm2.plain(), name=smollm2.NAME, dtype="float64")
    for twin in (stored.in_float64(), catalogue.boot(dtype="float64")):
        assert isinstance(twin, Network)
        assert not twin.rounded
        assert torch.equal(twin.W_U, fresh.W_U)
        assert not torch.equal(twin.W_U, stored.W_U.double())
        one, other = twin.activations(IDS, range(30)), fresh.activations(IDS, range(30))
        for layer in range(30):
            assert torch.equal(twin.W_O(layer, 4), fresh.W_O(layer, 4))
            for part in PARTS:
                assert torch.equal(getattr(one[layer], part), getattr(other[layer], part))


def test_unprepared_it_is_what_was_converted(stored: Network, plain: Any) -> None:
    unprepared = catalogue.boot(preparation="none")
    assert unprepared.preparation.name == "none"
    assert unprepared.weights_sha256 == stored.weights_sha256
    assert unprepared.fingerprint != stored.fingerprint
    attention = plain.model.layers[7].self_attn
    assert torch.equal(unprepared.W_O(7, 4), attention.o_proj.weight.T[4 * 64 : 5 * 64])
    assert torch.equal(unprepared.W_U, plain.lm_head.weight.T)
    for part in PARTS:
        one, other = (getattr(model.activations(IDS, [5])[5], part) for model in (stored, unprepared))
        torch.testing.assert_close(one, other, atol=2e-3, rtol=1e-3)
