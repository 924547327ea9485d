"""The benchmark: do its three ways read the same, and does it say what it measured?"""

import json

import pytest
import torch
from click.testing import CliRunner

from harness.bench import reading_ways as timing
from harness.bench.other_ways import Vectors, notebook_tokens, product_tokens
from harness.bench.reading_ways import benchmark
from harness.cli.bench import bench
from harness.errors import SequenceError
from harness.models import catalogue
from harness.readings.decoding.top_two import fold, top2
from harness.records.address import Address


@pytest.fixture(autouse=True)
def _briefly(monkeypatch):
    monkeypatch.setattr(timing, "_REPEATS", 1)
    monkeypatch.setattr(timing, "_SIDE", 64)
    monkeypatch.setattr(timing, "_LENGTHS", (2, 4))


def test_the_three_ways_read_the_same():
    generator = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 2, 5, 8, generator=generator)
    out, W_U, b_U = (torch.randn(*shape, generator=generator) for shape in ((8, 24), (24, 90), (90,)))
    vectors = Vectors(q, k, v)
    parts = vectors.by_component()
    assert {component: some.shape for component, some in parts.items()} == {
        "q": (10, 8), "k": (10, 8), "v": (10, 8), "qk": (30, 8)
    }  # fmt: skip
    for bias in (b_U, None):
        both, one = (notebook_tokens(vectors, out, W_U, bias, prompts) for prompts in (2, 1))
        product = product_tokens(parts, out, W_U, bias, 3)
        for component, some in parts.items():
            engine = top2(some, fold(out, W_U, bias)).tokens
            assert torch.equal(both[component], engine)
            assert torch.equal(one[component], engine[: len(engine) // 2])
            assert torch.equal(product[component], engine)


def test_a_run_says_what_it_measured():
    heads = [Address(0, 0), Address(0, 3)]
    measured = benchmark(catalogue.boot("specimen"), heads, prompts=2, length=6, notebook_prompts=1)
    assert measured.vectors == 2 * 2 * (3 * 6 + 21)
    assert measured.notebook_prompts == 1
    assert list(measured.growth.by_length) == [2, 4]
    assert list(measured.growth.by_heads) == [1, 2]
    assert measured.naive_over_engine == measured.seconds.notebook / measured.seconds.engine
    assert 0 < measured.peak_rss_bytes <= measured.peak_rss_bytes_of_all
    assert measured.engine_over_matmul > 0


def test_what_cannot_be_read_is_refused():
    with pytest.raises(
        SequenceError, match=r"1 prompt x 9999 ids: give at least 1 prompt of 1 to \d+ ids for specimen"
    ):
        benchmark(catalogue.boot("specimen"), [Address(0, 0)], prompts=1, length=9999)


def test_the_command_speaks_to_people_and_programs():
    arguments = ["--model", "specimen", "--prompts", "2", "--length", "4", "--notebook-prompts", "1"]
    spoken = CliRunner().invoke(bench, arguments)
    assert spoken.exit_code == 0, spoken.output
    assert "notebook / engine" in spoken.output
    assert "(timed on 1 of 2 prompts, and scaled)" in spoken.output
    written = json.loads(CliRunner().invoke(bench, [*arguments, "--json"]).stdout)
    assert {"naive_over_engine", "engine_over_matmul", "peak_rss_bytes", "seconds"} <= set(written)
    assert set(written["seconds"]) == {"notebook", "product", "folding", "decoding", "engine"}
