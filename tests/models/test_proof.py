"""The proof at load: what is broken on purpose is refused by the name of the equality, and nothing is proved twice."""

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import pytest
import torch

from harness import load_model
from harness.errors import ModelError, SequenceError
from harness.models import bridge, cache, catalogue, norms, preparing, proof
from harness.models.network import Network
from harness.models.noting import Noted
from harness.models.nulls.null_models import of_folder
from tests.support.configurations import CONFIGURATIONS

pytestmark = pytest.mark.slow


@pytest.fixture
def unproved(tiny_llama):
    """A network and the folder that it was made of; nobody has proved it yet."""
    return bridge.folder(tiny_llama, name="x", noted=Noted.HOOKS), tiny_llama


def refusal(network, path):
    with pytest.raises(ModelError) as error:
        proof.prove(network, path)
    said = str(error.value)
    assert "\n" not in said
    assert said.startswith("--model 'x': headlaws would read other values than the plain transformers model computes: ")
    assert said.endswith("; choose another model.")
    return said.removeprefix(
        "--model 'x': headlaws would read other values than the plain transformers model computes: "
    )


def altered(network, monkeypatch, **changes):
    """Let the network note something else than it computes."""
    activations = Network.activations

    def noted(ids, layers, lengths=None):
        found = activations(network, ids, layers)
        return {
            layer: replace(one, **{part: change(getattr(one, part)) for part, change in changes.items()})
            for layer, one in found.items()
        }

    monkeypatch.setattr(network, "activations", noted)


def test_a_sound_network_is_proved(unproved):
    proof.prove(*unproved)
    assert unproved[0].noted is Noted.HOOKS


@torch.no_grad()
def test_logits(unproved):
    network, path = unproved
    network.bridge.original_model.get_parameter(
        "model.layers.2.mlp._original_component.down_proj._original_component.weight"
    ).mul_(1.1)
    assert refusal(network, path).startswith("logits is off by ")


def test_pattern(unproved, monkeypatch):
    network, path = unproved
    altered(network, monkeypatch, pattern=lambda found: found.flip(1))
    assert refusal(network, path).startswith("pattern (layer 0) is off by ")


def test_values_that_are_not_those_weighted(unproved, monkeypatch):
    network, path = unproved
    altered(network, monkeypatch, v=lambda found: found.clamp(-0.3, 0.3).neg())
    assert refusal(network, path).startswith("z = pattern . v (layer 0) is off by ")


def test_values_and_z_that_lack_the_same(tiny_gpt2, monkeypatch):
    network = bridge.folder(tiny_gpt2, name="x", kind=preparing.Kind.NONE, noted=Noted.HOOKS)
    altered(network, monkeypatch, v=lambda found: found - 0.1, z=lambda found: found - 0.1)
    assert refusal(network, tiny_gpt2).startswith("z = pattern . v (layer 0, v) is off by ")


def test_queries_before_rotary(unproved, monkeypatch):
    network, path = unproved
    altered(network, monkeypatch, q=lambda found: found.roll(1, -1))
    assert refusal(network, path).startswith("softmax(scale * q . k + mask) = pattern (layer 0) is off by ")


def test_queries_of_another_scale(unproved, monkeypatch):
    network, path = unproved
    altered(network, monkeypatch, q=lambda found: 2 * found)
    assert refusal(network, path).startswith("softmax(scale * q . k + mask) = pattern (layer 0) is off by ")


def test_queries_and_keys_in_other_coordinates(unproved, monkeypatch):
    network, path = unproved
    altered(network, monkeypatch, q=lambda found: found.flip(-1), k=lambda found: found.flip(-1))
    assert refusal(network, path).startswith("softmax(scale * q . k + mask) = pattern (layer 0, q) is off by ")


@torch.no_grad()
def test_an_output_matrix_that_is_not_the_heads(unproved, monkeypatch):
    network, path = unproved
    own = Network.W_O
    monkeypatch.setattr(network, "W_O", lambda layer, head: own(network, layer, 3 - head))
    assert refusal(network, path).startswith("unembedding (layer 0, z @ W_O) is off by ")


def test_a_last_norm_that_was_not_folded(tmp_path, monkeypatch):
    """The fold that does nothing and is recorded all the same."""
    path = CONFIGURATIONS["OLMo 2"].save(tmp_path)
    done = preparing.applied
    monkeypatch.setattr(norms, "fold_last", lambda *_: False)
    assert not bridge.folder(path, name="x", noted=Noted.HOOKS).preparation.fold_ln
    monkeypatch.setattr(preparing, "applied", lambda *given: replace(done(*given), fold_ln=True))
    network = bridge.folder(path, name="x", noted=Noted.HOOKS)
    assert refusal(network, path).startswith("unembedding (z @ W_O @ W_U) is off by ")


def test_a_last_norm_that_was_folded_and_is_not_recorded(unproved):
    network, path = unproved
    network.preparation = replace(network.preparation, fold_ln=False)
    assert refusal(network, path).startswith("unembedding (z @ W_O @ W_U) is off by ")


@torch.no_grad()
def test_what_is_added_to_all(tiny_gpt2, monkeypatch):
    network = bridge.folder(tiny_gpt2, name="x", noted=Noted.HOOKS)
    assert network.b_U is not None
    monkeypatch.setattr(Network, "b_U", None)
    assert refusal(network, tiny_gpt2).startswith("unembedding (b_U) is off by ")


