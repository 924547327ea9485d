"""A zoo: tiny models of random weights, of many architectures, and what their heads compute, without TransformerLens.

The reference is the plain transformers model. Its attention function, which transformers lets one choose by name, is
replaced by one written out here that notes queries, keys, values and what it returns; BLOOM has none, and is noted by
hooks on its matrices.

A wider zoo, whose models are held against the plain ones part by part, is in `configurations.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

N_LAYERS, N_HEADS, D_HEAD, D_MODEL, VOCAB = 2, 4, 8, 32, 97

_LARGE = {"hidden_size": D_MODEL, "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS}
_ALL = {"vocab_size": VOCAB, "bos_token_id": 0, "eos_token_id": 0}
_LLAMA = {**_ALL, **_LARGE, "intermediate_size": 48, "max_position_embeddings": 32, "pad_token_id": 1}
_GROUPED = {**_LLAMA, "num_key_value_heads": 2}


@dataclass(frozen=True)
class Species:
    """One architecture.

    Attributes:
        layer: the path of a layer in the model, with `{}` for its number.
        attention: the path of the attention in a layer.
        out: the path of its output matrix in the attention.
        qkv: splits the attention's weights into those of q, k and v, each `heads (or groups) x d_head x d_model`.
        traits: what is special about it, for the table.
    """

    config: Any
    layer: str
    attention: str
    out: str
    qkv: Callable[[Any], tuple[Tensor, Tensor, Tensor]]
    traits: str


def _separate(attention: Any) -> tuple[Tensor, Tensor, Tensor]:
    return tuple(_per_head(getattr(attention, f"{part}_proj").weight) for part in "qkv")


def _conv1d(attention: Any) -> tuple[Tensor, Tensor, Tensor]:
    return tuple(_per_head(part) for part in attention.c_attn.weight.T.split(D_MODEL))


def _interleaved(attention: Any) -> tuple[Tensor, Tensor, Tensor]:
    return attention.query_key_value.weight.view(N_HEADS, 3, D_HEAD, D_MODEL).unbind(1)


def _stacked(attention: Any) -> tuple[Tensor, Tensor, Tensor]:
    return tuple(_per_head(part) for part in attention.qkv_proj.weight.split(D_MODEL))


def _one_group(attention: Any) -> tuple[Tensor, Tensor, Tensor]:
    return tuple(_per_head(part) for part in attention.c_attn.weight.split([D_MODEL, D_HEAD, D_HEAD]))


def _per_head(weight: Tensor) -> Tensor:
    return weight.reshape(-1, D_HEAD, D_MODEL)


def _like_llama(config: Any, traits: str, qkv: Callable[[Any], tuple[Tensor, Tensor, Tensor]] = _separate) -> Species:
    return Species(config, "model.layers.{}", "self_attn", "o_proj", qkv, traits)


ZOO = {
    "GPT-2": Species(
        transformers.GPT2Config(n_embd=D_MODEL, n_layer=N_LAYERS, n_head=N_HEADS, n_positions=32, **_ALL),
        "transformer.h.{}", "attn", "c_proj", _conv1d, "absolute positions, LayerNorm, biases, tied",
    ),
    "GPT-NeoX": Species(
        transformers.GPTNeoXConfig(intermediate_size=48, max_position_embeddings=32, **_LARGE, **_ALL),
        "gpt_neox.layers.{}", "attention", "dense", _interleaved,
        "rotary on a part of each head, parallel blocks, joint q, k, v, LayerNorm, biases",
    ),
    "OPT": Species(
        transformers.OPTConfig(
            ffn_dim=48, max_position_embeddings=32, word_embed_proj_dim=D_MODEL, pad_token_id=1, **_LARGE, **_ALL
        ),
        "model.decoder.layers.{}", "self_attn", "out_proj", _separate, "absolute positions, LayerNorm, biases, tied",
    ),
    "BLOOM": Species(
        transformers.BloomConfig(hidden_size=D_MODEL, n_layer=N_LAYERS, n_head=N_HEADS, **_ALL),
        "transformer.h.{}", "self_attention", "dense", _interleaved, "ALiBi, joint q, k, v, LayerNorm, biases, tied",
    ),
    "Llama": _like_llama(transformers.LlamaConfig(**_GROUPED), "rotary, grouped queries, RMSNorm"),
    "Mistral": _like_llama(
        transformers.MistralConfig(head_dim=D_HEAD, sliding_window=None, **_GROUPED), "rotary, grouped queries, RMSNorm"
    ),
    "Qwen2": _like_llama(transformers.Qwen2Config(**_GROUPED), "rotary, grouped queries, RMSNorm, biases of q, k, v"),
    "Qwen3": _like_llama(
        transformers.Qwen3Config(head_dim=D_HEAD, **_GROUPED), "rotary, grouped queries, RMSNorm, q and k normalised"
    ),
    "GPT-BigCode": Species(
        transformers.GPTBigCodeConfig(n_embd=D_MODEL, n_layer=N_LAYERS, n_head=N_HEADS, n_positions=32, **_ALL),
        "transformer.h.{}", "attn", "c_proj", _one_group, "absolute positions, multi-query, LayerNorm, biases, tied",
    ),
    "Gemma 2": _like_llama(
        transformers.Gemma2Config(
            head_dim=D_HEAD, query_pre_attn_scalar=D_HEAD, sliding_window=16, attn_logit_softcapping=2.0,
            final_logit_softcapping=3.0, **_GROUPED,
        ),
        "rotary, grouped queries, RMSNorm before and after, scores and logits soft-capped, tied",
    ),
    "Gemma 3": _like_llama(
        transformers.Gemma3TextConfig(
            head_dim=D_HEAD, query_pre_attn_scalar=D_HEAD, sliding_window=16, **{**_GROUPED, "num_key_value_heads": 1}
        ),
        "rotary, multi-query, RMSNorm before and after, q and k normalised, tied",
    ),
    "Phi-3": _like_llama(
        transformers.Phi3Config(original_max_position_embeddings=32, **_LLAMA),
        "rotary, joint q, k, v, RMSNorm", _stacked,
    ),
    "OLMo 2": _like_llama(transformers.Olmo2Config(**_LLAMA), "rotary, RMSNorm after, q and k normalised"),
}  # fmt: skip

REFUSED = {
    "BERT": transformers.BertConfig(),
    "T5": transformers.T5Config(),
    "DeepSeek-V3": transformers.DeepseekV3Config(),
    "Mamba": transformers.MambaConfig(),
    "Jamba": transformers.JambaConfig(),
    "RWKV": transformers.RwkvConfig(),
    "RecurrentGemma": transformers.RecurrentGemmaConfig(),
    "LFM2": transformers.Lfm2Config(),
    "Qwen3-Next": transformers.Qwen3NextConfig(),
}
"""Architectures that cannot be read."""


def save(species: Species, folder: Path) -> Path:
    """A model of the species with random weights, norms and biases too."""
    from harness.models.silence import silence

    with torch.random.fork_rng(devices=[]), torch.no_grad(), silence():
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(species.config, dtype=torch.float32)
        for parameter in model.parameters():
            parameter += 0.15 * torch.randn_like(parameter)
        model.save_pretrained(folder)
    return folder


@dataclass
class Noted:
    """What the plain model computes in each layer, and its weights.

    Attributes:
        parts: q, k, v and z of each layer, `batch pos head (or group) d_head`.
        pattern: of each layer, `batch head query key`.
    """

    model: Any
    species: Species
    parts: dict[int, dict[str, Tensor]]
    pattern: dict[int, Tensor]

    def attention(self, layer: int) -> Any:
        return self.model.get_submodule(self.species.layer.format(layer)).get_submodule(self.species.attention)

    def W_O(self, layer: int, head: int) -> Tensor:
        out = self.attention(layer).get_submodule(self.species.out)
        whole = out.weight if type(out).__name__ == "Conv1D" else out.weight.T
        return whole[head * D_HEAD : (head + 1) * D_HEAD].detach()

    def W(self, part: str, layer: int, head: int) -> Tensor:
        """W_Q, W_K or W_V, `d_model x d_head`."""
        weights = self.species.qkv(self.attention(layer))["qkv".index(part)]
        return weights[head * len(weights) // N_HEADS].T.detach()

    @property
    def W_U(self) -> Tensor:
        return self.model.get_output_embeddings().weight.T.detach()

    def vectors(self, component: str, layer: int, head: int, sequence: int = 0) -> Tensor:
        """One head's vectors, of qk the products of queries with the keys up to them, row after row."""
        if component == "qk":
            q, k = (self.vectors(part, layer, head, sequence) for part in "qk")
            return torch.stack([q[i] * k[j] for i in range(len(q)) for j in range(i + 1)])
        found = self.parts[layer][component][sequence]
        return found[:, head * found.shape[1] // N_HEADS]


def noted(species: Species, folder: Path, ids: Tensor) -> Noted:
    """Run the plain model in a folder and note what its heads compute."""
    _register()
    _found.clear()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="noting")
    made = Noted(model.eval(), species, _found, {})
    if isinstance(species.config, transformers.BloomConfig):
        made.model.set_attn_implementation("eager")
        for layer in range(N_LAYERS):
            attention = made.attention(layer)
            attention.query_key_value.register_forward_hook(_noting_joint(layer))
            attention.dense.register_forward_pre_hook(_noting_z(layer))
    with torch.no_grad():
        model(ids)
        model.set_attn_implementation("eager")
        kept = {layer: dict(parts) for layer, parts in _found.items()}
        attentions = model(ids, output_attentions=True).attentions
    made.parts, made.pattern = kept, dict(enumerate(attentions))
    return made


