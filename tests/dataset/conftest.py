"""A tiny random model and orders for it: no download, a fraction of a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.dataset.order import Order
from harness.dataset.sources import prompts
from harness.readings.loading import load_model
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import addresses


@pytest.fixture(scope="session")
def tiny_folder(saved_at_random: Callable[..., Path]) -> Path:
    """A random GPT-2 of 4 layers x 3 heads and 90 tokens, without a tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_layer=4, n_head=3, n_embd=24, vocab_size=90, n_positions=64, bos_token_id=0, eos_token_id=0)
    return saved_at_random(GPT2LMHeadModel, config, "gpt2")


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Model:
    return load_model(str(tiny_folder))


@pytest.fixture
def order(tiny: Model) -> Callable[..., Order]:
    """Makes an order; by default for all heads of the tiny model."""

    def make(model: Model = tiny, heads: str = "all", source: str = "random", **changed: Any) -> Order:
        shape = model.backbone.shape
        wanted = {"number": 3, "length": 7, "seed": 1, "way": Projection.OUTPUT, "bos": True} | changed
        return Order(
            model=model,
            heads=addresses(heads.split(), n_layers=shape.n_layers, n_heads=shape.n_heads, model=model.backbone.name),
            prompts=prompts(model, source, number=wanted["number"], length=wanted["length"], seed=wanted["seed"]),
            source=source,
            seed=wanted["seed"],
            way=wanted["way"],
            bos=wanted["bos"],
        )

    return make
