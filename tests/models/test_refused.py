"""Models that cannot be read: one line each, that says why and what to do."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from harness.errors import ModelError
from harness.models import catalogue, features
from harness.models.sources import mapped

KINDS = {
    "BertConfig": "an encoder (bert), whose heads look both ways",
    "RobertaConfig": "an encoder (roberta), whose heads look both ways",
    "ModernBertConfig": "an encoder (modernbert), whose heads look both ways",
    "T5Config": "an encoder and a decoder (t5), whose heads look across",
    "BartConfig": "an encoder and a decoder (bart), whose heads look across",
    "DeepseekV3Config": "multi-head latent attention (MLA, deepseek_v3), whose heads have no k and v of their own",
    "DeepseekV2Config": "multi-head latent attention (MLA, deepseek_v2), whose heads have no k and v of their own",
    "MambaConfig": "state-space layers (mamba), which have no q, k and v",
    "Mamba2Config": "state-space layers (mamba2), which have no q, k and v",
    "JambaConfig": "state-space layers (jamba), which have no q, k and v",
    "RwkvConfig": "recurrent layers (rwkv), which have no q, k and v",
    "RecurrentGemmaConfig": "recurrent layers (recurrent_gemma), which have no q, k and v",
    "Lfm2Config": "convolutions for attention (lfm2), which have no q, k and v",
    "Qwen3NextConfig": "layers without softmax attention (linear_attention, qwen3_next)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_refused_by_name_of_the_feature(kind, tmp_path, said):
    config = getattr(transformers, kind)()
    (tmp_path / "config.json").write_text(config.to_json_string(use_diff=False), encoding="utf-8")
    assert said(tmp_path) == (
        f"headlaws: --model '{tmp_path}': {KINDS[kind]}; headlaws reads causal language models whose layers all have "
        "attention heads with q, k and v of their own: choose another model."
    )


@pytest.mark.parametrize(
    "kind",
    [
        "GPT2Config", "GPTNeoXConfig", "OPTConfig", "BloomConfig", "LlamaConfig", "MistralConfig", "Qwen2Config",
        "Qwen3Config", "Gemma2Config", "Gemma3TextConfig", "Phi3Config", "Olmo2Config", "FalconConfig", "MixtralConfig",
        "GptOssConfig", "StableLmConfig", "CohereConfig",
    ],
)  # fmt: skip
def test_what_can_be_read_is_not_refused(kind):
    assert features.missing_heads(json.loads(getattr(transformers, kind)().to_json_string(use_diff=False))) == ""


@pytest.fixture
def said(refused):
    """What `headlaws read` says of a model that it refuses."""
    return lambda path, *more: refused(
        "read", "--model", str(path), "--head", "0.0", "--component", "z", "--ids", "5,9,5", *more
    )


@pytest.fixture
def copied(tiny_llama, tmp_path):
    return Path(shutil.copytree(tiny_llama, tmp_path / "model"))


def test_nan_weights(copied, said):
    from safetensors.torch import save_file

    weights = {name: tensor.clone() for name, tensor in mapped.tensors(copied / "model.safetensors").items()}
    weights["model.layers.1.self_attn.q_proj.weight"][0, 0] = torch.nan
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    assert said(copied) == (
        f"headlaws: --model '{copied}': its weights have NaN or infinity (model.layers.1.self_attn.q_proj.weight), so "
        "nothing can be read; the training broke or the file is damaged: give an earlier checkpoint, or copy it again."
    )


def with_tokenizer(path, words, **special):
    vocabulary = {f"w{number}": number for number in range(words)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="w0"))
    PreTrainedTokenizerFast(tokenizer_object=made, unk_token="w0", **special).save_pretrained(path)


def test_a_tokenizer_that_does_not_fit(copied, said):
    with_tokenizer(copied, 50)
    assert catalogue.boot(str(copied)).token(49) == "w49"
    with_tokenizer(copied, 50, pad_token="[PAD]")
    assert catalogue.boot(str(copied)).token(49) == "w49", "what is added behind the end is not used"
    with_tokenizer(copied, 51)
    assert said(copied) == (
        f"headlaws: --model '{copied}': its tokenizer does not fit: the tokenizer has ids up to 50, but the model's "
        "vocabulary ends at 49; put the model's own tokenizer into the folder, or remove the tokenizer's "
        "files to use ids."
    )


def test_an_encoder_that_hides_what_it_is(copied, said, monkeypatch):
    """What no configuration tells: a position that sees what comes after it."""
    from transformers.models.llama import modeling_llama

    def all_seen(inputs_embeds, **_):
        batch, pos = inputs_embeds.shape[:2]
        return torch.zeros(batch, 1, pos, pos)

    monkeypatch.setattr(modeling_llama, "create_causal_mask", all_seen)
    assert "its output at a position depends on later positions, as in an encoder" in said(copied)


def test_attention_that_shows_no_heads(copied, monkeypatch):
    from harness.models import bridge
    from harness.models.transformers_model import load

    made = bridge.bridged(load(copied), "x")
    del made.blocks[1].attn._modules["k"]
    with pytest.raises(ModelError, match="its layer 1 has an attention without k"):
        bridge.readable(made, "x")


def test_a_missing_shard(copied, said):
    names = {"model.norm.weight": "1-of-2.safetensors", "lm_head.weight": "2-of-2.safetensors"}
    (copied / "model.safetensors").rename(copied / "1-of-2.safetensors")
    (copied / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    assert said(copied) == (
        f"headlaws: --model '{copied}': 2-of-2.safetensors that its model.safetensors.index.json names is missing; "
        "copy the whole folder."
    )


def test_a_folder_without_config(copied, said):
    (copied / "config.json").unlink()
    assert said(copied) == (
        f"headlaws: --model '{copied}': the folder has no config.json; give a folder made by save_pretrained."
    )


@pytest.mark.parametrize("name", ["specimen", "smollm2-135m", "./folder", "x.gguf"])
def test_a_revision_of_what_has_none(name, said):
    assert said(name, "--revision", "step1000") == (
        f"headlaws: --revision 'step1000' with --model '{name}': only a model from a hub has revisions; leave it out."
    )
