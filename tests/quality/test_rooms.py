"""What the directions of import do not say: who asks a store, that the rooms stay apart, and that no files go round."""

import re
from pathlib import Path

import networkx as nx
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


def test_no_files_import_one_another_in_a_circle() -> None:
    """Imports inside functions count, and so do those for types alone: either way one file cannot be read first."""
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("harness", "reports", cache_dir=None, exclude_type_checking_imports=False)
    directions = nx.DiGraph(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )
    assert [sorted(part) for part in nx.strongly_connected_components(directions) if len(part) > 1] == []
