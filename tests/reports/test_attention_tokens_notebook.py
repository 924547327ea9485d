"""The notebook that retraces the first one: shipped with its outputs, on public names alone, and it runs."""

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "reports" / "notebooks" / "attention_tokens.ipynb"
SECONDS = 300


def shown(cells):
    return [out for cell in cells for out in cell.get("outputs", [])]


def check(outputs):
    kinds = [list(out.get("data", {})) for out in outputs]
    assert sum("image/png" in one for one in kinds) >= 6
    assert sum("text/html" in one for one in kinds) >= 7
    assert sum("image/svg+xml" in one for one in kinds) == 1
    assert not [out for out in outputs if out["output_type"] == "error"]


def test_it_is_shipped_with_its_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    check(shown(cells))
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")


def test_its_readings_show_text_with_ids_on_hover():
    text = json.dumps(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
    assert text.count('title=\\"id ') > 50


def test_it_imports_public_names_alone():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    ours = re.findall(r"^(?:from|import) (?:harness|reports|properties)\b.*", code, re.MULTILINE)
    assert sorted(ours) == ["from harness import load_model", "from harness import notebook"]
    assert not re.search(r"\.(?:backbone|source|_\w+)\b", code)


@pytest.mark.real
@pytest.mark.thorough
def test_it_runs_in_five_minutes_and_shows_pictures_and_tables(tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    started = time.monotonic()
    nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute(cwd=str(tmp_path))
    assert time.monotonic() - started < SECONDS
    check(shown(notebook.cells))
