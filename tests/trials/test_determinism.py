"""The same question gives the same rows: whatever the threads, the batches, the process, and nearly so the dtype.

Rows are compared to the last bit, run id and times apart. What float64 makes of a claim may differ from float32 only
where a cell says that it is undecided.
"""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from harness.laws.book import shipped

APART = {"run_id", "started", "seconds"}
SPECIMEN = ("--model", "specimen", "--head", "0.4", "--head", "0.7", "--component", "z", "--component", "qk")
DEFAULT = ("--head", "0.1", "--head", "14.4", "--component", "z", "--component", "qk")
FEW = ("--search", "20", "--census", "60")
CLAIMS = ("-k", "third_period or alphabet_of_one or reading_twice or appending_a_token_leaves")

IN_BATCHES = """
import sys
import torch
from harness.readings import activations
activations.POSITIONS_PER_BATCH = int(sys.argv[1])
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""
"""A run whose model takes so many positions at once."""


def rows(folder: Path, *arguments: str, threads: int = 1, positions: int = 4096) -> list[dict[str, object]]:
    """The cells that a run in a process of its own files."""
    store = folder / f"{len(list(folder.iterdir()))}.db"
    asked = ("-p", "no:cacheprovider", "-q", str(shipped()), *CLAIMS, *FEW, "--store", str(store), *arguments)
    done = subprocess.run(
        [sys.executable, "-c", IN_BATCHES, str(positions), *asked],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    with sqlite3.connect(store) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM cells ORDER BY conjecture, head, component")]
    assert found
    return [{name: value for name, value in row.items() if name not in APART} for row in found]


def differing(one, other):
    """The cells and columns in which two runs differ."""
    return [
        (left["conjecture"], left["head"], left["component"], name, left[name], right[name])
        for left, right in zip(one, other, strict=True)
        for name in left
        if left[name] != right[name]
    ]


def unlike(one, other):
    """The cells whose verdict differs although neither is undecided."""
    return [
        (left["conjecture"], left["head"], left["component"], left["verdict"], right["verdict"])
        for left, right in zip(one, other, strict=True)
        if left["verdict"] != right["verdict"] and "undecided" not in (left["verdict"], right["verdict"])
    ]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return rows(tmp_path_factory.mktemp("first"), *SPECIMEN)


@pytest.mark.parametrize(
    "changed",
    [{"threads": 2}, {"positions": 1}, {"positions": 8 * 25}, {"positions": 32 * 25}],
    ids=["2 threads", "1 sequence", "8 sequences", "32 sequences"],
)
def test_threads_and_batches_change_no_row(first, changed, tmp_path):
    assert differing(first, rows(tmp_path, *SPECIMEN, **changed)) == []


def test_two_processes_change_no_row(first, tmp_path):
    assert differing(first, rows(tmp_path, *SPECIMEN, "-n", "2")) == []


def test_float64_changes_no_verdict(first, tmp_path):
    assert unlike(first, rows(tmp_path, *SPECIMEN, "--dtype", "float64")) == []


@pytest.fixture(scope="module")
def first_real(tmp_path_factory):
    return rows(tmp_path_factory.mktemp("first"), *DEFAULT)


@pytest.mark.real
@pytest.mark.parametrize(
    "changed", [{"threads": 2}, {"positions": 1}, {"positions": 8 * 25}], ids=["2 threads", "1 sequence", "8 sequences"]
)
def test_on_the_default_model_threads_and_batches_change_no_row(first_real, changed, tmp_path):
    assert differing(first_real, rows(tmp_path, *DEFAULT, **changed)) == []


@pytest.mark.real
def test_on_the_default_model_float64_changes_no_verdict(first_real, tmp_path):
    assert unlike(first_real, rows(tmp_path, *DEFAULT, "--dtype", "float64")) == []


def test_a_difference_is_found_where_there_is_one(first):
    changed = [{**row, "margin": 7.0, "verdict": "error"} for row in first]
    assert len(differing(first, changed)) >= len(first)
    assert len(unlike(first, changed)) == len(first)
