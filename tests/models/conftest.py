"""Tiny random models, saved as transformers saves them: no download, a fraction of a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 layers x 4 heads, absolute positions, LayerNorm, biases everywhere."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        n_layer=3, n_head=4, n_embd=32, vocab_size=50, n_positions=64, bos_token_id=0, eos_token_id=0, attn_pdrop=0.0
    )
    return _save(GPT2LMHeadModel, config, tmp_path_factory.mktemp("tiny") / "gpt2")


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 layers x 4 heads in 2 groups, rotary positions, RMS norm, no biases."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        hidden_size=32,
        intermediate_size=48,
        vocab_size=50,
        max_position_embeddings=64,
        tie_word_embeddings=True,
    )
    return _save(LlamaForCausalLM, config, tmp_path_factory.mktemp("tiny") / "llama")


def _save(kind: Callable[[Any], Any], config: Any, folder: Path) -> Path:
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = kind(config)
        for parameter in model.parameters():  # norms and biases too, so that folding has something to fold
            parameter += 0.15 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    return folder
