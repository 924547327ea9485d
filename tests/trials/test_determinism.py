"""The same question gives the same rows: whatever the threads, the batches, the process, and nearly so the dtype.

Rows are compared to the last bit, run id and times apart. What float64 makes of a claim may differ from float32 only
where a cell says that it is undecided.
"""

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from harness.laws.book import conjectures, shipped
from harness.models.threads import threads
from harness.readings import model_runs
from harness.runs.correction import correct
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile

pytestmark = pytest.mark.slow

LONGEST = 25
"""Positions of the longest sequence, BOS among them."""

FEW = Profile(search=8, census=24, epsilon=0.3, delta=0.3)
SPECIMEN = Request(model="specimen", heads=("0.4", "0.7"), components=("z", "qk"), profile=FEW)
DEFAULT = Request(heads=("4.4",), components=("z",), profile=Profile(search=5, census=60), census_given=True)
DEEPER = replace(DEFAULT, heads=("0.1", "14.4"))
CLAIMS = (
    ("controls", "appending_a_token_does_not_change_the_reading_before_it"),
    ("controls", "reading_twice_gives_the_same_result"),
    ("periodicity", "the_third_period_reads_like_the_second"),
    ("periodicity", "a_second_period_brings_no_new_attention_token"),
)
CHANGES = pytest.mark.parametrize(
    ("threads", "sequences"), [(2, None), (1, 1), (1, 8), (1, 32)], ids=["2 threads", "1", "8", "32 sequences"]
)


def cells(request, claims=CLAIMS):
    """The cells of some claims, by a model that has read nothing yet."""
    session, book = Session(request), conjectures(shipped())
    session.expect((book[place], len(session.request.in_play(book[place]))) for place in claims)
    for place in claims:
        for address, component in session.request.in_play(book[place]):
            session.file(book[place].entry, session.try_out(book[place], session.head(address, component)))
    correct(session)
    return [replace(cell, started="", seconds=0.0) for cell in session.cells]


@pytest.fixture
def arranged(monkeypatch):
    """Sets threads, and how many of the longest sequences go through the model at once."""
    before = torch.get_num_threads()

    def arrange(threads, sequences):
        torch.set_num_threads(threads)
        if sequences is not None:
            monkeypatch.setattr(model_runs, "positions_at_once", lambda _backbone: sequences * LONGEST)

    yield arrange
    torch.set_num_threads(before)


def unlike(one, other):
    """The cells whose verdict differs although neither is undecided."""
    return [
        (left.node, left.verdict, right.verdict)
        for left, right in zip(one, other, strict=True)
        if left.verdict is not right.verdict and "undecided" not in (left.verdict, right.verdict)
    ]


@pytest.fixture(scope="module")
def first():
    with threads(1):
        return cells(SPECIMEN)


@CHANGES
def test_threads_and_batches_change_no_cell(first, arranged, threads, sequences):
    arranged(threads, sequences)
    assert cells(SPECIMEN) == first


def test_float64_changes_no_verdict(first):
    assert unlike(first, cells(replace(SPECIMEN, dtype="float64"))) == []
    assert {cell.verdict for cell in first} == {"satisfied", "refuted"}, "so there is something to change"


@pytest.mark.thorough
def test_a_fresh_process_files_the_same_rows(tmp_path):
    """Twice by the command, with one thread and with two; by two processes of pytest-xdist: see the plugin's tests."""

    def rows(threads):
        store = tmp_path / f"{threads}.db"
        run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(shipped()), "-k", "third_period"]
        asked = ["--model", "specimen", "--head", "0.4", "--search", "20", "--census", "120", "--store", str(store)]
        done = subprocess.run(
            run + asked,
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        with sqlite3.connect(store) as connection:
            connection.row_factory = sqlite3.Row
            found = [dict(row) for row in connection.execute("SELECT * FROM cells ORDER BY conjecture, component")]
        return [{name: row[name] for name in row if name not in ("run_id", "started", "seconds")} for row in found]

    one, two = rows("1"), rows("2")
    assert one == two
    assert len(one) == 5


@pytest.mark.thorough
@pytest.mark.real
@pytest.mark.parametrize(
    ("request_", "changes"),
    [
        (DEFAULT, [(2, 8)]),
        pytest.param(DEEPER, [(2, 8), (2, None), (1, 1), (1, 32)], marks=pytest.mark.thorough),
    ],
    ids=["one", "more"],
)
@pytest.mark.usefixtures("loaded_once")
def test_on_the_default_model_threads_and_batches_change_no_cell_and_float64_no_verdict(arranged, request_, changes):
    arranged(1, None)
    known = cells(request_, CLAIMS[2:])
    for number, sequences in changes:
        arranged(number, sequences)
        assert cells(request_, CLAIMS[2:]) == known, (number, sequences)
    assert unlike(known, cells(replace(request_, dtype="float64"), CLAIMS[2:])) == []
    assert any(cell.counterexample for cell in known), "so that margins are compared"


def test_a_verdict_that_changes_is_found(first):
    assert len(unlike(first, [replace(cell, verdict="error") for cell in first])) == len(first)
    assert unlike(first, [replace(cell, verdict="undecided") for cell in first]) == []
