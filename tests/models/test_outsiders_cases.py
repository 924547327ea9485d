"""Models that were once read wrong without a word; each test has the right value from the plain transformers model."""

import pytest
import torch
import transformers

from harness import load_model
from harness.models.silence import silence

pytestmark = pytest.mark.slow

SIZES = {
    "vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1,
}  # fmt: skip
IDS = (5, 9, 5, 31, 8, 60, 7, 7, 12, 44)


def saved(config, folder):
    """A plain model of random weights, norms too, which lies in the folder."""
    with torch.random.fork_rng(devices=[]), torch.no_grad(), silence():
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        for parameter in model.parameters():
            parameter += 0.15 * torch.randn_like(parameter)
        model.save_pretrained(folder)
        return transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()


@pytest.mark.parametrize(
    "config",
    [
        transformers.LlamaConfig(**SIZES),
        transformers.Olmo2Config(**SIZES),
        transformers.Glm4Config(**SIZES, head_dim=8, attention_bias=False),
    ],
    ids=["Llama", "OLMo 2", "GLM-4"],
)
def test_the_last_norms_gain_is_in_every_token_where_the_record_says_so(config, tmp_path):
    plain = saved(config, tmp_path)
    model = load_model(str(tmp_path))
    given = {}
    for number, layer in enumerate(plain.model.layers):
        layer.self_attn.o_proj.register_forward_pre_hook(lambda _, args, number=number: given.update({number: args[0]}))
    with torch.no_grad():
        plain(torch.tensor([[0, *IDS]]))
    gain, W_U = plain.model.norm.weight.detach(), plain.lm_head.weight.T.detach()
    unfolded = 0
    assert model.backbone.preparation.fold_ln
    for number, layer in enumerate(plain.model.layers):
        W_O = layer.self_attn.o_proj.weight.T.detach()
        for head in range(4):
            written = given[number][0, 1:, 8 * head : 8 * head + 8] @ W_O[8 * head : 8 * head + 8]
            tokens = torch.tensor(model.head(f"{number}.{head}")(IDS)["z"].tokens)
            assert ((written * gain @ W_U).argmax(1) == tokens).all()
            unfolded += int(((written @ W_U).argmax(1) != tokens).sum())
    assert unfolded > 0, "otherwise this shows nothing"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "clipped"),
    [
        (transformers.OlmoConfig(**SIZES, clip_qkv=0.3), "v"),
        (transformers.OlmoeConfig(**SIZES, clip_qkv=0.3, num_experts=4, num_experts_per_tok=2), "v"),
        (
            transformers.MptConfig(
                vocab_size=97, d_model=32, n_layers=2, n_heads=4, max_seq_len=64, bos_token_id=0, eos_token_id=0,
                attn_config={"clip_qkv": 0.3},
            ),
            "qkv",
        ),
    ],
    ids=["OLMo", "OLMoE", "MPT"],
)  # fmt: skip
def test_vectors_are_noted_behind_the_clip(config, clipped, tmp_path):
    saved(config, tmp_path)
    for preparation in ("none", "default"):
        found = load_model(str(tmp_path), preparation=preparation).backbone.activations(
            torch.tensor([[0, *IDS]]), [0, 1]
        )
        for layer in found.values():
            for part in clipped:
                assert float(getattr(layer, part).abs().max()) == pytest.approx(0.3)
            torch.testing.assert_close(torch.einsum("bhij,bjhd->bihd", layer.pattern, layer.v), layer.z)


@pytest.mark.parametrize("length", [8, 9, 12, 15, 16, 17])
def test_nothing_is_filled_up_to_a_length_at_which_other_frequencies_begin(length, tmp_path):
    rope = {
        "rope_type": "longrope", "short_factor": [1.0] * 4, "long_factor": [4.0, 7.0, 9.0, 30.0], "rope_theta": 10000.0,
        "original_max_position_embeddings": 16,
    }  # fmt: skip
    config = transformers.Phi3Config(**SIZES, original_max_position_embeddings=16, rope_parameters=rope)
    plain = saved(config, tmp_path)
    model = load_model(str(tmp_path), preparation="none")
    ids = tuple(torch.randint(2, 97, (length,), generator=torch.Generator().manual_seed(length)).tolist())
    with torch.no_grad():
        attended = plain(torch.tensor([[0, *ids]]), output_attentions=True).attentions[1][0, :, 1:, 1:]
    model.source.of([ids, ids[:3], ids[::-1]], 1, bos=True)  # in company
    for head in range(4):
        torch.testing.assert_close(model.source.attention(ids, 1, head, bos=True), attended[head])
        one = model.head(f"1.{head}")
        assert (one(ids)["qk"].tokens == one.component("qk").afresh(ids).tokens).all()
