"""Configurations: some eighty tiny models, made on the spot, one for each way in which an attention can differ.

`python -m tests.support.configurations` writes .github/ARCHITECTURES.md: what the proof at load says of each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers

from harness.models.silence import silence

N_LAYERS, N_HEADS, D_HEAD, D_MODEL, VOCAB = 2, 4, 8, 32, 97
WINDOW = 8
"""Shorter than the sequences that are read."""

_ALL = {"vocab_size": VOCAB, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1}
_LARGE = {**_ALL, "hidden_size": D_MODEL, "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS}
_LLAMA = {**_LARGE, "intermediate_size": 48, "max_position_embeddings": 64, "num_key_value_heads": 2}
_WHOLE = {**_LLAMA, "num_key_value_heads": N_HEADS}
_GPT2 = {**_ALL, "n_embd": D_MODEL, "n_layer": N_LAYERS, "n_head": N_HEADS, "n_positions": 64}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
_LOCAL = {"num_local_experts": 4, "num_experts_per_tok": 2}
_HEAD = {"head_dim": D_HEAD}
_TYPES = {"layer_types": ["sliding_attention", "full_attention"]}


def _rope(kind: str, **settings: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10000.0, **settings}}


@dataclass(frozen=True)
class Configuration:
    """One tiny model.

    Attributes:
        make: the name of its configuration's class in transformers, and its settings.
        traits: what is special about it, for the table.
        layer: the path of a layer in the plain model; `attention` and `out` go on from there.
        norm: the path of the last norm, or nothing; `offset` is added to its weight.
        scaled: whether the plain model scales its queries before it multiplies them with the keys.
    """

    make: Callable[[], Any]
    traits: str
    layer: str = "model.layers.{}"
    attention: str = "self_attn"
    out: str = "o_proj"
    norm: str = "model.norm"
    offset: float = 0.0
    scaled: bool = False

    def save(self, folder: Path) -> Path:
        """Write it with random weights into a folder."""
        with torch.random.fork_rng(devices=[]), torch.no_grad(), silence():
            torch.manual_seed(0)
            model = transformers.AutoModelForCausalLM.from_config(self.make(), dtype=torch.float32)
            for parameter in model.parameters():  # norms and biases too, so that folding has something to fold
                parameter += 0.15 * torch.randn_like(parameter)
            model.save_pretrained(folder)
        return folder


def _of(kind: str, traits: str, where: dict[str, Any] | None = None, **settings: Any) -> Configuration:
    return Configuration(partial(getattr(transformers, f"{kind}Config"), **settings), traits, **(where or {}))


_IN_GPT2 = {"layer": "transformer.h.{}", "attention": "attn", "out": "c_proj", "norm": "transformer.ln_f"}
_IN_NEOX = {
    "layer": "gpt_neox.layers.{}", "attention": "attention", "out": "dense", "norm": "gpt_neox.final_layer_norm",
}  # fmt: skip
_IN_OPT = {
    "layer": "model.decoder.layers.{}", "out": "out_proj", "norm": "model.decoder.final_layer_norm", "scaled": True,
}  # fmt: skip
_IN_OPT_AFTER = {**_IN_OPT, "norm": ""}
_IN_BLOOM = {
    "layer": "transformer.h.{}", "attention": "self_attention", "out": "dense", "norm": "transformer.ln_f",
}  # fmt: skip
_IN_MPT = {"layer": "transformer.blocks.{}", "attention": "attn", "out": "out_proj", "norm": "transformer.norm_f"}
_IN_GPTJ = {"layer": "transformer.h.{}", "attention": "attn", "out": "out_proj", "norm": "transformer.ln_f"}
_IN_NEO = {"layer": "transformer.h.{}", "attention": "attn.attention", "out": "out_proj", "norm": "transformer.ln_f"}
_IN_PHI = {"out": "dense", "norm": "model.final_layernorm"}
_IN_XGLM = {"out": "out_proj", "norm": "model.layer_norm", "scaled": True}
_IN_OPENAI = {"layer": "transformer.h.{}", "attention": "attn", "out": "c_proj", "norm": ""}
_ONE = {"offset": 1.0}

CONFIGURATIONS: dict[str, Configuration] = {
    "GPT-2": _of("GPT2", "absolute positions, LayerNorm, biases, tied", _IN_GPT2, **_GPT2),
    "GPT-2, by layer": _of(
        "GPT2", "scores scaled by the layer's number", _IN_GPT2, scale_attn_by_inverse_layer_idx=True, **_GPT2
    ),
    "GPT-2, unscaled": _of("GPT2", "scores not scaled", _IN_GPT2, scale_attn_weights=False, **_GPT2),
    "GPT-2, upcast": _of("GPT2", "another order of scaling", _IN_GPT2, reorder_and_upcast_attn=True, **_GPT2),
    "GPT-NeoX": _of(
        "GPTNeoX", "partial rotary, parallel blocks, joint q, k, v, biases", _IN_NEOX,
        intermediate_size=48, max_position_embeddings=64, **_LARGE,
    ),
    "GPT-NeoX, in turn": _of(
        "GPTNeoX", "partial rotary, blocks in turn", _IN_NEOX,
        intermediate_size=48, max_position_embeddings=64, use_parallel_residual=False, **_LARGE,
    ),
    "OPT": _of(
        "OPT", "absolute positions, LayerNorm, biases, tied", _IN_OPT,
        ffn_dim=48, max_position_embeddings=64, word_embed_proj_dim=D_MODEL, **_LARGE,
    ),
    "OPT, norm after": _of(
        "OPT", "post-norm", _IN_OPT_AFTER,
        ffn_dim=48, max_position_embeddings=64, word_embed_proj_dim=D_MODEL, do_layer_norm_before=False, **_LARGE,
    ),
    "OPT, projected": _of(
        "OPT", "post-norm, project_in and project_out", _IN_OPT_AFTER,
        ffn_dim=48, max_position_embeddings=64, word_embed_proj_dim=16, do_layer_norm_before=False, **_LARGE,
    ),
    "OPT, projected, norm before": _of(
        "OPT", "a norm, then project_out", _IN_OPT, ffn_dim=48, max_position_embeddings=64, word_embed_proj_dim=16,
        **_LARGE,
    ),
    "OPT, projected, no gains": _of(
        "OPT", "a norm without gains, then project_out", _IN_OPT, ffn_dim=48, max_position_embeddings=64,
        word_embed_proj_dim=16, layer_norm_elementwise_affine=False, **_LARGE,
    ),
    "OPT, no last norm": _of(
        "OPT", "norms in front of the layers alone", _IN_OPT_AFTER, ffn_dim=48, max_position_embeddings=64,
        word_embed_proj_dim=D_MODEL, _remove_final_layer_norm=True, **_LARGE,
    ),
    "BLOOM": _of(
        "Bloom", "ALiBi, joint q, k, v, LayerNorm, biases, tied", _IN_BLOOM,
        hidden_size=D_MODEL, n_layer=N_LAYERS, n_head=N_HEADS, **_ALL,
    ),
    "BLOOM, residual after": _of(
        "Bloom", "ALiBi, residual stream behind the norm", _IN_BLOOM, hidden_size=D_MODEL, n_layer=N_LAYERS,
        n_head=N_HEADS, apply_residual_connection_post_layernorm=True, **_ALL,
    ),
    "Llama": _of("Llama", "rotary, grouped queries, RMSNorm", **_LLAMA),
    "Llama, one group": _of("Llama", "multi-query", **{**_LLAMA, "num_key_value_heads": 1}),
    "Llama, tied": _of("Llama", "tied", tie_word_embeddings=True, **_LLAMA),
    "Llama, biases": _of("Llama", "biases of q, k, v and of the output", attention_bias=True, **_LLAMA),
    "Llama, wide heads": _of("Llama", "heads wider than their share", head_dim=16, **_LLAMA),
    "Llama, linear": _of("Llama", "rotary, stretched", **_rope("linear", factor=2.0), **_LLAMA),
    "Llama, dynamic": _of("Llama", "rotary by length", **_rope("dynamic", factor=2.0), **_LLAMA),
    "Llama, YaRN": _of(
        "Llama", "rotary, YaRN", **_rope("yarn", factor=4.0, original_max_position_embeddings=16), **_LLAMA
    ),
    "Llama 3": _of(
        "Llama", "rotary, stretched by frequency",
        **_rope(
            "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16
        ),
        **_LLAMA,
    ),
    "Mistral": _of("Mistral", "window", sliding_window=WINDOW, **_HEAD, **_LLAMA),
    "Ministral": _of("Ministral", "window in some layers", sliding_window=WINDOW, **_TYPES, **_HEAD, **_LLAMA),
    "Mixtral": _of("Mixtral", "mixture of experts, window", sliding_window=WINDOW, **_LOCAL, **_LLAMA),
    "Qwen2": _of("Qwen2", "biases of q, k, v", **_LLAMA),
    "Qwen2, window": _of(
        "Qwen2", "window in the upper layers", use_sliding_window=True, sliding_window=WINDOW, max_window_layers=1,
        **_LLAMA,
    ),
    "Qwen2-MoE": _of(
        "Qwen2Moe", "mixture of experts with a shared one, biases of q, k, v", moe_intermediate_size=16,
        shared_expert_intermediate_size=16, **_EXPERTS, **_LLAMA,
    ),
    "Qwen3": _of("Qwen3", "q and k normalised before rotary", **_HEAD, **_LLAMA),
    "Qwen3-MoE": _of(
        "Qwen3Moe", "mixture of experts, q and k normalised", moe_intermediate_size=16, **_EXPERTS, **_HEAD, **_LLAMA
    ),
    "Qwen3.5 text": _of(
        "Qwen3_5Text", "gates behind the heads", layer_types=["full_attention"] * 2, **_HEAD, **_LLAMA
    ),
    "GPT-BigCode": _of("GPTBigCode", "multi-query, absolute positions, biases, tied", _IN_GPT2, **_GPT2),
    "GPT-BigCode, many": _of("GPTBigCode", "joint q, k, v", _IN_GPT2, multi_query=False, **_GPT2),
    "Gemma": _of("Gemma", "embeddings scaled, tied, gains stored from one", _ONE, **_HEAD, **_LLAMA),
    "Gemma 2": _of(
        "Gemma2", "RMSNorm before and after, scores and logits soft-capped, window, tied", _ONE,
        query_pre_attn_scalar=5, sliding_window=WINDOW, attn_logit_softcapping=2.0, final_logit_softcapping=3.0,
        **_HEAD, **_LLAMA,
    ),
    "Gemma 3": _of(
        "Gemma3Text", "RMSNorm before and after, q and k normalised, window, tied", _ONE,
        query_pre_attn_scalar=5, sliding_window=WINDOW, **_TYPES, **_HEAD, **_LLAMA,
    ),
    "VaultGemma": _of(
        "VaultGemma", "scores and logits soft-capped, window", _ONE, query_pre_attn_scalar=5, sliding_window=WINDOW,
        **_TYPES, **_HEAD, **_LLAMA,
    ),
    "Phi": _of("Phi", "partial rotary, parallel blocks, LayerNorm, biases", _IN_PHI, **_WHOLE),
    "Phi, normalised": _of("Phi", "q and k normalised, partial rotary", _IN_PHI, qk_layernorm=True, **_WHOLE),
    "Phi-3": _of("Phi3", "joint q, k, v", original_max_position_embeddings=64, **_LLAMA),
    "Phi-3, window": _of(
        "Phi3", "joint q, k, v, window", original_max_position_embeddings=64, sliding_window=WINDOW, **_LLAMA
    ),
    "Phi-3, longrope": _of(
        "Phi3", "rotary by length", original_max_position_embeddings=16,
        **_rope(
            "longrope", short_factor=[1.0] * 4, long_factor=[4.0, 7.0, 9.0, 30.0], original_max_position_embeddings=16
        ),
        **_LLAMA,
    ),
    "Phi-3.5-MoE": _of("Phimoe", "mixture of experts, LayerNorm, biases", **_LOCAL, **_LLAMA),
    "OLMo": _of("Olmo", "LayerNorm without gains", **_LLAMA),
    "OLMo, clipped": _of("Olmo", "q, k and v clipped", clip_qkv=0.3, **_LLAMA),
    "OLMo 2": _of("Olmo2", "RMSNorm after, q and k normalised as wholes", **_LLAMA),
    "OLMo 3": _of("Olmo3", "RMSNorm after, q and k normalised, window", sliding_window=WINDOW, **_TYPES, **_LLAMA),
    "OLMoE": _of("Olmoe", "mixture of experts, q and k normalised", **_EXPERTS, **_LLAMA),
    "OLMoE, clipped": _of(
        "Olmoe", "mixture of experts, q, k and v clipped behind their norms", clip_qkv=0.3, **_EXPERTS, **_LLAMA
    ),
    "FlexOlmo": _of("FlexOlmo", "mixture of experts, RMSNorm after", **_EXPERTS, **_LLAMA),
    "GLM": _of("Glm", "partial rotary of neighbours", **_HEAD, **_LLAMA),
    "GLM-4": _of("Glm4", "partial rotary of neighbours, RMSNorm before and after", **_HEAD, **_LLAMA),
    "GLM-4-MoE": _of(
        "Glm4Moe", "mixture of experts, partial rotary", n_routed_experts=4, num_experts_per_tok=2,
        moe_intermediate_size=16, first_k_dense_replace=1, **_HEAD, **_LLAMA,
    ),
    "EXAONE 4": _of(
        "Exaone4", "RMSNorm after, q and k normalised, window, layers without rotary",
        sliding_window=WINDOW, sliding_window_pattern=2, **_TYPES, **_LLAMA,
    ),
    "Nemotron": _of("Nemotron", "LayerNorm whose gain is stored from one, partial rotary", _ONE, **_HEAD, **_LLAMA),
    "MPT": _of("Mpt", "ALiBi, LayerNorm, tied", _IN_MPT, vocab_size=VOCAB, d_model=D_MODEL, n_layers=N_LAYERS,
        n_heads=N_HEADS, max_seq_len=64, bos_token_id=0, eos_token_id=0,
    ),
    "MPT, clipped": _of(
        "Mpt", "ALiBi, q, k and v clipped, its own scale", _IN_MPT, vocab_size=VOCAB, d_model=D_MODEL,
        n_layers=N_LAYERS, n_heads=N_HEADS, max_seq_len=64, bos_token_id=0, eos_token_id=0,
        attn_config={"clip_qkv": 0.3, "softmax_scale": 0.7},
    ),
    "Falcon": _of("Falcon", "multi-query, parallel blocks, rotary", _IN_BLOOM, ffn_hidden_size=48, **_LARGE),
    "Falcon, ALiBi": _of(
        "Falcon", "ALiBi, blocks in turn, biases", _IN_BLOOM, ffn_hidden_size=48, alibi=True, multi_query=False,
        parallel_attn=False, bias=True, **_LARGE,
    ),
    "Falcon, new": _of(
        "Falcon", "grouped queries, two norms of parallel blocks", _IN_BLOOM, ffn_hidden_size=48,
        new_decoder_architecture=True, num_kv_heads=2, **_LARGE,
    ),
    "GPT-J": _of("GPTJ", "partial rotary of neighbours, parallel blocks", _IN_GPTJ, rotary_dim=4, **_GPT2),
    "CodeGen": _of(
        "CodeGen", "partial rotary, parallel blocks, joint q, k, v in four", _IN_GPTJ, rotary_dim=4, n_ctx=64, **_GPT2
    ),
    "GPT-Neo": _of(
        "GPTNeo", "window in some layers, scores not scaled", _IN_NEO, vocab_size=VOCAB, hidden_size=D_MODEL,
        num_layers=N_LAYERS, num_heads=N_HEADS, attention_types=[[["global", "local"], 1]], window_size=WINDOW,
        intermediate_size=48, max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    ),
    "GPT-OSS": _of(
        "GptOss", "sinks, window, mixture of experts, biases", sliding_window=WINDOW, **_TYPES, **_LOCAL, **_HEAD,
        **_LLAMA,
    ),
    "Granite": _of(
        "Granite", "multipliers of embeddings, scores, residual stream and logits", attention_multiplier=0.3,
        embedding_multiplier=2.0, residual_multiplier=0.5, logits_scaling=3.0, **_LLAMA,
    ),
    "Granite-MoE": _of(
        "GraniteMoe", "mixture of experts, multipliers", attention_multiplier=0.3, **_LOCAL, **_LLAMA
    ),
    "Cohere": _of("Cohere", "parallel blocks, LayerNorm, logits scaled, tied", **_LLAMA),
    "Cohere, normalised": _of("Cohere", "parallel blocks, q and k normalised", use_qk_norm=True, **_LLAMA),
    "Cohere 2": _of(
        "Cohere2", "parallel blocks, window, layers without rotary", sliding_window=WINDOW, **_TYPES, **_HEAD, **_LLAMA
    ),
    "StableLM": _of("StableLm", "partial rotary, LayerNorm, biases of q, k, v", use_qkv_bias=True, **_LLAMA),
    "StableLM, parallel": _of(
        "StableLm", "parallel blocks, q and k normalised", use_parallel_residual=True, qk_layernorm=True, **_LLAMA
    ),
    "StarCoder 2": _of("Starcoder2", "window, LayerNorm, biases", sliding_window=WINDOW, **_LLAMA),
    "SmolLM 3": _of("SmolLM3", "layers without rotary", no_rope_layers=[1, 0], **_LLAMA),
    "Llama 4 text": _of(
        "Llama4Text", "chunks, layers without rotary, q and k normalised after rotary, queries scaled by position",
        attention_chunk_size=WINDOW, no_rope_layers=[1, 0], intermediate_size_mlp=48, num_local_experts=2,
        interleave_moe_layer_step=2, floor_scale=4, **_HEAD, **_LLAMA,
    ),
    "ERNIE 4.5": _of("Ernie4_5", "rotary of neighbours", **_HEAD, **_LLAMA),
    "ERNIE 4.5 MoE": _of(
        "Ernie4_5_Moe", "mixture of experts", moe_num_experts=4, moe_k=2, moe_intermediate_size=16, **_LLAMA
    ),
    "BitNet": _of("BitNet", "a norm in front of the output matrix", **_LLAMA),
    "Seed-OSS": _of("SeedOss", "biases of q, k, v", attention_bias=True, **_HEAD, **_LLAMA),
    "Apertus": _of("Apertus", "q and k normalised, no gate", **_LLAMA),
    "Arcee": _of("Arcee", "no gate", **_LLAMA),
    "HunYuan": _of("HunYuanDenseV1", "q and k normalised after rotary", **_HEAD, **_LLAMA),
    "XGLM": _of(
        "XGLM", "sinusoidal positions, LayerNorm, biases, tied", _IN_XGLM, vocab_size=VOCAB, d_model=D_MODEL,
        num_layers=N_LAYERS, attention_heads=N_HEADS, ffn_dim=48, max_position_embeddings=64, bos_token_id=0,
        eos_token_id=0, pad_token_id=1,
    ),
    "GPT": _of("OpenAIGPT", "post-norm, no last norm, tied", _IN_OPENAI, **_GPT2),
    "nanochat": _of("NanoChat", "q and k normalised after rotary, norms without gains, logits soft-capped", **_LLAMA),
    "Ministral 3": _of("Ministral3", "queries scaled by position", **_HEAD, **_LLAMA),
    "MiniMax-M2": _of("MiniMaxM2", "mixture of experts, q and k normalised as wholes", **_LOCAL, **_HEAD, **_LLAMA),
    "JetMoE": _of(
        "JetMoe", "experts of queries and outputs", kv_channels=8, num_local_experts=4, num_experts_per_tok=2,
        vocab_size=VOCAB, hidden_size=D_MODEL, num_hidden_layers=N_LAYERS, num_key_value_heads=2,
        intermediate_size=48, max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    ),
    "AFMoE": _of(
        "Afmoe", "gates behind the heads, window", sliding_window=WINDOW, **_TYPES, **_HEAD, **_EXPERTS, **_LLAMA
    ),
    "Helium": _of("Helium", "rotary of neighbours", **_HEAD, **_LLAMA),
    "Persimmon": _of("Persimmon", "joint q, k, v normalised", _IN_PHI, **_WHOLE),
    "DiffLlama": _of("DiffLlama", "differences of two patterns", **_LLAMA),
}  # fmt: skip

_UNKNOWN = "Unsupported architecture"

NOT_READ = {
    "GPT-2, unscaled": "logits",
    "Ministral": _UNKNOWN,
    "Qwen3.5 text": "z = pattern . v",
    "GPT-BigCode, many": "only supports multi_query",
    "Phi, normalised": "did not declare",
    "Phi-3.5-MoE": _UNKNOWN,
    "Falcon, new": "it cannot be loaded",
    "CodeGen": "it cannot be loaded",
    "BitNet": "z = pattern . v",
    "JetMoE": "an attention without q, k, v, o",
    "AFMoE": "z = pattern . v",
    "Helium": _UNKNOWN,
    "Persimmon": _UNKNOWN,
    "DiffLlama": _UNKNOWN,
}
"""Those that are refused, with a part of what is said of them; all others are read."""


def table() -> str:
    """What is said of each, found out by loading it."""
    import tempfile

    from harness.errors import ModelError
    from harness.readings.loading import load_model
    from tests.support.zoo import REFUSED, refusal

    read, refused = [], []
    for name, one in CONFIGURATIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                backbone = load_model(str(one.save(Path(folder)))).backbone
            except ModelError as error:
                why = str(error).replace(f"--model {folder!r}: ", "").partition("; ")[0]
                refused.append(f"| {name} | {one.traits} | {why} |")
                continue
            read.append(f"| {name} | {one.traits} | {backbone.noted} | {backbone.preparation.note or 'nothing'} |")
    lines = [
        "# Architectures",
        "",
        "Made by `python -m tests.support.configurations`, from a tiny model of each configuration. No list says",
        "what can be read: each model is held against the plain transformers model of its folder when it is loaded for",
        "the first time (`harness/models/proof.py`), and read or refused by that. The tests of the same name",
        "(`pytest -m slow tests/models/test_configurations.py`) hold the tokens of q, k, v and z of each against a",
        "computation of their own.",
        "",
        "Of these q, k, v, z and qk can be read, by each projection (`circuit` is not defined for qk). q, k and v are",
        "noted at TransformerLens's hook points, or as operands of the attention's own products where no hook point",
        "shows what enters the score. v and z are the plain model's, v's bias in them; only where QK and OV are",
        "refactored does the bias move into the output, as the record then says.",
        "",
        "| model | what is special | noted at | default preparation leaves out |",
        "|---|---|---|---|",
        *read,
        "",
        "These are refused when they are loaded, by what `headlaws` says of them:",
        "",
        "| model | what is special | refused because |",
        "|---|---|---|",
        *refused,
        "",
        "And these by their configuration alone:",
        "",
        "| architecture | refused because |",
        "|---|---|",
        *(f"| {name} | {refusal(name)} |" for name in REFUSED),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[2] / ".github" / "ARCHITECTURES.md").write_text(table(), encoding="utf-8")
