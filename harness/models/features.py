"""Features: what a configuration tells of an architecture that has nothing to be read, refused by name of the feature.

An attention head here is one that has q, k and v of its own for every position, and looks back only. Light: it looks at
config.json alone. What slips through is caught where the network is built, by what its attention shows and by whether
it looks ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import ModelError

_ENCODERS = frozenset(
    """
    albert bert big_bird camembert canine convbert data2vec-text deberta deberta-v2 distilbert electra ernie esm
    eurobert flaubert fnet ibert layoutlm longformer luke megatron-bert mobilebert modernbert mpnet mra nezha
    nomic_bert nystromformer perceiver rembert roberta roberta-prelayernorm roc_bert roformer splinter squeezebert
    xlm-roberta xlm-roberta-xl xmod yoso
    """.split()  # noqa: SIM905  # a name a line would be fifty lines
)
"""Types of model that look both ways unless their configuration says `is_decoder`."""

_STATE_SPACE = frozenset(
    """
    bamba falcon_h1 falcon_mamba granitemoehybrid jamba mamba mamba2 nemotron_h plamo2 zamba zamba2
    """.split()  # noqa: SIM905  # a name a line would be fifty lines
)
_RECURRENT = frozenset(["recurrent_gemma", "rwkv", "rwkv7", "xlstm"])
_CONVOLUTION = frozenset(["hyenadna", "lfm2", "lfm2_moe"])
_MLA_KEYS = ("kv_lora_rank", "kv_lora_dim")
_STATE_KEYS = ("mamba_d_state", "ssm_state_size", "ssm_cfg", "state_size")


def examine(config: Mapping[str, Any], name: str) -> None:
    """Refuse what has no attention heads that could be read.

    Args:
        config: what config.json holds.
        name: what to call the model.

    Raises:
        ModelError: which names the feature.
    """
    feature = missing_heads(config)
    if feature:
        raise ModelError(
            f"--model {name!r}: {feature}; headlaws reads causal language models whose layers all have attention heads "
            "with q, k and v of their own: choose another model."
        )


def missing_heads(config: Mapping[str, Any]) -> str:
    """Return what an architecture has in place of heads that can be read; nothing where nothing is known against it.

    >>> missing_heads({"model_type": "bert"})
    'an encoder (bert), whose heads look both ways'
    >>> missing_heads({"model_type": "llama"})
    ''
    """
    kind = str(config.get("model_type", ""))
    if config.get("is_encoder_decoder") or kind in ("t5", "mt5", "umt5", "switch_transformers"):
        return f"an encoder and a decoder ({kind or 'is_encoder_decoder'}), whose heads look across"
    if kind in _ENCODERS and not config.get("is_decoder"):
        return f"an encoder ({kind}), whose heads look both ways"
    if any(config.get(key) for key in _MLA_KEYS):
        return f"multi-head latent attention (MLA, {kind}), whose heads have no k and v of their own"
    if kind in _STATE_SPACE or any(config.get(key) for key in _STATE_KEYS):
        return f"state-space layers ({kind or 'by its config.json'}), which have no q, k and v"
    if kind in _RECURRENT:
        return f"recurrent layers ({kind}), which have no q, k and v"
    if kind in _CONVOLUTION:
        return f"convolutions for attention ({kind}), which have no q, k and v"
    kinds = {str(layer) for layer in _layer_types(config)}
    others = {layer for layer in kinds if "linear" in layer or not layer.endswith("attention")}
    return f"layers without softmax attention ({', '.join(sorted(others))}, {kind})" if others else ""


def _layer_types(config: Mapping[str, Any]) -> list[Any]:
    found = config.get("layer_types") or config.get("layers_block_type") or []
    return list(found) if isinstance(found, list) else []
