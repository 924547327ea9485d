"""Tokens of a data set: each position once, against readings of the heads themselves."""

import pytest

from harness.atlas.tokens import tokens
from harness.atlas.vocabularies import vocabulary
from harness.dataset.making import make
from harness.dataset.order import Order
from harness.dataset.sources import prompts
from harness.errors import StoreError
from harness.readings.projection import Projection
from harness.records.address import addresses


@pytest.fixture(scope="module")
def made(specimen, tmp_path_factory):
    shape = specimen.backbone.shape
    heads = addresses(["all"], n_layers=shape.n_layers, n_heads=shape.n_heads, model="specimen")
    drawn = prompts(specimen, "random", number=3, length=6, seed=2)
    order = Order(model=specimen, heads=heads, prompts=drawn, source="random", seed=2, way=Projection.OUTPUT, bos=True)
    out = tmp_path_factory.mktemp("data") / "t.parquet"
    make(out, order)
    return order, tokens(out)


@pytest.mark.slow
def test_each_position_and_each_pair_is_there_once_and_as_the_head_reads_it(specimen, made):
    order, found = made
    for place, address in enumerate(order.heads):
        for prompt, ids in enumerate(order.prompts):
            reading = specimen.head(address)(ids)
            for component in ("q", "k", "v", "z", "qk"):
                assert found.read[component][place, prompt].tolist() == reading[component].tokens.tolist(), component
    assert found.sequences.tolist() == [list(ids) for ids in order.prompts]


def test_positions_are_not_weighted_by_how_many_pairs_they_are_in(made):
    _order, found = made
    for component, entries in {"q": 6, "k": 6, "v": 6, "z": 6, "qk": 21}.items():
        counted = vocabulary(found.heads, found.read[component])
        assert {sum(one.values()) for one in counted.counts} == {3 * entries}


def test_cutting_a_prompt_keeps_its_first_pairs(made):
    _order, found = made
    cut = found.cut(4)
    assert cut.read["qk"].shape[2] == 10
    assert (cut.read["q"] == found.read["q"][:, :, :4]).all()
    assert found.only([2]).sequences.tolist() == found.sequences[2:].tolist()


def test_a_file_that_is_no_data_set_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(StoreError, match="this is not a data set of headlaws"):
        tokens(tmp_path / "x.parquet")
