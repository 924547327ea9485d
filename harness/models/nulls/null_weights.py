"""Null weights: writing the null models of a folder's model, as `save_pretrained` would or in half; no tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from harness.models import folds, unembedding
from harness.models.bridge import attention_of
from harness.models.nulls.rotation import turn
from harness.models.silence import silence
from harness.models.sources import mapped
from harness.models.transformers_model import load

HALF = "float16"
"""What the default model's nulls are rounded to."""


def save_random(source: Path, into: Path, *, seed: int) -> None:
    """Save the same architecture with its own random initialisation."""
    with silence():
        _random(source, seed=seed).save_pretrained(into)


def save_rotated(source: Path, into: Path, *, seed: int) -> None:
    """Save the model's matrices with their singular values kept and their singular vectors random, head by head."""
    with silence():
        model = load(source)
        _rotate(model, source, seed=seed)
        model.save_pretrained(into)


def save_half(source: Path, into: Path, kind: str, *, seed: int, prepared: bool) -> None:
    """Save either kind in half precision, from prepared weights, for `bridge.folder(..., in_place=True)`.

    Args:
        source: as `bridge.save_prepared` wrote it, with gains.
        kind: a `nulls.Kind`'s.
        prepared: whether the null is to be prepared as they are.
    """
    with silence():
        if kind == "random":
            model = _random(source, seed=seed)
        else:
            model = load(source)
            folds.unfold(model, load_file(source / unembedding.FILE))
            _rotate(model, source, seed=seed)
        own = folds.gains(model)
        if prepared:
            folds.fold(model)
            model.get_parameter(folds.LAST).data.fill_(1.0)
            save_file(own, into / unembedding.FILE)
        mapped.save(model.config, model.state_dict(), into, tied=True, dtype=getattr(torch, HALF))


def _random(source: Path, *, seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        config = AutoConfig.from_pretrained(source, local_files_only=True, trust_remote_code=False)
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


def _rotate(model: Any, source: Path, *, seed: int) -> None:
    attention, outputs, d_head = attention_of(source)
    turn(model, attention=attention, outputs=outputs, d_head=d_head, seed=seed)
