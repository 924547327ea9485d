"""Null weights: the null models of a folder's model, in memory, or written as `save_pretrained` would; no tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from harness.models.bridge import attention_of
from harness.models.plain import load
from harness.models.rotation import turn
from harness.models.silence import silence


def random(source: Path, *, seed: int) -> Any:
    """The same architecture with its own random initialisation."""
    with silence(), torch.random.fork_rng(devices=[]):
        config = AutoConfig.from_pretrained(source, local_files_only=True, trust_remote_code=False)
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager")


def rotated(source: Path, *, seed: int) -> Any:
    """The model's matrices with their singular values kept and their singular vectors random, head by head."""
    with silence():
        attention, outputs, d_head = attention_of(source)
        model = load(source)
        turn(model, attention=attention, outputs=outputs, d_head=d_head, seed=seed)
        return model


def save_random(source: Path, into: Path, *, seed: int) -> None:
    """Write the first."""
    with silence():
        random(source, seed=seed).save_pretrained(into)


def save_rotated(source: Path, into: Path, *, seed: int) -> None:
    """Write the second."""
    with silence():
        rotated(source, seed=seed).save_pretrained(into)
