"""Bridge parts: the matrices of a TransformerLens bridge as they multiply, its sizes and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from harness.models import fingerprint
from harness.models.backbone import Shape
from harness.models.length_limits import proved_length
from harness.models.precision import FIXED


def matrix(linear: Any) -> Float[Tensor, "inputs outputs"]:
    """Return the weight of a bridge's linear part as a matrix to multiply from the right, whichever way it is
    stored.
    """
    module = linear.original_component
    weight: Tensor = module.weight
    return weight.T if isinstance(module, nn.Linear) else weight  # GPT-2's Conv1D stores inputs first


def bias(linear: Any) -> Float[Tensor, " outputs"] | None:
    """Return the bias of a bridge's linear part, if it has one."""
    found: Tensor | None = getattr(linear.original_component, "bias", None)
    return found


def settings_of(bridge: Any) -> dict[str, str]:
    """Return the settings of a bridge's own configuration, as text."""
    return fingerprint.settings(_config(bridge))


def _config(bridge: Any) -> Mapping[str, Any]:
    config = getattr(bridge.original_model, "config", None)
    found: Mapping[str, Any] = vars(bridge.cfg) if config is None else config.to_dict()
    return found


def shape_of(bridge: Any) -> Shape:
    """Return the sizes of a bridge's network; it reads no further than it is proved."""
    cfg = bridge.cfg
    return Shape(
        n_layers=cfg.n_layers,
        n_heads=cfg.n_heads,
        n_kv_heads=getattr(cfg, "n_key_value_heads", None) or cfg.n_heads,
        d_head=cfg.d_head,
        d_model=cfg.d_model,
        vocab=bridge.W_U.shape[1],
        n_ctx=proved_length(_config(bridge), cfg.n_ctx),
        rotary=is_rotary(bridge),
        by_length=_by_length(bridge),
    )


def _by_length(bridge: Any) -> bool:
    """Whether some rotary embedding takes its frequencies by how long the sequence is."""
    kinds: set[str] = set()
    for module in bridge.original_model.modules():
        kind = getattr(module, "rope_type", None)
        kinds |= set(kind.values()) if isinstance(kind, dict) else {kind} if isinstance(kind, str) else set()
    return not kinds <= set(FIXED)


def is_rotary(bridge: Any) -> bool:
    """Return whether positions rotate q and k."""
    return getattr(bridge.cfg, "positional_embedding_type", None) == "rotary"
