"""The catalogue: names are resolved quickly and without torch; names that lead nowhere are told so at once."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.models import models
from harness.errors import ModelError
from harness.models import cache, catalogue
from harness.models.catalogue import Outline
from harness.models.sources import smollm2


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))


def test_outlines(tiny_gpt2: Path) -> None:
    assert catalogue.outline("smollm2-135m") == Outline(30, 9)
    assert catalogue.outline(str(tiny_gpt2)) == Outline(3, 4)
    for name in catalogue.SPECIMENS:
        shape = catalogue.boot(name).shape
        assert catalogue.outline(name) == Outline(shape.n_layers, shape.n_heads)


def test_a_folder_boots_under_the_name_it_was_given(tiny_gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_gpt2.parent)
    made = catalogue.boot("./gpt2")
    assert (made.name, made.shape.n_layers) == ("./gpt2", 3)


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """A hub that takes a connection and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(20)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("hub", ["closed", pytest.param("silent", marks=pytest.mark.slow)])
def test_unknown_name(hub: str, silent_hub: str) -> None:
    endpoint = silent_hub if hub == "silent" else "http://127.0.0.1:9"
    script = """
import time
from harness.errors import ModelError
from harness.models import catalogue
from harness.models.sources import hub
hub.PATIENCE /= 5
for ask in (catalogue.outline, catalogue.boot):
    started = time.monotonic()
    try:
        ask("nope")
    except ModelError as error:
        print(error)
    assert time.monotonic() - started < 5
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**environment(), "HF_ENDPOINT": endpoint},
    )
    expected = (
        "--model 'nope': this is neither a built-in model (smollm2-135m, specimen, specimen-rotary) nor a folder, and "
        "no hub that has it could be reached; give a folder made by save_pretrained.\n"
    )
    assert found.stdout == 2 * expected


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "-x", "org/"])
def test_what_is_no_name_at_all(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        catalogue.outline(name)
    assert "\n" not in str(caught.value)


def test_dtype_and_device() -> None:
    with pytest.raises(ModelError, match="--dtype 'int8': this dtype is not known; choose one of float32, float64"):
        catalogue.boot("smollm2-135m", dtype="int8")
    with pytest.raises(ModelError, match="--device 'nonsense': torch cannot use this device here"):
        catalogue.boot("smollm2-135m", device="nonsense")
    with pytest.raises(ModelError, match="the specimen is exact only in float32 and float64"):
        catalogue.boot("specimen", dtype="float16")
    assert str(catalogue.boot("specimen", dtype="float64").dtype) == "torch.float64"


def test_listing_says_what_is_cached_and_how_large() -> None:
    before = {entry.name: entry for entry in catalogue.listing()}
    assert list(before) == ["smollm2-135m", "specimen", "specimen-rotary"]
    assert (before["smollm2-135m"].cached, before["smollm2-135m"].size_bytes) == (False, 0)
    stand_in(cache.root() / smollm2.NAME, 2_000_000)
    stand_in(cache.root() / smollm2.prepared_name(), 3_000_000)
    after = catalogue.listing()[0]
    assert after.cached
    assert 5_000_000 < after.size_bytes < 5_001_000
    assert after.where == str(cache.root() / smollm2.prepared_name())


def test_command_at_eighty_columns() -> None:
    stand_in(cache.root() / smollm2.NAME, 2_000_000)
    found = CliRunner().invoke(models, [], env={"COLUMNS": "80"})
    assert found.exit_code == 0
    lines = found.output.splitlines()
    assert lines[0].split() == ["model", "what", "cached", "size", "where"]
    assert "2 MB" in found.output
    assert "smollm2-135m in the cache (2 MB) holds unprepared weights" in found.output
    assert "All of the cache: 2 MB" in found.output
    assert all(len(line) <= 80 for line in lines[:-1]), "only the cache's path may be longer"
    assert lines[-1] == f"Cache: {cache.root()} (HEADLAWS_CACHE overrides it)"


def test_command_for_programs() -> None:
    found = json.loads(CliRunner().invoke(models, ["--json"]).output)
    assert found["default"] == "smollm2-135m"
    assert found["cache"] == str(cache.root())
    assert [set(model) for model in found["models"]] == 3 * [{"name", "what", "cached", "size_bytes", "where"}]


def test_nothing_heavy_is_imported_for_a_look(tiny_gpt2: Path) -> None:
    script = f"""
import sys
from harness.cli.models import models
from harness.models import catalogue
models(["--json"], standalone_mode=False)
for name in ("smollm2-135m", "specimen", "specimen-rotary", {str(tiny_gpt2)!r}):
    catalogue.outline(name)
print([name for name in ("torch", "transformers", "transformer_lens", "numpy") if name in sys.modules])
"""
    started = time.monotonic()
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment()
    )
    assert found.stdout.splitlines()[-1] == "[]"
    assert time.monotonic() - started < 10


def stand_in(path: Path, size: int) -> None:
    path.mkdir(parents=True)
    (path / cache.RECORD).write_text("{}", encoding="utf-8")
    (path / "model.safetensors").write_bytes(bytes(size))


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
