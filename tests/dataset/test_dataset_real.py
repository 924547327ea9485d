"""The reviews and the default model, small."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.dataset.making import make
from harness.dataset.order import Order
from harness.dataset.sources import prompts
from harness.models.sources import reviews
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import Address

pytestmark = pytest.mark.real


def test_the_published_sentences() -> None:
    found = reviews.sentences()
    assert len(found) == 10_605
    assert found[2] == "Effective but too tepid biopic"


def test_reviews_read_by_the_default_model(smollm2: Model, tmp_path: Path) -> None:
    drawn = prompts(smollm2, "reviews", number=2, length=12, seed=0)
    heads = (Address(0, 1), Address(17, 5))
    order = Order(model=smollm2, heads=heads, prompts=drawn, source="reviews", seed=0, way=Projection.OUTPUT, bos=True)
    make(tmp_path / "x.parquet", order)
    found = pd.read_parquet(tmp_path / "x.parquet")
    for (number, layer, head), rows in found.groupby(["prompt", "layer", "head"]):
        query, key = rows["query"].to_numpy(), rows["key"].to_numpy()
        for component, at in (("z", query), ("k", key), ("qk", query * (query + 1) // 2 + key)):
            (reading,) = smollm2.read([drawn[number]], Address(layer, head), component)
            sure = ~reading.near_ties[at]
            np.testing.assert_array_equal(rows[component][sure], reading.tokens[at][sure])
        pattern = smollm2.source.attention(drawn[number], layer, head, bos=True).numpy()
        np.testing.assert_allclose(rows["attn"], pattern[query, key], atol=1e-5)


def test_the_same_prompts_whatever_their_number(smollm2: Model) -> None:
    few = prompts(smollm2, "reviews", number=3, length=32, seed=4)
    assert prompts(smollm2, "reviews", number=8, length=32, seed=4)[:3] == few
    assert {len(ids) for ids in few} == {32}
