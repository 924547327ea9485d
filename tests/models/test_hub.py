"""A model that a hub gave before needs no hub any more."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("ask", ["fetch", "fetch_config"])
def test_what_was_fetched_before_is_found_without_a_hub(tiny_gpt2: Path, tmp_path: Path, ask: str) -> None:
    kept = tmp_path / "models--org--tiny"
    shutil.copytree(tiny_gpt2, kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")
    script = f"from harness.models import hub; print(hub.{ask}('org/tiny'))"
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HF_HUB_CACHE": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert found.stdout.strip() == str(kept / "snapshots" / "abc")
