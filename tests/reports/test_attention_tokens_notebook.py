"""The notebook that retraces the first one, executed from its first cell to its last."""

import time
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "reports" / "notebooks" / "attention_tokens.ipynb"
SECONDS = 300


@pytest.mark.real
@pytest.mark.thorough
def test_it_runs_in_five_minutes_and_shows_pictures_and_tables():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    started = time.monotonic()
    nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    assert time.monotonic() - started < SECONDS
    shown = [list(out.get("data", {})) for cell in notebook.cells for out in cell.get("outputs", [])]
    assert sum("image/png" in kinds for kinds in shown) >= 8
    assert sum("text/html" in kinds for kinds in shown) >= 6
    assert not [out for cell in notebook.cells for out in cell.get("outputs", []) if out["output_type"] == "error"]