_found: dict[int, dict[str, Tensor]] = {}


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register("noting", _attention)
    AttentionMaskInterface.register("noting", eager_mask)


def _attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: float | None = None,
    softcap: float | None = None,
    **_: Any,
) -> tuple[Tensor, Tensor]:
    """Softmax of the masked, scaled scores times the values; all of them are `batch head pos d_head`."""
    share = query.shape[1] // key.shape[1]
    keys, values = key.repeat_interleave(share, 1), value.repeat_interleave(share, 1)
    scores = query @ keys.transpose(2, 3) * (D_HEAD**-0.5 if scaling is None else scaling)
    if softcap is not None:
        scores = softcap * (scores / softcap).tanh()
    pattern = (scores + attention_mask[..., : keys.shape[2]]).softmax(-1)
    z = (pattern @ values).transpose(1, 2).contiguous()
    asked = query * (1.0 if scaling is None else scaling * D_HEAD**0.5)  # OPT scales its queries beforehand
    _found[module.layer_idx] = {
        "q": asked.transpose(1, 2),
        "k": key.transpose(1, 2),
        "v": value.transpose(1, 2),
        "z": z,
    }
    return z, pattern


def _noting_joint(layer: int) -> Callable[..., None]:
    def hook(_module: Any, _given: Any, out: Tensor) -> None:
        parts = out.view(*out.shape[:2], N_HEADS, 3, D_HEAD).unbind(3)
        _found.setdefault(layer, {}).update(zip("qkv", parts, strict=True))

    return hook


def _noting_z(layer: int) -> Callable[..., None]:
    def hook(_module: Any, given: tuple[Tensor, ...]) -> None:
        _found.setdefault(layer, {})["z"] = given[0].view(*given[0].shape[:2], N_HEADS, D_HEAD)

    return hook


def refusal(name: str) -> str:
    """What is said of an architecture that cannot be read, without the model's name."""
    import tempfile

    from harness.errors import ModelError
    from harness.readings.loading import load_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        REFUSED[name].save_pretrained(path)
        try:
            load_model(folder)
        except ModelError as error:
            return str(error).replace(f"--model {folder!r}: ", "").replace(f"{folder}: ", "").partition("; ")[0]
    raise AssertionError(f"{name} can be read")
