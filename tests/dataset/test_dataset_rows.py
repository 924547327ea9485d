"""What stands in the rows: the same as the readings say, at the right positions."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from harness.dataset.columns import SHOWN, margin, schema
from harness.dataset.making import make
from harness.dataset.order import Order
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import Address

COLUMNS = [
    *("prompt", "layer", "head", "query", "key", "token", "attn", "qk", "q", "k", "v", "z"),
    *("qk_margin", "q_margin", "k_margin", "v_margin", "z_margin"),
]


@pytest.mark.parametrize("way", list(Projection))
@pytest.mark.parametrize("bos", [True, False])
def test_rows_say_what_readings_say(
    tiny: Model, order: Callable[..., Order], tmp_path: Path, way: Projection, bos: bool
) -> None:
    wanted = order(heads="0.0 2.1 3.2", way=way, bos=bos)
    make(tmp_path / "x.parquet", wanted)
    _compare(tiny, wanted, pd.read_parquet(tmp_path / "x.parquet"))


def test_of_the_specimen(specimen: Model, order: Callable[..., Order], tmp_path: Path) -> None:
    wanted = order(model=specimen, number=4, length=9)
    make(tmp_path / "x.parquet", wanted)
    _compare(specimen, wanted, pd.read_parquet(tmp_path / "x.parquet"))


def test_of_blocks_of_prompts(
    tiny: Model, order: Callable[..., Order], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.dataset.order.ROWS_PER_BLOCK", 70)  # 28 rows a prompt: two prompts a block
    monkeypatch.setattr("harness.readings.decoder.VECTORS_PER_BLOCK", 17)
    wanted = order(heads="1.*", number=5)
    assert [len(block.prompts) for block in wanted.blocks] == [2, 2, 1]
    make(tmp_path / "x.parquet", wanted)
    _compare(tiny, wanted, pd.read_parquet(tmp_path / "x.parquet"))


def test_columns_their_types_and_what_they_mean(order: Callable[..., Order], tmp_path: Path) -> None:
    make(tmp_path / "x.parquet", order())
    found = pq.read_schema(tmp_path / "x.parquet")
    assert found.names == COLUMNS
    assert found.remove_metadata() == schema(SHOWN).remove_metadata()
    said = {field.name: field.metadata[b"description"].decode() for field in found}
    assert said["token"] == "id of the input token at the query's position"
    assert all("query's position" in said[name] for name in ("q", "z"))
    assert all("key's position" in said[name] for name in ("k", "v"))


def test_circuit_has_no_columns_for_qk(order: Callable[..., Order], tmp_path: Path) -> None:
    make(tmp_path / "x.parquet", order(way=Projection.CIRCUIT))
    found = pq.read_schema(tmp_path / "x.parquet")
    assert found.names == [name for name in COLUMNS if not name.startswith("qk")]


def test_the_record_inside(tiny: Model, order: Callable[..., Order], tmp_path: Path) -> None:
    wanted = order()
    make(tmp_path / "x.parquet", wanted)
    record = json.loads(pq.read_metadata(tmp_path / "x.parquet").metadata[b"headlaws"])
    assert record["fingerprint"] == tiny.backbone.fingerprint
    assert record["weights_sha256"] == tiny.backbone.weights_sha256
    assert record["preparation"] == tiny.backbone.preparation.as_dict()
    assert (record["source"], record["seed"], record["prompts"], record["length"]) == ("random", 1, 3, 7)
    assert record["rows"] == wanted.rows == 3 * 28 * 12 == pq.read_metadata(tmp_path / "x.parquet").num_rows
    assert list(record["columns"]) == COLUMNS
    assert set(record["near_ties"]) == set(SHOWN)
    assert not {"started", "ended", "time"} & set(record)


def test_a_row_group_for_each_head(order: Callable[..., Order], tmp_path: Path) -> None:
    make(tmp_path / "x.parquet", order())
    groups = pq.ParquetFile(tmp_path / "x.parquet")
    assert groups.num_row_groups == 12
    assert set(groups.read_row_group(7).select(["layer", "head"]).to_pandas().itertuples(index=False, name=None)) == {
        (2, 1)
    }


def test_csv_says_the_same(order: Callable[..., Order], tmp_path: Path) -> None:
    for ending in ("parquet", "csv"):
        make(tmp_path / f"x.{ending}", order())
    parquet, csv = pd.read_parquet(tmp_path / "x.parquet"), pd.read_csv(tmp_path / "x.csv")
    assert list(csv.columns) == COLUMNS
    np.testing.assert_array_equal(csv["attn"].astype("float32"), parquet["attn"])
    pd.testing.assert_frame_equal(
        csv.drop(columns="attn"), parquet.drop(columns="attn"), check_dtype=False, check_exact=True
    )
    record = json.loads((tmp_path / "x.csv.json").read_text())
    assert record == json.loads(pq.read_metadata(tmp_path / "x.parquet").metadata[b"headlaws"])


def _compare(model: Model, order: Order, found: pd.DataFrame) -> None:
    assert (found["key"] <= found["query"]).all()
    assert found.equals(found.sort_values(["layer", "head", "prompt", "query", "key"]))
    assert len(found) == order.rows
    for (number, layer, head), rows in found.groupby(["prompt", "layer", "head"]):
        ids = order.prompts[number]
        query, key = rows["query"].to_numpy(), rows["key"].to_numpy()
        assert rows["token"].tolist() == [ids[i] for i in query]
        pattern = model.source.attention(ids, layer, head, bos=order.bos).numpy()
        np.testing.assert_allclose(rows["attn"], pattern[query, key], atol=1e-6)
        for component in order.components:
            (reading,) = model.read([ids], Address(layer, head), component, way=order.way, bos=order.bos)
            at = {"qk": query * (query + 1) // 2 + key, "q": query, "z": query, "k": key, "v": key}[component]
            sure = ~reading.near_ties[at]
            np.testing.assert_array_equal(rows[component][sure], reading.tokens[at][sure])
            np.testing.assert_allclose(rows[margin(component)], reading.margins[at], atol=1e-4, rtol=1e-4)
