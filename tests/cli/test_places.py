"""What a command will write is tried before anything is loaded, and what was tried leaves nothing behind."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import output_paths
from harness.errors import StoreError
from harness.records.store import Store

SWEEP = ("sweep", "--model", "specimen", "--head", "0.0")
NIGHT = ("nightly", "--model", "specimen", "--head", "0.0")
GRAPH = ("graph", "--model", "specimen", "--head", "0.0")
PLOT = ("plot", "--model", "specimen", "--head", "0.0", "--ids", "5,9")
DATASET = ("dataset", "--model", "specimen", "--head", "0.0", "--source", "random")
ATLAS = ("atlas", "--model", "specimen", "--head", "0.0", "--natural", "random")

CASES = {
    "a store that is a folder": (*SWEEP, "--store", "folder"),
    "a store in a file": (*SWEEP, "--store", "file/x.db"),
    "a store that is none": (*SWEEP, "--store", "file"),
    "another's database": (*SWEEP, "--store", "other.db"),
    "finished tasks in a file": (*SWEEP, "--store", "taken.db"),
    "a sweep's report": (*SWEEP, "--store", "s.db", "--report", "file/r"),
    "a checkpoints' report": (*SWEEP, "--store", "s.db", "--report", "file/r", "specimen-rotary"),
    "a night's store": (*NIGHT, "--store", "file/x.db"),
    "the nights": (*NIGHT, "--store", "s.db", "--out", "file/nights"),
    "a graph": (*GRAPH, "--out", "file/g.json"),
    "a graph in a folder's place": (*GRAPH, "--out", "folder.json"),
    "a plot": (*PLOT, "--out", "file/p.svg"),
    "a data set": (*DATASET, "--out", "folder/blocked.parquet"),
    "a data set's record": (*DATASET, "--out", "folder/t.csv"),
    "a data set in the seed's format": (*DATASET, "--format", "seed", "--out", "folder/taken.csv"),
    "an atlas": (*ATLAS, "--out", "file/atlas"),
    "an atlas' data": (*ATLAS, "--out", "atlas", "--data", "file/data"),
    "a report": ("report", "--store", "whole.db", "--out", "file/r"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with things in the way, and no model to be had."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.readings.loading.load_model", None)
    for name in ("folder", "folder.json", "folder/t.csv.json", "folder/taken.csv"):
        Path(name).mkdir(parents=True)
    for name in ("file", "folder/blocked.parquet.unfinished", "taken.db.sweeps"):
        Path(name).write_text("not what is wanted")
    with sqlite3.connect("other.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    Store(Path("whole.db"))
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_is_refused_before_a_model_is_loaded(case: str, here: Path, refused: Callable[..., str]) -> None:
    before = sorted(here.rglob("*"))
    line = refused(*CASES[case])
    wanted = [word for word in CASES[case] if word.startswith(("file", "folder", "other", "taken"))][-1]
    assert Path(wanted).parts[0] in line
    assert any(option in line for option in ("--store", "--report", "--out", "--data"))
    assert sorted(here.rglob("*")) == before


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text("kept")
    for path in (there, tmp_path / "new.txt", tmp_path / "a" / "b" / "new.txt"):
        output_paths.check_file(path, "--out")
        output_paths.check_folder(path.parent, "--out")
    Store.check(tmp_path / "a" / "store.db")
    assert [*tmp_path.rglob("*")] == [there]
    assert there.read_text() == "kept"
    Store(tmp_path / "store.db")
    Store.check(tmp_path / "store.db")


@pytest.mark.parametrize("path", ["/proc/x/store.db", "x" * 300, "nul\0.db"])
def test_rights_and_names_that_the_system_refuses(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for check in (output_paths.check_file, output_paths.check_folder):
        with pytest.raises(StoreError, match=r"^--store .*: cannot be written \(.+\); give a f") as caught:
            check(Path(path), "--store")
        assert "\n" not in str(caught.value)


def test_no_command_runs_where_asserts_are_taken_away() -> None:
    code = "from harness.cli import main; main()"
    done = subprocess.run([sys.executable, "-O", "-c", code, "models"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "headlaws: python -O removes every assert, and laws are asserts; run without -O and without PYTHONOPTIMIZE.\n"
    )