def test_a_window_that_is_ignored_beyond_the_short_sequences(tmp_path):
    kept = CONFIGURATIONS["Mistral"].save(tmp_path / "model")
    settings = json.loads((kept / "config.json").read_text())
    for folder, window in (("wide", 40), ("none", None)):
        shutil.copytree(kept, tmp_path / folder)
        (tmp_path / folder / "config.json").write_text(json.dumps({**settings, "sliding_window": window}))
    network = bridge.folder(tmp_path / "none", name="x", noted=Noted.HOOKS)
    proof.prove(network, tmp_path / "none")
    assert refusal(network, tmp_path / "wide").startswith("logits is off by ")


def test_a_window_too_long_to_be_proved_bounds_what_is_read(tmp_path):
    path = CONFIGURATIONS["Mistral"].save(tmp_path)
    settings = json.loads((path / "config.json").read_text())
    changed = {**settings, "sliding_window": 4096, "max_position_embeddings": 8192}
    (path / "config.json").write_text(json.dumps(changed))
    head = load_model(str(path)).head("0.0")
    assert head.model.backbone.shape.n_ctx == 4096
    with pytest.raises(SequenceError, match=r"a sequence of 4,097 ids: .* reads 1 to 40"):
        head([5] * 4097)


def test_how_long_the_sequences_are():
    def lengths(**config):
        return [ids.shape[1] for ids in proof.sequences(config, n_ctx=100, vocab=5)]

    assert lengths() == [17]
    assert lengths(sliding_window=20, attention_chunk_size=30) == [17, 31]
    assert lengths(rope_parameters={"original_max_position_embeddings": 40}) == [17, 41]
    assert lengths(sliding_window=8) == [17]
    assert lengths(sliding_window=100) == [17], "nobody can read beyond it"
    assert lengths(sliding_window=None, use_sliding_window=True) == [17]


def test_a_hook_point_that_shows_too_little_is_left_for_the_products(tmp_path):
    path = CONFIGURATIONS["OLMo, clipped"].save(tmp_path)
    network = bridge.folder(path, name="x")
    assert network.noted is Noted.PRODUCTS
    assert network.in_float64().noted is Noted.PRODUCTS
    null = of_folder(path, network)["random"].load()
    assert null.noted is Noted.PRODUCTS


@pytest.mark.slow
def test_it_is_proved_once_and_again_for_another_preparation(tiny_llama, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    proved = []
    prove = proof.prove
    monkeypatch.setattr(proof, "prove", lambda network, path: (proved.append(path), prove(network, path)))
    for _ in range(2):
        catalogue.boot(str(tiny_llama))
        catalogue.boot(str(tiny_llama), dtype="float64")
        catalogue.boot(str(tiny_llama), dtype="bfloat16")
    assert proved == [tiny_llama]
    catalogue.boot(str(tiny_llama), preparation="none")
    assert proved == [tiny_llama] * 2
    records = [cache.check(found).details for found in tmp_path.glob("proof-*") if found.is_dir()]
    assert sorted(one["preparation"]["name"] for one in records) == ["default", "none"]


def test_a_twin_in_float64_that_computes_something_else(unproved, monkeypatch):
    """As Cohere's did, whose norms were taken for RMS norms there."""
    network, path = unproved
    twin = network.in_float64()
    altered(twin, monkeypatch, k=lambda found: found.flip(1))
    monkeypatch.setattr(network, "in_float64", lambda: twin)
    assert refusal(network, path).startswith("float64 (layer 0, k) is off by ")


def test_what_is_refused_leaves_no_proof(unproved, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    network, path = unproved
    altered(network, monkeypatch, pattern=lambda found: found.flip(1))
    for _ in range(2):
        with pytest.raises(ModelError, match="pattern"):
            proof.prove_once(network, partial(nullcontext, path))
    assert not [found for found in tmp_path.glob("proof-*") if found.is_dir()]


def test_a_model_of_half_precision_is_held_against_itself_in_float32(tiny_llama, tmp_path):
    from harness.models.transformers_model import load

    load(tiny_llama).to(torch.bfloat16).save_pretrained(tmp_path)
    proof.prove(bridge.folder(tmp_path, name="x", noted=Noted.HOOKS), tmp_path)


@pytest.mark.real
@pytest.mark.thorough
def test_the_default_model_in_time():
    from time import process_time

    from harness.models.silence import silence
    from harness.models.sources import smollm2

    network = smollm2.boot()
    with smollm2.converted() as path, silence():
        begun = process_time()
        proof.prove(network, path)
    assert process_time() - begun < 5


def test_of_large_models_the_pages_are_given_back_layer_by_layer(tiny_llama, monkeypatch):
    from harness.models.sources import mapped

    given_back = []
    monkeypatch.setattr(mapped, "release", lambda: given_back.append(mapped.mapped_bytes()))
    network = bridge.folder(tiny_llama, name="x", noted=Noted.HOOKS)
    proof.prove(network, tiny_llama)
    assert not given_back
    monkeypatch.setattr(proof, "LARGE", 1)
    proof.prove(network, tiny_llama)
    assert len(given_back) >= 9
    assert min(given_back) > 0
