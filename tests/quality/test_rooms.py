"""What the directions of import do not say: who asks a store, and that the rooms stay apart."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


def test_only_records_ask_a_store() -> None:
    asking = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE) [A-Za-z*(]")
    files = [file for room in ("harness", "reports") for file in (HOUSE / room).rglob("*.py")]
    found = {file.relative_to(HOUSE).parts[:2] for file in files if asking.search(file.read_text(encoding="utf-8"))}
    assert found == {("harness", "records")}


def test_records_and_reports_need_no_library_that_computes() -> None:
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("harness", "reports", include_external_packages=True, cache_dir=None)
    heavy = {"torch", "transformer_lens", "transformers", "hypothesis", "pytest"}
    for start in (name for name in graph.modules if name.startswith("harness.records")):
        assert not graph.find_upstream_modules(start) & (heavy | {"numpy", "pandas"}), start
    for start in (name for name in graph.modules if name.startswith("reports")):
        assert not graph.find_upstream_modules(start) & heavy, start
