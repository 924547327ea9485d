"""Unembedding: made of a tied embedding it is, to the last bit, what preparation makes of it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import OPTConfig, OPTForCausalLM

from harness.errors import ModelError
from harness.models import bridge, folds, transformers_model, unembedding
from harness.models.network import Network
from harness.models.sources import mapped
from harness.readings.loading import load_model

pytestmark = pytest.mark.slow

IDS = torch.arange(12)[None]


@pytest.fixture
def source(tiny_llama: Path, tmp_path: Path) -> Path:
    """The tiny Llama with gains that say something."""
    model = transformers_model.load(tiny_llama)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.copy_(torch.linspace(0.5, 2.0, len(parameter)))
    model.save_pretrained(tmp_path / "source")
    return tmp_path / "source"


def gains(source: Path) -> dict[str, torch.Tensor]:
    return folds.gains(transformers_model.load(source))


def save(network: Network, folder: Path, gains: dict[str, torch.Tensor]) -> None:
    weights = bridge.plain_weights(network.bridge)
    unembedding.save(network.bridge.original_model.config, weights, folder, gains=gains)


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
    save(fresh, tmp_path, gains(source))
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
    save(fresh, tmp_path, {**gains(source), folds.LAST: torch.full((32,), 1.5)})
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
    model = transformers_model.load(tiny_llama)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] = 1e5
    with pytest.raises(ModelError, match="NaN or infinity"):
        mapped.save(model.config, model.state_dict(), tmp_path, tied=True, dtype=torch.float16)


def test_folding_is_what_preparation_does_and_can_be_undone(source: Path, tmp_path: Path) -> None:
    fresh, model = bridge.folder(source, name="x"), transformers_model.load(source)
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


def small_opt(*, norms_before):
    """Embeddings of 16, a residual stream of 32."""
    return OPTConfig(
        vocab_size=97,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        ffn_dim=48,
        max_position_embeddings=64,
        word_embed_proj_dim=16,
        do_layer_norm_before=norms_before,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=1,
    )


@pytest.fixture(scope="module")
def projected(saved_at_random):
    """OPT-350m's kind, whose norms stand behind the attentions, and none in front of the matrix."""
    return saved_at_random(OPTForCausalLM, small_opt(norms_before=False), "opt-350")


@pytest.mark.slow
def test_a_matrix_between_the_residual_stream_and_the_unembedding_is_on_the_way(projected):
    """What is read of z is the argmax of z @ W_O @ project_out @ W_U, each taken from the plain model."""
    plain = OPTForCausalLM.from_pretrained(projected, attn_implementation="eager")
    decoder, noted = plain.model.decoder, {}
    for layer, block in enumerate(decoder.layers):
        block.self_attn.out_proj.register_forward_pre_hook(
            lambda _module, given, layer=layer: noted.__setitem__(layer, given[0].detach())
        )
    sequence = (5, 9, 5, 31, 8, 60, 7, 7, 12, 44)
    with torch.no_grad():
        plain(torch.tensor([[0, *sequence]]))
        way = decoder.project_out.weight.T @ plain.lm_head.weight.T
        bare = load_model(str(projected), preparation="none")
        torch.testing.assert_close(bare.backbone.W_U, way)
        embedded = plain.model.decoder.embed_tokens.weight @ decoder.project_in.weight.T
        torch.testing.assert_close(bare.backbone.W_E, embedded)
        for model in (bare, load_model(str(projected)), load_model(str(projected), dtype="float64")):
            assert not model.backbone.preparation.center_writing_weights
            assert model.backbone.W_U.shape == (32, 97)
            compared = 0
            for layer in range(2):
                out = decoder.layers[layer].self_attn.out_proj.weight.T.view(4, 8, 32)
                for head in range(4):
                    z = noted[layer].reshape(-1, 4, 8)[1:, head]
                    reading = model.head(f"{layer}.{head}").component("z")(sequence)
                    if model is bare:
                        assert reading.tokens.tolist() == (z @ out[head] @ way).argmax(1).tolist()
                    backbone, compared = model.backbone, compared + len(reading.tokens)
                    ids = torch.tensor([[0, *sequence]])
                    own = backbone.activations(ids, [layer])[layer].z[0, 1:, head]
                    assert (
                        reading.tokens.tolist() == (own @ backbone.W_O(layer, head) @ backbone.W_U).argmax(1).tolist()
                    )
            assert compared == 80


@pytest.fixture
def normed(saved_at_random):
    return saved_at_random(OPTForCausalLM, small_opt(norms_before=True), "opt-350-before")


def test_a_norm_in_front_of_that_matrix_is_folded_into_it(normed):
    plain = OPTForCausalLM.from_pretrained(normed, attn_implementation="eager").eval()
    decoder = plain.model.decoder
    norm, out = decoder.final_layer_norm, decoder.project_out.weight.T
    with torch.no_grad():
        gained = norm.weight[:, None] * out
        way = (gained - gained.mean(0)) @ plain.lm_head.weight.T
        added = norm.bias @ out @ plain.lm_head.weight.T
    backbone = load_model(str(normed)).backbone
    assert backbone.preparation.fold_ln
    torch.testing.assert_close(backbone.W_U, way - way.mean(-1, keepdim=True))
    torch.testing.assert_close(backbone.b_U - backbone.b_U.mean(), added - added.mean())
    bare = load_model(str(normed), preparation="none").backbone
    torch.testing.assert_close(bare.W_U, out.detach() @ plain.lm_head.weight.detach().T)
    assert bare.b_U is None


@pytest.mark.parametrize("preparation", ["default", "none"])
def test_the_proof_refuses_a_norm_in_front_of_that_matrix_that_nobody_saw(normed, preparation, monkeypatch, tmp_path):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))  # where no proof of it is
    seen = unembedding.between
    monkeypatch.setattr(unembedding, "between", lambda *given: replace(seen(*given), norm=None))
    with pytest.raises(ModelError, match=r"unembedding \(z @ W_O @ W_U\) is off by"):
        load_model(str(normed), preparation=preparation)


def test_such_a_model_is_read_at_the_command_line(projected, capsys, monkeypatch):
    from harness.cli import main

    monkeypatch.setattr("sys.argv", ["headlaws", "read", "--model", str(projected), "--head", "0.0", "--ids", "5,9,5"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert "Traceback" not in capsys.readouterr().err


def test_a_vector_that_nothing_leads_to_is_refused_in_one_line(projected, monkeypatch):
    monkeypatch.setattr(unembedding, "passed", lambda *_: {})
    with pytest.raises(
        ModelError, match="unembedding takes vectors of length 16, but its residual stream has 32"
    ) as caught:
        load_model(str(projected))
    assert "\n" not in str(caught.value)
